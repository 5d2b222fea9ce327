// SPDX-License-Identifier: MIT
#include "base/mpsc_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "thread_rules.h"

#define PRODUCERS 4
#define RECORDS   20000u // of each producer

static MpscQueue g_queue;

// Copies and pops the oldest record; returns its size, 0 without a record.
static size_t pop(uint32_t *tag, uint8_t *bytes) {
    MpscRecord record;
    if (!mpsc_queue_peek(&g_queue, &record)) {
        return 0;
    }
    memcpy(bytes, record.parts[0], record.sizes[0]);
    memcpy(bytes + record.sizes[0], record.parts[1], record.sizes[1]);
    *tag = record.tag;
    mpsc_queue_pop(&g_queue);
    return record.sizes[0] + record.sizes[1];
}

static void records_of_any_size_wrap_and_stay_in_order(void **state) {
    (void)state;
    uint8_t in[120];
    uint8_t out[120];
    uint32_t tag;
    assert_true(mpsc_queue_create(&g_queue, 256));
    for (uint32_t i = 0; i < 1000; i++) {
        const size_t size = 1 + i * 7 % sizeof in;
        memset(in, (int)i, size);
        assert_true(mpsc_queue_push(&g_queue, i, in, size));
        assert_int_equal(pop(&tag, out), size);
        assert_int_equal(tag, i);
        assert_memory_equal(out, in, size);
    }
    assert_int_equal(pop(&tag, out), 0);
    mpsc_queue_destroy(&g_queue);
}

static void a_full_queue_accepts_again_after_a_pop(void **state) {
    (void)state;
    uint8_t bytes[256] = {0};
    uint32_t tag;
    assert_true(mpsc_queue_create(&g_queue, 256));
    assert_false(mpsc_queue_push(&g_queue, 0, bytes, 129)); // more than half of it
    assert_true(mpsc_queue_push(&g_queue, 0, bytes, 120));
    assert_true(mpsc_queue_push(&g_queue, 0, bytes, 112));
    assert_false(mpsc_queue_push(&g_queue, 0, bytes, 1));
    assert_int_equal(pop(&tag, bytes), 120);
    assert_true(mpsc_queue_push(&g_queue, 0, bytes, 120));
    assert_false(mpsc_queue_push(&g_queue, 0, bytes, 1));
    mpsc_queue_destroy(&g_queue);
}

// Writes the producer's number and a rising count into every record.
static void *produce(void *context) {
    const uint32_t number = (uint32_t)(size_t)context;
    for (uint32_t i = 0; i < RECORDS; i++) {
        const uint32_t record[3] = {number, i, number ^ i};
        while (!mpsc_queue_push(&g_queue, number, record, sizeof record - 4 * (i % 2))) {
            sched_yield();
        }
    }
    return NULL;
}

static void producers_at_once_lose_nothing_and_keep_their_order(void **state) {
    (void)state;
    pthread_t threads[PRODUCERS];
    uint32_t next[PRODUCERS] = {0};
    assert_true(mpsc_queue_create(&g_queue, 1024));
    for (size_t i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, produce, (void *)i), 0);
    }
    for (uint32_t count = 0; count < PRODUCERS * RECORDS;) {
        uint32_t record[3];
        uint32_t tag;
        const size_t size = pop(&tag, (uint8_t *)record);
        if (size == 0) {
            sched_yield();
            continue;
        }
        assert_true(tag < PRODUCERS && record[0] == tag);
        assert_int_equal(record[1], next[tag]);
        assert_int_equal(size, sizeof record - 4 * (record[1] % 2));
        assert_true(record[1] % 2 == 1 || record[2] == (tag ^ record[1]));
        next[tag]++;
        count++;
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
    }
    mpsc_queue_destroy(&g_queue);
}

static void a_check_finds_a_record_that_passes_the_head(void **state) {
    (void)state;
    uint8_t bytes[120] = {0};
    uint32_t tag;
    assert_true(mpsc_queue_create(&g_queue, 256));
    for (uint32_t i = 0; i < 100; i++) { // around the end of the buffer several times
        assert_true(mpsc_queue_push(&g_queue, i, bytes, 1 + i % sizeof bytes));
        assert_null(mpsc_queue_validate(&g_queue).what);
        assert_int_equal(pop(&tag, bytes), 1 + i % sizeof bytes);
        assert_null(mpsc_queue_validate(&g_queue).what);
    }
    mpsc_queue_destroy(&g_queue);
    assert_true(mpsc_queue_create(&g_queue, 256));
    assert_true(mpsc_queue_push(&g_queue, 7, bytes, 10));
    _Atomic uint64_t *header = (_Atomic uint64_t *)(void *)g_queue.buffer;
    atomic_store(header, 100); // a size
    assert_string_equal(mpsc_queue_validate(&g_queue).what, "a queue's record passes its head");
    atomic_store(header, 10);
    assert_null(mpsc_queue_validate(&g_queue).what);
    atomic_store(&g_queue.tail, 4);
    assert_string_equal(mpsc_queue_validate(&g_queue).what,
                        "a queue's cursors are not where records begin and end");
    mpsc_queue_destroy(&g_queue);
}

static const ThreadOwner g_other = {&g_other}; // no thread's address

#define OWNER_RULES(X)                                                                             \
    X(THREAD_ANY, mpsc_queue_peek, (&g_queue, nothing()))                                          \
    X(THREAD_ANY, mpsc_queue_pop, (&g_queue))                                                      \
    X(THREAD_ANY, mpsc_queue_validate, (&g_queue))

OWNER_RULES(THREAD_RULE_CALL)

static void the_consumers_side_refuses_a_second_thread(void **state) {
    (void)state;
    static const ThreadRule rules[] = {OWNER_RULES(THREAD_RULE_ROW)};
    assert_true(mpsc_queue_create(&g_queue, 256));
    g_queue.consumer = g_other;
    thread_rules_check_owners(rules, sizeof rules / sizeof rules[0]);
    mpsc_queue_destroy(&g_queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_any_size_wrap_and_stay_in_order),
        cmocka_unit_test(a_full_queue_accepts_again_after_a_pop),
        cmocka_unit_test(producers_at_once_lose_nothing_and_keep_their_order),
        cmocka_unit_test(a_check_finds_a_record_that_passes_the_head),
        cmocka_unit_test(the_consumers_side_refuses_a_second_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
