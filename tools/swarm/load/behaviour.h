// SPDX-License-Identifier: MIT
// behaviour.h -- what kinds of bots there are, and who is which: --behaviour wander=6,hunt=3.
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
    BEHAVIOUR_HUNT,   // goes after the nearest drone or ship in view
    BEHAVIOUR_CROWD,  // stays at the arena's centre, with all the others
    BEHAVIOUR_IDLE,   // is connected and does nothing
    BEHAVIOUR_CHURN,  // wanders, leaves after some seconds, comes back
    // Attackers, to see whether the others suffer; they come back when they are thrown out.
    BEHAVIOUR_SPAM,      // sends as many inputs as it can
    BEHAVIOUR_MALFORMED, // joins as everybody does, then sends broken packets
    BEHAVIOUR_COUNT,
} Behaviour;

static inline bool behaviour_is_hostile(Behaviour behaviour) {
    return behaviour == BEHAVIOUR_SPAM || behaviour == BEHAVIOUR_MALFORMED;
}

typedef struct BehaviourMix {
    uint32_t weights[BEHAVIOUR_COUNT];
    int64_t credit[BEHAVIOUR_COUNT]; // of behaviour_mix_next
} BehaviourMix;

// Reads "name=weight,name=weight,..."; "name" alone weighs 1. False, with what is wrong in one
// sentence in error, for an unknown or repeated name or a weight that is no number from 1 to
// BEHAVIOUR_WEIGHT_MAX.
bool behaviour_mix_parse(const char *text, BehaviourMix *mix, char *error, size_t error_size);

// The behaviour of the next bot. Deals by smooth weighted round-robin (as nginx spreads requests
// over servers), so that any run of consecutive bots has the mix as exactly as whole bots allow: a
// swarm that is still growing is as mixed as the full one.
Behaviour behaviour_mix_next(BehaviourMix *mix);

#endif
