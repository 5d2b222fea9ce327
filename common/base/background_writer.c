// SPDX-License-Identifier: MIT
#include "base/background_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mpsc_queue.h"
#include "base/thread_role.h"

// Texts are written in chunks, so that a flush sees progress while a slow reader reads.
#define CHUNK_BYTES   4096
#define LOOK_FIRST_NS (20 * NS_PER_US)
#define LOOK_MAX_NS   (2 * NS_PER_MS)

struct BackgroundWriter {
    // Constant.
    ThreadOwner owner; // the thread that started it
    int descriptor;
    WriterNotice notice;
    pthread_t thread;
    sem_t wake; // posted once a push, and once by stop
    // Written by all threads.
    MpscQueue queue;
    _Atomic uint64_t pushed;  // texts in the queue, ever
    _Atomic uint64_t dropped; // texts
    _Atomic uint64_t
        unreported;    // dropped texts that neither a notice nor a later text has reported
    _Atomic int error; // the first error
    _Atomic bool is_stopping;
    // Written by the writer thread.
    _Atomic uint64_t finished; // texts written or dropped
    _Atomic uint64_t progress; // writes that succeeded
    uint64_t notice_count;     // texts dropped before the next text, for its notice
    bool is_mid_line;          // the last write ended inside a text
};

// ------------------------------------------------------------------ the writer thread

static void note_error(BackgroundWriter *writer, int error) {
    int none = 0;
    // Relaxed, as all counters here: each stands on its own.
    atomic_compare_exchange_strong_explicit(&writer->error, &none, error, memory_order_relaxed,
                                            memory_order_relaxed);
}

// Writes all bytes and waits as long as that takes. False after an error.
static bool write_all(BackgroundWriter *writer, const char *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        const size_t chunk = size - done < CHUNK_BYTES ? size - done : CHUNK_BYTES;
        const ssize_t written = write(writer->descriptor, bytes + done, chunk);
        if (written > 0) {
            done += (size_t)written;
            atomic_fetch_add_explicit(&writer->progress, 1, memory_order_relaxed);
            writer->is_mid_line = true;
        } else if (written < 0 && errno == EAGAIN) {
            // Another process has made the shared description non-blocking.
            struct pollfd room = {.fd = writer->descriptor, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (written == 0 || errno != EINTR) {
            note_error(writer, written == 0 ? EIO : errno);
            return false;
        }
    }
    return true;
}

static void drop(BackgroundWriter *writer) {
    writer->notice_count++;
    atomic_fetch_add_explicit(&writer->dropped, 1, memory_order_relaxed);
}

// Ends a line that an error cut, so that the next text does not continue it.
static bool end_line(BackgroundWriter *writer) {
    if (writer->is_mid_line && !write_all(writer, "\n", 1)) {
        return false;
    }
    writer->is_mid_line = false;
    return true;
}

static bool say_dropped(BackgroundWriter *writer) {
    char text[WRITER_NOTICE_BYTES];
    if (writer->notice_count > 0 && writer->notice != NULL) {
        const size_t size = writer->notice(text, sizeof text, writer->notice_count);
        if (!write_all(writer, text, size)) {
            return false;
        }
        writer->is_mid_line = false;
    }
    writer->notice_count = 0;
    return true;
}

static void write_record(BackgroundWriter *writer, const MpscRecord *record) {
    writer->notice_count += record->tag;
    const bool is_written = end_line(writer) && say_dropped(writer) &&
                            write_all(writer, (const char *)record->parts[0], record->sizes[0]) &&
                            write_all(writer, (const char *)record->parts[1], record->sizes[1]);
    if (is_written) {
        writer->is_mid_line = false;
    } else {
        drop(writer);
    }
}

static void drain(BackgroundWriter *writer) {
    MpscRecord record;
    uint64_t count = 0;
    if (VALIDATES) {
        fault_check(FAULT_NO_TICK, mpsc_queue_validate(&writer->queue));
    }
    for (; mpsc_queue_peek(&writer->queue, &record); count++) {
        write_record(writer, &record);
        mpsc_queue_pop(&writer->queue);
    }
    // No later text carries the number of the last drops, so it is written now.
    writer->notice_count += atomic_exchange_explicit(&writer->unreported, 0, memory_order_relaxed);
    if (writer->notice_count > 0 && end_line(writer)) {
        say_dropped(writer);
    }
    // Release: a thread that sees the texts finished also sees the counts.
    atomic_fetch_add_explicit(&writer->finished, count, memory_order_release);
}

// Relaxed: sem_post() follows the store, and no other data depends on the flag.
static bool is_stopping(BackgroundWriter *writer) {
    return atomic_load_explicit(&writer->is_stopping, memory_order_relaxed);
}

static void *run(void *context) {
    BackgroundWriter *writer = context;
    thread_role_enter(THREAD_WRITER);
    pthread_setname_np(pthread_self(), "writer");
    do {
        drain(writer);
        while (sem_wait(&writer->wake) != 0) {
        }
    } while (!is_stopping(writer));
    return NULL;
}

// ------------------------------------------------------------------ the other threads

static bool start_thread(BackgroundWriter *writer) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const bool is_started = pthread_create(&writer->thread, NULL, run, writer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

BackgroundWriter *background_writer_start(int descriptor, size_t capacity_bytes,
                                          WriterNotice notice) {
    BackgroundWriter *writer = aligned_alloc(CACHE_LINE_BYTES, sizeof *writer);
    if (writer == NULL) {
        return NULL;
    }
    memset(writer, 0, sizeof *writer);
    (void)thread_owner_claim(&writer->owner);
    writer->descriptor = descriptor;
    writer->notice = notice;
    sem_init(&writer->wake, 0, 0);
    if (mpsc_queue_create(&writer->queue, capacity_bytes) && start_thread(writer)) {
        return writer;
    }
    mpsc_queue_destroy(&writer->queue);
    sem_destroy(&writer->wake);
    free(writer);
    return NULL;
}

bool background_writer_push(BackgroundWriter *writer, const char *text, size_t size) {
    if (size == 0) {
        return true;
    }
    // Before the push, so that `finished` never exceeds `pushed`.
    atomic_fetch_add_explicit(&writer->pushed, 1, memory_order_relaxed);
    // The number of texts dropped before this one goes with it, so that the notice precedes it.
    const uint64_t before =
        atomic_load_explicit(&writer->unreported, memory_order_relaxed) == 0
            ? 0
            : atomic_exchange_explicit(&writer->unreported, 0, memory_order_relaxed);
    if (mpsc_queue_push(&writer->queue, (uint32_t)before, text, size)) {
        sem_post(&writer->wake);
        return true;
    }
    atomic_fetch_add_explicit(&writer->unreported, before + 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&writer->dropped, 1, memory_order_relaxed);
    note_error(writer, EAGAIN);
    atomic_fetch_add_explicit(&writer->finished, 1, memory_order_release);
    return false;
}

static ssize_t push_text(void *writer, const char *text, size_t size) {
    background_writer_push(writer, text, size); // a drop is counted there
    return (ssize_t)size;
}

FILE *background_writer_stream_open(BackgroundWriter *writer) {
    return fopencookie(writer, "w", (cookie_io_functions_t){.write = push_text});
}

uint64_t background_writer_dropped(const BackgroundWriter *writer) {
    return atomic_load_explicit(&writer->dropped, memory_order_relaxed);
}

int background_writer_error(const BackgroundWriter *writer) {
    return atomic_load_explicit(&writer->error, memory_order_relaxed);
}

bool background_writer_is_idle(const BackgroundWriter *writer) {
    // Acquire: pairs with the release in drain(). Read before `pushed`, which may grow meanwhile.
    const uint64_t finished = atomic_load_explicit(&writer->finished, memory_order_acquire);
    return finished == atomic_load_explicit(&writer->pushed, memory_order_relaxed);
}

bool background_writer_flush(BackgroundWriter *writer, uint64_t patience_ns) {
    uint64_t look_ns = LOOK_FIRST_NS;
    uint64_t progress = 0;
    uint64_t give_up_ns = clock_now_ns() + patience_ns;
    while (!background_writer_is_idle(writer)) {
        const uint64_t now_ns = clock_now_ns();
        const uint64_t seen = atomic_load_explicit(&writer->progress, memory_order_relaxed);
        if (seen != progress) {
            progress = seen;
            give_up_ns = now_ns + patience_ns;
        } else if (now_ns >= give_up_ns) {
            return false;
        }
        clock_sleep_until_ns(now_ns + look_ns);
        look_ns = look_ns * 2 < LOOK_MAX_NS ? look_ns * 2 : LOOK_MAX_NS;
    }
    return true;
}

bool background_writer_stop(BackgroundWriter *writer, uint64_t patience_ns) {
    ASSERT_OWNER(&writer->owner);
    if (!background_writer_flush(writer, patience_ns)) {
        return false;
    }
    atomic_store_explicit(&writer->is_stopping, true, memory_order_relaxed); // as read
    sem_post(&writer->wake);
    pthread_join(writer->thread, NULL);
    const bool is_complete = background_writer_dropped(writer) == 0;
    mpsc_queue_destroy(&writer->queue);
    sem_destroy(&writer->wake);
    free(writer);
    return is_complete;
}
