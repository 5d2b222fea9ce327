// SPDX-License-Identifier: MIT
#include "tools/swarm/load/behaviour.h"

#include <string.h>

#include "support.h"

static BehaviourMix parse(const char *text) {
    BehaviourMix mix;
    char error[160] = "";
    if (!behaviour_mix_parse(text, &mix, error, sizeof error)) {
        fail_msg("'%s' was refused: %s", text, error);
    }
    return mix;
}

// The text is refused with a sentence that contains `expected`.
static void refuses(const char *text, const char *expected) {
    BehaviourMix mix;
    char error[160] = "";
    assert_false(behaviour_mix_parse(text, &mix, error, sizeof error));
    if (strstr(error, expected) == NULL) {
        fail_msg("'%s': expected '%s' in '%s'", text, expected, error);
    }
    assert_null(strchr(error, '\n'));
}

static void every_name_is_read(void **state) {
    (void)state;
    static const char *const NAMES[BEHAVIOUR_COUNT] = {
        [BEHAVIOUR_WANDER] = "wander",       [BEHAVIOUR_HUNT] = "hunt",
        [BEHAVIOUR_CROWD] = "crowd",         [BEHAVIOUR_IDLE] = "idle",
        [BEHAVIOUR_CHURN] = "churn",         [BEHAVIOUR_SPAM] = "spam",
        [BEHAVIOUR_MALFORMED] = "malformed",
    };
    for (uint32_t i = 0; i < BEHAVIOUR_COUNT; i++) {
        assert_non_null(NAMES[i]);
        const BehaviourMix mix = parse(NAMES[i]);
        for (uint32_t j = 0; j < BEHAVIOUR_COUNT; j++) {
            assert_int_equal(mix.weights[j], i == j);
        }
    }
}

static void weights_are_read(void **state) {
    (void)state;
    const BehaviourMix mix = parse("wander=6,hunt=3,idle,churn=1k");
    assert_int_equal(mix.weights[BEHAVIOUR_WANDER], 6);
    assert_int_equal(mix.weights[BEHAVIOUR_HUNT], 3);
    assert_int_equal(mix.weights[BEHAVIOUR_IDLE], 1);
    assert_int_equal(mix.weights[BEHAVIOUR_CHURN], 1000);
    assert_int_equal(mix.weights[BEHAVIOUR_CROWD], 0);
}

static void unknown_names_are_refused(void **state) {
    (void)state;
    refuses("fly", "unknown behaviour 'fly'");
    refuses("fly=1", "unknown behaviour 'fly'");
    refuses("wander=1,fly=2", "unknown behaviour 'fly'");
    refuses("Wander", "unknown behaviour");
    refuses(" wander", "unknown behaviour");
    refuses("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "unknown behaviour");
}

static void bad_weights_are_refused(void **state) {
    (void)state;
    refuses("wander=0", "the weight of 'wander'");
    refuses("wander=-1", "the weight of 'wander'");
    refuses("wander=", "the weight of 'wander'");
    refuses("wander=x", "the weight of 'wander'");
    refuses("wander=1.5", "the weight of 'wander'");
    refuses("wander=1=2", "the weight of 'wander'");
    refuses("wander=2000000", "the weight of 'wander'");
}

static void repeated_and_empty_items_are_refused(void **state) {
    (void)state;
    refuses("wander,wander", "given twice");
    refuses("", "found nothing");
    refuses("wander,", "found nothing");
    refuses(",wander", "found nothing");
    refuses("wander,,hunt", "found nothing");
}

static void bots_are_dealt_in_proportion(void **state) {
    (void)state;
    BehaviourMix mix = parse("wander=6,hunt=3,idle=1");
    for (uint32_t round = 0; round < 20; round++) {
        uint32_t counts[BEHAVIOUR_COUNT] = {0};
        for (uint32_t i = 0; i < 10; i++) {
            counts[behaviour_mix_next(&mix)]++;
        }
        assert_int_equal(counts[BEHAVIOUR_WANDER], 6);
        assert_int_equal(counts[BEHAVIOUR_HUNT], 3);
        assert_int_equal(counts[BEHAVIOUR_IDLE], 1);
        assert_int_equal(counts[BEHAVIOUR_CROWD], 0);
    }
}

static void equal_weights_alternate(void **state) {
    (void)state;
    BehaviourMix mix = parse("wander=1,hunt=1");
    const Behaviour first = behaviour_mix_next(&mix);
    const Behaviour second = behaviour_mix_next(&mix);
    assert_int_not_equal(first, second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_read),
        cmocka_unit_test(weights_are_read),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(repeated_and_empty_items_are_refused),
        cmocka_unit_test(bots_are_dealt_in_proportion),
        cmocka_unit_test(equal_weights_alternate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
