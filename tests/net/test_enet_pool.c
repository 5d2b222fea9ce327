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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "net/enet_pool.h"

#define BLOCKS 256u

// Sanitizers have allocators of their own, which keep freed blocks for a while.
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer) || !defined(__GLIBC__)
#define RETURNS_PAGES false
#else
#define RETURNS_PAGES (ENET_POOL_BYTES_MAX > 0)
#endif

static void blocks_of_every_size_are_aligned_and_as_large_as_requested(void **state) {
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
        hosts[i] = enet_pool_malloc(sizeof *hosts[i]);
        assert_non_null(hosts[i]);
        assert_int_equal((uintptr_t)hosts[i] % alignof(ENetHost), 0);
        memset(hosts[i], i + 1, sizeof *hosts[i]);
        enet_pool_release_buffers(hosts[i]);
    }
    const size_t first = offsetof(ENetHost, packetData);
    const size_t behind = first + sizeof hosts[0]->packetData;
    for (int i = 0; i < HOSTS; i++) {
        const uint8_t *bytes = (const uint8_t *)hosts[i];
        size_t blank = 0; // bytes of pages that came back
        for (size_t at = first; at < behind; at++) {
            blank += bytes[at] == 0;
        }
        assert_true(blank >= 4096 || sysconf(_SC_PAGESIZE) > 4096);
        for (size_t at = 0; at < sizeof *hosts[i]; at += at + 1 == first ? behind - at : 1) {
            assert_int_equal(bytes[at], i + 1);
        }
        enet_pool_free(hosts[i]);
    }
}

static uint8_t *fill(size_t size, int with) {
    uint8_t *block = enet_pool_malloc(size);
    assert_non_null(block);
    const size_t alignment = size == sizeof(ENetHost) ? alignof(ENetHost) : alignof(max_align_t);
    assert_int_equal((uintptr_t)block % alignment, 0);
    memset(block, with, size);
    return block;
}

static bool is_filled(const uint8_t *block, size_t size, int with) {
    size_t at = 0;
    while (at < size && block[at] == (uint8_t)with) {
        at++;
    }
    return at == size;
}

// A peer and its channels, and objects of ours of the same size.
static void objects_of_a_host_lie_in_its_page(void **state) {
    (void)state;
    enum { HOSTS = 70, PARTS = 3 };
    static const size_t sizes[PARTS] = {sizeof(ENetPeer), 2 * sizeof(ENetChannel), 460};
    static uint8_t *hosts[HOSTS];
    static uint8_t *parts[HOSTS][PARTS];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < HOSTS; i++) {
            enet_pool_begin_annex();
            hosts[i] = fill(sizeof(ENetHost), i);
            for (int k = 0; k < PARTS; k++) {
                parts[i][k] = fill(sizes[k], i + k);
                assert_true(ENET_POOL_BYTES_MAX == 0 ||
                            (uintptr_t)parts[i][k] / 4096 == (uintptr_t)hosts[i] / 4096);
            }
            enet_pool_end_annex();
            enet_pool_free(fill(100, 0xff));
        }
        for (int i = 0; i < HOSTS; i++) {
            for (int k = 0; k < PARTS; k++) {
                assert_true(is_filled(parts[i][k], sizes[k], i + k));
                enet_pool_free(parts[i][k]);
            }
            assert_true(is_filled(hosts[i], sizeof(ENetHost), i));
            enet_pool_free(hosts[i]);
        }
    }
}

static void objects_without_room_beside_a_host_lie_elsewhere(void **state) {
    (void)state;
    enum { BLOCKS_MADE = 20 };
    uint8_t *blocks[BLOCKS_MADE];
    enet_pool_begin_annex();
    uint8_t *host = fill(sizeof(ENetHost), 1);
    for (int i = 0; i < BLOCKS_MADE; i++) {
        blocks[i] = fill(i == 0 ? 4000 : 300, i);
    }
    enet_pool_end_annex();
    assert_true(is_filled(host, sizeof(ENetHost), 1));
    for (int i = 0; i < BLOCKS_MADE; i++) {
        assert_true(is_filled(blocks[i], i == 0 ? 4000 : 300, i));
        enet_pool_free(blocks[i]);
    }
    enet_pool_free(host);
}

// The bytes that the process holds from the system, in use or not.
static size_t resident_bytes(void) {
    unsigned long long total = 0;
    unsigned long long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu %llu", &total, &resident), 2);
    (void)fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

// A queue that was long once: 16 MB, of which every 64th block stays in use.
static void memory_of_an_earlier_peak_returns_to_the_system(void **state) {
    (void)state;
    enum { QUEUED = 16384, KEPT_EVERY = 64, BYTES = 1000 };
    static void *queue[QUEUED];
    (void)enet_pool_trim();
    (void)enet_pool_trim();
    for (int i = 0; i < QUEUED; i++) {
        queue[i] = enet_pool_malloc(BYTES);
        memset(queue[i], i, BYTES);
    }
    for (int i = 0; i < QUEUED; i++) {
        if (i % KEPT_EVERY != 0) {
            enet_pool_free(queue[i]);
        }
    }
    assert_int_equal(enet_pool_trim(), 0); // all pages were in use since the last call
    const size_t before = resident_bytes();
    const size_t first = enet_pool_trim();
    const size_t second = enet_pool_trim();
    if (ENET_POOL_BYTES_MAX == 0) {
        assert_int_equal(first + second, 0); // they were returned when they were freed
    } else {
        assert_true(first >= (size_t)ENET_POOL_TRIM_BLOCKS * BYTES);
        assert_true(first + second >= (size_t)(QUEUED - QUEUED / KEPT_EVERY) * BYTES);
    }
    assert_true(!RETURNS_PAGES || resident_bytes() + (first + second) / 2 < before);
    assert_int_equal(enet_pool_trim(), 0);
    for (int i = 0; i < QUEUED; i += KEPT_EVERY) {
        assert_int_equal(((uint8_t *)queue[i])[BYTES - 1], (uint8_t)i);
        enet_pool_free(queue[i]);
    }
}

static void blocks_that_are_used_again_and_again_stay(void **state) {
    (void)state;
    enum { BURST = 500 };
    static void *burst[BURST];
    (void)enet_pool_trim();
    (void)enet_pool_trim();
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < BURST; i++) {
            burst[i] = enet_pool_malloc(200);
        }
        for (int i = 0; i < BURST; i++) {
            enet_pool_free(burst[i]);
        }
        assert_int_equal(enet_pool_trim(), 0);
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
        cmocka_unit_test(blocks_of_every_size_are_aligned_and_as_large_as_requested),
        cmocka_unit_test(blocks_in_use_never_overlap),
        cmocka_unit_test(giving_back_the_buffers_of_a_host_leaves_the_rest_alone),
        cmocka_unit_test(objects_of_a_host_lie_in_its_page),
        cmocka_unit_test(objects_without_room_beside_a_host_lie_elsewhere),
        cmocka_unit_test(memory_of_an_earlier_peak_returns_to_the_system),
        cmocka_unit_test(blocks_that_are_used_again_and_again_stay),
        cmocka_unit_test(a_block_may_be_freed_on_another_thread_that_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
