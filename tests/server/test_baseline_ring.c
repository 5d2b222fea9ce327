// SPDX-License-Identifier: MIT
#include "server/replication/baseline_ring.h"

#include "support.h"

// A set whose entries identify it.
static void store(BaselineRing *ring, uint16_t sequence, uint32_t count,
                  const BaselineSet *baseline) {
    BaselineSet baseline_set = {.entries = baseline_ring_begin(ring, sequence, count, baseline)};
    baseline_set_begin(&baseline_set, sequence, sequence * 3u);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set_carry(&baseline_set, sequence * 1000u + i, 1);
    }
    baseline_ring_commit(ring, &baseline_set);
}

static bool is_intact(BaselineRing *ring, uint16_t sequence, uint32_t count) {
    BaselineSet baseline_set;
    if (!baseline_ring_find(ring, sequence, &baseline_set)) {
        return false;
    }
    assert_int_equal(baseline_set.sequence, sequence);
    assert_int_equal(baseline_set.tick, sequence * 3u);
    assert_int_equal(baseline_set.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(baseline_set.entries[i].slot, sequence * 1000u + i);
    }
    return true;
}

static BaselineRing *fresh_ring(void) {
    BaselineRing *ring = calloc(1, sizeof *ring);
    assert_non_null(ring);
    baseline_ring_reset(ring);
    return ring;
}

static void an_empty_ring_holds_nothing(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    BaselineSet baseline_set;
    for (uint16_t sequence = 0; sequence < 70; sequence++) {
        assert_false(baseline_ring_find(ring, sequence, &baseline_set));
    }
    assert_false(baseline_ring_find(ring, UINT16_MAX, &baseline_set));
    free(ring);
}

static void unacknowledged_sets_are_held_while_there_is_room(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    for (uint32_t i = 0; i < 200; i++) {
        store(ring, (uint16_t)i, 120, NULL);
        for (uint32_t back = 0; back <= i && back < 31; back++) {
            assert_true(is_intact(ring, (uint16_t)(i - back), 120));
        }
        assert_false(is_intact(ring, (uint16_t)(i + 1), 120));
        assert_false(is_intact(ring, (uint16_t)(i - 32), 120));
    }
    free(ring);
}

static void full_sets_push_out_the_oldest(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    for (uint32_t i = 0; i < 100; i++) {
        store(ring, (uint16_t)i, BASELINE_ENTRIES_MAX, NULL);
        for (uint32_t back = 0; back <= i && back < 8; back++) {
            assert_true(is_intact(ring, (uint16_t)(i - back), BASELINE_ENTRIES_MAX));
        }
        assert_true(i < 9 || !is_intact(ring, (uint16_t)(i - 9), BASELINE_ENTRIES_MAX));
    }
    free(ring);
}

static void sets_older_than_the_baseline_are_given_up(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    for (uint16_t i = 0; i < 4; i++) {
        store(ring, i, 10, NULL);
    }
    BaselineSet baseline;
    assert_true(baseline_ring_find(ring, 2, &baseline));
    store(ring, 4, 10, &baseline);
    assert_false(is_intact(ring, 0, 10));
    assert_false(is_intact(ring, 1, 10));
    for (uint16_t i = 2; i < 5; i++) {
        assert_true(is_intact(ring, i, 10));
    }
    free(ring);
}

static void soon_acknowledged_sets_stay_in_one_place(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    BaselineSet baseline;
    store(ring, 0, 100, NULL);
    for (uint16_t i = 1; i < 100; i++) {
        assert_true(baseline_ring_find(ring, (uint16_t)(i - 1), &baseline));
        store(ring, i, 100, &baseline);
        assert_true(ring->next <= 300);
    }
    free(ring);
}

static void late_acknowledged_sets_are_all_held(void **state) {
    (void)state;
    Rng rng = test_rng();
    BaselineRing *ring = fresh_ring();
    uint32_t counts[3000] = {0};
    for (uint32_t i = 0; i < 3000; i++) {
        const uint32_t late = 1 + i / 500; // round trips of one to six snapshots
        BaselineSet baseline;
        const bool has_baseline = i > late;
        if (has_baseline) {
            assert_true(baseline_ring_find(ring, (uint16_t)(i - late), &baseline));
        }
        counts[i] = 120 + rng_below(&rng, 60);
        store(ring, (uint16_t)i, counts[i], has_baseline ? &baseline : NULL);
        for (uint32_t back = 0; back <= i && back <= late; back++) {
            assert_true(is_intact(ring, (uint16_t)(i - back), counts[i - back]));
        }
    }
    free(ring);
}

// For any acknowledgements: the baseline stays as it is, and every set that is found is intact.
static void a_set_that_is_found_was_not_overwritten(void **state) {
    (void)state;
    Rng rng = test_rng();
    BaselineRing *ring = fresh_ring();
    uint32_t counts[1 << 16] = {0};
    uint32_t acknowledged = 0; // sequence + 1; 0: none
    uint32_t lost = 0;
    for (uint32_t i = 0; i < 60000; i++) {
        BaselineSet baseline;
        bool has_baseline = false;
        if (acknowledged > 0 && i - (acknowledged - 1) < BASELINE_SETS_MAX) {
            has_baseline = baseline_ring_find(ring, (uint16_t)(acknowledged - 1), &baseline);
            lost += !has_baseline;
        }
        counts[i] = i / 500 % 2 == 0 ? rng_below(&rng, 200) : rng_below(&rng, 449);
        store(ring, (uint16_t)i, counts[i], has_baseline ? &baseline : NULL);
        assert_true(!has_baseline ||
                    is_intact(ring, (uint16_t)(acknowledged - 1), counts[acknowledged - 1]));
        for (uint32_t back = 0; back <= i && back < BASELINE_SETS_MAX; back++) {
            (void)is_intact(ring, (uint16_t)(i - back), counts[i - back]);
        }
        assert_true(is_intact(ring, (uint16_t)i, counts[i]));
        const uint32_t newest = i - rng_below(&rng, i < 12 ? i + 1 : 12);
        if (rng_chance(&rng, 0.3) && newest + 1 > acknowledged) {
            acknowledged = newest + 1;
        }
    }
    // Twelve full sets are more than the ring holds.
    assert_true(lost < 15000);
    free(ring);
}

static void sequences_wrap(void **state) {
    (void)state;
    BaselineRing *ring = fresh_ring();
    BaselineSet baseline = {0};
    for (uint32_t i = 0; i < 70000; i++) {
        const bool has_baseline = i >= 3 && baseline_ring_find(ring, (uint16_t)(i - 3), &baseline);
        assert_true(i < 3 || has_baseline);
        store(ring, (uint16_t)i, 5, has_baseline ? &baseline : NULL);
    }
    // No acknowledgement for a long time.
    for (uint32_t i = 70000; i < 140000; i++) {
        store(ring, (uint16_t)i, 5, NULL);
    }
    assert_true(is_intact(ring, (uint16_t)139990, 5));
    free(ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ring_holds_nothing),
        cmocka_unit_test(unacknowledged_sets_are_held_while_there_is_room),
        cmocka_unit_test(full_sets_push_out_the_oldest),
        cmocka_unit_test(sets_older_than_the_baseline_are_given_up),
        cmocka_unit_test(soon_acknowledged_sets_stay_in_one_place),
        cmocka_unit_test(late_acknowledged_sets_are_all_held),
        cmocka_unit_test(a_set_that_is_found_was_not_overwritten),
        cmocka_unit_test(sequences_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
