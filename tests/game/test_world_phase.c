// SPDX-License-Identifier: MIT
// test_world_phase.c -- every function of the world that is bound to a phase of the tick aborts in
//                       all other phases.
#include "stage_world.h"
#include "thread_rules.h"

#include "game/population.h"

#define PHASES     (WORLD_COMMIT + 1)
#define BIT(phase) (1u << (phase))

static World g_world;
static EntityRecord g_records[1024];
static uint32_t g_phase;

typedef struct PhaseRule {
    const char *function;
    uint32_t phases;
    void (*call)(void);
} PhaseRule;

#define SERIAL (BIT(WORLD_BETWEEN_TICKS) | BIT(WORLD_COMMIT))

#define PHASE_RULES(X)                                                                             \
    X(BIT(WORLD_BETWEEN_TICKS), world_join, (&g_world, 0))                                         \
    X(BIT(WORLD_BETWEEN_TICKS), world_join_waiting, (&g_world, 0, 1))                              \
    X(BIT(WORLD_BETWEEN_TICKS), world_leave, (&g_world, 0))                                        \
    X(BIT(WORLD_BETWEEN_TICKS), world_set_inputs, (&g_world, NULL))                                \
    X(BIT(WORLD_BETWEEN_TICKS), world_set_rewinds, (&g_world, NULL))                               \
    X(BIT(WORLD_BETWEEN_TICKS), world_set_history, (&g_world, NULL))                               \
    X(BIT(WORLD_BETWEEN_TICKS), world_index_begin, (&g_world))                                     \
    X(BIT(WORLD_THINK), world_think_task, (&g_world, 0))                                           \
    X(BIT(WORLD_THINK), world_think_end, (&g_world))                                               \
    X(BIT(WORLD_INTERACT), world_interact_begin, (&g_world))                                       \
    X(BIT(WORLD_INTERACT), world_interact_task, (&g_world, 0))                                     \
    X(BIT(WORLD_INTERACT), world_commit, (&g_world))                                               \
    X(BIT(WORLD_BETWEEN_TICKS), world_publish_begin, (&g_world))                                   \
    X(BIT(WORLD_BETWEEN_TICKS), world_publish_task, (&g_world, 0, g_records))                      \
    X(SERIAL, population_begin_life, (&g_world, 0, (Motion){0}))                                   \
    X(SERIAL, population_end_life, (&g_world, 0))                                                  \
    X(SERIAL, population_await_ship, (&g_world, 0, 1))                                             \
    X(SERIAL, population_spawn_ship, (&g_world, 0))                                                \
    X(SERIAL, population_launch_missile, (&g_world, 0))                                            \
    X(SERIAL, population_end_missile, (&g_world, 0))                                               \
    X(SERIAL, population_drop_shard, (&g_world, 0, 0))                                             \
    X(SERIAL, population_end_shard, (&g_world, 0))                                                 \
    X(SERIAL, population_end_drone, (&g_world, 0))

#define PHASE_RULE_CALL(phases, function, arguments)                                               \
    static void call_##function(void) {                                                            \
        g_world.phase = (WorldPhase)g_phase;                                                       \
        (void)function arguments;                                                                  \
    }
#define PHASE_RULE_ROW(phases, function, arguments) {#function, phases, call_##function},

PHASE_RULES(PHASE_RULE_CALL)

static void functions_of_a_phase_refuse_all_others(void **state) {
    (void)state;
    static const PhaseRule rules[] = {PHASE_RULES(PHASE_RULE_ROW)};
    stage_create(&g_world, 10, 2, 0);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        for (g_phase = 0; g_phase < PHASES; g_phase++) {
            if ((rules[i].phases & BIT(g_phase)) != 0) {
                continue;
            }
            char text[1024];
            thread_rules_abort_text(rules[i].call, THREAD_ANY, text, sizeof text);
            if (strstr(text, "phase ==") == NULL && strstr(text, "is_serial(world)") == NULL) {
                fail_msg("%s() accepts phase %u: '%s'", rules[i].function, g_phase, text);
            }
        }
    }
    world_destroy(&g_world);
}

static void a_tick_goes_through_the_phases_and_ends_between_two(void **state) {
    (void)state;
    World world;
    stage_create(&world, 10, 2, 0);
    assert_int_equal(world.phase, WORLD_BETWEEN_TICKS);
    stage_advance(&world, NULL, 3);
    assert_int_equal(world.phase, WORLD_BETWEEN_TICKS);
    world_index_begin(&world);
    assert_int_equal(world.phase, WORLD_THINK);
    assert_string_equal(world_validate(&world).what, "the tick is not over");
    world_think_end(&world);
    assert_int_equal(world.phase, WORLD_INTERACT);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_of_a_phase_refuse_all_others),
        cmocka_unit_test(a_tick_goes_through_the_phases_and_ends_between_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
