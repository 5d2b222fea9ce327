// SPDX-License-Identifier: MIT
#include "base/spsc_queue.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "thread_rules.h"

static void records_come_out_complete_and_in_order(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 1024));
    Rng rng = test_rng();
    uint8_t record[200];
    uint32_t pushed = 0;
    uint32_t popped = 0;
    while (popped < 5000) {
        const size_t size = 1 + pushed * 7 % sizeof record;
        memset(record, (int)(pushed & 0xff), size);
        if (rng_chance(&rng, 0.6) && spsc_queue_push(&queue, record, size)) {
            pushed++;
        }
        size_t got;
        const uint8_t *bytes = rng_chance(&rng, 0.6) ? spsc_queue_peek(&queue, &got) : NULL;
        if (bytes != NULL) {
            assert_int_equal(got, 1 + popped * 7 % sizeof record);
            assert_int_equal(bytes[0], popped & 0xff);
            assert_int_equal(bytes[got - 1], popped & 0xff);
            spsc_queue_pop(&queue);
            popped++;
        }
    }
    spsc_queue_destroy(&queue);
}

static void a_full_queue_refuses_and_recovers(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 256));
    const uint64_t record = 42;
    int pushed = 0;
    while (spsc_queue_push(&queue, &record, sizeof record)) {
        pushed++;
    }
    assert_int_equal(pushed, 256 / 16);
    assert_int_equal(spsc_queue_used_bytes(&queue), 256);
    size_t size;
    assert_non_null(spsc_queue_peek(&queue, &size));
    spsc_queue_pop(&queue);
    assert_true(spsc_queue_push(&queue, &record, sizeof record));
    spsc_queue_destroy(&queue);
}

static void a_record_larger_than_half_the_queue_is_refused(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 256));
    assert_null(spsc_queue_reserve(&queue, 200));
    assert_non_null(spsc_queue_reserve(&queue, 100));
    spsc_queue_destroy(&queue);
}

static void a_reservation_can_be_shrunk_and_empty_records_pass(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 256));
    memcpy(spsc_queue_reserve(&queue, 100), "abc", 3);
    spsc_queue_commit(&queue, 3);
    assert_true(spsc_queue_push(&queue, "", 0));
    size_t size;
    assert_memory_equal(spsc_queue_peek(&queue, &size), "abc", 3);
    assert_int_equal(size, 3);
    spsc_queue_pop(&queue);
    assert_non_null(spsc_queue_peek(&queue, &size));
    assert_int_equal(size, 0);
    spsc_queue_pop(&queue);
    assert_null(spsc_queue_peek(&queue, &size));
    assert_int_equal(spsc_queue_used_bytes(&queue), 0);
    spsc_queue_destroy(&queue);
}

enum { THREAD_RECORDS = 200000 };

static void *produce(void *context) {
    SpscQueue *queue = context;
    for (uint32_t i = 0; i < THREAD_RECORDS;) {
        uint32_t record[8] = {i, ~i};
        if (spsc_queue_push(queue, record, 8 + i % 24)) {
            i++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void two_threads_pass_every_record_once(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 4096));
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &queue), 0);
    for (uint32_t i = 0; i < THREAD_RECORDS;) {
        size_t size;
        const uint32_t *record = spsc_queue_peek(&queue, &size);
        if (record == NULL) {
            sched_yield();
            continue;
        }
        assert_int_equal(size, 8 + i % 24);
        assert_int_equal(record[0], i);
        assert_int_equal(record[1], ~i);
        spsc_queue_pop(&queue);
        i++;
    }
    pthread_join(producer, NULL);
    spsc_queue_destroy(&queue);
}

// ------------------------------------------------------------------ checks

static void a_check_finds_a_record_that_passes_the_buffer_or_the_head(void **state) {
    (void)state;
    SpscQueue queue;
    size_t size;
    assert_true(spsc_queue_create(&queue, 256));
    for (uint32_t i = 0; i < 100; i++) { // around the end of the buffer several times
        assert_true(
            spsc_queue_push(&queue, "0123456789012345678901234567890123456789", 1 + i % 40));
        assert_true(i % 3 == 0 || spsc_queue_push(&queue, "", 0));
        assert_null(spsc_queue_validate(&queue).what);
        while (spsc_queue_peek(&queue, &size) != NULL) {
            spsc_queue_pop(&queue);
            assert_null(spsc_queue_validate(&queue).what);
        }
    }
    spsc_queue_destroy(&queue);
    assert_true(spsc_queue_create(&queue, 256));
    assert_true(spsc_queue_push(&queue, "0123456789", 10));
    uint32_t *record_size = (uint32_t *)(void *)queue.buffer;
    *record_size = 1000;
    assert_string_equal(spsc_queue_validate(&queue).what,
                        "a queue's record does not end within its buffer");
    *record_size = 100;
    assert_string_equal(spsc_queue_validate(&queue).what, "a queue's last record passes its head");
    *record_size = 10;
    assert_null(spsc_queue_validate(&queue).what);
    spsc_queue_destroy(&queue);
}

static void a_check_finds_cursors_too_far_apart(void **state) {
    (void)state;
    SpscQueue queue;
    assert_true(spsc_queue_create(&queue, 256));
    assert_true(spsc_queue_push(&queue, "", 0));
    atomic_store(&queue.tail, 64);
    assert_string_equal(spsc_queue_validate(&queue).what,
                        "a queue's cursors are further apart than its capacity");
    spsc_queue_destroy(&queue);
}

// ------------------------------------------------------------------ owners

static SpscQueue g_owned;
static const ThreadOwner g_other = {&g_other}; // no thread's address

#define OWNER_RULES(X)                                                                             \
    X(THREAD_ANY, spsc_queue_reserve, (&g_owned, 8))                                               \
    X(THREAD_ANY, spsc_queue_commit, (&g_owned, 8))                                                \
    X(THREAD_ANY, spsc_queue_peek, (&g_owned, nothing()))                                          \
    X(THREAD_ANY, spsc_queue_pop, (&g_owned))

OWNER_RULES(THREAD_RULE_CALL)

static void each_side_refuses_a_second_thread(void **state) {
    (void)state;
    static const ThreadRule rules[] = {OWNER_RULES(THREAD_RULE_ROW)};
    assert_true(spsc_queue_create(&g_owned, 256));
    g_owned.producer = g_other;
    g_owned.consumer = g_other;
    thread_rules_check_owners(rules, sizeof rules / sizeof rules[0]);
    spsc_queue_destroy(&g_owned);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_complete_and_in_order),
        cmocka_unit_test(a_full_queue_refuses_and_recovers),
        cmocka_unit_test(a_record_larger_than_half_the_queue_is_refused),
        cmocka_unit_test(a_reservation_can_be_shrunk_and_empty_records_pass),
        cmocka_unit_test(two_threads_pass_every_record_once),
        cmocka_unit_test(a_check_finds_a_record_that_passes_the_buffer_or_the_head),
        cmocka_unit_test(a_check_finds_cursors_too_far_apart),
        cmocka_unit_test(each_side_refuses_a_second_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
