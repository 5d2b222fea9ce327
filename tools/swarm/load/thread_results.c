// SPDX-License-Identifier: MIT
#include "tools/swarm/load/thread_results.h"

#include <stdlib.h>

#include "base/thread_role.h"

bool thread_results_init(ThreadResults *results) {
    *results = (ThreadResults){.measured = calloc(1, sizeof *results->measured),
                               .warmup = calloc(1, sizeof *results->warmup)};
    if (results->measured == NULL || results->warmup == NULL ||
        uv_mutex_init(&results->mutex) != 0) {
        free(results->measured);
        free(results->warmup);
        return false;
    }
    return true;
}

void thread_results_free(ThreadResults *results) {
    uv_mutex_destroy(&results->mutex);
    free(results->measured);
    free(results->warmup);
}

void thread_results_push(ThreadResults *results, const Tally *window, bool is_warmup,
                         const SwarmGauges *gauges, TransportError open_error) {
    ASSERT_SWARM_THREAD();
    uv_mutex_lock(&results->mutex);
    const uint32_t tick_rate_hz =
        gauges->tick_rate_hz != 0 ? gauges->tick_rate_hz : results->gauges.tick_rate_hz;
    tally_merge(is_warmup ? results->warmup : results->measured, window);
    results->gauges = *gauges;
    results->gauges.tick_rate_hz = tick_rate_hz;
    results->open_error = open_error;
    uv_mutex_unlock(&results->mutex);
}

bool thread_results_collect(ThreadResults *results, Tally *measured, Tally *warmup,
                            SwarmGauges *gauges, TransportError *error) {
    ASSERT_MAIN_THREAD();
    uv_mutex_lock(&results->mutex);
    tally_merge(measured, results->measured);
    tally_reset(results->measured);
    tally_merge(warmup, results->warmup);
    tally_reset(results->warmup);
    *gauges = results->gauges;
    *error = results->open_error;
    uv_mutex_unlock(&results->mutex);
    return *error == TRANSPORT_OK;
}

// Both under the mutex: the receiver may close the handle as soon as it sees the flag.
void thread_results_end(ThreadResults *results, uv_async_t *on_end) {
    ASSERT_SWARM_THREAD();
    uv_mutex_lock(&results->mutex);
    results->has_ended = true;
    uv_async_send(on_end);
    uv_mutex_unlock(&results->mutex);
}

bool thread_results_have_ended(ThreadResults *results) {
    ASSERT_MAIN_THREAD();
    uv_mutex_lock(&results->mutex);
    const bool has_ended = results->has_ended;
    uv_mutex_unlock(&results->mutex);
    return has_ended;
}
