// SPDX-License-Identifier: MIT
#include "server/net/net_loop.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/thread_role.h"

static void on_cadence(uv_timer_t *timer) {
    NetLoop *net_loop = timer->data;
    net_endpoint_step(&net_loop->endpoint, clock_now_ns());
    metric_set(&net_loop->endpoint.metrics->idle_ns, uv_metrics_idle_time(&net_loop->loop));
    // Relaxed: a flag on its own.
    if (atomic_load_explicit(&net_loop->is_stopping, memory_order_relaxed)) {
        uv_close((uv_handle_t *)timer, NULL); // the loop's only handle: uv_run() returns
    }
}

static void net_loop_thread(void *context) {
    NetLoop *net_loop = context;
    thread_role_enter(THREAD_NET_LOOP);
    pthread_setname_np(pthread_self(), "net");
    uv_run(&net_loop->loop, UV_RUN_DEFAULT);
    transport_hand_over(net_loop->endpoint.transport); // to the thread that joins this one
}

bool net_loop_start(NetLoop *net_loop) {
    ASSERT_MAIN_THREAD();
    if (uv_loop_init(&net_loop->loop) != 0) {
        return false;
    }
    uv_loop_configure(&net_loop->loop, UV_METRICS_IDLE_TIME);
    uv_timer_init(&net_loop->loop, &net_loop->timer);
    net_loop->timer.data = net_loop;
    uv_timer_start(&net_loop->timer, on_cadence, 0, NET_LOOP_CADENCE_MS);
    if (uv_thread_create(&net_loop->thread, net_loop_thread, net_loop) != 0) {
        uv_close((uv_handle_t *)&net_loop->timer, NULL);
        uv_run(&net_loop->loop, UV_RUN_DEFAULT);
        uv_loop_close(&net_loop->loop);
        return false;
    }
    return true;
}

void net_loop_join(NetLoop *net_loop) {
    ASSERT_MAIN_THREAD();
    atomic_store_explicit(&net_loop->is_stopping, true, memory_order_relaxed);
    uv_thread_join(&net_loop->thread);
    uv_loop_close(&net_loop->loop);
}
