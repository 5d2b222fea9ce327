// SPDX-License-Identifier: MIT
#include "base/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Waits for more bytes from a pipe or a terminal. NULL, or the reason why no bytes come.
static const char *wait_for_more(int descriptor) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    int result;
    do {
        result = poll(&wanted, 1, TEXT_FILE_SILENCE_MS);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return strerror(errno);
    }
    return result == 0 ? "nothing came for 5 s" : NULL;
}

// NULL once everything is read, or the error.
static const char *read_all(int descriptor, TextFile *file) {
    while (file->size <= TEXT_FILE_BYTES_MAX) {
        const ssize_t count =
            read(descriptor, file->text + file->size, TEXT_FILE_BYTES_MAX + 1 - file->size);
        if (count == 0) {
            return NULL;
        }
        if (count > 0) {
            file->size += (size_t)count;
        } else if (errno == EAGAIN) {
            const char *problem = wait_for_more(descriptor);
            if (problem != NULL) {
                return problem;
            }
        } else if (errno != EINTR) {
            return strerror(errno);
        }
    }
    return "it is larger than 1 MiB";
}

// A pipe without a writer, or a pipe that was read to its end before, looks like an empty file but
// is not one.
static bool is_pipe(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool text_file_read(const char *path, TextFile *file, char *problem, size_t problem_size) {
    *file = (TextFile){0};
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        snprintf(problem, problem_size, "%s", strerror(errno));
        return false;
    }
    file->text = malloc(TEXT_FILE_BYTES_MAX + 1);
    const char *wrong = file->text != NULL ? read_all(descriptor, file) : "out of memory";
    if (wrong == NULL && file->size == 0 && is_pipe(descriptor)) {
        wrong = "it is a pipe that nobody writes to";
    }
    close(descriptor);
    if (wrong != NULL) {
        snprintf(problem, problem_size, "%s", wrong);
        text_file_free(file);
    }
    return wrong == NULL;
}

void text_file_free(TextFile *file) {
    free(file->text);
    *file = (TextFile){0};
}
