// SPDX-License-Identifier: MIT
#include "tools/swarm/load/pending_inputs.h"

#include <stdbool.h>

#include "base/serial.h"

static PendingRun *run_at(PendingInputs *pending, uint32_t age) {
    return &pending->runs[(pending->oldest + age) % PENDING_RUNS_MAX];
}

void pending_inputs_add(PendingInputs *pending, uint32_t newest_tick, uint64_t scheduled_ns) {
    for (uint32_t i = 0; i < pending->count; i++) {
        PendingRun *run = run_at(pending, i);
        if (serial_difference(run->newest_tick, newest_tick) > 0) {
            run->newest_tick = newest_tick;
        }
    }
    if (pending->count == PENDING_RUNS_MAX) {
        PendingRun *newest = run_at(pending, PENDING_RUNS_MAX - 1);
        newest->last_ns = scheduled_ns;
        newest->newest_tick = newest_tick;
        newest->count++;
        return;
    }
    *run_at(pending, pending->count++) = (PendingRun){
        .first_ns = scheduled_ns, .last_ns = scheduled_ns, .newest_tick = newest_tick, .count = 1};
}

static void record_run(const PendingRun *run, uint64_t now_ns, uint64_t patience_ns,
                       Histogram *ages_ns) {
    const uint64_t step_ns = run->count > 1 ? (run->last_ns - run->first_ns) / (run->count - 1) : 0;
    for (uint32_t i = 0; i < run->count; i++) {
        const bool is_last = i > 0 && i == run->count - 1;
        const uint64_t due_ns = is_last ? run->last_ns : run->first_ns + i * step_ns;
        if (now_ns > due_ns && now_ns - due_ns >= patience_ns) {
            histogram_record(ages_ns, now_ns - due_ns);
        }
    }
}

static void remove_oldest(PendingInputs *pending) {
    pending->oldest = (pending->oldest + 1) % PENDING_RUNS_MAX;
    pending->count--;
}

void pending_inputs_acknowledge(PendingInputs *pending, uint32_t tick, uint64_t now_ns,
                                Histogram *ages_ns) {
    while (pending->count > 0 && serial_difference(run_at(pending, 0)->newest_tick, tick) <= 0) {
        record_run(run_at(pending, 0), now_ns, 0, ages_ns);
        remove_oldest(pending);
    }
}

void pending_inputs_give_up(PendingInputs *pending, uint64_t now_ns, uint64_t patience_ns,
                            Histogram *ages_ns) {
    while (pending->count > 0) {
        record_run(run_at(pending, 0), now_ns, patience_ns, ages_ns);
        remove_oldest(pending);
    }
}
