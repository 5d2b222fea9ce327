// SPDX-License-Identifier: MIT
// output_file.h -- a result that somebody asked for: it is written whole, or the caller is told.
//
// Flow:    output_file_check() before the work -> the result in memory -> output_file_write();
//          main() -> output_stdout_finish(), the one place where standard output is judged
// Threads: the main thread's.
// Errors:  false with errno set. A failed flush or close is a failed write.
//
// A regular file is written under another name beside the old one, which it then replaces: a
// reader sees the old result or the new one, and a failed write leaves the old one. Mode and owner
// stay, a symbolic link keeps pointing to it. What cannot be replaced is written in place, and
// emptied if that fails: a file with several links or of another owner, a file in a directory that
// takes no other, and a file that is mounted by itself. Devices and pipes are written to as they
// are, and a path that is this program's standard output or error goes there in turn with the rest.
#ifndef TICKSTORM_BASE_OUTPUT_FILE_H
#define TICKSTORM_BASE_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// "-" and the names that /dev and /proc have for it; NULL, a file that nobody asked for, is not.
bool output_file_is_stdout(const char *path);

// Whether the path can be written, as far as can be told before; leaves nothing behind. A pipe is
// not opened: its reader would take the first end for the end.
bool output_file_check(const char *path);

// Whether both lead to one regular file, there or not yet: of two results that are written to it
// only the second would stay. False as well where it cannot be told.
bool output_file_is_same(const char *path, const char *other);

// All bytes, or false. Blocks until a pipe's reader has come. The caller says what went wrong, on
// standard output too: output_stdout_finish() does not repeat it.
bool output_file_write(const char *path, const void *bytes, size_t size);

// The same with bytes of malloc(), which are freed whatever comes of it. NULL: false with ENOMEM.
bool output_file_write_owned(const char *path, char *bytes, size_t size);
// The same with a text, which gets a line break behind it.
bool output_file_write_text(const char *path, char *text);

// fflush(stdout), for what is to be seen at once; an error is told at the end.
void output_stdout_flush(void);

// At the end of main(): the exit code, or 1 where what was printed could not be written, with the
// reason as one line on stderr. A usage error, 2, stays one.
int output_stdout_finish(const char *program, int code);

#endif
