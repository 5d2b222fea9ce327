// SPDX-License-Identifier: MIT
// load_limits.h -- the descriptors and local ports that a load needs, and the system's limits.
//
// Threads: the main thread, before the swarm starts.
#ifndef TICKSTORM_SWARM_LOAD_LOAD_LIMITS_H
#define TICKSTORM_SWARM_LOAD_LOAD_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

// Descriptors that a run with this many bots and threads opens at most.
uint64_t load_limits_descriptors_needed(uint32_t bot_count, uint32_t thread_count);

// Raises the soft limit of open descriptors to the hard one. False when fewer than `needed` are
// allowed even so; *limit is the number allowed.
bool load_limits_reserve_descriptors(uint64_t needed, uint64_t *limit);

// True when the system has that many local ports for connections, one a bot. *limit is the number
// of its ports; UINT64_MAX when the system does not say.
bool load_limits_have_local_ports(uint64_t needed, uint64_t *limit);

#endif
