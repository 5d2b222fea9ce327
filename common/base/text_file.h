// SPDX-License-Identifier: MIT
// text_file.h -- reads all of a small file that people wrote.
//
// Flow:    path -> text_file_read() -> bytes (text_lines.h cuts them) -> text_file_free()
// Threads: any; blocks for as long as the file takes, but never for a pipe that nobody writes to.
// Memory:  TextFile.text is allocated; text_file_free() gives it back.
// Trust:   the path may name anything: a directory, a device without an end, a silent pipe.
#ifndef TICKSTORM_BASE_TEXT_FILE_H
#define TICKSTORM_BASE_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>

// Far beyond any file of options, arenas or scripts.
#define TEXT_FILE_BYTES_MAX (1u << 20)

// How long a pipe or a terminal may be silent.
#define TEXT_FILE_SILENCE_MS 5000

typedef struct TextFile {
    char *text; // not NUL-terminated
    size_t size;
} TextFile;

// False, and the reason in a few words, when the file cannot be read to its end.
bool text_file_read(const char *path, TextFile *file, char *problem, size_t problem_size);

void text_file_free(TextFile *file);

#endif
