// SPDX-License-Identifier: MIT
#include "client/core/client_clock.h"

#include <assert.h>
#include <math.h>

#include "base/serial.h"

// Estimators decay with these weights; the first samples count more, as in a plain mean.
#define MEAN_WEIGHT      0.125
#define DEVIATION_WEIGHT 0.125
#define OUTLIERS_MAX     3

// An innovation beyond so many deviations, plus a tick's worth of slack, is an outlier.
#define OUTLIER_DEVIATIONS 6.0

// After so many snapshots without a margin the line is steered by the round trip alone: the server
// may be dropping our inputs as too early or too late.
#define MARGIN_SNAPSHOTS_MAX 10

// The shown line: speed per tick of error, and its bounds.
#define SHOWN_SLEW_PER_TICK 0.1
#define SHOWN_FASTER_MAX    0.1
#define SHOWN_SLOWER_MAX    0.5

// The delay grows faster than it shrinks: a frozen picture is worse than a late one.
#define DELAY_GROW_TICKS   0.25 // per snapshot
#define DELAY_SHRINK_TICKS 0.05

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static void estimate_start(ClockEstimate *estimate, double value, double deviation) {
    *estimate = (ClockEstimate){.mean = value, .deviation = deviation, .sample_count = 1};
}

// slack: a deviation up to which a sample is never an outlier.
static void estimate_add(ClockEstimate *estimate, double sample, double slack) {
    if (estimate->sample_count == 0) {
        estimate_start(estimate, sample, 0);
        return;
    }
    const double innovation = sample - estimate->mean;
    if (fabs(innovation) > OUTLIER_DEVIATIONS * estimate->deviation + slack) {
        estimate->outlier_count++;
        if (estimate->outlier_count >= OUTLIERS_MAX) {
            estimate_start(estimate, sample, estimate->deviation);
        }
        return;
    }
    estimate->outlier_count = 0;
    estimate->sample_count += estimate->sample_count < UINT32_MAX;
    const double plain = 1.0 / estimate->sample_count;
    const double weight = plain > MEAN_WEIGHT ? plain : MEAN_WEIGHT;
    estimate->mean += weight * innovation;
    estimate->deviation += DEVIATION_WEIGHT * (fabs(innovation) - estimate->deviation);
}

static double ticks_between(const ClientClock *clock, uint64_t from_ns, uint64_t to_ns) {
    return to_ns > from_ns ? (double)(to_ns - from_ns) * clock->ticks_per_ns : 0;
}

static double elapsed_ticks(const ClientClock *clock, uint64_t now_ns) {
    return ticks_between(clock, clock->epoch_ns, now_ns);
}

static double line_at(const ClientClock *clock, const ClockLine *line, uint64_t now_ns) {
    const double elapsed = ticks_between(clock, line->anchor_ns, now_ns);
    const double reach = elapsed * line->slew_max;
    return line->anchor_tick + elapsed + clamp(line->slew_ticks, -reach, reach);
}

static void line_jump(ClockLine *line, uint64_t now_ns, double tick) {
    *line = (ClockLine){.anchor_ns = now_ns, .anchor_tick = tick};
}

static void line_steer(const ClientClock *clock, ClockLine *line, uint64_t now_ns, double wanted,
                       double slew_max) {
    const double tick = line_at(clock, line, now_ns);
    *line = (ClockLine){.anchor_ns = now_ns,
                        .anchor_tick = tick,
                        .slew_ticks = wanted - tick,
                        .slew_max = slew_max};
}

void client_clock_init(ClientClock *clock, uint64_t now_ns, uint32_t tick_rate_hz,
                       uint32_t snapshot_rate_hz) {
    assert(tick_rate_hz > 0 && snapshot_rate_hz > 0);
    *clock = (ClientClock){
        .ticks_per_ns = (double)tick_rate_hz / 1e9,
        .snapshot_interval_ticks = (double)tick_rate_hz / snapshot_rate_hz,
        .epoch_ns = now_ns,
    };
    estimate_start(&clock->gap_ticks, clock->snapshot_interval_ticks, 0);
    estimate_start(&clock->send_ticks, clock->snapshot_interval_ticks, 0);
    clock->delay_ticks = 2 * clock->snapshot_interval_ticks;
}

static double round_trip_ticks(const ClientClock *clock) {
    return clock->round_trip_ns.mean * clock->ticks_per_ns;
}

double client_clock_target_margin(const ClientClock *clock) {
    const double reserve =
        clamp(0.5 + 3 * clock->need.deviation, CLOCK_RESERVE_TICKS, CLOCK_RESERVE_MAX);
    const double wait = clamp(clock->send_ticks.mean - 1, 0, CLOCK_RESERVE_MAX);
    return reserve + wait;
}

void client_clock_seed(ClientClock *clock, uint64_t now_ns, uint32_t server_tick,
                       uint64_t round_trip_ns) {
    if (round_trip_ns > 0) {
        estimate_start(&clock->round_trip_ns, (double)round_trip_ns, 0);
    }
    line_jump(&clock->input, now_ns,
              server_tick + round_trip_ticks(clock) + client_clock_target_margin(clock));
    line_jump(&clock->shown, now_ns, server_tick - clock->delay_ticks);
}

void client_clock_on_round_trip(ClientClock *clock, uint64_t round_trip_ns) {
    estimate_add(&clock->round_trip_ns, (double)round_trip_ns, 20e6);
}

void client_clock_on_margin(ClientClock *clock, uint32_t tick, double margin_ticks) {
    if (clock->need.sample_count > 0 && tick == clock->newest_margin) {
        return;
    }
    const uint64_t first =
        clock->sent_count > CLOCK_SENT_PACKETS ? clock->sent_count - CLOCK_SENT_PACKETS : 0;
    for (uint64_t i = clock->sent_count; i-- > first;) {
        const ClockSent *sent = &clock->sent[i % CLOCK_SENT_PACKETS];
        if (sent->newest_tick == tick) {
            estimate_add(&clock->need, clock->phase_base + sent->phase - margin_ticks, 1);
            clock->margin_ticks = margin_ticks;
            clock->newest_margin = tick;
            clock->snapshots_since_margin = 0;
            return;
        }
    }
}

// The present target of the input line.
static double wanted_input_tick(const ClientClock *clock, uint64_t now_ns) {
    const bool knows_need =
        clock->need.sample_count > 0 && clock->snapshots_since_margin <= MARGIN_SNAPSHOTS_MAX;
    // An input sent when a snapshot arrives is needed one round trip after that snapshot's tick.
    const double need_phase =
        knows_need ? clock->need.mean : clock->arrival.mean + round_trip_ticks(clock);
    return need_phase + elapsed_ticks(clock, now_ns) + client_clock_target_margin(clock);
}

static void steer_input(ClientClock *clock, uint64_t now_ns) {
    const double wanted = wanted_input_tick(clock, now_ns);
    if (fabs(wanted - line_at(clock, &clock->input, now_ns)) > CLOCK_JUMP_TICKS) {
        line_jump(&clock->input, now_ns, wanted);
        clock->jumps++;
    } else {
        line_steer(clock, &clock->input, now_ns, wanted, CLOCK_INPUT_SLEW_MAX);
    }
}

// The delay must bridge the gap to the next snapshot and its lateness.
static void adapt_delay(ClientClock *clock) {
    const double interval = clock->snapshot_interval_ticks;
    const double want = clamp(clock->gap_ticks.mean + 1.25 * clock->gap_ticks.deviation +
                                  2 * clock->arrival.deviation + 0.5,
                              interval, CLOCK_DELAY_INTERVALS * interval);
    clock->delay_ticks += clamp(want - clock->delay_ticks, -DELAY_SHRINK_TICKS, DELAY_GROW_TICKS);
}

static void steer_shown(ClientClock *clock, uint64_t now_ns) {
    const double wanted = clock->arrival.mean + elapsed_ticks(clock, now_ns) - clock->delay_ticks;
    const double error = wanted - line_at(clock, &clock->shown, now_ns);
    const bool is_behind = error > CLOCK_JUMP_TICKS;
    // Ahead by a second or more: the server lost time. To wait for it would freeze the picture.
    const bool is_lost = error < -1e9 * clock->ticks_per_ns;
    if (is_behind || is_lost) {
        line_jump(&clock->shown, now_ns, wanted);
    } else {
        const double limit = error > 0 ? SHOWN_FASTER_MAX : SHOWN_SLOWER_MAX;
        line_steer(clock, &clock->shown, now_ns, wanted,
                   clamp(SHOWN_SLEW_PER_TICK * fabs(error), 0.01, limit));
    }
}

static void start_lines(ClientClock *clock, uint64_t now_ns, uint32_t tick) {
    clock->newest_tick = tick;
    estimate_start(&clock->arrival, tick - elapsed_ticks(clock, now_ns), 0);
    clock->newest_snapshot = tick;
    clock->has_snapshot = true;
    line_jump(&clock->input, now_ns, wanted_input_tick(clock, now_ns));
    line_jump(&clock->shown, now_ns, tick - clock->delay_ticks);
}

void client_clock_on_snapshot(ClientClock *clock, uint64_t now_ns, uint32_t tick) {
    clock->snapshots_since_margin++;
    if (!clock->has_snapshot) {
        start_lines(clock, now_ns, tick);
        return;
    }
    const double gap = serial_difference(tick, clock->newest_snapshot);
    clock->newest_tick += gap;
    estimate_add(&clock->gap_ticks, gap, 2 * clock->snapshot_interval_ticks);
    estimate_add(&clock->arrival, clock->newest_tick - elapsed_ticks(clock, now_ns),
                 clock->snapshot_interval_ticks);
    clock->newest_snapshot = tick;
    adapt_delay(clock);
    steer_input(clock, now_ns);
    steer_shown(clock, now_ns);
}

void client_clock_on_sent(ClientClock *clock, uint64_t now_ns, uint32_t newest_tick) {
    if (clock->sent_count > 0) {
        const ClockSent *last = &clock->sent[(clock->sent_count - 1) % CLOCK_SENT_PACKETS];
        if (last->newest_tick == newest_tick) {
            return;
        }
        // After a jump the distance is meaningless.
        const double ticks = serial_difference(newest_tick, last->newest_tick);
        if (ticks > 0) {
            estimate_add(&clock->send_ticks, ticks, 2);
        }
    }
    const double phase = line_at(clock, &clock->input, now_ns) - elapsed_ticks(clock, now_ns);
    clock->phase_base = clock->sent_count == 0 ? phase : clock->phase_base;
    clock->sent[clock->sent_count % CLOCK_SENT_PACKETS] =
        (ClockSent){.newest_tick = newest_tick, .phase = (float)(phase - clock->phase_base)};
    clock->sent_count++;
}

double client_clock_input_tick(const ClientClock *clock, uint64_t now_ns) {
    return line_at(clock, &clock->input, now_ns);
}

double client_clock_shown_tick(const ClientClock *clock, uint64_t now_ns) {
    return line_at(clock, &clock->shown, now_ns);
}
