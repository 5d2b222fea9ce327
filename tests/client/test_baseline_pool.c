// SPDX-License-Identifier: MIT
#include "client/core/baseline_pool.h"

#include "support.h"

static BaselineSpace space;

static BaselineSet baseline_set_with(uint16_t sequence, uint32_t count) {
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    baseline_set_begin(&baseline_set, sequence, sequence * 3u);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set.records[i] =
            (EntityRecord){.x = (int32_t)(sequence * 1000u + i), .generation = 1};
        baseline_set_carry(&baseline_set, i, 1);
    }
    return baseline_set;
}

static void store(BaselinePool *pool, uint16_t sequence, uint32_t count) {
    const BaselineSet baseline_set = baseline_set_with(sequence, count);
    assert_true(baseline_pool_store(pool, &baseline_set));
}

static void a_baseline_set_is_found_by_its_sequence(void **state) {
    (void)state;
    BaselinePool pool = {0};
    store(&pool, 7, 130);
    store(&pool, 8, 5);
    store(&pool, 9, 0);
    const BaselineSet *baseline_set = baseline_pool_find(&pool, 7);
    assert_non_null(baseline_set);
    assert_int_equal(baseline_set->tick, 21);
    assert_int_equal(baseline_set->count, 130);
    assert_int_equal(baseline_set->records[129].x, 7129);
    assert_int_equal(baseline_pool_find(&pool, 9)->count, 0);
    assert_null(baseline_pool_find(&pool, 10));
    baseline_pool_destroy(&pool);
}

static void sets_older_than_the_baseline_are_released_and_reused(void **state) {
    (void)state;
    BaselinePool pool = {0};
    uint32_t with_memory = 0;
    for (uint32_t i = 0; i < 70000; i++) { // beyond the sequence's wrap
        const uint16_t sequence = (uint16_t)i;
        store(&pool, sequence, 100);
        baseline_pool_release_before(&pool, (uint16_t)(sequence - 2));
        assert_non_null(baseline_pool_find(&pool, sequence));
        assert_true(i < 2 || baseline_pool_find(&pool, (uint16_t)(sequence - 2)) != NULL);
        assert_null(baseline_pool_find(&pool, (uint16_t)(sequence - 3)));
    }
    for (uint32_t i = 0; i < BASELINE_SETS_MAX; i++) {
        with_memory += pool.capacities[i] > 0;
    }
    assert_int_equal(with_memory, 4);
    baseline_pool_destroy(&pool);
}

static void the_last_32_are_kept_when_nothing_is_released(void **state) {
    (void)state;
    BaselinePool pool = {0};
    for (uint16_t sequence = 65500; sequence != 100; sequence++) {
        store(&pool, sequence, 10);
    }
    for (uint16_t sequence = 99; sequence != 99 - BASELINE_SETS_MAX; sequence--) {
        assert_non_null(baseline_pool_find(&pool, sequence));
    }
    assert_null(baseline_pool_find(&pool, 99 - BASELINE_SETS_MAX));
    baseline_pool_destroy(&pool);
}

// As with a bot that keeps up: the baseline is two snapshots old.
static void play(BaselinePool *pool, uint16_t *sequence, uint32_t snapshots, uint32_t count) {
    for (uint32_t i = 0; i < snapshots; i++) {
        store(pool, ++*sequence, count);
        baseline_pool_release_before(pool, (uint16_t)(*sequence - 2));
    }
}

static void memory_that_only_a_stall_needed_is_freed_afterwards(void **state) {
    (void)state;
    BaselinePool pool = {0};
    uint16_t sequence = 65400;
    play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, 100);
    const size_t before = pool.bytes;
    for (uint32_t i = 0; i < 40; i++) {
        store(&pool, ++sequence, 100);
    }
    assert_true(pool.bytes >= BASELINE_SETS_MAX * 100 * 24);
    play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, 100);
    assert_int_equal(pool.bytes, before);
    for (uint32_t i = 0; i < 3; i++) {
        const BaselineSet *baseline_set = baseline_pool_find(&pool, (uint16_t)(sequence - i));
        assert_non_null(baseline_set);
        assert_int_equal(baseline_set->records[99].x, (uint16_t)(sequence - i) * 1000 + 99);
    }
    baseline_pool_destroy(&pool);
    assert_int_equal(pool.bytes, 0);
}

static void memory_that_only_a_crowd_needed_is_freed_afterwards(void **state) {
    (void)state;
    BaselinePool pool = {0};
    uint16_t sequence = 0;
    play(&pool, &sequence, BASELINE_POOL_PERIOD, BASELINE_ENTRIES_MAX);
    assert_int_equal(pool.bytes, 4 * BASELINE_ENTRIES_MAX * 24);
    play(&pool, &sequence, 3 * BASELINE_POOL_PERIOD, 60);
    assert_int_equal(pool.bytes, 4 * 64 * 24);
    play(&pool, &sequence, 3 * BASELINE_POOL_PERIOD, 0);
    assert_non_null(baseline_pool_find(&pool, sequence));
    baseline_pool_destroy(&pool);
}

static void a_steady_game_allocates_nothing(void **state) {
    (void)state;
    BaselinePool pool = {0};
    uint16_t sequence = 0;
    play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, 130);
    EntityRecord *blocks[BASELINE_SETS_MAX];
    for (uint32_t i = 0; i < BASELINE_SETS_MAX; i++) {
        blocks[i] = pool.baseline_sets[i].records;
    }
    for (uint32_t i = 0; i < 20; i++) {
        play(&pool, &sequence, 37, 90 + i);
        for (uint32_t k = 0; k < BASELINE_SETS_MAX; k++) {
            assert_ptr_equal(pool.baseline_sets[k].records, blocks[k]);
        }
    }
    baseline_pool_destroy(&pool);
}

static uint32_t count_with_memory(const BaselinePool *pool) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < BASELINE_SETS_MAX; i++) {
        count += pool->capacities[i] > 0;
    }
    return count;
}

// After a period as many sets have memory as were held at once in it.
static void after_a_period_as_many_keep_memory_as_were_held_at_once(void **state) {
    (void)state;
    for (uint16_t back = 0; back < BASELINE_SETS_MAX - 2; back += 3) {
        BaselinePool pool = {0};
        uint16_t sequence = 0;
        for (uint32_t i = 0; i < 40; i++) { // all of them, once
            store(&pool, ++sequence, 50);
        }
        assert_int_equal(count_with_memory(&pool), BASELINE_SETS_MAX);
        for (uint32_t i = 0; i < 3 * BASELINE_POOL_PERIOD; i++) {
            store(&pool, ++sequence, 50);
            // They may be released by the end of the period. A new one is stored before any is
            // released.
            const bool is_near_end = pool.stores > BASELINE_POOL_PERIOD - 10;
            baseline_pool_release_before(&pool, (uint16_t)(sequence - (is_near_end ? 0 : back)));
            if (pool.stores == 0 && i > 2 * BASELINE_POOL_PERIOD) { // one has just ended
                assert_int_equal(count_with_memory(&pool), back + 2);
            }
        }
        baseline_pool_destroy(&pool);
    }
}

// Memory of up to a little above twice the last period's need stays in use; larger and too small
// blocks are replaced when a set is stored there.
static void memory_far_too_large_is_replaced(void **state) {
    (void)state;
    static const struct {
        uint32_t crowd, later;
        size_t entries; // room of the memory at the end
    } CASES[] = {
        {448, 448, 448}, {256, 128, 256}, {288, 128, 288}, {320, 128, 128}, {448, 208, 448},
        {448, 200, 224}, {64, 16, 64},    {96, 16, 32},    {32, 0, 32},     {32, 33, 64},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        BaselinePool pool = {0};
        uint16_t sequence = 0;
        play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, CASES[i].crowd);
        play(&pool, &sequence, 3 * BASELINE_POOL_PERIOD, CASES[i].later);
        assert_int_equal(pool.bytes, 4 * CASES[i].entries * 24);
        assert_int_equal(baseline_pool_find(&pool, sequence)->count, CASES[i].later);
        baseline_pool_destroy(&pool);
    }
}

// If the last period needed it now and then, or if the set that is stored now needs it.
static void memory_that_was_needed_lately_is_kept(void **state) {
    (void)state;
    BaselinePool pool = {0};
    uint16_t sequence = 0;
    play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, 448);
    for (uint32_t i = 0; i < 4 * BASELINE_POOL_PERIOD; i++) {
        play(&pool, &sequence, 1, i % 8 == 0 ? 208 : 100);
    }
    assert_int_equal(pool.bytes, 4 * 448 * 24);
    baseline_pool_destroy(&pool);
    static const uint32_t COUNTS[] = {60, 32, 31};
    static const size_t ENTRIES[] = {96, 96, 32};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        sequence = 0;
        play(&pool, &sequence, 2 * BASELINE_POOL_PERIOD, 90);
        play(&pool, &sequence, BASELINE_POOL_PERIOD, 16);
        assert_int_equal(pool.bytes, 4 * 96 * 24);
        play(&pool, &sequence, 4, COUNTS[i]);
        assert_int_equal(pool.bytes, 4 * ENTRIES[i] * 24);
        baseline_pool_destroy(&pool);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_baseline_set_is_found_by_its_sequence),
        cmocka_unit_test(sets_older_than_the_baseline_are_released_and_reused),
        cmocka_unit_test(the_last_32_are_kept_when_nothing_is_released),
        cmocka_unit_test(memory_that_only_a_stall_needed_is_freed_afterwards),
        cmocka_unit_test(memory_that_only_a_crowd_needed_is_freed_afterwards),
        cmocka_unit_test(a_steady_game_allocates_nothing),
        cmocka_unit_test(after_a_period_as_many_keep_memory_as_were_held_at_once),
        cmocka_unit_test(memory_far_too_large_is_replaced),
        cmocka_unit_test(memory_that_was_needed_lately_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
