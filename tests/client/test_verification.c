// SPDX-License-Identifier: MIT
// The server's checksum against the client's baseline set, and the entity that is named.
#include "client/core/verification.h"

#include <string.h>

#include "support.h"

static BaselineSpace spaces[2];

// Entities in every third slot.
static BaselineSet make_baseline_set(BaselineSpace *space, uint32_t count) {
    BaselineSet baseline_set = {.entries = space->entries, .records = space->records};
    baseline_set_begin(&baseline_set, 5, 100);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set.records[i] =
            (EntityRecord){.x = (int32_t)i * 7, .generation = 1, .status = 15};
        baseline_set_carry(&baseline_set, i * 3, 1);
    }
    return baseline_set;
}

static VerifyDetail detail_of(const BaselineSet *baseline_set, uint32_t first, uint32_t count) {
    VerifyDetail detail = {.sequence = baseline_set->sequence,
                           .baseline_set_count = baseline_set->count,
                           .first = first,
                           .count = count};
    for (uint32_t i = 0; i < count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[first + i];
        detail.entries[i] =
            (VerifyEntry){.slot = entry->slot,
                          .is_known = true,
                          .check = verify_entry_check(entry, baseline_set->tick - entry->age,
                                                      &baseline_set->records[first + i])};
    }
    return detail;
}

// The difference between two baseline sets of some 300 entities, sent in two details.
static VerifyDifference find_difference(const BaselineSet *ours, const BaselineSet *theirs) {
    Verification verification = {0};
    bool is_requested;
    assert_false(
        verification_check(&verification, ours, baseline_set_checksum(theirs), 0, &is_requested));
    assert_true(is_requested);
    assert_int_equal(verification.mismatches, 1);
    VerifyDifference difference = {0};
    const uint32_t half = theirs->count / 2;
    VerifyDetail detail = detail_of(theirs, 0, half);
    if (!verification_accept_detail(&verification, &detail, &difference)) {
        detail = detail_of(theirs, half, theirs->count - half);
        assert_true(verification_accept_detail(&verification, &detail, &difference));
    }
    verification_destroy(&verification);
    return difference;
}

static void equal_baseline_sets_have_equal_checksums(void **state) {
    (void)state;
    Verification verification = {0};
    const BaselineSet ours = make_baseline_set(&spaces[0], 300);
    const BaselineSet theirs = make_baseline_set(&spaces[1], 300);
    bool is_requested;
    assert_true(
        verification_check(&verification, &ours, baseline_set_checksum(&theirs), 0, &is_requested));
    assert_false(is_requested);
    assert_int_equal(verification.checks, 1);
    assert_int_equal(verification.mismatches, 0);
    assert_null(verification.space);
}

static void the_first_entity_that_differs_is_named(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 200; round++) {
        const BaselineSet ours = make_baseline_set(&spaces[0], 300);
        BaselineSet theirs = make_baseline_set(&spaces[1], 300);
        const uint32_t index = rng_below(&rng, 300);
        theirs.records[index].x++;
        if (index + 20 < 300) {
            theirs.records[index + 20].y++; // a later one does not matter
        }
        const VerifyDifference difference = find_difference(&ours, &theirs);
        assert_int_equal(difference.kind, VERIFY_OTHER);
        assert_int_equal(difference.slot, index * 3);
    }
}

static void a_missing_and_a_surplus_entity_are_named(void **state) {
    (void)state;
    BaselineSet ours = make_baseline_set(&spaces[0], 300);
    BaselineSet theirs = make_baseline_set(&spaces[1], 300);
    ours.count = 299;
    VerifyDifference difference = find_difference(&ours, &theirs);
    assert_int_equal(difference.kind, VERIFY_MISSING);
    assert_int_equal(difference.slot, 299 * 3);
    ours.count = 300;
    theirs.count = 299;
    difference = find_difference(&ours, &theirs);
    assert_int_equal(difference.kind, VERIFY_EXTRA);
    assert_int_equal(difference.slot, 299 * 3);
    theirs.entries[0].slot = 1; // in place of 0
    difference = find_difference(&ours, &theirs);
    assert_int_equal(difference.kind, VERIFY_EXTRA);
    assert_int_equal(difference.slot, 0);
}

static void a_state_that_the_server_no_longer_has_is_skipped(void **state) {
    (void)state;
    Verification verification = {0};
    const BaselineSet ours = make_baseline_set(&spaces[0], 10);
    bool is_requested;
    verification_check(&verification, &ours, 1, 0, &is_requested);
    VerifyDetail detail = detail_of(&ours, 0, 10);
    detail.entries[4].is_known = false;
    detail.entries[4].check = 77;
    VerifyDifference difference;
    assert_true(verification_accept_detail(&verification, &detail, &difference));
    assert_int_equal(difference.kind, VERIFY_SAME);
    verification_destroy(&verification);
}

static void one_verify_request_is_open_at_a_time(void **state) {
    (void)state;
    Verification verification = {0};
    BaselineSet ours = make_baseline_set(&spaces[0], 10);
    bool is_requested;
    verification_check(&verification, &ours, 1, 0, &is_requested);
    assert_true(is_requested);
    ours.sequence = 6;
    verification_check(&verification, &ours, 1, 0, &is_requested);
    assert_false(is_requested);
    assert_int_equal(verification.mismatches, 2);
    VerifyDetail detail = detail_of(&ours, 0, 10);
    VerifyDifference difference;
    assert_false(
        verification_accept_detail(&verification, &detail, &difference)); // of another baseline set
    detail.sequence = 5;
    detail.baseline_set_count = 0; // the server no longer has it
    detail.count = 0;
    assert_true(verification_accept_detail(&verification, &detail, &difference));
    assert_int_equal(difference.kind, VERIFY_SAME);
    verification_check(&verification, &ours, 1, VERIFY_PERIOD_NS - 1, &is_requested);
    assert_false(is_requested); // too early
    verification_check(&verification, &ours, 1, VERIFY_PERIOD_NS, &is_requested);
    assert_true(is_requested);
    verification_destroy(&verification);
}

// The second request compares another baseline set from its first entry; a closed client has no
// open request.
static void each_verify_request_compares_from_the_first_entry(void **state) {
    (void)state;
    Verification verification = {0};
    const BaselineSet ours = make_baseline_set(&spaces[0], 300);
    BaselineSet theirs = make_baseline_set(&spaces[1], 300);
    bool is_requested;
    VerifyDifference difference;
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t at = i == 1 ? 20 : 250;
        theirs.records[at].x++;
        assert_false(
            verification_check(&verification, &ours, 0, i * VERIFY_PERIOD_NS, &is_requested));
        assert_true(is_requested);
        VerifyDetail detail = detail_of(&theirs, 0, 150);
        const bool is_over = verification_accept_detail(&verification, &detail, &difference);
        assert_int_equal(is_over, i == 1);
        if (!is_over) {
            detail = detail_of(&theirs, 150, 150);
            assert_true(verification_accept_detail(&verification, &detail, &difference));
        }
        assert_int_equal(difference.kind, VERIFY_OTHER);
        assert_int_equal(difference.slot, 3 * at);
        theirs.records[at].x--;
    }
    assert_false(verification_check(&verification, &ours, 0, NS_PER_S, &is_requested));
    assert_true(is_requested && verification.is_waiting);
    verification_destroy(&verification);
    assert_false(verification.is_waiting);
    assert_int_equal(verification.checks, 0);
    verification_destroy(&verification); // harmless
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_baseline_sets_have_equal_checksums),
        cmocka_unit_test(the_first_entity_that_differs_is_named),
        cmocka_unit_test(a_missing_and_a_surplus_entity_are_named),
        cmocka_unit_test(a_state_that_the_server_no_longer_has_is_skipped),
        cmocka_unit_test(one_verify_request_is_open_at_a_time),
        cmocka_unit_test(each_verify_request_compares_from_the_first_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
