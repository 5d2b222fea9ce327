// SPDX-License-Identifier: MIT
// Verify requests and details on the wire. The client's use of them: test_verification.
#include "wire/verify.h"

#include "support.h"

static VerifyDetail sample_detail(uint32_t count) {
    VerifyDetail detail = {
        .sequence = 0xabcd, .baseline_set_count = 448, .first = 200, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        detail.entries[i] =
            (VerifyEntry){.slot = 7 + 3 * i, .is_known = i % 3 != 0, .check = (uint16_t)(i * 977)};
    }
    return detail;
}

static bool is_read(const VerifyDetail *detail) {
    static VerifyDetail out;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    return verify_detail_read(buffer, verify_detail_write(buffer, detail), &out);
}

static void a_detail_comes_back_as_it_was(void **state) {
    (void)state;
    static const uint32_t COUNTS[] = {0, 1, 2, VERIFY_ENTRIES_MAX};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        const VerifyDetail detail = sample_detail(COUNTS[i]);
        static VerifyDetail out;
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        const size_t size = verify_detail_write(buffer, &detail);
        assert_true(verify_detail_read(buffer, size, &out));
        assert_int_equal(out.sequence, detail.sequence);
        assert_int_equal(out.baseline_set_count, detail.baseline_set_count);
        assert_int_equal(out.first, detail.first);
        assert_int_equal(out.count, detail.count);
        for (uint32_t j = 0; j < detail.count; j++) {
            assert_int_equal(out.entries[j].slot, detail.entries[j].slot);
            assert_int_equal(out.entries[j].is_known, detail.entries[j].is_known);
            assert_int_equal(out.entries[j].check, detail.entries[j].check);
        }
        assert_false(verify_detail_read(buffer, size - 1, &out));
    }
}

// At any entry: two in the same slot, or in descending order.
static void slots_that_do_not_ascend_are_refused(void **state) {
    (void)state;
    for (uint32_t at = 1; at < 10; at++) {
        for (uint32_t back = 0; back < 2; back++) {
            VerifyDetail detail = sample_detail(10);
            assert_true(is_read(&detail));
            detail.entries[at].slot = detail.entries[at - 1].slot - back;
            assert_false(is_read(&detail));
        }
    }
}

static void a_detail_beyond_the_baseline_set_is_refused(void **state) {
    (void)state;
    VerifyDetail detail = sample_detail(48);
    detail.baseline_set_count = 248;
    assert_true(is_read(&detail)); // the last one
    detail.first++;
    assert_false(is_read(&detail));
    detail.baseline_set_count = BASELINE_ENTRIES_MAX;
    assert_true(is_read(&detail));
    detail.baseline_set_count++;
    assert_false(is_read(&detail));
}

// ------------------------------------------------------------------ comparing

static BaselineSpace space;

static BaselineSet make_baseline_set(uint32_t count, uint32_t age) {
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    baseline_set_begin(&baseline_set, 5, 1000);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set.records[i] = (EntityRecord){.x = (int32_t)i, .generation = 1};
        baseline_set.entries[i] =
            (BaselineEntry){.slot = 10 + i, .generation = 1, .age = (uint16_t)(age + i)};
    }
    baseline_set.count = (uint16_t)count;
    return baseline_set;
}

static VerifyDetail detail_of(const BaselineSet *baseline_set) {
    VerifyDetail detail = {.baseline_set_count = baseline_set->count, .count = baseline_set->count};
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        detail.entries[i] =
            (VerifyEntry){.slot = entry->slot,
                          .is_known = true,
                          .check = verify_entry_check(entry, baseline_set->tick - entry->age,
                                                      &baseline_set->records[i])};
    }
    return detail;
}

// Each state is compared as of its own tick; states of DELTA_AGE_MAX or older are not compared.
static void states_of_any_age_are_compared_as_of_their_own_tick(void **state) {
    (void)state;
    const BaselineSet baseline_set = make_baseline_set(DELTA_AGE_MAX + 4, 0);
    VerifyDetail detail = detail_of(&baseline_set);
    uint32_t next = 0;
    assert_int_equal(verify_compare(&baseline_set, &detail, &next).kind, VERIFY_SAME);
    assert_int_equal(next, baseline_set.count);
    for (uint32_t i = 0; i < baseline_set.count; i++) {
        detail.entries[i].check ^= 1;
        next = 0;
        const VerifyDifference difference = verify_compare(&baseline_set, &detail, &next);
        assert_int_equal(difference.kind, i < DELTA_AGE_MAX ? VERIFY_OTHER : VERIFY_SAME);
        assert_int_equal(difference.slot, i < DELTA_AGE_MAX ? 10 + i : 0);
        detail.entries[i].check ^= 1;
    }
}

static void an_entity_unknown_to_the_server_is_named(void **state) {
    (void)state;
    const BaselineSet baseline_set = make_baseline_set(2, 0);
    VerifyDetail detail = detail_of(&baseline_set);
    detail.baseline_set_count = detail.count = 1;
    uint32_t next = 0;
    const VerifyDifference difference = verify_compare(&baseline_set, &detail, &next);
    assert_int_equal(difference.kind, VERIFY_EXTRA);
    assert_int_equal(difference.slot, 11);
    // A baseline set that is no longer held has an empty detail.
    detail.baseline_set_count = detail.count = 0;
    next = 0;
    assert_int_equal(verify_compare(&baseline_set, &detail, &next).kind, VERIFY_SAME);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_detail_comes_back_as_it_was),
        cmocka_unit_test(slots_that_do_not_ascend_are_refused),
        cmocka_unit_test(a_detail_beyond_the_baseline_set_is_refused),
        cmocka_unit_test(states_of_any_age_are_compared_as_of_their_own_tick),
        cmocka_unit_test(an_entity_unknown_to_the_server_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
