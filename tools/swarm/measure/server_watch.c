// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/server_watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread_role.h"

#define LOOK_INTERVAL_NS NS_PER_S

static bool look(const ServerWatch *watch, ServerLook *taken, char *error, size_t error_size) {
    const char *missing = NULL;
    const uint64_t asked_ns = clock_now_ns();
    char *text = watch->fetch(watch->url, error, error_size);
    if (text == NULL) {
        return false;
    }
    const bool is_good = server_sample_parse(text, &taken->sample, &missing);
    taken->at_ns = asked_ns + (clock_now_ns() - asked_ns) / 2;
    snprintf(error, error_size, "%s%s", is_good ? "" : missing,
             is_good ? "" : " is missing in the answer");
    free(text);
    return is_good;
}

// Under the mutex. The last sample keeps the client count of the previous sample, because bots
// leave while the last sample is under way.
static void record_look(ServerWatch *watch, const ServerLook *taken, bool is_first, bool is_last) {
    if (is_first) {
        watch->first = *taken;
        watch->looks = 0;
    }
    const double clients = watch->latest.sample.clients;
    watch->previous = watch->latest;
    watch->latest = *taken;
    if (is_last && watch->looks > 0) {
        watch->latest.sample.clients = clients;
    }
    watch->looks++;
}

static void run_watch(void *argument) {
    ServerWatch *watch = argument;
    thread_role_enter(THREAD_WATCH);
    uint64_t due_ns = clock_now_ns() + LOOK_INTERVAL_NS;
    bool is_first = false; // the next good sample is the first of the measured time
    bool is_last = false;
    uv_mutex_lock(&watch->mutex);
    while (!is_last) {
        uint64_t now_ns = clock_now_ns();
        while (!watch->is_restart_asked && !watch->is_last_look_asked && now_ns < due_ns) {
            uv_cond_timedwait(&watch->wake, &watch->mutex, due_ns - now_ns);
            now_ns = clock_now_ns();
        }
        is_first = is_first || watch->is_restart_asked;
        watch->is_restart_asked = false;
        is_last = watch->is_last_look_asked;
        uv_mutex_unlock(&watch->mutex);
        ServerLook taken;
        char error[SERVER_WATCH_ERROR_BYTES] = "";
        const bool is_good = look(watch, &taken, error, sizeof error);
        uv_mutex_lock(&watch->mutex);
        snprintf(watch->error, sizeof watch->error, "%s", error);
        watch->is_stale = !is_good;
        if (is_good) {
            record_look(watch, &taken, is_first, is_last);
            is_first = false;
        }
        due_ns = now_ns + LOOK_INTERVAL_NS;
    }
    uv_mutex_unlock(&watch->mutex);
}

bool server_watch_start(ServerWatch *watch, const char *url, ServerFetch fetch) {
    ASSERT_MAIN_THREAD();
    *watch = (ServerWatch){.url = url, .fetch = fetch};
    if (!look(watch, &watch->first, watch->error, sizeof watch->error)) {
        return false;
    }
    watch->latest = watch->first;
    watch->looks = 1;
    bool is_good = uv_mutex_init(&watch->mutex) == 0;
    if (is_good && uv_cond_init(&watch->wake) != 0) {
        uv_mutex_destroy(&watch->mutex);
        is_good = false;
    }
    if (is_good && uv_thread_create(&watch->thread, run_watch, watch) != 0) {
        uv_cond_destroy(&watch->wake);
        uv_mutex_destroy(&watch->mutex);
        is_good = false;
    }
    if (!is_good) {
        snprintf(watch->error, sizeof watch->error, "threads are short");
    }
    return is_good;
}

static void ask(ServerWatch *watch, bool *what) {
    uv_mutex_lock(&watch->mutex);
    *what = true;
    uv_cond_signal(&watch->wake);
    uv_mutex_unlock(&watch->mutex);
}

void server_watch_restart(ServerWatch *watch) {
    ASSERT_MAIN_THREAD();
    ask(watch, &watch->is_restart_asked);
}

void server_watch_end(ServerWatch *watch) {
    ASSERT_MAIN_THREAD();
    ask(watch, &watch->is_last_look_asked);
}

void server_watch_finish(ServerWatch *watch) {
    ASSERT_MAIN_THREAD();
    ask(watch, &watch->is_last_look_asked);
    const int result = uv_thread_join(&watch->thread);
    assert(result == 0);
    (void)result;
}

void server_watch_free(ServerWatch *watch) {
    ASSERT_MAIN_THREAD();
    uv_cond_destroy(&watch->wake);
    uv_mutex_destroy(&watch->mutex);
}

static bool between(const ServerLook *from, const ServerLook *to, ServerMetrics *metrics) {
    const double seconds = (double)(to->at_ns - from->at_ns) / (double)NS_PER_S;
    return server_metrics_between(&from->sample, &to->sample, seconds, metrics);
}

bool server_watch_so_far(ServerWatch *watch, ServerMetrics *metrics) {
    ASSERT_MAIN_THREAD();
    uv_mutex_lock(&watch->mutex);
    const bool is_there = watch->looks > 1 && between(&watch->first, &watch->latest, metrics);
    uv_mutex_unlock(&watch->mutex);
    return is_there;
}

bool server_watch_recent(ServerWatch *watch, ServerMetrics *metrics) {
    ASSERT_MAIN_THREAD();
    uv_mutex_lock(&watch->mutex);
    const bool is_there =
        watch->looks > 1 && !watch->is_stale && between(&watch->previous, &watch->latest, metrics);
    uv_mutex_unlock(&watch->mutex);
    return is_there;
}
