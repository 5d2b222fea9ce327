// SPDX-License-Identifier: MIT
// test_enet_pool.c -- blocks of every size are separate, aligned, reused, and survive threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "net/enet_pool.h"

#define BLOCKS 256u

static void blocks_of_every_size_are_aligned_and_as_large_as_asked(void **state) {
    (void)state;
    for (size_t size = 0; size <= 5000; size += size < 1400 ? 1 : 100) {
        uint8_t *block = enet_pool_malloc(size);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % alignof(max_align_t), 0);
        memset(block, 0xa5, size); // the address sanitizer watches
        enet_pool_free(block);
    }
    enet_pool_free(NULL);
}

static void blocks_in_use_never_overlap(void **state) {
    (void)state;
    const uint64_t seed = 1;
    Rng rng = rng_seeded(seed);
    uint8_t *blocks[BLOCKS] = {0};
    size_t sizes[BLOCKS] = {0};
    for (uint32_t step = 0; step < 100000; step++) {
        const uint32_t at = rng_below(&rng, BLOCKS);
        for (size_t i = 0; i < sizes[at]; i++) {
            if (blocks[at][i] != (uint8_t)at) {
                fail_msg("seed %llu, step %u: a block was written over", (unsigned long long)seed,
                         step);
            }
        }
        enet_pool_free(blocks[at]);
        sizes[at] = rng_below(&rng, 1500);
        blocks[at] = enet_pool_malloc(sizes[at]);
        memset(blocks[at], (int)at, sizes[at]);
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        enet_pool_free(blocks[i]);
    }
}

static void giving_back_the_buffers_of_a_host_leaves_the_rest_alone(void **state) {
    (void)state;
    enum { HOSTS = 100 };
    static ENetHost *hosts[HOSTS];
    for (int i = 0; i < HOSTS; i++) {
        hosts[i] = enet_pool_malloc(sizeof(*hosts[i]));
        assert_non_null(hosts[i]);
        assert_int_equal((uintptr_t)hosts[i] % alignof(ENetHost), 0);
        memset(hosts[i], i + 1, sizeof(*hosts[i]));
        enet_pool_release_buffers(hosts[i]);
    }
    const size_t first = offsetof(ENetHost, packetData);
    const size_t behind = first + sizeof(hosts[0]->packetData);
    for (int i = 0; i < HOSTS; i++) {
        const uint8_t *bytes = (const uint8_t *)hosts[i];
        size_t blank = 0; // bytes of pages that came back
        for (size_t at = first; at < behind; at++) {
            blank += bytes[at] == 0;
        }
        assert_true(blank >= 4096 || sysconf(_SC_PAGESIZE) > 4096);
        for (size_t at = 0; at < sizeof(*hosts[i]); at += at + 1 == first ? behind - at : 1) {
            assert_int_equal(bytes[at], i + 1);
        }
        enet_pool_free(hosts[i]);
    }
}

static void *free_elsewhere(void *block) {
    enet_pool_free(block);
    void *own = enet_pool_malloc(100);
    enet_pool_free(own);
    return NULL;
}

static void a_block_may_be_freed_on_another_thread_that_ends(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) {
        void *block = enet_pool_malloc(100);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, free_elsewhere, block), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_every_size_are_aligned_and_as_large_as_asked),
        cmocka_unit_test(blocks_in_use_never_overlap),
        cmocka_unit_test(giving_back_the_buffers_of_a_host_leaves_the_rest_alone),
        cmocka_unit_test(a_block_may_be_freed_on_another_thread_that_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
