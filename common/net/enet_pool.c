// SPDX-License-Identifier: MIT
#include "net/enet_pool.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/spsc_queue.h"

// Commands and packets are below 128 bytes, payloads at most 1,100.
#define CLASS_BYTES 64u
#define CLASS_COUNT 20u
#define LARGE       CLASS_COUNT
#define HOST        (CLASS_COUNT + 1)
#define ANNEX       (CLASS_COUNT + 2)

// After fewer freed bytes than this, the C library is not asked to return pages.
#define RETURN_BYTES_MIN (256u * 1024u)

// The page size of the systems that we build for. With larger pages the buffers stay resident.
#define PAGE_BYTES 4096u

// Bytes in front of a host, so that its buffers begin at a page's start.
#define HOST_LEAD (PAGE_BYTES - offsetof(ENetHost, packetData) % PAGE_BYTES)

// Distance between two hosts: the end of one, behind its buffers, shares a page with the front of
// the next.
#define HOST_STRIDE ((HOST_LEAD + sizeof(ENetHost)) / PAGE_BYTES * PAGE_BYTES)
#define SLAB_HOSTS  32u // hosts per request for memory; unused pages are not resident

static_assert(ENET_POOL_BYTES_MAX <= CLASS_BYTES * (CLASS_COUNT - 1), "there is a class for it");

// In front of every block: its class while it is in use, its neighbour while it is free.
typedef struct Header {
    struct Header *next;
    uint32_t class;
} Header;

static_assert(sizeof(Header) % alignof(max_align_t) == 0, "what follows a header is aligned");

typedef struct FreeList {
    Header *first;
    uint32_t count;
    uint32_t fewest; // the fewest blocks that the list has held since the last trim
} FreeList;

static _Thread_local FreeList free_lists[CLASS_COUNT];
static _Thread_local bool is_registered;
static _Thread_local size_t trimmed_bytes; // since pages were last given back

static pthread_once_t pool_key_once = PTHREAD_ONCE_INIT;
static pthread_key_t pool_key; // its destructor empties the lists of a thread that ends

static Header *pop_block(FreeList *list) {
    Header *block = list->first;
    if (block != NULL) {
        list->first = block->next;
        list->count--;
        list->fewest = list->count < list->fewest ? list->count : list->fewest;
    }
    return block;
}

static void empty_lists(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        for (Header *block; (block = pop_block(&free_lists[i])) != NULL;) {
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

// The part of a page that the previous host uses, and the part that the next one's header leaves.
#define HOST_TAIL (HOST_LEAD + sizeof(ENetHost) - HOST_STRIDE)
#define ANNEX_FIRST                                                                                \
    ((HOST_TAIL + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t))
#define ANNEX_BYTES (HOST_LEAD - sizeof(Header) - ANNEX_FIRST)

static_assert(HOST_LEAD % alignof(ENetHost) == 0, "a host is aligned");
static_assert(ANNEX_FIRST + sizeof(Header) <= HOST_LEAD,
              "the end of a host and the header of the next fit in front of that");

// About the host that this thread is creating.
typedef struct Annex {
    bool is_wanted;
    char *next;
    size_t left;
} Annex;

static _Thread_local Annex annex;

void enet_pool_begin_annex(void) {
    annex = (Annex){.is_wanted = true};
}

void enet_pool_end_annex(void) {
    annex = (Annex){0};
}

static void *acquire_from_annex(size_t size) {
    const size_t bytes =
        (sizeof(Header) + size + sizeof(Header) - 1) / sizeof(Header) * sizeof(Header);
    if (bytes > annex.left) {
        return NULL;
    }
    Header *block = (Header *)(void *)annex.next;
    annex.next += bytes;
    annex.left -= bytes;
    block->class = ANNEX;
    return block + 1;
}

// Hosts come and go with connections that a program opens, so a lock is cheap enough.
static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static Header *free_hosts;  // guarded by host_lock
static char *fresh_hosts;   // guarded by host_lock: hosts of the newest slab that were never used
static uint32_t fresh_left; // guarded by host_lock

static Header *acquire_fresh_host(void) {
    if (fresh_left == 0) {
        void *slab = mmap(NULL, SLAB_HOSTS * HOST_STRIDE + PAGE_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (slab == MAP_FAILED) {
            return NULL;
        }
        fresh_hosts = slab;
        fresh_left = SLAB_HOSTS;
    }
    Header *block = (Header *)(void *)(fresh_hosts + HOST_LEAD) - 1;
    fresh_hosts += HOST_STRIDE;
    fresh_left--;
    block->class = HOST;
    return block;
}

static void *allocate_host(void) {
    pthread_mutex_lock(&host_lock);
    Header *block = free_hosts;
    if (block != NULL) {
        free_hosts = block->next;
    } else {
        block = acquire_fresh_host();
    }
    pthread_mutex_unlock(&host_lock);
    if (block == NULL) {
        return NULL;
    }
    if (annex.is_wanted) {
        annex.next = (char *)(block + 1) - HOST_LEAD + ANNEX_FIRST;
        annex.left = ANNEX_BYTES;
    }
    return block + 1;
}

static void free_host(Header *block) {
    pthread_mutex_lock(&host_lock);
    block->next = free_hosts;
    free_hosts = block;
    pthread_mutex_unlock(&host_lock);
}

void enet_pool_release_buffers(ENetHost *host) {
    const uintptr_t start = (uintptr_t)host->packetData;
    const uintptr_t first = (start + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    const uintptr_t end = (start + sizeof host->packetData) / PAGE_BYTES * PAGE_BYTES;
    // Fails where pages are larger: then the buffers' memory is not saved, and nothing else
    // changes.
    (void)madvise((void *)first, end - first, MADV_DONTNEED);
}

// A datagram needs only the host's first commands and buffers, and the source address, which is at
// the host's end and lies in the page of the next host.
void enet_pool_prefetch_host(const void *beside) {
    const size_t front = HOST_LEAD + offsetof(ENetHost, commands) + 4 * sizeof(ENetProtocol);
    const uintptr_t page = (uintptr_t)beside / PAGE_BYTES * PAGE_BYTES;
    for (size_t at = ANNEX_FIRST; at < front; at += CACHE_LINE_BYTES) {
        __builtin_prefetch((const void *)(page + at), 1);
    }
    __builtin_prefetch((const void *)(page + HOST_LEAD + offsetof(ENetHost, buffers)), 1);
    __builtin_prefetch((const void *)(page + HOST_LEAD + offsetof(ENetHost, bufferCount)), 1);
    __builtin_prefetch((const void *)(page + HOST_STRIDE), 1);
    __builtin_prefetch((const void *)(page + HOST_STRIDE + HOST_TAIL - 1), 1);
}

void *enet_pool_malloc(size_t size) {
    const size_t class = (size + CLASS_BYTES - 1) / CLASS_BYTES;
    if (size == sizeof(ENetHost) && ENET_POOL_BYTES_MAX > 0) {
        return allocate_host();
    }
    if (annex.left > 0) {
        void *block = acquire_from_annex(size);
        if (block != NULL) {
            return block;
        }
    }
    if (size > ENET_POOL_BYTES_MAX) {
        Header *block = malloc(sizeof *block + size);
        if (block == NULL) {
            return NULL;
        }
        block->class = LARGE;
        return block + 1;
    }
    Header *block = pop_block(&free_lists[class]);
    if (block != NULL) {
        return block + 1;
    }
    block = malloc(sizeof *block + class * CLASS_BYTES);
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
        free_host(header);
        return;
    }
    if (header->class == ANNEX) {
        return; // goes with its host
    }
    if (!is_registered) {
        is_registered = true;
        pthread_once(&pool_key_once, create_pool_key);
        pthread_setspecific(pool_key, &free_lists);
    }
    FreeList *list = &free_lists[header->class];
    header->next = list->first;
    list->first = header;
    list->count++;
}

// How many blocks went from a list back to the C library.
static uint32_t trim_list(FreeList *list, uint32_t most) {
    const uint32_t count = list->fewest < most ? list->fewest : most;
    for (uint32_t i = 0; i < count; i++) {
        free(pop_block(list));
    }
    list->fewest = list->count;
    return count;
}

size_t enet_pool_trim(void) {
    uint32_t left = ENET_POOL_TRIM_BLOCKS;
    size_t bytes = 0;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const uint32_t count = trim_list(&free_lists[i], left);
        left -= count;
        bytes += count * (sizeof(Header) + i * CLASS_BYTES);
    }
    trimmed_bytes += bytes;
    if (left > 0 && trimmed_bytes >= RETURN_BYTES_MIN) {
        trimmed_bytes = 0;
#ifdef __GLIBC__
        (void)malloc_trim(0); // free() alone returns only the memory behind the last block in use
#endif
    }
    return bytes;
}
