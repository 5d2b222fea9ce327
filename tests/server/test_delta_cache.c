// SPDX-License-Identifier: MIT
#include "server/replication/delta_cache.h"

#include <string.h>

#include "server/sim/sim.h"
#include "support.h"

#define INTERVAL_TICKS 3

typedef struct Fixture {
    Sim sim;
    DeltaCache cache;
    DeltaCacheUse use;
} Fixture;

static void begin(Fixture *fixture) {
    delta_cache_collect_use(&fixture->cache, &fixture->use);
    delta_cache_begin(&fixture->cache, &fixture->sim.history, &fixture->sim.world.ranges,
                      fixture->sim.world.tick);
    pool_run(fixture->sim.pool, delta_cache_prepare_task, &fixture->cache,
             delta_cache_pieces(&fixture->cache));
}

// A world of drones, some ticks old.
static Fixture *create_fixture(uint32_t ticks) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    ArenaFile file = {.spec = {.name = "deltas", .seed = 3}};
    arena_file_resolve(&file, 500, 2);
    const SimConfig config = {
        .arena = file.spec, .seed = 3, .drone_count = 500, .ship_capacity = 2, .worker_count = 2};
    assert_true(sim_create(&fixture->sim, &config));
    assert_true(
        delta_cache_create(&fixture->cache, world_slot_count(&fixture->sim.world), INTERVAL_TICKS));
    for (uint32_t i = 0; i < ticks; i++) {
        sim_tick(&fixture->sim, NULL);
    }
    begin(fixture);
    return fixture;
}

static void destroy_fixture(Fixture *fixture) {
    delta_cache_destroy(&fixture->cache);
    sim_destroy(&fixture->sim);
    free(fixture);
}

static bool has_lived(const Fixture *fixture, uint32_t slot, uint32_t age) {
    const DeltaCache *cache = &fixture->cache;
    return cache->records[slot].generation != 0 &&
           cache->records[slot].generation == delta_cache_baselines(cache, age)[slot].generation;
}

static void a_delta_is_made_once_and_found_from_then_on(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    DeltaCache *cache = &fixture->cache;
    uint32_t made = 0;
    for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
        if (!has_lived(fixture, slot, 6)) {
            continue;
        }
        assert_true(delta_cache_find(cache, slot, 6) == 0);
        const DeltaBits bits = delta_cache_make(cache, slot, 6, &fixture->use);
        made++;
        if (bits.count > DELTA_WORD_BITS_MAX) {
            continue;
        }
        const uint64_t word = delta_cache_find(cache, slot, 6);
        assert_int_equal(delta_word_count(word), bits.count);
        assert_true(delta_word_bits(word) == bits.words[0]);
    }
    assert_true(made > 300);
    assert_int_equal(fixture->use.produced + fixture->use.unshared, made);
    assert_true(fixture->use.produced > made * 9 / 10);
    assert_int_equal(fixture->use.dirty_rows, 1 << 1);
    destroy_fixture(fixture);
}

static void a_word_that_is_found_is_the_encoders_delta(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(70);
    DeltaCache *cache = &fixture->cache;
    for (uint32_t age = 1; age < HISTORY_TICKS; age++) {
        for (uint32_t slot = age % 7; slot < cache->slot_capacity; slot += 7) {
            if (!has_lived(fixture, slot, age)) {
                continue;
            }
            const DeltaWindow window = {.slot = slot, .tick = cache->tick, .age = age};
            const DeltaBits expected =
                delta_encode(entity_kind_of_slot(&cache->ranges, slot), window,
                             &delta_cache_baselines(cache, age)[slot], &cache->records[slot]);
            const DeltaBits made = delta_cache_make(cache, slot, age, &fixture->use);
            assert_int_equal(made.count, expected.count);
            assert_memory_equal(made.words, expected.words, sizeof made.words);
            const uint64_t word = delta_cache_find(cache, slot, age);
            assert_true(word == 0 || delta_word_bits(word) == expected.words[0]);
        }
    }
    destroy_fixture(fixture);
}

static void a_new_tick_starts_empty(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    DeltaCache *cache = &fixture->cache;
    for (uint32_t age = INTERVAL_TICKS; age < 30; age += INTERVAL_TICKS) {
        for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
            if (has_lived(fixture, slot, age)) {
                delta_cache_make(cache, slot, age, &fixture->use);
            }
        }
    }
    assert_int_equal(fixture->use.dirty_rows, (1 << DELTA_CACHE_ROWS) - 1);
    sim_tick(&fixture->sim, NULL);
    begin(fixture);
    for (uint32_t age = 1; age < HISTORY_TICKS; age++) {
        for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
            assert_true(delta_cache_find(cache, slot, age) == 0);
        }
    }
    destroy_fixture(fixture);
}

static void a_row_in_high_demand_is_made_ahead(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    DeltaCache *cache = &fixture->cache;
    delta_cache_note_requested(cache, INTERVAL_TICKS, cache->slot_capacity - 1, &fixture->use);
    delta_cache_note_requested(cache, 2 * INTERVAL_TICKS, cache->slot_capacity, &fixture->use);
    sim_tick(&fixture->sim, NULL);
    begin(fixture);
    uint32_t made = 0;
    for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
        assert_true(delta_cache_find(cache, slot, INTERVAL_TICKS) == 0);
        const uint64_t word = delta_cache_find(cache, slot, 2 * INTERVAL_TICKS);
        if (!has_lived(fixture, slot, 2 * INTERVAL_TICKS)) {
            assert_true(word == 0);
            continue;
        }
        const DeltaWindow window = {slot, cache->tick, 2 * INTERVAL_TICKS};
        const DeltaBits expected =
            delta_encode(entity_kind_of_slot(&cache->ranges, slot), window,
                         &delta_cache_baselines(cache, window.age)[slot], &cache->records[slot]);
        if (expected.count <= DELTA_WORD_BITS_MAX) {
            assert_true(delta_word_bits(word) == expected.words[0]);
            assert_int_equal(delta_word_count(word), expected.count);
            made++;
        }
    }
    assert_true(made > 300);
    assert_int_equal(delta_cache_made_ahead(cache), made);
    // Without further requests it is cleared, and filled on demand.
    sim_tick(&fixture->sim, NULL);
    begin(fixture);
    for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
        assert_true(delta_cache_find(cache, slot, 2 * INTERVAL_TICKS) == 0);
    }
    destroy_fixture(fixture);
}

static void ages_without_a_row_are_made_for_one_client_alone(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    DeltaCache *cache = &fixture->cache;
    static const uint32_t ages[] = {1, 4, INTERVAL_TICKS * (DELTA_CACHE_ROWS + 1)};
    uint32_t slot = 0;
    while (!has_lived(fixture, slot, ages[2])) {
        slot++;
    }
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
        assert_true(delta_cache_make(cache, slot, ages[i], &fixture->use).count > 0);
        assert_true(delta_cache_find(cache, slot, ages[i]) == 0);
    }
    assert_int_equal(fixture->use.unshared, 3);
    assert_int_equal(fixture->use.dirty_rows, 0);
    destroy_fixture(fixture);
}

static void a_delta_too_long_for_a_word_is_made_each_time(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    DeltaCache *cache = &fixture->cache;
    EntityRecord *record =
        history_begin(&fixture->sim.history, fixture->sim.world.tick) + 5; // a drone
    record->x += 12345;
    record->y -= 54321;
    record->vx = (int16_t)(record->vx + 3001);
    record->vy = (int16_t)(record->vy - 7001);
    record->status ^= ENTITY_STATUS_ANGRY;
    assert_true(has_lived(fixture, 5, 6));
    for (int i = 0; i < 2; i++) {
        assert_true(delta_cache_make(cache, 5, 6, &fixture->use).count > DELTA_WORD_BITS_MAX);
        assert_true(delta_cache_find(cache, 5, 6) == 0);
    }
    assert_int_equal(fixture->use.unshared, 2);
    destroy_fixture(fixture);
}

static void baselines_reach_back_as_far_as_the_history(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(10);
    assert_non_null(delta_cache_baselines(&fixture->cache, 10));
    assert_null(delta_cache_baselines(&fixture->cache, 11));
    destroy_fixture(fixture);
    fixture = create_fixture(100);
    assert_non_null(delta_cache_baselines(&fixture->cache, HISTORY_TICKS - 1));
    assert_null(delta_cache_baselines(&fixture->cache, HISTORY_TICKS));
    destroy_fixture(fixture);
}

// All workers ask for everything at once; each answer must be the encoder's.
static void ask_task(void *context, uint32_t piece, uint32_t worker) {
    (void)piece;
    (void)worker;
    Fixture *fixture = context;
    DeltaCache *cache = &fixture->cache;
    DeltaCacheUse use = {0};
    for (uint32_t slot = 0; slot < cache->slot_capacity; slot++) {
        if (!has_lived(fixture, slot, 6)) {
            continue;
        }
        const uint64_t word = delta_cache_find(cache, slot, 6);
        const DeltaBits bits = delta_cache_make(cache, slot, 6, &use);
        assert_true(word == 0 || (delta_word_bits(word) == bits.words[0] &&
                                  delta_word_count(word) == bits.count));
    }
}

static void workers_that_miss_together_agree(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(40);
    pool_run(fixture->sim.pool, ask_task, fixture, 16);
    destroy_fixture(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delta_is_made_once_and_found_from_then_on),
        cmocka_unit_test(a_word_that_is_found_is_the_encoders_delta),
        cmocka_unit_test(a_new_tick_starts_empty),
        cmocka_unit_test(a_row_in_high_demand_is_made_ahead),
        cmocka_unit_test(ages_without_a_row_are_made_for_one_client_alone),
        cmocka_unit_test(a_delta_too_long_for_a_word_is_made_each_time),
        cmocka_unit_test(baselines_reach_back_as_far_as_the_history),
        cmocka_unit_test(workers_that_miss_together_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
