// SPDX-License-Identifier: MIT
// behaviour.h -- the kinds of bots, and the share of each: --behaviour wander=6,hunt=3.
//
// Flow:    text -> behaviour_mix_parse -> BehaviourMix -> behaviour_mix_next, once per bot
// Threads: one thread parses and deals; the result is plain data.
#ifndef TICKSTORM_SWARM_LOAD_BEHAVIOUR_H
#define TICKSTORM_SWARM_LOAD_BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEHAVIOUR_WEIGHT_MAX 1000000u

typedef enum Behaviour {
    BEHAVIOUR_WANDER, // flies from place to place, shoots now and then
    BEHAVIOUR_HUNT,   // attacks the nearest drone or ship in view
    BEHAVIOUR_CROWD,  // stays at the arena's centre, with all bots of its kind
    BEHAVIOUR_IDLE,   // is connected and does nothing
    BEHAVIOUR_CHURN,  // wanders, leaves after some seconds, comes back
    // Attackers, which show whether the other bots suffer. They reconnect when the server ends
    // them.
    BEHAVIOUR_SPAM,      // sends as many inputs as it can
    BEHAVIOUR_MALFORMED, // joins as any client, then sends broken packets
    BEHAVIOUR_COUNT,
} Behaviour;

static inline bool behaviour_is_hostile(Behaviour behaviour) {
    return behaviour == BEHAVIOUR_SPAM || behaviour == BEHAVIOUR_MALFORMED;
}

typedef struct BehaviourMix {
    uint32_t weights[BEHAVIOUR_COUNT];
    int64_t credit[BEHAVIOUR_COUNT]; // of behaviour_mix_next
} BehaviourMix;

// Reads "name=weight,name=weight,..."; "name" alone weighs 1. False, with one sentence in error,
// for an unknown or repeated name, or a weight outside 1 to BEHAVIOUR_WEIGHT_MAX.
bool behaviour_mix_parse(const char *text, BehaviourMix *mix, char *error, size_t error_size);

// The behaviour of the next bot. Deals by smooth weighted round-robin (as nginx spreads requests
// over servers): any run of consecutive bots has the mix as exactly as whole bots allow, so that a
// growing swarm is mixed like the full one.
Behaviour behaviour_mix_next(BehaviourMix *mix);

#endif
