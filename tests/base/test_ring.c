// SPDX-License-Identifier: MIT
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "support.h"

static void records_come_out_whole_and_in_order(void **state) {
    (void)state;
    Ring ring;
    assert_true(ring_create(&ring, 1024));
    Rng rng = test_rng();
    uint8_t record[200];
    uint32_t pushed = 0;
    uint32_t popped = 0;
    while (popped < 5000) {
        const size_t size = 1 + pushed * 7 % sizeof record;
        memset(record, (int)(pushed & 0xff), size);
        if (rng_chance(&rng, 0.6) && ring_push(&ring, record, size)) {
            pushed++;
        }
        size_t got;
        const uint8_t *bytes = rng_chance(&rng, 0.6) ? ring_peek(&ring, &got) : NULL;
        if (bytes != NULL) {
            assert_int_equal(got, 1 + popped * 7 % sizeof record);
            assert_int_equal(bytes[0], popped & 0xff);
            assert_int_equal(bytes[got - 1], popped & 0xff);
            ring_pop(&ring);
            popped++;
        }
    }
    ring_destroy(&ring);
}

static void a_full_ring_refuses_counts_and_recovers(void **state) {
    (void)state;
    Ring ring;
    assert_true(ring_create(&ring, 256));
    const uint64_t record = 42;
    int pushed = 0;
    while (ring_push(&ring, &record, sizeof record)) {
        pushed++;
    }
    assert_int_equal(pushed, 256 / 16);
    assert_int_equal(ring_refused(&ring), 1);
    assert_int_equal(ring_used_bytes(&ring), 256);
    size_t size;
    assert_non_null(ring_peek(&ring, &size));
    ring_pop(&ring);
    assert_true(ring_push(&ring, &record, sizeof record));
    ring_destroy(&ring);
}

static void a_record_larger_than_half_the_ring_is_refused(void **state) {
    (void)state;
    Ring ring;
    assert_true(ring_create(&ring, 256));
    assert_null(ring_reserve(&ring, 200));
    assert_non_null(ring_reserve(&ring, 100));
    ring_destroy(&ring);
}

static void a_reservation_can_be_shrunk_and_empty_records_pass(void **state) {
    (void)state;
    Ring ring;
    assert_true(ring_create(&ring, 256));
    memcpy(ring_reserve(&ring, 100), "abc", 3);
    ring_commit(&ring, 3);
    assert_true(ring_push(&ring, "", 0));
    size_t size;
    assert_memory_equal(ring_peek(&ring, &size), "abc", 3);
    assert_int_equal(size, 3);
    ring_pop(&ring);
    assert_non_null(ring_peek(&ring, &size));
    assert_int_equal(size, 0);
    ring_pop(&ring);
    assert_null(ring_peek(&ring, &size));
    assert_int_equal(ring_used_bytes(&ring), 0);
    ring_destroy(&ring);
}

enum { THREAD_RECORDS = 200000 };

static void *produce(void *context) {
    Ring *ring = context;
    for (uint32_t i = 0; i < THREAD_RECORDS;) {
        uint32_t record[8] = {i, ~i};
        if (ring_push(ring, record, 8 + i % 24)) {
            i++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void two_threads_pass_every_record_once(void **state) {
    (void)state;
    Ring ring;
    assert_true(ring_create(&ring, 4096));
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, &ring), 0);
    for (uint32_t i = 0; i < THREAD_RECORDS;) {
        size_t size;
        const uint32_t *record = ring_peek(&ring, &size);
        if (record == NULL) {
            sched_yield();
            continue;
        }
        assert_int_equal(size, 8 + i % 24);
        assert_int_equal(record[0], i);
        assert_int_equal(record[1], ~i);
        ring_pop(&ring);
        i++;
    }
    pthread_join(producer, NULL);
    ring_destroy(&ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_whole_and_in_order),
        cmocka_unit_test(a_full_ring_refuses_counts_and_recovers),
        cmocka_unit_test(a_record_larger_than_half_the_ring_is_refused),
        cmocka_unit_test(a_reservation_can_be_shrunk_and_empty_records_pass),
        cmocka_unit_test(two_threads_pass_every_record_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
