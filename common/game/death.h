// SPDX-License-Identifier: MIT
// death.h -- how a ship died: recorded by commit, sent to the players by the server.
//
// Threads: plain data, written by commit and read until the next tick begins.
#ifndef TICKSTORM_GAME_DEATH_H
#define TICKSTORM_GAME_DEATH_H

#include <stdbool.h>
#include <stdint.h>

// Numbers are on the wire: add at the end.
typedef enum DeathCause {
    DEATH_PULSE,
    DEATH_MISSILE,
    DEATH_DRONE,
    DEATH_HUNTER,
    DEATH_CAUSE_COUNT,
} DeathCause;

#define DEATH_BY_NOBODY UINT32_MAX

typedef struct Death {
    uint32_t victim; // player index
    uint32_t killer; // player index, or DEATH_BY_NOBODY: drones, or a player who has left since
    DeathCause cause;
} Death;

// Deaths of one tick; more are counted and not listed.
#define DEATHS_MAX 64

typedef struct DeathList {
    uint32_t count;
    uint32_t unlisted;
    Death deaths[DEATHS_MAX];
} DeathList;

static inline void death_list_clear(DeathList *list) {
    list->count = 0;
    list->unlisted = 0;
}

static inline void death_list_add(DeathList *list, Death death) {
    if (list->count == DEATHS_MAX) {
        list->unlisted++;
        return;
    }
    list->deaths[list->count++] = death;
}

#endif
