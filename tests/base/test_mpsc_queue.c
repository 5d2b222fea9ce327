// SPDX-License-Identifier: MIT
#include "base/mpsc_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define PRODUCERS 4
#define RECORDS   20000u // of each producer

static MpscQueue g_queue;

// Copies the oldest record, and pops it; returns its size, 0 when there is none.
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

static void records_of_any_size_wrap_whole_and_in_order(void **state) {
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

static void a_full_queue_refuses_and_takes_again_after_a_pop(void **state) {
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

// Its own number and a count that goes up, in every record.
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_any_size_wrap_whole_and_in_order),
        cmocka_unit_test(a_full_queue_refuses_and_takes_again_after_a_pop),
        cmocka_unit_test(producers_at_once_lose_nothing_and_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
