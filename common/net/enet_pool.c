// SPDX-License-Identifier: MIT
#include "net/enet_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

// Commands and packets are below 128 bytes, payloads at most 1,100.
#define CLASS_BYTES 64u
#define CLASS_COUNT 20u
#define LARGE       CLASS_COUNT
#define HOST        (CLASS_COUNT + 1)

// Of the systems that we build for. Where pages are larger the buffers stay as they are.
#define PAGE_BYTES 4096u

// In front of a host, so that its buffers begin where a page does.
#define HOST_LEAD (PAGE_BYTES - offsetof(ENetHost, packetData) % PAGE_BYTES)

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define POOLED_BYTES_MAX 0u
#else
#define POOLED_BYTES_MAX (CLASS_BYTES * (CLASS_COUNT - 1))
#endif

// In front of every block: its class while it is in use, its neighbour while it is free.
typedef struct Header {
    struct Header *next;
    uint32_t class;
} Header;

static_assert(sizeof(Header) % alignof(max_align_t) == 0, "what follows a header is aligned");

static _Thread_local Header *free_lists[CLASS_COUNT];
static _Thread_local bool is_registered;

static pthread_once_t pool_key_once = PTHREAD_ONCE_INIT;
static pthread_key_t pool_key; // its destructor empties the lists of a thread that ends

static void empty_lists(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        while (free_lists[i] != NULL) {
            Header *block = free_lists[i];
            free_lists[i] = block->next;
            free(block);
        }
    }
}

static void empty_main_lists(void) {
    empty_lists(NULL);
}

static void create_pool_key(void) {
    const int result = pthread_key_create(&pool_key, empty_lists);
    assert(result == 0);
    (void)atexit(empty_main_lists); // the main thread does not run destructors of keys
}

static_assert(HOST_LEAD >= sizeof(Header), "a block's header fits in front of a host");
static_assert(HOST_LEAD % alignof(ENetHost) == 0, "a host is aligned");

static void *allocate_host(void) {
    void *pages = NULL;
    if (posix_memalign(&pages, PAGE_BYTES, HOST_LEAD + sizeof(ENetHost)) != 0) {
        return NULL;
    }
    Header *block = (Header *)(void *)((char *)pages + HOST_LEAD) - 1;
    block->class = HOST;
    return block + 1;
}

void enet_pool_release_buffers(ENetHost *host) {
    // Refused where pages are larger: then nothing is lost but the saving.
    (void)madvise(host->packetData, sizeof(host->packetData) / PAGE_BYTES * PAGE_BYTES,
                  MADV_DONTNEED);
}

void *enet_pool_malloc(size_t size) {
    const size_t class = (size + CLASS_BYTES - 1) / CLASS_BYTES;
    if (size == sizeof(ENetHost)) {
        return allocate_host();
    }
    if (size > POOLED_BYTES_MAX) {
        Header *block = malloc(sizeof(*block) + size);
        if (block == NULL) {
            return NULL;
        }
        block->class = LARGE;
        return block + 1;
    }
    Header *block = free_lists[class];
    if (block != NULL) {
        free_lists[class] = block->next;
        return block + 1;
    }
    block = malloc(sizeof(*block) + class * CLASS_BYTES);
    if (block == NULL) {
        return NULL;
    }
    block->class = (uint32_t) class;
    return block + 1;
}

void enet_pool_free(void *block) {
    if (block == NULL) {
        return;
    }
    Header *header = (Header *)block - 1;
    if (header->class == LARGE) {
        free(header);
        return;
    }
    if (header->class == HOST) {
        free((char *)block - HOST_LEAD);
        return;
    }
    if (!is_registered) {
        is_registered = true;
        pthread_once(&pool_key_once, create_pool_key);
        pthread_setspecific(pool_key, free_lists);
    }
    header->next = free_lists[header->class];
    free_lists[header->class] = header;
}
