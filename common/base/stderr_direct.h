// SPDX-License-Identifier: MIT
// stderr_direct.h -- writes a text to stderr at once, not through the log's queue.
//
// Flow:    a signal handler, or the last line before abort() -> write(2)
// Threads: any, and signal handlers: async-signal-safe, and never waits.
//
// The log (base/log.h) is built on modules that assert their threads and their state. They report a
// failed assert through this module, which needs none of them.
#ifndef TICKSTORM_BASE_STDERR_DIRECT_H
#define TICKSTORM_BASE_STDERR_DIRECT_H

// Writes the text if stderr accepts it without waiting; else drops it.
void stderr_direct_write(const char *text);

#endif
