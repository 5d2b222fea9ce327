// SPDX-License-Identifier: MIT
#include "base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread_role.h"

#define LINKS_MAX       40 // links followed in one path, as in the kernel
#define NAMES_MAX       100
#define EXIT_FAILED     1
#define EXIT_USAGE      2
#define MODE_NEW        0666 // less the umask
#define MODE_PERMISSION 07777

// The target of a path.
typedef struct Target {
    char path[PATH_MAX]; // without a symbolic link at its end
    bool exists;
    bool is_descriptor; // an open file of this program under a name: no other can take its place
    struct stat status; // if it exists
} Target;

static int g_flush_error; // errno of the first failed flush of standard output

bool output_file_is_stdout(const char *path) {
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (size_t i = 0; path != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(path, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

// ------------------------------------------------------------------ where a path leads

static bool fail(int error) {
    errno = error;
    return false;
}

// The length of the directory's part of a path, its last slash included.
static size_t directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

// Replaces a link by its target. False when the path is no link (errno is 0), or has no target.
static bool follow_link(char path[PATH_MAX]) {
    char link[PATH_MAX];
    const ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0) {
        return fail(errno == EINVAL || errno == ENOENT ? 0 : errno);
    }
    link[length] = '\0';
    const size_t kept = link[0] == '/' ? 0 : directory_length(path);
    if (kept + (size_t)length >= PATH_MAX) {
        return fail(ENAMETOOLONG);
    }
    memcpy(path + kept, link, (size_t)length + 1);
    return true;
}

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool find_target(const char *path, Target *target) {
    uint32_t links = 0;
    if (*path == '\0') {
        return fail(ENOENT);
    }
    if (strlen(path) >= PATH_MAX) {
        return fail(ENAMETOOLONG);
    }
    memcpy(target->path, path, strlen(path) + 1);
    target->exists = stat(path, &target->status) == 0;
    if (!target->exists && errno != ENOENT) {
        return false;
    }
    // A target that is neither file nor directory, often that of /dev/stdout, is opened as given.
    if (target->exists && !S_ISREG(target->status.st_mode)) {
        return !S_ISDIR(target->status.st_mode) || fail(EISDIR);
    }
    target->is_descriptor = starts_with(path, "/dev/fd/") || starts_with(path, "/proc/self/fd/");
    if (target->is_descriptor) {
        return target->exists || fail(ENOENT);
    }
    while (follow_link(target->path)) {
        if (++links == LINKS_MAX) {
            return fail(ELOOP);
        }
    }
    if (errno != 0) {
        return false;
    }
    return target->path[directory_length(target->path)] != '\0' || fail(EISDIR);
}

static bool is_same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_open_as(int descriptor, const Target *target) {
    struct stat status;
    return target->exists && fstat(descriptor, &status) == 0 &&
           is_same_file(&status, &target->status);
}

static bool stat_directory(const Target *target, struct stat *status) {
    char path[PATH_MAX];
    const size_t length = directory_length(target->path);
    memcpy(path, target->path, length);
    path[length] = '\0';
    return stat(length > 0 ? path : ".", status) == 0;
}

// Compares two files that do not exist yet.
static bool would_be_same_file(const Target *a, const Target *b) {
    struct stat place_a, place_b;
    const char *name_a = a->path + directory_length(a->path);
    const char *name_b = b->path + directory_length(b->path);
    return strcmp(name_a, name_b) == 0 && stat_directory(a, &place_a) &&
           stat_directory(b, &place_b) && is_same_file(&place_a, &place_b);
}

// ------------------------------------------------------------------ writing

static bool write_all(int descriptor, const char *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t written = write(descriptor, bytes + done, size - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            poll(&(struct pollfd){.fd = descriptor, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

// Some systems find out only now that there is no room. Not every file can be synchronised.
static bool synchronise(int descriptor) {
    return fsync(descriptor) == 0 || errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ||
           errno == EROFS;
}

static bool write_stdout(const char *bytes, size_t size) {
    output_stdout_flush(); // an error so far is not this output's
    clearerr(stdout);
    fwrite(bytes, 1, size, stdout);
    const bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    clearerr(stdout);
    return is_written;
}

// Reserves the room first, so that a full disk leaves the old content. Not every file system can.
static bool reserve(int descriptor, const struct stat *old, size_t size) {
    const int error = posix_fallocate(descriptor, 0, (off_t)size);
    if (error == 0 || error == EINVAL || error == EOPNOTSUPP || error == ENODEV) {
        return true;
    }
    (void)!ftruncate(descriptor, old->st_size);
    return fail(error);
}

static bool overwrite(int descriptor, const struct stat *old, const char *bytes, size_t size) {
    if (!reserve(descriptor, old, size)) {
        return false;
    }
    const bool is_written = write_all(descriptor, bytes, size) &&
                            ftruncate(descriptor, (off_t)size) == 0 && synchronise(descriptor);
    const int error = errno;
    if (!is_written) {
        (void)!ftruncate(descriptor, 0);
    }
    return is_written || fail(error);
}

// False with errno set when the end could not be written either; keeps an earlier error.
static bool close_written(int descriptor, bool is_written) {
    const int error = errno;
    const bool is_closed = close(descriptor) == 0;
    return is_written ? is_closed : fail(error);
}

static bool write_in_place(const Target *target, const char *bytes, size_t size) {
    const int descriptor = open(target->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return false;
    }
    return close_written(descriptor, S_ISREG(target->status.st_mode)
                                         ? overwrite(descriptor, &target->status, bytes, size)
                                         : write_all(descriptor, bytes, size));
}

// ------------------------------------------------------------------ replacing

// Creates a new file beside the target and writes its path to `path`; negative with errno set. Its
// name is short, since the target's name may have the maximum length.
static int create_beside(const Target *target, char path[PATH_MAX]) {
    for (uint32_t i = 0; i < NAMES_MAX; i++) {
        const int length =
            snprintf(path, PATH_MAX, "%.*s.tickstorm-%ld-%u", (int)directory_length(target->path),
                     target->path, (long)getpid(), i);
        if (length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE_NEW);
        if (descriptor >= 0 || errno != EEXIST) {
            return descriptor;
        }
    }
    return -1;
}

// Gives the new file the owner, the group and the permissions of the old one.
static bool keep_identity(int descriptor, const Target *target) {
    struct stat made;
    if (!target->exists) {
        return true;
    }
    const struct stat *old = &target->status;
    return fstat(descriptor, &made) == 0 &&
           ((made.st_uid == old->st_uid && made.st_gid == old->st_gid) ||
            fchown(descriptor, old->st_uid, old->st_gid) == 0) &&
           fchmod(descriptor, old->st_mode & MODE_PERMISSION) == 0;
}

typedef enum Replacement { REPLACED, NOT_REPLACED, CANNOT_REPLACE } Replacement;

// Whether the error only prevents the replacement, so that the file may still be written in place.
static bool is_about_place(int error) {
    return error == EACCES || error == EPERM || error == EROFS || error == ENAMETOOLONG ||
           error == EBUSY || error == EXDEV;
}

// CANNOT_REPLACE: the file has to be written in place, if at all; errno says why.
static Replacement replace(const Target *target, const char *bytes, size_t size) {
    char path[PATH_MAX];
    const int descriptor = create_beside(target, path);
    if (descriptor < 0) {
        return is_about_place(errno) ? CANNOT_REPLACE : NOT_REPLACED;
    }
    if (close_written(descriptor, keep_identity(descriptor, target) &&
                                      write_all(descriptor, bytes, size) &&
                                      synchronise(descriptor)) &&
        rename(path, target->path) == 0) {
        return REPLACED;
    }
    const int error = errno;
    unlink(path);
    errno = error;
    return is_about_place(error) ? CANNOT_REPLACE : NOT_REPLACED;
}

static bool write_regular(const Target *target, const char *bytes, size_t size) {
    if (target->exists && access(target->path, W_OK) != 0) {
        return false;
    }
    if (target->is_descriptor || (target->exists && target->status.st_nlink > 1)) {
        return write_in_place(target, bytes, size);
    }
    const Replacement result = replace(target, bytes, size);
    return result == REPLACED ||
           (result == CANNOT_REPLACE && target->exists && write_in_place(target, bytes, size));
}

// ------------------------------------------------------------------ the whole

bool output_file_check(const char *path) {
    ASSERT_MAIN_THREAD();
    Target target;
    char beside[PATH_MAX];
    if (output_file_is_stdout(path)) {
        return true;
    }
    if (!find_target(path, &target)) {
        return false;
    }
    if (target.exists) {
        return access(target.path, W_OK) == 0;
    }
    const int descriptor = create_beside(&target, beside);
    if (descriptor < 0) {
        return false;
    }
    close(descriptor);
    unlink(beside);
    return true;
}

bool output_file_is_same(const char *path, const char *other) {
    ASSERT_MAIN_THREAD();
    Target a, b;
    if (output_file_is_stdout(path) || output_file_is_stdout(other) || !find_target(path, &a) ||
        !find_target(other, &b) || a.exists != b.exists) {
        return false;
    }
    return a.exists ? S_ISREG(a.status.st_mode) && is_same_file(&a.status, &b.status)
                    : would_be_same_file(&a, &b);
}

bool output_file_write(const char *path, const void *bytes, size_t size) {
    ASSERT_MAIN_THREAD();
    Target target;
    if (output_file_is_stdout(path)) {
        return write_stdout(bytes, size);
    }
    if (!find_target(path, &target)) {
        return false;
    }
    if (target.exists && !S_ISREG(target.status.st_mode)) {
        return write_in_place(&target, bytes, size);
    }
    // The target is already open as standard output or error. A second opening would overwrite it,
    // or replace the file that the shell has opened.
    if (is_open_as(STDOUT_FILENO, &target)) {
        return write_stdout(bytes, size);
    }
    if (is_open_as(STDERR_FILENO, &target)) {
        return write_all(STDERR_FILENO, bytes, size);
    }
    return write_regular(&target, bytes, size);
}

bool output_file_write_owned(const char *path, char *bytes, size_t size) {
    ASSERT_MAIN_THREAD();
    if (bytes == NULL) {
        return fail(ENOMEM);
    }
    const bool is_written = output_file_write(path, bytes, size);
    const int error = errno;
    free(bytes);
    errno = error;
    return is_written;
}

bool output_file_write_text(const char *path, char *text) {
    ASSERT_MAIN_THREAD();
    const size_t length = text != NULL ? strlen(text) : 0;
    if (text != NULL) {
        text[length] = '\n'; // the length marks the end, not a NUL
    }
    return output_file_write_owned(path, text, length + 1);
}

void output_stdout_flush(void) {
    ASSERT_MAIN_THREAD();
    const bool has_failed = ferror(stdout);
    errno = 0;
    if ((fflush(stdout) != 0 || has_failed) && g_flush_error == 0) {
        g_flush_error = errno != 0 ? errno : EIO;
    }
}

int output_stdout_finish(const char *program, int code) {
    ASSERT_MAIN_THREAD();
    output_stdout_flush();
    bool is_written = g_flush_error == 0;
    // Some file systems report a full disk when a descriptor is closed; the last one stays.
    const int descriptor = is_written ? dup(STDOUT_FILENO) : -1;
    if (descriptor >= 0 && close(descriptor) != 0) {
        is_written = false;
        g_flush_error = errno;
    }
    if (is_written || code == EXIT_USAGE) {
        return code;
    }
    log_print_line("%s: cannot write to standard output: %s", program, strerror(g_flush_error));
    return EXIT_FAILED;
}
