// SPDX-License-Identifier: MIT
#include "server/operate/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/version.h"
#include "server/operate/process_usage.h"
#include "server/sim/sim_queues.h"

#define US 1000ull

const MetricBounds METRIC_TICK_BOUNDS = {
    .count = 29,
    .scale = 1e-9,
    .bounds = {250 * US,   500 * US,        750 * US,        1000 * US,       1500 * US,
               2000 * US,  3000 * US,       4000 * US,       5000 * US,       6000 * US,
               7000 * US,  8000 * US,       9000 * US,       10000 * US,      11000 * US,
               12000 * US, 13000 * US,      14000 * US,      15000 * US,      16000 * US,
               16667 * US, 18000 * US,      20000 * US,      25000 * US,      33333 * US,
               50000 * US, 100 * 1000 * US, 250 * 1000 * US, 1000 * 1000 * US}};

const MetricBounds METRIC_LAG_BOUNDS = {
    .count = 13,
    .scale = 1e-9,
    .bounds = {50 * US, 100 * US, 200 * US, 500 * US, 1000 * US, 2000 * US, 4000 * US, 8000 * US,
               16667 * US, 33333 * US, 50000 * US, 100 * 1000 * US, 250 * 1000 * US}};

const MetricBounds METRIC_SNAPSHOT_BOUNDS = {
    .count = 12,
    .scale = 1,
    .bounds = {64, 128, 192, 256, 384, 512, 640, 768, 896, 1024, 1100, 1200}};

void metric_histogram_record(MetricHistogram *histogram, const MetricBounds *bounds,
                             uint64_t value) {
    uint32_t bucket = 0;
    while (bucket < bounds->count && value > bounds->bounds[bucket]) {
        bucket++;
    }
    metric_add(&histogram->buckets[bucket], 1);
    metric_add(&histogram->sum, value);
}

static uint64_t histogram_count(const MetricHistogram *histogram, const MetricBounds *bounds) {
    uint64_t count = 0;
    for (uint32_t i = 0; i <= bounds->count; i++) {
        count += metric_get(&histogram->buckets[i]);
    }
    return count;
}

uint64_t metric_histogram_percentile(const MetricHistogram *histogram, const MetricBounds *bounds,
                                     double percent) {
    const uint64_t count = histogram_count(histogram, bounds);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < bounds->count; i++) {
        seen += metric_get(&histogram->buckets[i]);
        if (count > 0 && seen >= histogram_rank(percent, count)) {
            return bounds->bounds[i];
        }
    }
    return count > 0 ? bounds->bounds[bounds->count - 1] : 0;
}

const char *tick_phase_name(TickPhase phase) {
    static const char *const names[PHASE_COUNT] = {"pop_inputs", "index",  "think",
                                                   "interact",   "commit", "publish",
                                                   "interest",   "encode", "hand_over"};
    return names[phase];
}

const char *message_reject_name(MessageReject reject) {
    static const char *const names[MESSAGE_REJECT_COUNT] = {
        "message_malformed", "message_unexpected",   "input_rate",     "chat_rate",
        "verify_rate",       "receive_request_rate", "unsent_snapshot"};
    return names[reject];
}

const char *delta_source_name(DeltaSource source) {
    static const char *const names[DELTA_SOURCE_COUNT] = {"copied", "produced", "unshared"};
    return names[source];
}

const char *verify_result_name(VerifyResult result) {
    static const char *const names[VERIFY_RESULT_COUNT] = {"answered", "forgotten", "busy",
                                                           "unknown_snapshot"};
    return names[result];
}

Metrics *metrics_create(uint32_t tick_rate_hz, uint32_t worker_count, uint32_t net_count,
                        const SimQueues *queues) {
    assert(worker_count <= WORKERS_MAX && net_count <= NET_LOOPS_MAX);
    Metrics *metrics = aligned_alloc(CACHE_LINE_BYTES, sizeof *metrics);
    if (metrics != NULL) {
        memset(metrics, 0, sizeof *metrics);
        metrics->start_time_s = process_start_time_s();
        metrics->tick_rate_hz = tick_rate_hz;
        metrics->worker_count = worker_count;
        metrics->net_count = net_count;
        metrics->queues = queues;
    }
    return metrics;
}

void metrics_destroy(Metrics *metrics) {
    free(metrics);
}

// ------------------------------------------------------------------ the text

static void write_head(FILE *out, const char *name, const char *type, const char *help) {
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_counter(FILE *out, const char *name, const char *help, uint64_t value) {
    write_head(out, name, "counter", help);
    fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void write_gauge(FILE *out, const char *name, const char *help, uint64_t value) {
    write_head(out, name, "gauge", help);
    fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void write_labelled(FILE *out, const char *name, const char *label, const char *value,
                           uint64_t number) {
    fprintf(out, "%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)number);
}

static double seconds(uint64_t ns) {
    return (double)ns / (double)NS_PER_S;
}

static void write_histogram(FILE *out, const char *name, const char *help,
                            const MetricHistogram *histogram, const MetricBounds *bounds) {
    write_head(out, name, "histogram", help);
    uint64_t count = 0;
    for (uint32_t i = 0; i < bounds->count; i++) {
        count += metric_get(&histogram->buckets[i]);
        fprintf(out, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds->bounds[i] * bounds->scale,
                (unsigned long long)count);
    }
    count += metric_get(&histogram->buckets[bounds->count]);
    fprintf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
    fprintf(out, "%s_sum %.9g\n", name, (double)metric_get(&histogram->sum) * bounds->scale);
    fprintf(out, "%s_count %llu\n", name, (unsigned long long)count);
}

static void write_ticks(FILE *out, const SimMetrics *sim) {
    write_histogram(out, "tickstorm_tick_duration_seconds", "Time that a whole tick took.",
                    &sim->tick_ns, &METRIC_TICK_BOUNDS);
    write_head(out, "tickstorm_tick_phase_duration_seconds", "summary",
               "Time that the phases of a tick took.");
    const unsigned long long ticks = metric_get(&sim->ticks);
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        const char *name = tick_phase_name((TickPhase)phase);
        fprintf(out, "tickstorm_tick_phase_duration_seconds_sum{phase=\"%s\"} %.9g\n", name,
                seconds(metric_get(&sim->phase_ns[phase])));
        fprintf(out, "tickstorm_tick_phase_duration_seconds_count{phase=\"%s\"} %llu\n", name,
                ticks);
    }
    write_counter(out, "tickstorm_ticks_total", "Ticks simulated.", ticks);
    write_counter(out, "tickstorm_tick_overruns_total", "Ticks that took longer than their period.",
                  metric_get(&sim->overruns));
    write_counter(out, "tickstorm_ticks_skipped_total",
                  "Ticks given up because the server was late.", metric_get(&sim->skipped));
    write_histogram(out, "tickstorm_tick_start_lag_seconds", "How late ticks started.",
                    &sim->start_lag_ns, &METRIC_LAG_BOUNDS);
}

static void write_workers(FILE *out, const Metrics *metrics) {
    write_head(out, "tickstorm_worker_busy_seconds_total", "counter",
               "Time that a worker spent on pieces of work.");
    for (uint32_t i = 0; i < metrics->worker_count; i++) {
        fprintf(out, "tickstorm_worker_busy_seconds_total{worker=\"%u\"} %.9g\n", i,
                seconds(metric_get(&metrics->sim.worker_busy_ns[i])));
    }
    write_head(
        out, "tickstorm_barrier_wait_seconds_total", "counter",
        "Time without a piece to work on: worker 0 until the others were done, those awake until "
        "the next job, 30 us at most; asleep does not count.");
    for (uint32_t i = 0; i < metrics->worker_count; i++) {
        fprintf(out, "tickstorm_barrier_wait_seconds_total{worker=\"%u\"} %.9g\n", i,
                seconds(metric_get(&metrics->sim.barrier_wait_ns[i])));
    }
}

static void write_world(FILE *out, const SimMetrics *sim) {
    static const char *const kinds[ENTITY_KIND_COUNT] = {"ship", "drone", "missile", "shard"};
    write_head(out, "tickstorm_entities", "gauge", "Entities alive.");
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        write_labelled(out, "tickstorm_entities", "kind", kinds[kind],
                       metric_get(&sim->entities[kind]));
    }
    write_gauge(out, "tickstorm_clients", "Players in the world.", metric_get(&sim->clients));
}

static uint64_t sum_over_loops(const Metrics *metrics, size_t field_offset) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < metrics->net_count; i++) {
        const char *block = (const char *)&metrics->net[i];
        sum += metric_get((const Metric *)(const void *)(block + field_offset));
    }
    return sum;
}

static void write_connections(FILE *out, const Metrics *metrics) {
    write_head(out, "tickstorm_client_connects_total", "counter",
               "Attempts to join by what became of them.");
    for (uint32_t reason = 0; reason < REASON_COUNT; reason++) {
        const size_t offset = offsetof(NetMetrics, connects) + reason * sizeof(Metric);
        write_labelled(out, "tickstorm_client_connects_total", "result",
                       reason == REASON_NONE ? "ok" : reason_name(reason),
                       sum_over_loops(metrics, offset));
    }
    write_head(out, "tickstorm_client_disconnects_total", "counter",
               "Players who had joined and are gone, by reason.");
    for (uint32_t reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        const size_t offset = offsetof(NetMetrics, disconnects) + reason * sizeof(Metric);
        write_labelled(out, "tickstorm_client_disconnects_total", "reason", reason_name(reason),
                       sum_over_loops(metrics, offset));
    }
}

// Figures of the sockets and of ENet that have no labels.
static void write_net_errors(FILE *out, const Metrics *metrics) {
    static const struct {
        const char *name;
        const char *help;
        size_t offset;
    } rows[] = {
        {"tickstorm_net_allocations_failed_total",
         "Messages and commands that were lost for want of memory.",
         offsetof(NetMetrics, allocations_failed)},
        {"tickstorm_net_send_errors_total", "Datagrams that the kernel did not take.",
         offsetof(NetMetrics, send_errors)},
        {"tickstorm_net_receive_errors_total", "Errors of the sockets, none of them fatal.",
         offsetof(NetMetrics, receive_errors)},
        {"tickstorm_net_receive_drops_total",
         "Datagrams lost because a socket's receive buffer was full.",
         offsetof(NetMetrics, receive_drops)},
        {"tickstorm_net_service_errors_total", "Times that ENet reported an error, none fatal.",
         offsetof(NetMetrics, service_errors)},
        {"tickstorm_net_handshakes_expired_total",
         "Connection requests whose handshake was never completed.",
         offsetof(NetMetrics, handshakes_expired)},
        {"tickstorm_net_handshakes_evicted_total",
         "Peers that made room for newer ones before they had joined.",
         offsetof(NetMetrics, handshakes_evicted)},
        {"tickstorm_net_unexpected_reliable_total",
         "Unsequenced messages that ENet would have fragmented: 0 but for a bug.",
         offsetof(NetMetrics, unexpected_reliable)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_counter(out, rows[i].name, rows[i].help, sum_over_loops(metrics, rows[i].offset));
    }
}

static void write_net(FILE *out, const Metrics *metrics) {
    const char *bytes = "tickstorm_net_bytes_total";
    write_head(out, bytes, "counter", "UDP payload received and sent.");
    write_labelled(out, bytes, "direction", "in",
                   sum_over_loops(metrics, offsetof(NetMetrics, bytes_in)));
    write_labelled(out, bytes, "direction", "out",
                   sum_over_loops(metrics, offsetof(NetMetrics, bytes_out)));
    const char *packets = "tickstorm_net_packets_total";
    write_head(out, packets, "counter", "Datagrams received and sent.");
    write_labelled(out, packets, "direction", "in",
                   sum_over_loops(metrics, offsetof(NetMetrics, packets_in)));
    write_labelled(out, packets, "direction", "out",
                   sum_over_loops(metrics, offsetof(NetMetrics, packets_out)));
    const char *rejected = "tickstorm_packets_rejected_total";
    write_head(out, rejected, "counter", "Datagrams and messages refused, by reason.");
    for (uint32_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        write_labelled(
            out, rejected, "reason", transport_reject_name((TransportReject)i),
            sum_over_loops(metrics, offsetof(NetMetrics, datagrams_rejected) + i * sizeof(Metric)));
    }
    for (uint32_t i = 0; i < MESSAGE_REJECT_COUNT; i++) {
        write_labelled(
            out, rejected, "reason", message_reject_name((MessageReject)i),
            sum_over_loops(metrics, offsetof(NetMetrics, messages_rejected) + i * sizeof(Metric)));
    }
    write_head(out, "tickstorm_net_loop_idle_seconds_total", "counter",
               "Time that a net loop waited for something to do.");
    for (uint32_t i = 0; i < metrics->net_count; i++) {
        fprintf(out, "tickstorm_net_loop_idle_seconds_total{loop=\"%u\"} %.9g\n", i,
                seconds(metric_get(&metrics->net[i].idle_ns)));
    }
}

static void write_queues(FILE *out, const Metrics *metrics) {
    write_head(out, "tickstorm_queue_full_total", "counter",
               "Records that found the ring between two threads full, by what they carried.");
    for (uint32_t refusal = 0; refusal < QUEUE_REFUSAL_COUNT; refusal++) {
        uint64_t count = 0;
        for (uint32_t i = 0; metrics->queues != NULL && i < metrics->net_count; i++) {
            count += metric_get(&metrics->queues[i].refused[refusal]);
        }
        write_labelled(out, "tickstorm_queue_full_total", "queue",
                       queue_refusal_name((QueueRefusal)refusal), count);
    }
}

static void write_queue_sizes(FILE *out, const Metrics *metrics) {
    write_head(out, "tickstorm_queue_used_bytes", "gauge",
               "Bytes that wait in the rings between the net loops and the sim thread.");
    write_labelled(out, "tickstorm_queue_used_bytes", "queue", "to_sim",
                   sum_over_loops(metrics, offsetof(NetMetrics, to_sim_bytes)));
    write_labelled(out, "tickstorm_queue_used_bytes", "queue", "to_net",
                   sum_over_loops(metrics, offsetof(NetMetrics, to_net_bytes)));
}

static void write_encoding(FILE *out, const SimMetrics *sim) {
    write_head(out, "tickstorm_deltas_total", "counter",
               "Changes of entities looked up for snapshots: copied from one made before, made and "
               "kept for others, or made for one client alone.");
    for (int source = 0; source < DELTA_SOURCE_COUNT; source++) {
        write_labelled(out, "tickstorm_deltas_total", "source",
                       delta_source_name((DeltaSource)source), metric_get(&sim->deltas[source]));
    }
    write_counter(out, "tickstorm_snapshots_limited_total",
                  "Snapshots whose budget did not suffice for everything in view.",
                  metric_get(&sim->snapshots_limited));
    write_counter(out, "tickstorm_snapshots_throttled_total",
                  "Snapshots left out for clients that acknowledge late.",
                  metric_get(&sim->snapshots_throttled));
    write_counter(out, "tickstorm_snapshots_without_baseline_total",
                  "Snapshots that told everything anew, since none before was acknowledged.",
                  metric_get(&sim->snapshots_without_baseline));
    write_head(out, "tickstorm_snapshot_section_bytes_total", "counter",
               "Bytes in snapshots by what they tell.");
    for (int section = 0; section < ENCODE_SECTION_COUNT; section++) {
        fprintf(out, "tickstorm_snapshot_section_bytes_total{section=\"%s\"} %.3f\n",
                encode_section_name((EncodeSection)section),
                (double)metric_get(&sim->section_bits[section]) / 8);
    }
}

static void write_replication(FILE *out, const SimMetrics *sim) {
    write_counter(out, "tickstorm_snapshots_total", "Snapshots encoded.",
                  metric_get(&sim->snapshots));
    write_histogram(out, "tickstorm_snapshot_bytes", "Sizes of snapshots.", &sim->snapshot_bytes,
                    &METRIC_SNAPSHOT_BOUNDS);
    write_counter(out, "tickstorm_entity_updates_total", "Entities written into snapshots.",
                  metric_get(&sim->entity_updates));
    write_encoding(out, sim);
    write_head(out, "tickstorm_verify_requests_total", "counter",
               "Questions of clients whose checksum differed, by what became of them.");
    for (int result = 0; result < VERIFY_RESULT_COUNT; result++) {
        write_labelled(out, "tickstorm_verify_requests_total", "result",
                       verify_result_name((VerifyResult)result),
                       metric_get(&sim->verify_requests[result]));
    }
}

static void write_inputs(FILE *out, const SimMetrics *sim) {
    write_counter(out, "tickstorm_input_starved_total",
                  "Ticks that a ship had to do without its input.",
                  metric_get(&sim->input_starved));
    write_counter(out, "tickstorm_input_late_total", "Inputs that came after their tick.",
                  metric_get(&sim->input_late));
    const struct {
        const char *name;
        uint64_t value;
    } results[] = {{"accepted", metric_get(&sim->input_accepted)},
                   {"duplicate", metric_get(&sim->input_duplicate)},
                   {"early", metric_get(&sim->input_early)},
                   {"late", metric_get(&sim->input_late)}};
    write_head(out, "tickstorm_inputs_total", "counter",
               "Inputs that arrived: every packet repeats those that may have been lost.");
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        write_labelled(out, "tickstorm_inputs_total", "result", results[i].name, results[i].value);
    }
    write_counter(out, "tickstorm_input_views_unlikely_total",
                  "Input packets that claimed to have seen what was too old or yet to come.",
                  metric_get(&sim->input_unlikely));
}

static void write_events(FILE *out, const SimMetrics *sim) {
    write_head(out, "tickstorm_events_total", "counter",
               "Events that players were to be told of, by type.");
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        write_labelled(out, "tickstorm_events_total", "type", event_type_name((EventType)type),
                       metric_get(&sim->events[type]));
    }
    write_head(out, "tickstorm_events_dropped_total", "counter",
               "Events that at least one player was not told of, by type.");
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        write_labelled(out, "tickstorm_events_dropped_total", "type",
                       event_type_name((EventType)type), metric_get(&sim->events_dropped[type]));
    }
    write_counter(out, "tickstorm_event_deliveries_total",
                  "Events handed to players: each counts once for everyone who is told.",
                  metric_get(&sim->event_deliveries));
    write_counter(out, "tickstorm_event_messages_total", "Messages that carried events or scores.",
                  metric_get(&sim->event_messages));
    write_counter(out, "tickstorm_event_bytes_total", "Bytes in those messages.",
                  metric_get(&sim->event_bytes));
}

static void write_process(FILE *out, const Metrics *metrics) {
    const ProcessUsage usage = process_usage_read();
    write_head(out, "process_cpu_seconds_total", "counter", "CPU time used.");
    fprintf(out, "process_cpu_seconds_total %.6f\n", usage.cpu_s);
    write_gauge(out, "process_resident_memory_bytes", "Resident memory.", usage.resident_bytes);
    write_gauge(out, "process_open_fds", "Open file descriptors.", usage.open_fds);
    write_gauge(out, "process_start_time_seconds", "Start of the process, seconds since 1970.",
                metrics->start_time_s);
    write_counter(out, "tickstorm_log_lines_dropped_total",
                  "Log lines that stderr did not take in time, or not at all.",
                  log_dropped_count());
}

char *metrics_render(const Metrics *metrics, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return NULL;
    }
    write_head(out, "tickstorm_build_info", "gauge", "Which build this is.");
    fprintf(out, "tickstorm_build_info{version=\"%s\",commit=\"%s\"} 1\n", version_number(),
            version_commit());
    write_ticks(out, &metrics->sim);
    write_workers(out, metrics);
    write_world(out, &metrics->sim);
    write_connections(out, metrics);
    write_net(out, metrics);
    write_net_errors(out, metrics);
    write_queues(out, metrics);
    write_queue_sizes(out, metrics);
    write_replication(out, &metrics->sim);
    write_inputs(out, &metrics->sim);
    write_events(out, &metrics->sim);
    write_process(out, metrics);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
