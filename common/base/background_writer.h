// SPDX-License-Identifier: MIT
// background_writer.h -- writes to a descriptor whose reader may be slow, on a thread of its own.
//
// Flow:    background_writer_push() from any thread -> bounded queue -> writer thread -> write(2)
// Threads: any thread may push, read the counts and is_idle, and never waits; any may flush. The
//          thread that starts a writer stops it (asserted). Only the writer thread blocks in
//          write(2): the descriptor keeps its mode, because all processes of a terminal share
//          O_NONBLOCK.
// Order:   texts leave in the order of the pushes, each completely or not at all. Where an error
//          cut a text, a line break precedes the next one.
// Memory:  all at start; a push allocates nothing.
// Errors:  a text is dropped and counted where the queue is full or the write fails. A notice in
//          its place gives the number, once the descriptor accepts text again.
#ifndef TICKSTORM_BASE_BACKGROUND_WRITER_H
#define TICKSTORM_BASE_BACKGROUND_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WRITER_NOTICE_BYTES 256

typedef struct BackgroundWriter BackgroundWriter;

// Writes a notice that `count` texts were dropped: at most WRITER_NOTICE_BYTES, its line break
// included. Returns its length. Called by the writer thread.
typedef size_t (*WriterNotice)(char *text, size_t size, uint64_t count);

// The descriptor stays the caller's and must outlive the writer. notice: NULL for none. The thread
// blocks all signals. NULL when memory or threads are short.
BackgroundWriter *background_writer_start(int descriptor, size_t capacity_bytes,
                                          WriterNotice notice);

// False when the text was dropped and counted: the queue is full, or the text is longer than half
// its capacity. An empty text needs no room.
bool background_writer_push(BackgroundWriter *writer, const char *text, size_t size);

// A stream that pushes its text at every fflush() and whenever BUFSIZ bytes are full. Close it
// before the writer. NULL when memory is short.
FILE *background_writer_stream_open(BackgroundWriter *writer);

// Texts dropped so far.
uint64_t background_writer_dropped(const BackgroundWriter *writer);
// Whether every pushed text has been written or dropped.
bool background_writer_is_idle(const BackgroundWriter *writer);
// The errno for which the first text was dropped; EAGAIN: the queue was full. 0: none was dropped.
int background_writer_error(const BackgroundWriter *writer);

// Waits until the writer is idle. False when it has made no progress for patience_ns.
bool background_writer_flush(BackgroundWriter *writer, uint64_t patience_ns);

// Flushes, ends the thread and frees the writer. True when every text was written. Where the flush
// gives up, the blocked thread and the writer's memory stay until the program ends.
bool background_writer_stop(BackgroundWriter *writer, uint64_t patience_ns);

#endif
