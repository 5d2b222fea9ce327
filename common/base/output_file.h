// SPDX-License-Identifier: MIT
// output_file.h -- writes a result completely, or reports an error to the caller.
//
// Flow:    output_file_check() before the work -> the result in memory -> output_file_write();
//          main() -> output_stdout_finish(), the one place where standard output is judged
// Threads: the main thread's.
// Errors:  false with errno set. A failed flush or close is a failed write.
//
// A regular file is written under another name beside the old one, which it then replaces: a reader
// sees the old result or the new one, and a failed write leaves the old one. Mode and owner stay, a
// symbolic link keeps pointing to it. Some files cannot be replaced: a file with several links or
// of another owner, a file in a directory that accepts no new file, and a file that is a mount
// point. They are written in place, and emptied if that fails. Devices and pipes are written to as
// they are, and a path that is this program's standard output or error goes there in turn with the
// rest.
#ifndef TICKSTORM_BASE_OUTPUT_FILE_H
#define TICKSTORM_BASE_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Whether the path is standard output: "-" or its names in /dev and /proc. NULL is not.
bool output_file_is_stdout(const char *path);

// Whether the path can be written, as far as this can be checked in advance; leaves no trace. A
// pipe is not opened, since its reader would see an end of file.
bool output_file_check(const char *path);

// Whether both paths lead to one regular file, existing or not: the second result would overwrite
// the first. False where this cannot be determined.
bool output_file_is_same(const char *path, const char *other);

// Writes all bytes, or returns false. Blocks until a pipe has a reader. The caller reports the
// error, also for standard output: output_stdout_finish() does not repeat it.
bool output_file_write(const char *path, const void *bytes, size_t size);

// The same with bytes from malloc(), which are always freed. NULL: false with ENOMEM.
bool output_file_write_owned(const char *path, char *bytes, size_t size);
// The same with a text, which gets a line break behind it.
bool output_file_write_text(const char *path, char *text);

// fflush(stdout), for output that must appear at once; an error is reported at the end.
void output_stdout_flush(void);

// At the end of main(): the exit code, or 1 where standard output could not be written, with the
// reason as one line on stderr. A usage error, 2, stays 2.
int output_stdout_finish(const char *program, int code);

#endif
