// SPDX-License-Identifier: MIT
#include "tools/swarm/load/brain.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "support.h"

#define SIDE         (4000 * UNIT)
#define CENTER       (SIDE / 2)
#define DECISION_NS  (50 * NS_PER_MS)
#define QUARTER_TURN 16384
#define HEALTHY      ENTITY_HEALTH_MAX

static BrainSight sight_at(int32_t x, int32_t y) {
    return (BrainSight){.is_alive = true, .x = x, .y = y, .side = SIDE};
}

static BrainSight sight_of_target(int32_t dx_units, int32_t dy_units) {
    BrainSight sight = sight_at(CENTER, CENTER);
    brain_consider_target(&sight, (CENTER + dx_units * UNIT) >> RECORD_SHIFT,
                          (CENTER + dy_units * UNIT) >> RECORD_SHIFT, HEALTHY);
    return sight;
}

// The smallest angle between two, in 1/65,536 turn.
static uint32_t angle_between(uint16_t a, uint16_t b) {
    const uint16_t difference = (uint16_t)(a - b);
    return difference < 32768 ? difference : 65536u - difference;
}

static void the_same_seed_gives_the_same_inputs(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (uint32_t kind = 0; kind < BEHAVIOUR_COUNT; kind++) {
        Brain a, b;
        brain_init(&a, (Behaviour)kind, 7);
        brain_init(&b, (Behaviour)kind, 7);
        for (uint32_t i = 0; i < 500; i++) {
            BrainSight sight = sight_at(rng_range(&rng, 0, SIDE - 1), rng_range(&rng, 0, SIDE - 1));
            brain_consider_target(&sight, rng_range(&rng, 0, SIDE >> RECORD_SHIFT),
                                  rng_range(&rng, 0, SIDE >> RECORD_SHIFT), HEALTHY);
            const ShipInput first = brain_decide(&a, &sight, i * DECISION_NS);
            const ShipInput second = brain_decide(&b, &sight, i * DECISION_NS);
            assert_true(input_equals(first, second));
            assert_int_equal(first.buttons & ~INPUT_BUTTONS_MASK, 0);
            assert_int_equal(first.unused, 0);
        }
    }
}

static void another_seed_gives_another_goal(void **state) {
    (void)state;
    Brain a, b;
    const BrainSight sight = sight_at(CENTER, CENTER);
    brain_init(&a, BEHAVIOUR_WANDER, 1);
    brain_init(&b, BEHAVIOUR_WANDER, 2);
    brain_decide(&a, &sight, NS_PER_S);
    brain_decide(&b, &sight, NS_PER_S);
    assert_true(a.goal_x != b.goal_x || a.goal_y != b.goal_y);
}

static void the_nearest_target_is_chosen(void **state) {
    (void)state;
    BrainSight sight = sight_of_target(300, 0);
    brain_consider_target(&sight, (CENTER - 200 * UNIT) >> RECORD_SHIFT, CENTER >> RECORD_SHIFT,
                          HEALTHY);
    assert_int_equal(sight.target_x, CENTER - 200 * UNIT);
    brain_consider_target(&sight, CENTER >> RECORD_SHIFT, (CENTER + 400 * UNIT) >> RECORD_SHIFT,
                          HEALTHY);
    assert_int_equal(sight.target_x, CENTER - 200 * UNIT);
    assert_int_equal(sight.target_y, CENTER);
}

static void dead_and_shielded_entities_are_no_targets(void **state) {
    (void)state;
    BrainSight sight = sight_at(CENTER, CENTER);
    brain_consider_target(&sight, 100, 100, 0);
    brain_consider_target(&sight, 100, 100, HEALTHY | ENTITY_STATUS_SHIELD);
    assert_false(sight.has_target);
}

static void a_hunter_aims_at_its_target(void **state) {
    (void)state;
    static const struct {
        int32_t dx, dy;
        uint16_t aim;
        uint8_t thrust;
    } cases[] = {
        {300, 0, 0, INPUT_RIGHT},
        {300, 300, QUARTER_TURN / 2, INPUT_RIGHT | INPUT_DOWN},
        {0, 300, QUARTER_TURN, INPUT_DOWN},
        {-300, 0, 2 * QUARTER_TURN, INPUT_LEFT},
        {0, -300, 3 * QUARTER_TURN, INPUT_UP},
        {300, -300, 3 * QUARTER_TURN + QUARTER_TURN / 2, INPUT_RIGHT | INPUT_UP},
    };
    const uint8_t thrusts = INPUT_UP | INPUT_DOWN | INPUT_LEFT | INPUT_RIGHT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Brain brain;
        brain_init(&brain, BEHAVIOUR_HUNT, i);
        const BrainSight sight = sight_of_target(cases[i].dx, cases[i].dy);
        const ShipInput input = brain_decide(&brain, &sight, NS_PER_S);
        assert_true(angle_between(input.aim, cases[i].aim) <= 1);
        assert_int_equal(input.buttons & thrusts, cases[i].thrust);
    }
}

static uint32_t shots_in_100(Behaviour behaviour, int32_t distance_units) {
    Brain brain;
    uint32_t shots = 0;
    brain_init(&brain, behaviour, 5);
    for (uint32_t i = 0; i < 100; i++) {
        const BrainSight sight = sight_of_target(distance_units, 0);
        const ShipInput input = brain_decide(&brain, &sight, i * DECISION_NS);
        shots += (input.buttons & (INPUT_PULSE | INPUT_MISSILE)) != 0;
    }
    return shots;
}

static void a_hunter_shoots_within_range_only(void **state) {
    (void)state;
    assert_int_equal(shots_in_100(BEHAVIOUR_HUNT, 1000), 0);
    assert_true(shots_in_100(BEHAVIOUR_HUNT, 300) > 50);
    assert_true(shots_in_100(BEHAVIOUR_WANDER, 300) > 0);
    assert_true(shots_in_100(BEHAVIOUR_WANDER, 300) < shots_in_100(BEHAVIOUR_HUNT, 300));
}

static void a_hunter_circles_a_target_that_is_near(void **state) {
    (void)state;
    Brain brain;
    brain_init(&brain, BEHAVIOUR_HUNT, 5);
    const BrainSight sight = sight_of_target(50, 0);
    const ShipInput input = brain_decide(&brain, &sight, NS_PER_S);
    assert_true(angle_between(input.aim, 0) <= 1);
    assert_int_equal(input.buttons & (INPUT_LEFT | INPUT_RIGHT), 0);
    assert_int_not_equal(input.buttons & (INPUT_UP | INPUT_DOWN), 0);
}

// Moves a body by the thrust of each decision, 10 units at a time.
static void fly(Brain *brain, BrainSight *sight, uint32_t decisions) {
    for (uint32_t i = 0; i < decisions; i++) {
        const ShipInput input = brain_decide(brain, sight, i * DECISION_NS);
        sight->x += (input.buttons & INPUT_RIGHT  ? 10
                     : input.buttons & INPUT_LEFT ? -10
                                                  : 0) *
                    UNIT;
        sight->y += (input.buttons & INPUT_DOWN ? 10 : input.buttons & INPUT_UP ? -10 : 0) * UNIT;
    }
}

static void crowd_bots_meet_at_the_center(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Brain brain;
        BrainSight sight = sight_at(seed % 2 ? 0 : SIDE - 1, seed % 3 ? 0 : SIDE - 1);
        brain_init(&brain, BEHAVIOUR_CROWD, seed);
        fly(&brain, &sight, 400);
        const double distance = hypot(sight.x - (double)CENTER, sight.y - (double)CENTER) / UNIT;
        assert_true(distance < 500);
    }
}

static void a_wanderer_changes_its_goals(void **state) {
    (void)state;
    Brain brain;
    BrainSight sight = sight_at(CENTER, CENTER);
    brain_init(&brain, BEHAVIOUR_WANDER, 9);
    int32_t goals = 0;
    int32_t last_x = -1;
    for (uint32_t i = 0; i < 40; i++) {
        fly(&brain, &sight, 20);
        goals += brain.goal_x != last_x;
        last_x = brain.goal_x;
        assert_in_range(brain.goal_x, 0, SIDE - 1);
        assert_in_range(brain.goal_y, 0, SIDE - 1);
    }
    assert_true(goals >= 3);
}

static void a_stuck_ship_gets_another_goal(void **state) {
    (void)state;
    Brain brain;
    const BrainSight sight = sight_at(CENTER, CENTER);
    brain_init(&brain, BEHAVIOUR_WANDER, 9);
    brain_decide(&brain, &sight, NS_PER_S);
    const int32_t goal_x = brain.goal_x;
    brain_decide(&brain, &sight, NS_PER_S + DECISION_NS);
    assert_int_equal(brain.goal_x, goal_x);
    brain_decide(&brain, &sight, 2 * NS_PER_S + DECISION_NS);
    assert_int_not_equal(brain.goal_x, goal_x);
}

static void idle_and_dead_bots_press_nothing(void **state) {
    (void)state;
    const ShipInput nothing = {0};
    Brain brain;
    brain_init(&brain, BEHAVIOUR_IDLE, 1);
    BrainSight sight = sight_of_target(100, 0);
    assert_true(input_equals(brain_decide(&brain, &sight, NS_PER_S), nothing));
    brain_init(&brain, BEHAVIOUR_HUNT, 1);
    sight.is_alive = false;
    assert_true(input_equals(brain_decide(&brain, &sight, NS_PER_S), nothing));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_inputs),
        cmocka_unit_test(another_seed_gives_another_goal),
        cmocka_unit_test(the_nearest_target_is_chosen),
        cmocka_unit_test(dead_and_shielded_entities_are_no_targets),
        cmocka_unit_test(a_hunter_aims_at_its_target),
        cmocka_unit_test(a_hunter_shoots_within_range_only),
        cmocka_unit_test(a_hunter_circles_a_target_that_is_near),
        cmocka_unit_test(crowd_bots_meet_at_the_center),
        cmocka_unit_test(a_wanderer_changes_its_goals),
        cmocka_unit_test(a_stuck_ship_gets_another_goal),
        cmocka_unit_test(idle_and_dead_bots_press_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
