// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_metric.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define NAME_BYTES 64

const ReportDistribution report_distributions[REPORT_DISTRIBUTIONS] = {
    {"rtt_ms", offsetof(Tally, round_trip_ns), NS_TO_MS},
    {"input_ack_ms", offsetof(Tally, input_ack_ns), NS_TO_MS},
    {"snapshot_gap_ms", offsetof(Tally, snapshot_gap_ns), NS_TO_MS},
    {"rtt_uncorrected_ms", offsetof(Tally, round_trip_uncorrected_ns), NS_TO_MS},
    {"snapshot_gap_uncorrected_ms", offsetof(Tally, snapshot_gap_uncorrected_ns), NS_TO_MS},
    {"connect_ms", offsetof(Tally, connect_ns), NS_TO_MS},
    {"entities.visible", offsetof(Tally, visible), 1},
    {"entities.refresh_ms", offsetof(Tally, refresh_ns), NS_TO_MS},
    {"prediction.correction_units", offsetof(Tally, correction_milliunits), MILLIUNIT_TO_UNIT},
    {"generator.loop_lag_ms", offsetof(Tally, loop_lag_ns), NS_TO_MS},
};

// In the order of the report; the fields of a part stand together.
static const ReportMetric metrics[] = {
    {"duration_s", REPORT_NUMBER},
    {"measured_s", REPORT_NUMBER},
    {"connections.attempted", REPORT_NUMBER},
    {"connections.ok", REPORT_NUMBER},
    {"connections.refused", REPORT_NUMBER},
    {"connections.timed_out", REPORT_NUMBER},
    {"connections.dropped", REPORT_NUMBER},
    {"connections.left", REPORT_NUMBER},
    {"connections.silent", REPORT_NUMBER},
    {"connections.overdue", REPORT_NUMBER},
    {"snapshots.received", REPORT_NUMBER},
    {"snapshots.expected", REPORT_NUMBER},
    {"snapshots.received_percent", REPORT_NUMBER},
    {"snapshots.lost", REPORT_NUMBER},
    {"snapshots.lost_percent", REPORT_NUMBER},
    {"snapshots.decode_errors", REPORT_NUMBER},
    {"snapshots.verify_checks", REPORT_NUMBER},
    {"snapshots.verify_mismatches", REPORT_NUMBER},
    {"snapshots.bytes", REPORT_NUMBER},
    {"snapshots.rate_per_bot_hz", REPORT_NUMBER},
    {"entities.visible", REPORT_DISTRIBUTION},
    {"entities.updates", REPORT_NUMBER},
    {"entities.enters", REPORT_NUMBER},
    {"entities.skips", REPORT_NUMBER},
    {"entities.bytes_per_update", REPORT_NUMBER},
    {"entities.refresh_ms", REPORT_DISTRIBUTION},
    {"rtt_ms", REPORT_DISTRIBUTION},
    {"input_ack_ms", REPORT_DISTRIBUTION},
    {"snapshot_gap_ms", REPORT_DISTRIBUTION},
    {"rtt_uncorrected_ms", REPORT_DISTRIBUTION},
    {"snapshot_gap_uncorrected_ms", REPORT_DISTRIBUTION},
    {"connect_ms", REPORT_DISTRIBUTION},
    {"prediction.checks", REPORT_NUMBER},
    {"prediction.corrections", REPORT_NUMBER},
    {"prediction.correction_units", REPORT_DISTRIBUTION},
    {"traffic.bytes_in_per_bot_s", REPORT_NUMBER},
    {"traffic.bytes_out_per_bot_s", REPORT_NUMBER},
    {"traffic.packets_in_s", REPORT_NUMBER},
    {"traffic.packets_out_s", REPORT_NUMBER},
    {"traffic.largest_datagram_in", REPORT_NUMBER},
    {"impairment.in.datagrams", REPORT_NUMBER},
    {"impairment.in.loss_percent", REPORT_NUMBER},
    {"impairment.in.dup_percent", REPORT_NUMBER},
    {"impairment.in.reorder_percent", REPORT_NUMBER},
    {"impairment.in.overflowed", REPORT_NUMBER},
    {"impairment.in.delay_ms", REPORT_NUMBER},
    {"impairment.in.late_ms", REPORT_NUMBER},
    {"impairment.out.datagrams", REPORT_NUMBER},
    {"impairment.out.loss_percent", REPORT_NUMBER},
    {"impairment.out.dup_percent", REPORT_NUMBER},
    {"impairment.out.reorder_percent", REPORT_NUMBER},
    {"impairment.out.overflowed", REPORT_NUMBER},
    {"impairment.out.delay_ms", REPORT_NUMBER},
    {"impairment.out.late_ms", REPORT_NUMBER},
    {"impairment.seen.rtt_added_ms", REPORT_NUMBER},
    {"impairment.seen.jitter_in_ms", REPORT_NUMBER},
    {"impairment.seen.jitter_out_ms", REPORT_NUMBER},
    {"impairment.seen.loss_in_percent", REPORT_NUMBER},
    {"impairment.seen.dup_in_percent", REPORT_NUMBER},
    {"impairment.seen.reorder_in_percent", REPORT_NUMBER},
    {"impairment.seen.loss_out_percent", REPORT_NUMBER},
    {"impairment.seen.dup_out_percent", REPORT_NUMBER},
    {"impairment.seen.reorder_out_percent", REPORT_NUMBER},
    {"generator.cpu_cores", REPORT_NUMBER},
    {"generator.cpu_us_per_bot_s", REPORT_NUMBER},
    {"generator.busiest_thread_cpu", REPORT_NUMBER},
    {"generator.rss_bytes", REPORT_NUMBER},
    {"generator.rss_bytes_per_bot", REPORT_NUMBER},
    {"generator.baseline_bytes_per_bot", REPORT_NUMBER},
    {"generator.sends", REPORT_NUMBER},
    {"generator.missed_sends", REPORT_NUMBER},
    {"generator.loop_lag_ms", REPORT_DISTRIBUTION},
    {"server.cpu_cores", REPORT_NUMBER},
    {"server.rss_bytes", REPORT_NUMBER},
    {"server.tick_ms", REPORT_SERVER_TICKS},
    {"server.overruns", REPORT_NUMBER},
    {"server.skipped", REPORT_NUMBER},
    {"server.clients", REPORT_NUMBER},
    {"hostile.attempted", REPORT_NUMBER},
    {"hostile.ok", REPORT_NUMBER},
    {"hostile.left", REPORT_NUMBER},
    {"hostile.silent", REPORT_NUMBER},
    {"hostile.ended", REPORT_NUMBER},
    {"hostile.messages_sent", REPORT_NUMBER},
    {"hostile.bytes_sent", REPORT_NUMBER},
    {"hostile.malformed_sent", REPORT_NUMBER},
    {"hostile.packets_in", REPORT_NUMBER},
    {"hostile.bytes_in", REPORT_NUMBER},
};
#define METRIC_COUNT (sizeof metrics / sizeof *metrics)

static const ReportMetric phase_metric = {REPORT_PHASES_PREFIX, REPORT_NUMBER};

static bool is_phase(const char *name) {
    const size_t length = strlen(REPORT_PHASES_PREFIX);
    return strncmp(name, REPORT_PHASES_PREFIX, length) == 0 && name[length] != '\0' &&
           strchr(name + length, '.') == NULL;
}

const ReportMetric *report_metric_find(const char *name) {
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if (strcmp(metrics[i].name, name) == 0) {
            return &metrics[i];
        }
    }
    return is_phase(name) ? &phase_metric : NULL;
}

const ReportMetric *report_metric_at(size_t index) {
    return index < METRIC_COUNT ? &metrics[index] : NULL;
}

const ReportDistribution *report_distribution_find(const char *name) {
    for (size_t i = 0; i < REPORT_DISTRIBUTIONS; i++) {
        if (strcmp(report_distributions[i].name, name) == 0) {
            return &report_distributions[i];
        }
    }
    return NULL;
}

// ------------------------------------------------------------------ suggestions

static void append(char *text, size_t size, const char *item, size_t length) {
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)length, item);
}

// The length of "impairment.in." in "impairment.in.late_ms", 0 of a name at the top. Of the first
// `length` characters only.
static size_t part_length(const char *name, size_t length) {
    while (length > 0 && name[length - 1] != '.') {
        length--;
    }
    return length;
}

// The fields of a part, and "impairment.in.*" for each part within it.
static void list_part(const char *part, size_t length, char *text, size_t size) {
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const char *name = metrics[i].name;
        char inner[NAME_BYTES];
        if (strncmp(name, part, length) != 0) {
            continue;
        }
        const char *dot = strchr(name + length, '.');
        if (dot == NULL) {
            append(text, size, name, strlen(name));
            continue;
        }
        snprintf(inner, sizeof inner, "%.*s.*", (int)(dot - name), name);
        if (strstr(text, inner) == NULL) {
            append(text, size, inner, strlen(inner));
        }
    }
}

// The nearest part that there is.
void report_metric_suggest(const char *name, char *text, size_t size) {
    size_t length = part_length(name, strlen(name));
    text[0] = '\0';
    list_part(name, length, text, size);
    while (text[0] == '\0') {
        length = part_length(name, length - 1);
        list_part(name, length, text, size);
    }
}

void report_distribution_list(char *text, size_t size) {
    text[0] = '\0';
    for (size_t i = 0; i < REPORT_DISTRIBUTIONS; i++) {
        append(text, size, report_distributions[i].name, strlen(report_distributions[i].name));
    }
}
