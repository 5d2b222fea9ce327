// SPDX-License-Identifier: MIT
// metrics.h -- what the server counts, and the Prometheus text that it becomes.
//
// Flow:    sim thread -> SimMetrics, net loop i -> NetMetrics[i]; the main loop reads -> text
// Threads: every block has one writer; all fields are relaxed atomics, so any thread may read.
//          A reader may see one counter a moment older than another: they are statistics.
// Memory:  allocated at start; rendering allocates the text on the main loop.
// Units:   nanoseconds and bytes inside; seconds and bytes in the text.
#ifndef TICKSTORM_SERVER_OPERATE_METRICS_H
#define TICKSTORM_SERVER_OPERATE_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/spsc_queue.h"
#include "game/entity.h"
#include "net/transport.h"
#include "server/replication/encode.h"
#include "wire/event.h"
#include "wire/reason.h"

// A number with a single writer.
typedef _Atomic uint64_t Metric;

static inline void metric_set(Metric *metric, uint64_t value) {
    atomic_store_explicit(metric, value, memory_order_relaxed); // a statistic
}

static inline uint64_t metric_get(const Metric *metric) {
    return atomic_load_explicit(metric, memory_order_relaxed); // a statistic
}

// Load and store instead of one atomic addition: there is only one writer.
static inline void metric_add(Metric *metric, uint64_t amount) {
    metric_set(metric, metric_get(metric) + amount);
}

#define METRIC_BUCKETS_MAX 32

// Upper bounds of a histogram's buckets, ascending, and what turns them into the text's unit.
typedef struct MetricBounds {
    uint32_t count;
    double scale;
    uint64_t bounds[METRIC_BUCKETS_MAX];
} MetricBounds;

extern const MetricBounds METRIC_TICK_BOUNDS;     // nanoseconds, close together up to 1/60 s
extern const MetricBounds METRIC_LAG_BOUNDS;      // nanoseconds
extern const MetricBounds METRIC_SNAPSHOT_BOUNDS; // bytes

typedef struct MetricHistogram {
    Metric buckets[METRIC_BUCKETS_MAX + 1]; // the last is for what exceeds every bound
    Metric sum;
} MetricHistogram;

void metric_histogram_record(MetricHistogram *histogram, const MetricBounds *bounds,
                             uint64_t value);
// An upper bound of the given percentile, in the values' unit; 0 when empty.
uint64_t metric_histogram_percentile(const MetricHistogram *histogram, const MetricBounds *bounds,
                                     double percent);

// The stages of a tick: those of sim.h, then those of replication.h and match.h.
typedef enum TickPhase {
    PHASE_POP_INPUTS,
    PHASE_INDEX,
    PHASE_THINK,
    PHASE_INTERACT,
    PHASE_COMMIT,
    PHASE_PUBLISH,
    PHASE_INTEREST,
    PHASE_ENCODE,
    PHASE_HAND_OVER,
    PHASE_COUNT,
} TickPhase;
const char *tick_phase_name(TickPhase phase);

// Where the deltas in snapshots came from: see delta_cache.h.
typedef enum DeltaSource {
    DELTA_SOURCE_COPIED,
    DELTA_SOURCE_PRODUCED,
    DELTA_SOURCE_UNSHARED,
    DELTA_SOURCE_COUNT,
} DeltaSource;
const char *delta_source_name(DeltaSource source);

// What became of a client's question which entity differs.
typedef enum VerifyResult {
    VERIFY_RESULT_ANSWERED,
    VERIFY_RESULT_FORGOTTEN, // answered that the roster is no longer kept
    VERIFY_RESULT_BUSY,      // dropped: the one before was not answered yet
    VERIFY_RESULT_UNKNOWN,   // dropped: no such snapshot was sent
    VERIFY_RESULT_COUNT,
} VerifyResult;
const char *verify_result_name(VerifyResult result);

// Written by the sim thread.
typedef struct SimMetrics {
    Metric tick;
    Metric last_tick_end_ns; // monotonic: /livez
    MetricHistogram tick_ns;
    MetricHistogram start_lag_ns;
    Metric phase_ns[PHASE_COUNT];
    Metric ticks;
    Metric overruns; // ticks that took longer than their period
    Metric skipped;
    Metric worker_busy_ns[WORKERS_MAX];
    Metric barrier_wait_ns[WORKERS_MAX];
    Metric entities[ENTITY_KIND_COUNT];
    Metric clients;
    Metric snapshots;
    MetricHistogram snapshot_bytes;
    Metric entity_updates;
    Metric deltas[DELTA_SOURCE_COUNT];
    Metric snapshots_limited;          // that could not tell everything
    Metric snapshots_throttled;        // left out, for a client that acknowledges late
    Metric snapshots_without_baseline; // that told everything anew
    Metric section_bits[ENCODE_SECTION_COUNT];
    Metric verify_requests[VERIFY_RESULT_COUNT];
    Metric events[EVENT_TYPE_COUNT];         // that players were to be told
    Metric events_dropped[EVENT_TYPE_COUNT]; // that at least one of them was not
    Metric event_deliveries;                 // events times those who were told
    Metric event_messages;
    Metric event_bytes;
    Metric input_starved;
    Metric input_late;
    Metric input_accepted;
    Metric input_duplicate;
    Metric input_early;
    Metric input_unlikely; // packets, unlike the others
} SimMetrics;

// Messages that a net loop refused, besides the datagrams that the transport did.
typedef enum MessageReject {
    MESSAGE_REJECT_MALFORMED,            // not what PROTOCOL.md says
    MESSAGE_REJECT_UNEXPECTED,           // well-known, but not now or not in this direction
    MESSAGE_REJECT_INPUT_RATE,           // more input packets than any client of ours sends
    MESSAGE_REJECT_CHAT_RATE,            // more said than a player may
    MESSAGE_REJECT_VERIFY_RATE,          // more asked than a client that waits for the answers can
    MESSAGE_REJECT_RECEIVE_REQUEST_RATE, // the same about what has come of its inputs
    MESSAGE_REJECT_UNSENT,               // names a snapshot that was never sent to this client
    MESSAGE_REJECT_COUNT,
} MessageReject;
const char *message_reject_name(MessageReject reject);

// Written by one net loop.
typedef struct NetMetrics {
    alignas(CACHE_LINE_BYTES) Metric bytes_in;
    Metric bytes_out;
    Metric packets_in;
    Metric packets_out;
    Metric allocations_failed;
    Metric send_errors;
    Metric receive_errors;
    Metric receive_drops;
    Metric service_errors;
    Metric handshakes_expired;
    Metric handshakes_evicted;
    Metric unexpected_reliable;
    Metric to_sim_bytes; // in use of the rings to and from the sim thread
    Metric to_net_bytes;
    Metric datagrams_rejected[TRANSPORT_REJECT_COUNT];
    Metric messages_rejected[MESSAGE_REJECT_COUNT];
    Metric connects[REASON_COUNT];    // [REASON_NONE]: joined; else why not
    Metric disconnects[REASON_COUNT]; // of players who had joined
    Metric idle_ns;
    Metric peers; // connections, joined or not
} NetMetrics;

struct SimQueues;

typedef struct Metrics {
    // Constant.
    uint64_t start_time_s; // wall clock
    uint32_t tick_rate_hz;
    uint32_t worker_count;
    uint32_t net_count;
    const struct SimQueues *queues; // [net_count]: their refusals
    // Shared.
    _Atomic bool is_accepting; // joins: /readyz. Written by the main loop
    alignas(CACHE_LINE_BYTES) SimMetrics sim;
    NetMetrics net[NET_LOOPS_MAX];
} Metrics;

// NULL when memory is short. links may be NULL in tests.
Metrics *metrics_create(uint32_t tick_rate_hz, uint32_t worker_count, uint32_t net_count,
                        const struct SimQueues *queues);
void metrics_destroy(Metrics *metrics);

// The Prometheus text, NUL-terminated; NULL when memory is short. The caller frees it.
char *metrics_render(const Metrics *metrics, size_t *size);

#endif
