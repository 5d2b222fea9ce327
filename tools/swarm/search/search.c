// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search.h"

#include "base/thread_role.h"
#include "tools/swarm/search/search_plan.h"

void search_run(const SearchSpec *spec, const SearchRunner *runner, SearchResult *result) {
    ASSERT_MAIN_THREAD();
    SearchPlan plan =
        search_plan_make((uint32_t)spec->first, (uint32_t)spec->max, spec->precision_percent / 100);
    *result = (SearchResult){.end = SEARCH_FOUND};
    uint32_t bots;
    while ((bots = search_plan_next(&plan)) != 0 && result->step_count < SEARCH_STEPS_MAX) {
        SearchStep *step = &result->steps[result->step_count];
        if (!runner->try_bots(runner->user, bots, plan.doubt != 0, step, &result->end,
                              &result->problem)) {
            break;
        }
        result->step_count++;
        search_plan_note(&plan, step->verdict == SEARCH_HELD);
    }
    result->held = plan.held;
    result->failed = plan.failed;
    if (result->end == SEARCH_FOUND && plan.failed == 0) {
        result->end = SEARCH_NO_LIMIT;
    }
}

ExitCode search_result_exit_code(const SearchResult *result) {
    switch (result->end) {
    case SEARCH_FOUND:
    case SEARCH_NO_LIMIT:
        return result->held > 0 ? EXIT_CODE_OK : EXIT_CODE_THRESHOLD;
    case SEARCH_INTERRUPTED:
        return EXIT_CODE_INTERRUPTED;
    case SEARCH_NO_ANSWER:
        break;
    }
    return EXIT_CODE_FAILED;
}
