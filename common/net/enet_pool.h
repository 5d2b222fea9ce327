// SPDX-License-Identifier: MIT
// enet_pool.h -- memory for ENet's packets and commands: per-thread free lists by size.
//
// Flow:    enet_malloc, enet_free -> here, by enet_initialize_with_callbacks()
// Threads: a block returns to the list of the thread that frees it. Hosts stay on their thread, so
//          that is the thread that allocated it, except after a hand-over; both are safe.
// Memory:  a thread keeps the blocks of its recent peak; enet_pool_trim(), called every few seconds
//          by a listening transport, frees the others. Blocks above the largest class, such as the
//          peers of a host, are the C library's. In a build with the address sanitizer all blocks
//          are the C library's, so that the sanitizer sees each use. A host's 11 KB are laid out so
//          that its two buffers fill pages of their own. The buffers are never written
//          (enet_seam.c), so those pages, 8 KB a host, need not be resident. The host uses 2.8 KB
//          of the remaining page; a client's peer, channels and transport fit into the rest. Memory
//          of hosts at their peak number stays with the process.
// Source:  every datagram costs ENet two to three allocations, and thousands live at once, which is
//          beyond glibc's per-thread cache of seven blocks a size. With the pool the transport
//          costs 1.22 times as much as the bare system calls, without it 1.4 times (tickstorm-bench
//          enet_floor). The rule for freeing is the working set of J. Bonwick and J. Adams,
//          "Magazines and Vmem" (USENIX 2001): blocks that lay in a list during a full interval.
#ifndef TICKSTORM_NET_ENET_POOL_H
#define TICKSTORM_NET_ENET_POOL_H

#include <stddef.h>

#include "net/enet_seam.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define ENET_POOL_BYTES_MAX 0u // larger blocks, and without a pool all, come from the C library
#else
#define ENET_POOL_BYTES_MAX 1216u
#endif

void *enet_pool_malloc(size_t size);
void enet_pool_free(void *block);

// Frees the blocks that this thread has not needed since the previous call, and returns unused
// pages to the system: a network that stalled for seconds leaves 30 KB of unacknowledged messages
// for each of a thousand clients. At most ENET_POOL_TRIM_BLOCKS a call, about half a millisecond;
// the C library's own trim follows once, after the last block. Returns the number of bytes.
#define ENET_POOL_TRIM_BLOCKS 8192u
size_t enet_pool_trim(void);

// Called around the creation of one host: the thread's allocations in between lie in the host's own
// page as long as there is room, and must not outlive the host. Without a pool these allocations
// come from the C library.
void enet_pool_begin_annex(void);
void enet_pool_end_annex(void);

// Prefetches a host and the objects in its page. beside: any of these objects.
void enet_pool_prefetch_host(const void *beside);

// Gives the pages of a host's buffers, which ENet has cleared at its creation, back to the system.
void enet_pool_release_buffers(ENetHost *host);

#endif
