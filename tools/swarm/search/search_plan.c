// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search_plan.h"

#include <assert.h>

SearchPlan search_plan_make(uint32_t first, uint32_t max, double precision) {
    assert(first > 0 && max >= first && precision >= 0);
    return (SearchPlan){.first = first, .max = max, .precision = precision};
}

static bool is_close_enough(const SearchPlan *plan) {
    const uint32_t gap = plan->failed - plan->held;
    return gap <= 1 || gap <= plan->precision * plan->failed;
}

uint32_t search_plan_next(const SearchPlan *plan) {
    if (plan->doubt != 0) {
        return plan->doubt;
    }
    if (plan->failed == 0) {
        if (plan->held == 0) {
            return plan->first;
        }
        if (plan->held == plan->max) {
            return 0;
        }
        return plan->held > plan->max / 2 ? plan->max : plan->held * 2;
    }
    return is_close_enough(plan) ? 0 : plan->held + (plan->failed - plan->held) / 2;
}

void search_plan_note(SearchPlan *plan, bool has_held) {
    const uint32_t bots = search_plan_next(plan);
    assert(bots != 0);
    if (has_held) {
        plan->held = bots;
        plan->doubt = 0;
    } else if (plan->doubt == 0) {
        plan->doubt = bots;
    } else {
        plan->failed = bots;
        plan->doubt = 0;
    }
}
