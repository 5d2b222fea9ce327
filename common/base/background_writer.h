// SPDX-License-Identifier: MIT
// background_writer.h -- writes to a descriptor whose reader may not read, without ever waiting.
//
// Flow:    background_writer_push() from any thread -> bounded queue -> writer thread -> write(2)
// Threads: push, counts and is_idle are safe from any thread and never wait; start, flush and stop
//          are the owner's. Only the writer thread ever stands still in write(2): the descriptor
//          is used as it is, since O_NONBLOCK would belong to everybody who shares the terminal.
// Order:   texts leave in the order of the pushes, each whole or not at all: a text of which an
//          error kept the rest back is ended with a line break before the next one.
// Memory:  all at start; a push allocates nothing.
// Errors:  a text that finds no room, or whose write fails, is dropped and counted. How many were
//          dropped is said in their place as soon as something can be written again.
#ifndef TICKSTORM_BASE_BACKGROUND_WRITER_H
#define TICKSTORM_BASE_BACKGROUND_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WRITER_NOTICE_BYTES 256

typedef struct BackgroundWriter BackgroundWriter;

// Makes the text that says that `count` texts were dropped, at most WRITER_NOTICE_BYTES, its line
// break included; returns its length. Called by the writer thread.
typedef size_t (*WriterNotice)(char *text, size_t size, uint64_t count);

// The descriptor stays the caller's and must outlive the writer. notice: NULL says nothing. The
// thread takes no signals. NULL when memory or threads are short.
BackgroundWriter *background_writer_start(int descriptor, size_t capacity_bytes,
                                          WriterNotice notice);

// False when the text was dropped, and counted: there was no room, or it has more than half the
// capacity. An empty text is written at once.
bool background_writer_push(BackgroundWriter *writer, const char *text, size_t size);

// A stream that pushes what is printed to it at every fflush(), and before that whatever exceeds
// BUFSIZ. Its owner closes it before the writer. NULL when memory is short.
FILE *background_writer_stream_open(BackgroundWriter *writer);

// Texts dropped so far.
uint64_t background_writer_dropped(const BackgroundWriter *writer);
// Whether everything that was pushed has been written or dropped.
bool background_writer_is_idle(const BackgroundWriter *writer);
// The first reason, an errno, that a text was dropped for: EAGAIN is a full queue. 0: none was.
int background_writer_error(const BackgroundWriter *writer);

// Waits until the writer is idle; false when it has written nothing for patience_ns.
bool background_writer_flush(BackgroundWriter *writer, uint64_t patience_ns);

// Flushes, ends the thread and frees the writer. True when everything was written. A thread that
// nobody reads from is left behind with the writer: it ends with the program.
bool background_writer_stop(BackgroundWriter *writer, uint64_t patience_ns);

#endif
