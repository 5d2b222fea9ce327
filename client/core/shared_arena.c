// SPDX-License-Identifier: MIT
#include "client/core/shared_arena.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct SharedArena {
    Arena arena; // first, so that a pointer to it finds the rest
    uint32_t user_count;
    struct SharedArena *next;
} SharedArena;

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static SharedArena *list; // guarded by list_lock; a process rarely knows more than one arena

static bool spec_equals(const ArenaSpec *a, const ArenaSpec *b) {
    return a->seed == b->seed && a->side_units == b->side_units &&
           a->asteroid_count == b->asteroid_count && a->nest_count == b->nest_count &&
           a->spawn_radius_units == b->spawn_radius_units && strcmp(a->name, b->name) == 0;
}

static SharedArena *find_or_create(const ArenaSpec *spec) {
    for (SharedArena *shared = list; shared != NULL; shared = shared->next) {
        if (spec_equals(&shared->arena.spec, spec)) {
            return shared;
        }
    }
    SharedArena *shared = calloc(1, sizeof *shared);
    if (shared == NULL || !arena_create(&shared->arena, spec)) {
        free(shared);
        return NULL;
    }
    shared->next = list;
    list = shared;
    return shared;
}

const Arena *shared_arena_acquire(const ArenaSpec *spec) {
    pthread_mutex_lock(&list_lock);
    SharedArena *shared = find_or_create(spec);
    if (shared != NULL) {
        shared->user_count++;
    }
    pthread_mutex_unlock(&list_lock);
    return shared == NULL ? NULL : &shared->arena;
}

void shared_arena_release(const Arena *arena) {
    if (arena == NULL) {
        return;
    }
    pthread_mutex_lock(&list_lock);
    SharedArena **link = &list;
    while (*link != NULL && &(*link)->arena != arena) {
        link = &(*link)->next;
    }
    SharedArena *shared = *link;
    assert(shared != NULL && shared->user_count > 0);
    if (--shared->user_count == 0) {
        *link = shared->next;
        arena_destroy(&shared->arena);
        free(shared);
    }
    pthread_mutex_unlock(&list_lock);
}
