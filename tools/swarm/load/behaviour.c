// SPDX-License-Identifier: MIT
#include "tools/swarm/load/behaviour.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"

static const char *const behaviour_names[BEHAVIOUR_COUNT] = {
    [BEHAVIOUR_WANDER] = "wander",       [BEHAVIOUR_HUNT] = "hunt",   [BEHAVIOUR_CROWD] = "crowd",
    [BEHAVIOUR_IDLE] = "idle",           [BEHAVIOUR_CHURN] = "churn", [BEHAVIOUR_SPAM] = "spam",
    [BEHAVIOUR_MALFORMED] = "malformed",
};

static Behaviour find_behaviour(const char *name) {
    for (uint32_t i = 0; i < BEHAVIOUR_COUNT; i++) {
        if (strcmp(behaviour_names[i], name) == 0) {
            return (Behaviour)i;
        }
    }
    return BEHAVIOUR_COUNT;
}

// One "name=weight"; item is cut in two at the equals sign.
static bool parse_item(char *item, BehaviourMix *mix, char *error, size_t error_size) {
    char *equals = strchr(item, '=');
    uint64_t weight = 1;
    if (equals != NULL) {
        *equals = '\0';
    }
    const Behaviour behaviour = find_behaviour(item);
    if (behaviour == BEHAVIOUR_COUNT) {
        snprintf(error, error_size,
                 "unknown behaviour '%s' (known: wander, hunt, crowd, idle, churn, spam, "
                 "malformed)",
                 item);
        return false;
    }
    if (equals != NULL &&
        (!parse_count(equals + 1, &weight) || weight == 0 || weight > BEHAVIOUR_WEIGHT_MAX)) {
        snprintf(error, error_size,
                 "the weight of '%s' must be a whole number from 1 to %u, not '%s'", item,
                 BEHAVIOUR_WEIGHT_MAX, equals + 1);
        return false;
    }
    if (mix->weights[behaviour] != 0) {
        snprintf(error, error_size, "behaviour '%s' is given twice", item);
        return false;
    }
    mix->weights[behaviour] = (uint32_t)weight;
    return true;
}

bool behaviour_mix_parse(const char *text, BehaviourMix *mix, char *error, size_t error_size) {
    memset(mix, 0, sizeof *mix);
    for (const char *at = text;;) {
        char item[64];
        const size_t length = strcspn(at, ",");
        if (length == 0) {
            snprintf(error, error_size, "expected name=weight,... but found nothing at '%s'", at);
            return false;
        }
        if (length >= sizeof item) {
            snprintf(error, error_size, "unknown behaviour '%.*s...'", 32, at);
            return false;
        }
        memcpy(item, at, length);
        item[length] = '\0';
        if (!parse_item(item, mix, error, error_size)) {
            return false;
        }
        if (at[length] == '\0') {
            return true;
        }
        at += length + 1;
    }
}

Behaviour behaviour_mix_next(BehaviourMix *mix) {
    int64_t total = 0;
    uint32_t best = 0;
    for (uint32_t i = 0; i < BEHAVIOUR_COUNT; i++) {
        total += mix->weights[i];
        mix->credit[i] += mix->weights[i];
        best = mix->credit[i] > mix->credit[best] ? i : best;
    }
    assert(total > 0);
    mix->credit[best] -= total;
    return (Behaviour)best;
}
