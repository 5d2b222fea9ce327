// SPDX-License-Identifier: MIT
// test_thread_rules.c -- a row for every function of the server that is bound to a thread: called
//                        from any other one, it aborts and names both.
#include "thread_rules.h"

#include "base/pool.h"
#include "server/net/net_endpoint.h"
#include "server/net/net_loop.h"
#include "server/operate/http.h"
#include "server/operate/http_connections.h"
#include "server/operate/http_response.h"
#include "server/operate/reload.h"
#include "server/replication/baseline_ring.h"
#include "server/replication/delta_cache.h"
#include "server/replication/encode.h"
#include "server/replication/interest.h"
#include "server/replication/name_sync.h"
#include "server/replication/priority.h"
#include "server/replication/replica_state.h"
#include "server/replication/replication.h"
#include "server/replication/send_rate.h"
#include "server/replication/send_schedule.h"
#include "server/sim/departures.h"
#include "server/sim/event_broadcast.h"
#include "server/sim/input_queue.h"
#include "server/sim/match.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "server/sim/sim_queues.h"
#include "server/sim/sim_thread.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void no_task(void *context, uint32_t piece, uint32_t worker) {
    (void)context;
    (void)piece;
    (void)worker;
}

#define NET_RULES(X)                                                                               \
    X(THREAD_MAIN, net_endpoint_create, (nothing(), nothing(), nothing(), nothing(), nothing()))   \
    X(THREAD_MAIN, net_endpoint_destroy, (nothing()))                                              \
    X(THREAD_NET_LOOP, net_endpoint_step, (nothing(), 0))                                          \
    X(THREAD_NET_LOOP, net_endpoint_validate, (nothing()))                                         \
    X(THREAD_MAIN, net_loop_start, (nothing()))                                                    \
    X(THREAD_MAIN, net_loop_join, (nothing()))

#define SIM_RULES(X)                                                                               \
    X(THREAD_SIM, departures_note, (nothing(), 0, 0, 0))                                           \
    X(THREAD_SIM, departures_claim, (nothing(), 0, 0))                                             \
    X(THREAD_SIM, event_broadcast_open, (nothing(), 0))                                            \
    X(THREAD_SIM, event_broadcast_join, (nothing(), 0, nothing()))                                 \
    X(THREAD_SIM, event_broadcast_leave, (nothing(), 0, nothing(), 0))                             \
    X(THREAD_SIM, event_broadcast_say, (nothing(), 0, nothing(), nothing()))                       \
    X(THREAD_SIM, event_broadcast_tick, (nothing(), nothing(), nothing()))                         \
    X(THREAD_SIM, event_broadcast_write, (nothing(), nothing(), 0, nothing()))                     \
    X(THREAD_SIM, event_broadcast_confirm, (nothing(), nothing()))                                 \
    X(THREAD_SIM, event_broadcast_validate, (nothing()))                                           \
    X(THREAD_SIM, input_queue_reset, (nothing(), 0))                                               \
    X(THREAD_SIM, input_queue_push, (nothing(), nothing(), nothing()))                             \
    X(THREAD_SIM, input_queue_pop, (nothing()))                                                    \
    X(THREAD_SIM, input_queue_validate, (nothing()))                                               \
    X(THREAD_SIM, match_create, (nothing(), nothing()))                                            \
    X(THREAD_SIM, match_destroy, (nothing()))                                                      \
    X(THREAD_SIM, match_validate, (nothing()))                                                     \
    X(THREAD_SIM, match_tick, (nothing(), 0, 0))                                                   \
    X(THREAD_SIM, session_table_create, (nothing(), 0, 0))                                         \
    X(THREAD_SIM, session_table_destroy, (nothing()))                                              \
    X(THREAD_SIM, session_open, (nothing(), 0, 0, nothing(), 0))                                   \
    X(THREAD_SIM, session_close, (nothing(), nothing()))                                           \
    X(THREAD_SIM, session_welcome, (nothing(), nothing()))                                         \
    X(THREAD_SIM, session_find, (nothing(), 0, 0))                                                 \
    X(THREAD_SIM, session_push_input, (nothing(), nothing(), nothing()))                           \
    X(THREAD_SIM, session_pop_input, (nothing()))                                                  \
    X(THREAD_SIM, session_table_validate, (nothing()))                                             \
    X(THREAD_SIM, sim_tick, (nothing(), nothing()))                                                \
    X(THREAD_SIM, sim_validate, (nothing()))                                                       \
    X(THREAD_SIM, sim_create, (nothing(), nothing()))                                              \
    X(THREAD_SIM, sim_destroy, (nothing()))                                                        \
    X(THREAD_SIM, sim_hash, (nothing()))                                                           \
    X(THREAD_NET_LOOP, sim_queues_push_join, (nothing(), 0, 0, nothing(), 0))                      \
    X(THREAD_NET_LOOP, sim_queues_push_leave, (nothing(), 0, 0))                                   \
    X(THREAD_NET_LOOP, sim_queues_push_chat, (nothing(), 0, nothing()))                            \
    X(THREAD_NET_LOOP, sim_queues_push_verify_request, (nothing(), 0, 0))                          \
    X(THREAD_NET_LOOP, sim_queues_push_input, (nothing(), 0, 0, nothing()))                        \
    X(THREAD_SIM, sim_queues_push_message, (nothing(), 0, 0, nothing(), 0))                        \
    X(THREAD_SIM, sim_queues_push_offence, (nothing(), 0, 0))                                      \
    X(THREAD_SIM, sim_queues_push_kick, (nothing(), 0, 0))                                         \
    X(THREAD_SIM | THREAD_NET_LOOP, sim_queues_validate, (nothing()))                              \
    X(THREAD_SIM, sim_thread_run, (nothing()))                                                     \
    X(THREAD_MAIN, sim_thread_start, (nothing()))                                                  \
    X(THREAD_MAIN, sim_thread_join, (nothing()))                                                   \
    X(THREAD_SIM, pool_run, (nothing(), no_task, nothing(), 0))                                    \
    X(THREAD_SIM, pool_destroy, (nothing()))

#define REPLICATION_RULES(X)                                                                       \
    X(THREAD_SIM, baseline_ring_reset, (nothing()))                                                \
    X(THREAD_WORKER, baseline_ring_begin, (nothing(), 0, 0, nothing()))                            \
    X(THREAD_WORKER, baseline_ring_commit, (nothing(), nothing()))                                 \
    X(THREAD_SIM | THREAD_WORKER, baseline_ring_find, (nothing(), 0, nothing()))                   \
    X(THREAD_SIM | THREAD_WORKER, baseline_ring_validate, (nothing(), 0))                          \
    X(THREAD_SIM, delta_cache_collect_use, (nothing(), nothing()))                                 \
    X(THREAD_SIM, delta_cache_begin, (nothing(), nothing(), nothing(), 0))                         \
    X(THREAD_WORKER, delta_cache_prepare_task, (nothing(), 0, 0))                                  \
    X(THREAD_WORKER, delta_cache_make, (nothing(), 0, 0, nothing()))                               \
    X(THREAD_SIM, encode_verify_detail, (nothing(), 0, nothing(), nothing(), nothing()))           \
    X(THREAD_WORKER, encode_snapshot, (nothing(), nothing(), nothing(), nothing(), nothing()))     \
    X(THREAD_WORKER, interest_update, (nothing(), nothing(), 0, 0, nothing(), nothing()))          \
    X(THREAD_SIM, name_table_set, (nothing(), 0, nothing()))                                       \
    X(THREAD_SIM, name_sync_open, (nothing(), nothing(), 0))                                       \
    X(THREAD_SIM, name_sync_mark_sent, (nothing(), 0))                                             \
    X(THREAD_WORKER, name_sync_note_view, (nothing(), nothing(), nothing()))                       \
    X(THREAD_SIM, name_sync_is_pending, (nothing()))                                               \
    X(THREAD_SIM, name_sync_write, (nothing(), nothing(), 0))                                      \
    X(THREAD_SIM, name_sync_confirm, (nothing()))                                                  \
    X(THREAD_WORKER, priority_fill, (nothing(), nothing(), nothing(), nothing()))                  \
    X(THREAD_WORKER, priority_choose, (nothing(), nothing(), 0))                                   \
    X(THREAD_WORKER, priority_note_ages, (nothing(), nothing(), nothing(), nothing()))             \
    X(THREAD_SIM, replica_state_reset, (nothing(), 0, nothing()))                                  \
    X(THREAD_WORKER, replica_state_prefetch, (nothing()))                                          \
    X(THREAD_WORKER, replica_state_prefetch_baseline, (nothing(), 0))                              \
    X(THREAD_WORKER, replica_state_find_baseline, (nothing(), 0, nothing()))                       \
    X(THREAD_WORKER, replica_state_note_sent, (nothing()))                                         \
    X(THREAD_SIM, replica_state_has_sent, (nothing(), 0))                                          \
    X(THREAD_SIM, replica_state_snapshot_tick, (nothing(), 0))                                     \
    X(THREAD_SIM, replica_state_acknowledge, (nothing(), 0, 0))                                    \
    X(THREAD_SIM, replica_state_open_verify_request, (nothing(), 0))                               \
    X(THREAD_SIM, replica_state_validate, (nothing()))                                             \
    X(THREAD_SIM, replication_create, (nothing(), nothing()))                                      \
    X(THREAD_SIM, replication_destroy, (nothing()))                                                \
    X(THREAD_SIM, replication_begin, (nothing(), nothing()))                                       \
    X(THREAD_SIM, replication_prepare_pieces, (nothing()))                                         \
    X(THREAD_WORKER, replication_prepare_task, (nothing(), 0, 0))                                  \
    X(THREAD_SIM, replication_snapshot_pieces, (nothing()))                                        \
    X(THREAD_WORKER, replication_snapshot_task, (nothing(), 0, 0))                                 \
    X(THREAD_SIM, replication_collect_times, (nothing()))                                          \
    X(THREAD_SIM, replication_count, (nothing()))                                                  \
    X(THREAD_SIM, replication_validate, (nothing(), 0))                                            \
    X(THREAD_SIM, send_rate_throttles, (nothing(), 0, 0, 0))                                       \
    X(THREAD_SIM, send_schedule_choose, (nothing(), nothing(), 0, nothing()))

#define OPERATE_RULES(X)                                                                           \
    X(THREAD_MAIN, http_start, (nothing(), nothing(), nothing(), nothing()))                       \
    X(THREAD_MAIN, http_port, (nothing()))                                                         \
    X(THREAD_MAIN, http_stop, (nothing()))                                                         \
    X(THREAD_MAIN, http_response_make, (nothing(), nothing()))                                     \
    X(THREAD_MAIN, http_connections_add, (nothing(), 0, 0, 0))                                     \
    X(THREAD_MAIN, http_connections_find, (nothing(), 0))                                          \
    X(THREAD_MAIN, http_connections_remove, (nothing(), nothing()))                                \
    X(THREAD_MAIN, http_connection_renew, (nothing(), 0))                                          \
    X(THREAD_MAIN, http_connections_crowded, (nothing()))                                          \
    X(THREAD_MAIN, http_connections_overdue, (nothing(), 0))                                       \
    X(THREAD_MAIN, http_connections_next_deadline_ns, (nothing()))                                 \
    X(THREAD_MAIN, reload_config, (nothing(), 0, nothing()))

NET_RULES(THREAD_RULE_CALL)
SIM_RULES(THREAD_RULE_CALL)
REPLICATION_RULES(THREAD_RULE_CALL)
OPERATE_RULES(THREAD_RULE_CALL)

static void net_functions_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {NET_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void sim_functions_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {SIM_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void replication_functions_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {REPLICATION_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void http_and_reload_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {OPERATE_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

// ------------------------------------------------------------------ a tick's phases

static void run_nested(void *pool, uint32_t piece, uint32_t worker) {
    (void)piece;
    (void)worker;
    pool_run(pool, no_task, NULL, 1);
}

static void note_role(void *roles, uint32_t piece, uint32_t worker) {
    (void)worker;
    ((uint32_t *)roles)[piece] = g_thread_role;
}

static void every_piece_is_a_workers_on_the_callers_thread_too(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        uint32_t roles[16] = {0};
        Pool *pool = pool_create(workers);
        assert_non_null(pool);
        pool_run(pool, note_role, roles, COUNT(roles));
        for (uint32_t i = 0; i < COUNT(roles); i++) {
            assert_int_equal(roles[i], THREAD_WORKER);
        }
        assert_int_equal(g_thread_role, THREAD_ANY);
        pool_destroy(pool);
    }
}

static void run_nested_on_one_thread(void) {
    Pool *pool = pool_create(1);
    pool_run(pool, run_nested, pool, 2);
}

static void a_serial_function_called_from_a_piece_aborts_on_one_thread_too(void **state) {
    (void)state;
    char text[512];
    thread_rules_abort_text(run_nested_on_one_thread, THREAD_ANY, text, sizeof text);
    assert_non_null(
        strstr(text, "pool_run() belongs to the sim thread, but was called by a worker"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(net_functions_refuse_other_threads),
        cmocka_unit_test(sim_functions_refuse_other_threads),
        cmocka_unit_test(replication_functions_refuse_other_threads),
        cmocka_unit_test(http_and_reload_refuse_other_threads),
        cmocka_unit_test(every_piece_is_a_workers_on_the_callers_thread_too),
        cmocka_unit_test(a_serial_function_called_from_a_piece_aborts_on_one_thread_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
