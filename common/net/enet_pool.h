// SPDX-License-Identifier: MIT
// enet_pool.h -- memory for ENet's packets and commands: per-thread free lists by size.
//
// Flow:    enet_malloc, enet_free -> here, by enet_initialize_with_callbacks()
// Threads: a block goes back to the list of the thread that frees it. Hosts stay on their thread,
//          so that is where it came from, but for what is freed after a hand-over; both are safe.
// Memory:  what a thread has needed of late stays with it; enet_pool_trim(), which a
//          listening transport calls now and then, gives the rest back.
//          Blocks above the largest class, such as the peers of a host, come from the C library and
//          go back to it.
//          Built with the address sanitizer, every block does, so that it sees each use of one.
//          A host's 11 KB are laid out so that its two buffers fill pages of their own; nobody
//          writes them (enet_seam.c), so those pages, 8 KB a host, need not be there. Of the page
//          that is left the host takes 2.8 KB; a client's peer, channels and transport fit into the
//          rest. What hosts have needed at once stays with the process.
// Source:  every datagram costs ENet two to three allocations, and thousands live at once, which is
//          beyond glibc's per-thread cache of seven blocks a size. With the pool the transport
//          costs 1.22 times what the bare system calls do, without it 1.4 times (tickstorm-bench
//          enet_floor). What to give back is the working set rule of J. Bonwick and J. Adams,
//          "Magazines and Vmem" (USENIX 2001): what lay in a list during all of an interval.
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

// Gives blocks that this thread has not needed since the call before back to the C library, and
// what that has no use for to the system: a network that stood still for seconds leaves 30 KB of
// messages that were waiting to be acknowledged for each of a thousand clients. At most
// ENET_POOL_TRIM_BLOCKS a call, about half a millisecond; the C library takes its time besides,
// once when no more is left to be freed. Returns how many bytes.
#define ENET_POOL_TRIM_BLOCKS 8192u
size_t enet_pool_trim(void);

// Around the making of one host: what the thread allocates from then on lies in the host's own page
// as long as there is room, and must not be used longer than the host. Without a pool it does not.
void enet_pool_begin_annex(void);
void enet_pool_end_annex(void);

// Starts to fetch a host and what lies beside it into the cache. beside: any of that.
void enet_pool_prefetch_host(const void *beside);

// Gives the pages of a host's buffers, which ENet has cleared at its creation, back to the system.
void enet_pool_release_buffers(ENetHost *host);

#endif
