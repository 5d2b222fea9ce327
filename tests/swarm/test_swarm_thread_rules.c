// SPDX-License-Identifier: MIT
// test_swarm_thread_rules.c -- a row for every function of the bots, the reports and the commands
//                              that is bound to a thread: called from any other one, it aborts and
//                              names both. See also test_load_threads.c.
#include "thread_rules.h"

#include "tools/swarm/load/bot.h"
#include "tools/swarm/load/bot_attack.h"
#include "tools/swarm/load/bot_count.h"
#include "tools/swarm/load/bot_measure.h"
#include "tools/swarm/load/load_limits.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/measure/http_fetch.h"
#include "tools/swarm/measure/server_watch.h"
#include "tools/swarm/merge_command.h"
#include "tools/swarm/output_files.h"
#include "tools/swarm/report/json_stream.h"
#include "tools/swarm/report/live.h"
#include "tools/swarm/report/report_merge.h"
#include "tools/swarm/report/summary.h"
#include "tools/swarm/run.h"
#include "tools/swarm/run_output.h"
#include "tools/swarm/run_result.h"
#include "tools/swarm/search/search.h"
#include "tools/swarm/search/search_result.h"
#include "tools/swarm/search_command.h"
#include "tools/swarm/search_options.h"
#include "tools/swarm/swarm_option_rows.h"
#include "tools/swarm/swarm_options.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BOT_RULES(X)                                                                               \
    X(THREAD_SWARM, bot_open, (nothing(), 0, nothing()))                                           \
    X(THREAD_SWARM, bot_poll, (nothing(), 0))                                                      \
    X(THREAD_SWARM, bot_leave, (nothing(), 0, 0))                                                  \
    X(THREAD_SWARM, bot_settle, (nothing(), 0))                                                    \
    X(THREAD_SWARM, bot_want, (nothing(), 0))                                                      \
    X(THREAD_SWARM, bot_unwant, (nothing(), 0))                                                    \
    X(THREAD_SWARM, bot_send, (nothing(), 0, 0))                                                   \
    X(THREAD_SWARM, bot_attack_spam, (nothing()))                                                  \
    X(THREAD_SWARM, bot_attack_send, (nothing(), 0))                                               \
    X(THREAD_SWARM, bot_count_owed, (nothing(), 0))                                                \
    X(THREAD_SWARM, bot_count_start, (nothing()))                                                  \
    X(THREAD_SWARM, bot_count, (nothing(), 0))                                                     \
    X(THREAD_SWARM, bot_measure_start, (nothing()))                                                \
    X(THREAD_SWARM, bot_measure_begin, (nothing()))                                                \
    X(THREAD_SWARM, bot_measure_wait, (nothing(), 0))                                              \
    X(THREAD_SWARM, bot_measure_end, (nothing(), 0))                                               \
    X(THREAD_SWARM, bot_measure_dropped, (nothing(), 0))                                           \
    X(THREAD_SWARM, bot_measure_settle, (nothing(), 0))

#define MAIN_RULES(X)                                                                              \
    X(THREAD_MAIN, load_limits_reserve_descriptors, (0, nothing()))                                \
    X(THREAD_MAIN, swarm_run, (nothing(), nothing(), nothing(), nothing()))                        \
    X(THREAD_MAIN, http_fetch_initialize, ())                                                      \
    X(THREAD_MAIN, http_fetch_deinitialize, ())                                                    \
    X(THREAD_MAIN, server_watch_start, (nothing(), "", http_fetch))                                \
    X(THREAD_MAIN, server_watch_restart, (nothing()))                                              \
    X(THREAD_MAIN, server_watch_end, (nothing()))                                                  \
    X(THREAD_MAIN, server_watch_finish, (nothing()))                                               \
    X(THREAD_MAIN, server_watch_free, (nothing()))                                                 \
    X(THREAD_MAIN, server_watch_so_far, (nothing(), nothing()))                                    \
    X(THREAD_MAIN, server_watch_recent, (nothing(), nothing()))                                    \
    X(THREAD_MAIN, merge_main, (0, nothing()))                                                     \
    X(THREAD_MAIN, output_files_check, (nothing(), nothing()))                                     \
    X(THREAD_MAIN, json_stream_open, (nothing(), nothing()))                                       \
    X(THREAD_MAIN, json_stream_update, (nothing(), nothing(), nothing()))                          \
    X(THREAD_MAIN, json_stream_close, (nothing()))                                                 \
    X(THREAD_MAIN, live_init, (nothing(), 0, 0, nothing()))                                        \
    X(THREAD_MAIN, live_free, (nothing()))                                                         \
    X(THREAD_MAIN, live_update, (nothing(), nothing(), nothing()))                                 \
    X(THREAD_MAIN, live_finish, (nothing()))                                                       \
    X(THREAD_MAIN, report_merge, (nothing(), nothing(), nothing(), 0))                             \
    X(THREAD_MAIN, summary_print, (nothing(), nothing(), 0))                                       \
    X(THREAD_MAIN, run_load, (nothing(), nothing()))                                               \
    X(THREAD_MAIN, run_output, (nothing(), nothing()))                                             \
    X(THREAD_MAIN, run_result_init, (nothing()))                                                   \
    X(THREAD_MAIN, run_result_free, (nothing()))                                                   \
    X(THREAD_MAIN, run_result_make_report, (nothing()))                                            \
    X(THREAD_MAIN, run_result_conclude, (nothing(), nothing(), nothing(), nothing()))              \
    X(THREAD_MAIN, run_result_conclude_unstarted, (nothing(), nothing()))                          \
    X(THREAD_MAIN, search_run, (nothing(), nothing(), nothing()))                                  \
    X(THREAD_MAIN, search_result_print, (nothing(), nothing(), nothing()))                         \
    X(THREAD_MAIN, search_result_to_json, (nothing(), nothing()))                                  \
    X(THREAD_MAIN, search_command_main, (0, nothing()))                                            \
    X(THREAD_MAIN, search_options_parse, (nothing(), 0, nothing()))                                \
    X(THREAD_MAIN, swarm_option_rows_resolve, (nothing(), nothing()))                              \
    X(THREAD_MAIN, swarm_options_parse, (nothing(), 0, nothing(), 0))

BOT_RULES(THREAD_RULE_CALL)
MAIN_RULES(THREAD_RULE_CALL)

static void bots_refuse_all_threads_but_the_swarms(void **state) {
    (void)state;
    static const ThreadRule rules[] = {BOT_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void runs_and_reports_refuse_all_threads_but_the_main_one(void **state) {
    (void)state;
    static const ThreadRule rules[] = {MAIN_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bots_refuse_all_threads_but_the_swarms),
        cmocka_unit_test(runs_and_reports_refuse_all_threads_but_the_main_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
