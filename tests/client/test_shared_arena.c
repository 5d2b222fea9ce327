// SPDX-License-Identifier: MIT
#include "client/core/shared_arena.h"

#include <malloc.h>
#include <pthread.h>

#include "support.h"

static const ArenaSpec SPEC = {
    .seed = 1, .side_units = 4000, .asteroid_count = 10, .nest_count = 2, .name = "shared"};

static void the_same_spec_is_the_same_arena(void **state) {
    (void)state;
    const Arena *first = shared_arena_acquire(&SPEC);
    const Arena *second = shared_arena_acquire(&SPEC);
    assert_non_null(first);
    assert_ptr_equal(first, second);
    ArenaSpec other = SPEC;
    other.seed = 2;
    const Arena *third = shared_arena_acquire(&other);
    assert_ptr_not_equal(first, third);
    shared_arena_release(first);
    assert_int_equal(second->asteroid_count, 10); // the other still uses it
    shared_arena_release(third);
    shared_arena_release(second);
    shared_arena_release(NULL);
}

static void *come_and_go(void *argument) {
    Rng rng = rng_seeded((uint64_t)(uintptr_t)argument);
    for (int i = 0; i < 300; i++) {
        ArenaSpec spec = SPEC;
        spec.seed = rng_below(&rng, 3);
        const Arena *arena = shared_arena_acquire(&spec);
        assert_int_equal(arena->spec.seed, spec.seed);
        assert_int_equal(arena->side, 4000 * 256);
        shared_arena_release(arena);
    }
    return NULL;
}

static void threads_acquire_and_release_at_random(void **state) {
    (void)state;
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, (void *)(i + 1)), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
}

// The arena that was created first is the second in the list.
static void releasing_one_arena_keeps_the_other(void **state) {
    (void)state;
    for (int first_goes = 0; first_goes < 2; first_goes++) {
        ArenaSpec other = SPEC;
        other.seed = 2;
        const Arena *arenas[] = {shared_arena_acquire(&SPEC), shared_arena_acquire(&other)};
        const int stays = first_goes ? 1 : 0;
        const Arena before = *arenas[stays];
        shared_arena_release(arenas[1 - stays]);
        assert_memory_equal(arenas[stays], &before, sizeof before);
        assert_ptr_equal(shared_arena_acquire(stays == 0 ? &SPEC : &other), arenas[stays]);
        shared_arena_release(arenas[stays]);
        shared_arena_release(arenas[stays]);
    }
}

static size_t bytes_in_use(void) {
    return mallinfo2().uordblks; // 0 under a sanitizer, whose allocator is another
}

static void an_unused_arena_is_freed(void **state) {
    (void)state;
    const size_t before = bytes_in_use();
    for (uint64_t seed = 0; seed < 200; seed++) {
        ArenaSpec spec = SPEC;
        spec.seed = seed;
        const Arena *arena = shared_arena_acquire(&spec);
        assert_ptr_equal(shared_arena_acquire(&spec), arena);
        shared_arena_release(arena);
        shared_arena_release(arena);
    }
    assert_in_range(bytes_in_use(), 0, before + 8 * 1024); // an arena takes some 300 bytes
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_spec_is_the_same_arena),
        cmocka_unit_test(threads_acquire_and_release_at_random),
        cmocka_unit_test(releasing_one_arena_keeps_the_other),
        cmocka_unit_test(an_unused_arena_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
