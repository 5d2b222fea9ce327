// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/output_file.h"
#include "base/version.h"
#include "tools/swarm/measure/impairment_seen.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/tally_json.h"

static json_t *unless_zero(double value) {
    return value > 0 ? json_real(value) : json_null();
}

json_t *report_ratio(double numerator, double denominator) {
    return denominator > 0 ? json_real(numerator / denominator) : json_null();
}

// Without samples only the count is known.
json_t *report_distribution_to_json(const Histogram *histogram, double scale) {
    static const struct {
        const char *name;
        double percent;
    } percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
    const bool is_empty = histogram->count == 0;
    json_t *object = json_object();
    json_object_set_new(object, "count", json_u64(histogram->count));
    json_object_set_new(object, "min",
                        is_empty ? json_null() : json_real((double)histogram->min * scale));
    json_object_set_new(object, "mean",
                        is_empty ? json_null() : json_real(histogram_mean(histogram) * scale));
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        const double value = (double)histogram_percentile(histogram, percentiles[i].percent);
        json_object_set_new(object, percentiles[i].name,
                            is_empty ? json_null() : json_real(value * scale));
    }
    json_object_set_new(object, "max",
                        is_empty ? json_null() : json_real((double)histogram->max * scale));
    return object;
}

static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *connections_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "attempted",
                     json_u64(tally->attempted), "ok", json_u64(tally->ok), "refused",
                     json_u64(tally->refused), "timed_out", json_u64(tally->timed_out), "dropped",
                     json_u64(tally->dropped), "left", json_u64(tally->left), "silent",
                     json_u64(tally->silent), "overdue", json_u64(tally->overdue));
}

static json_t *snapshots_to_json(const Report *report) {
    const Tally *tally = report->tally;
    char difference[REPORT_NOTE_BYTES];
    const bool has_difference = report_difference(report, difference, sizeof difference);
    const double playing_s = (double)tally->playing_ns / (double)NS_PER_S;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "received",
        json_u64(tally->snapshots_received), "expected", json_u64(tally->snapshots_expected),
        "received_percent",
        report_ratio(100.0 * (double)tally->snapshots_received, (double)tally->snapshots_expected),
        "received_percent_min", real_or_null(report_received_percent_min(report)), "lost",
        json_u64(tally->snapshots_lost), "lost_percent",
        report_ratio(100.0 * (double)tally->snapshots_lost,
                     (double)(tally->snapshots_received + tally->snapshots_lost)),
        "decode_errors", json_u64(tally->decode_errors), "verify_checks",
        report->has_verify ? json_u64(tally->verify_checks) : json_null(), "verify_mismatches",
        report->has_verify ? json_u64(tally->verify_mismatches) : json_null(), "verify_difference",
        has_difference ? json_string(difference) : json_null(), "bytes",
        json_u64(tally->snapshot_bytes), "rate_per_bot_hz",
        report_ratio((double)tally->snapshots_received, playing_s));
}

static json_t *entities_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "visible",
                     report_distribution_to_json(&tally->visible, 1), "updates",
                     json_u64(tally->entity_updates), "enters", json_u64(tally->entity_enters),
                     "skips", json_u64(tally->entity_skips), "bytes_per_update",
                     report_ratio((double)tally->snapshot_bytes, (double)tally->entity_updates),
                     "refresh_ms", report_distribution_to_json(&tally->refresh_ns, NS_TO_MS));
}

static json_t *prediction_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o}", "checks", json_u64(tally->prediction_checks), "corrections",
                     json_u64(tally->prediction_corrections), "correction_units",
                     report_distribution_to_json(&tally->correction_milliunits, MILLIUNIT_TO_UNIT));
}

static json_t *traffic_to_json(const Report *report) {
    const Tally *tally = report->tally;
    const double playing_s = (double)tally->playing_ns / (double)NS_PER_S;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "bytes_in_per_bot_s",
                     report_ratio((double)tally->bytes_in, playing_s), "bytes_out_per_bot_s",
                     report_ratio((double)tally->bytes_out, playing_s), "packets_in_s",
                     report_ratio((double)tally->packets_in, report->measured_s), "packets_out_s",
                     report_ratio((double)tally->packets_out, report->measured_s),
                     "largest_datagram_in",
                     tally->largest_datagram > 0 ? json_u64(tally->largest_datagram) : json_null());
}

static json_t *generator_to_json(const Report *report) {
    const ReportGenerator *generator = &report->generator;
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:i, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "count",
        (int)(generator->count > 0 ? generator->count : 1), "threads", (int)generator->threads,
        "io_uring_threads", (int)generator->io_uring_threads, "cpu_count",
        (int)generator->cpu_count, "cpu_cores", generator->cpu_cores, "busiest_thread_cpu",
        generator->busiest_thread_cpu, "cpu_us_per_bot_s", unless_zero(generator->cpu_us_per_bot_s),
        "rss_bytes", generator->rss_bytes > 0 ? json_u64(generator->rss_bytes) : json_null(),
        "rss_bytes_per_bot", unless_zero(generator->rss_bytes_per_bot), "baseline_bytes_per_bot",
        unless_zero(generator->baseline_bytes_per_bot), "sends", json_u64(report->tally->sends),
        "missed_sends", json_u64(report->tally->missed_sends), "loop_lag_ms",
        report_distribution_to_json(&report->tally->loop_lag_ns, NS_TO_MS), "fell_behind",
        report->has_generator_fallen_behind);
    return object;
}

// Counts by reason.
static json_t *reasons_to_json(const uint64_t counts[TALLY_REASONS]) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (counts[i] > 0) {
            json_object_set_new(object, reason_name(i), json_u64(counts[i]));
        }
    }
    return object;
}

// The bots that attack; null when there was none.
static json_t *hostile_to_json(const TallyHostile *hostile) {
    uint64_t ended = 0;
    if (hostile->attempted == 0) {
        return json_null();
    }
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        ended += hostile->ended[i];
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "attempted",
                     json_u64(hostile->attempted), "ok", json_u64(hostile->ok), "left",
                     json_u64(hostile->left), "silent", json_u64(hostile->silent), "ended",
                     json_u64(ended), "ended_by", reasons_to_json(hostile->ended), "messages_sent",
                     json_u64(hostile->messages_sent), "bytes_sent", json_u64(hostile->bytes_sent),
                     "malformed_sent", json_u64(hostile->malformed_sent), "packets_in",
                     json_u64(hostile->packets_in), "bytes_in", json_u64(hostile->bytes_in));
}

// Doubled and held back twice are shares of those that were not lost.
static json_t *impaired_to_json(const TallyImpaired *way) {
    const double submitted = (double)way->submitted;
    const double survived = (double)(way->submitted - way->lost);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "datagrams", json_u64(way->submitted),
                     "loss_percent", report_ratio(100.0 * (double)way->lost, submitted),
                     "dup_percent", report_ratio(100.0 * (double)way->duplicated, survived),
                     "reorder_percent", report_ratio(100.0 * (double)way->reordered, survived),
                     "overflowed", json_u64(way->overflowed), "delay_ms",
                     report_ratio((double)way->delay_ns * NS_TO_MS, (double)tally_held(way)),
                     "late_ms",
                     report_ratio((double)way->late_ns * NS_TO_MS, (double)way->delivered));
}

static json_t *seen_to_json(const Tally *tally) {
    const ImpairmentSeen seen = impairment_seen(tally);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rtt_added_ms",
        real_or_null(seen.rtt_added_ms), "jitter_in_ms", real_or_null(seen.jitter_in_ms),
        "jitter_out_ms", real_or_null(seen.jitter_out_ms), "loss_in_percent",
        real_or_null(seen.loss_in_percent), "dup_in_percent", real_or_null(seen.dup_in_percent),
        "reorder_in_percent", real_or_null(seen.reorder_in_percent), "loss_out_percent",
        real_or_null(seen.loss_out_percent), "dup_out_percent", real_or_null(seen.dup_out_percent),
        "reorder_out_percent", real_or_null(seen.reorder_out_percent));
}

// What was asked for, each way, what was done, and what the bots saw of it.
static json_t *impairment_to_json(const Report *report) {
    const ImpairConfig *asked = report->impairment;
    if (asked == NULL) {
        return json_null();
    }
    return json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "latency_ms",
        (double)asked->latency_ns * NS_TO_MS, "jitter_ms", (double)asked->jitter_ns * NS_TO_MS,
        "loss_percent", asked->loss * 100, "dup_percent", asked->duplicate * 100, "reorder_percent",
        asked->reorder * 100, "in", impaired_to_json(&report->tally->impaired_in), "out",
        impaired_to_json(&report->tally->impaired_out), "seen", seen_to_json(report->tally));
}

// The connection that ended badly first, by reason.
static json_t *examples_to_json(const Tally *tally) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        const TallyExample *example = &tally->examples[i];
        if (tally->bad_ends[i] > 0) {
            json_object_set_new(object, reason_name(i),
                                json_pack("{s:i, s:f}", "bot", (int)example->bot, "after_s",
                                          (double)example->after_ns / (double)NS_PER_S));
        }
    }
    return object;
}

static json_t *stages_to_json(const LoadShape *shape) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < shape->count; i++) {
        const LoadStage *stage = &shape->stages[i];
        json_array_append_new(array, json_pack("{s:f, s:i}", "duration_s",
                                               (double)stage->duration_ns / (double)NS_PER_S,
                                               "target", (int)stage->target));
    }
    return array;
}

static json_t *thresholds_to_json(const Report *report) {
    json_t *array = json_array();
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const ReportThreshold *result = &report->results[i];
        json_array_append_new(
            array, json_pack("{s:s, s:o, s:b}", "expr", report->thresholds->items[i].expr, "value",
                             result->is_measured ? json_real(result->value) : json_null(), "passed",
                             (int)result->has_passed));
    }
    return array;
}

static json_t *notes_to_json(const ReportNotes *notes) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < notes->count; i++) {
        json_array_append_new(array, json_string(notes->texts[i]));
    }
    return array;
}

static void set_run(json_t *root, const Report *report) {
    json_object_set_new(root, "schema_version", json_integer(REPORT_SCHEMA_VERSION));
    json_object_set_new(root, "version", json_string(version_number()));
    json_object_set_new(root, "commit", json_string(version_commit()));
    json_object_set_new(root, "server_address", json_string(report->server_address));
    json_object_set_new(root, "seed",
                        report->generator.count > 1 ? json_null() : json_u64(report->seed));
    json_object_set_new(root, "bots", json_integer(report->bots));
    json_object_set_new(root, "behaviour", json_string(report->behaviours));
    json_object_set_new(root, "stages", stages_to_json(&report->shape));
    json_object_set_new(root, "duration_s", json_real(report->duration_s));
    json_object_set_new(root, "warmup_s", json_real(report->warmup_s));
    json_object_set_new(root, "measured_s", json_real(report->measured_s));
    json_object_set_new(root, "input_rate_hz", json_real(report->input_rate_hz));
    json_object_set_new(root, "tick_rate_hz", report_ratio(1, report->tick_s));
    json_object_set_new(root, "interrupted", json_boolean(report->was_interrupted));
    json_object_set_new(root, "aborted", json_boolean(report->was_aborted));
}

static void set_distribution(json_t *root, const char *name, const Histogram *histogram) {
    json_object_set_new(root, name, report_distribution_to_json(histogram, NS_TO_MS));
}

static void set_figures(json_t *root, const Report *report) {
    const Tally *tally = report->tally;
    json_object_set_new(root, "connections", connections_to_json(tally));
    json_object_set_new(root, "snapshots", snapshots_to_json(report));
    json_object_set_new(root, "entities", entities_to_json(tally));
    set_distribution(root, "rtt_ms", &tally->round_trip_ns);
    set_distribution(root, "input_ack_ms", &tally->input_ack_ns);
    set_distribution(root, "snapshot_gap_ms", &tally->snapshot_gap_ns);
    set_distribution(root, "rtt_uncorrected_ms", &tally->round_trip_uncorrected_ns);
    set_distribution(root, "snapshot_gap_uncorrected_ms", &tally->snapshot_gap_uncorrected_ns);
    set_distribution(root, "connect_ms", &tally->connect_ns);
    json_object_set_new(root, "prediction", prediction_to_json(tally));
    json_object_set_new(root, "traffic", traffic_to_json(report));
    json_object_set_new(root, "impairment", impairment_to_json(report));
    json_object_set_new(root, "generator", generator_to_json(report));
    json_object_set_new(root, "server",
                        report->has_server ? server_metrics_to_json(&report->server) : json_null());
    json_object_set_new(root, "hostile", hostile_to_json(&tally->hostile));
}

json_t *report_to_json(const Report *report) {
    const Tally *tally = report->tally;
    json_t *root = json_object();
    set_run(root, report);
    json_object_set_new(root, "passed", json_boolean(report_has_passed(report)));
    json_object_set_new(root, "thresholds", thresholds_to_json(report));
    json_object_set_new(root, "failures", notes_to_json(&report->failures));
    json_object_set_new(root, "warnings", notes_to_json(&report->warnings));
    json_object_set_new(root, "errors", reasons_to_json(tally->bad_ends));
    json_object_set_new(root, "error_examples", examples_to_json(tally));
    set_figures(root, report);
    json_object_set_new(root, "counters", tally_counters_to_json(tally));
    json_t *histograms = tally_histograms_to_json(tally);
    json_object_set_new(histograms, "server.tick_ms",
                        report->has_server ? server_metrics_buckets_to_json(&report->server)
                                           : json_null());
    json_object_set_new(root, "histograms", histograms);
    return root;
}

// All but the histograms for people to read, these on a line each: else every bucket took four.
static bool print_object(FILE *file, const Report *report) {
    const size_t flags = JSON_REAL_PRECISION(REPORT_REAL_PRECISION);
    json_t *root = report_to_json(report);
    json_t *histograms = json_incref(json_object_get(root, "histograms"));
    json_object_del(root, "histograms");
    char *text = json_u64_dumps(root, flags | JSON_INDENT(2));
    bool is_complete = text != NULL;
    const char *separator = "";
    const char *name;
    json_t *histogram;
    fprintf(file, "%.*s,\n  \"histograms\": {",
            is_complete ? (int)(strlen(text) - strlen("\n}")) : 0, is_complete ? text : "");
    json_object_foreach(histograms, name, histogram) {
        char *line = json_u64_dumps(histogram, flags | JSON_COMPACT | JSON_ENCODE_ANY);
        is_complete = is_complete && line != NULL;
        fprintf(file, "%s\n    \"%s\": %s", separator, name, line != NULL ? line : "");
        separator = ",";
        free(line);
    }
    fprintf(file, "\n  }\n}\n");
    free(text);
    json_decref(histograms);
    json_decref(root);
    return is_complete;
}

bool report_write_json(const Report *report, const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return false;
    }
    const bool is_complete = print_object(file, report);
    if (fclose(file) != 0 || !is_complete) {
        free(text);
        text = NULL;
    }
    return output_file_write_owned(path, text, size);
}
