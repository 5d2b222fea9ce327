// SPDX-License-Identifier: MIT
#include "tools/swarm/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/version.h"
#include "tools/swarm/figures.h"

#define LAG_PERCENTILE    99.0
#define SATURATED_SHARE   0.9 // of a core for each thread, from where on a generator queues
#define LATE_SHARE        0.05 // of the delay asked for; from there on it is not what was asked
#define NS_TO_MS          1e-6
#define MILLIUNIT_TO_UNIT 1e-3

static void add_note(ReportNotes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_note(ReportNotes *notes, const char *format, ...) {
    if (notes->count == REPORT_NOTES_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->texts[notes->count++], REPORT_NOTE_BYTES, format, arguments);
    va_end(arguments);
}

// ------------------------------------------------------------------ judgement

static void judge_run(Report *report) {
    const Tally *tally = report->tally;
    if (tally->ok == 0) {
        add_note(&report->failures, "no bot got into the game");
    } else if (tally->refused + tally->timed_out > 0) {
        add_note(&report->failures, "%s of %s connections failed (%s refused, %s timed out)",
                 figure_count(tally->refused + tally->timed_out).text,
                 figure_count(tally->attempted).text, figure_count(tally->refused).text,
                 figure_count(tally->timed_out).text);
    }
    if (tally->dropped > 0) {
        add_note(&report->failures, "%s %s dropped from the game",
                 figure_count(tally->dropped).text, tally->dropped == 1 ? "bot was" : "bots were");
    }
    if (tally->decode_errors > 0) {
        add_note(&report->failures, "%s messages of the server could not be decoded",
                 figure_count(tally->decode_errors).text);
    }
}

bool report_difference(const Report *report, char *text, size_t size) {
    static const char *const kinds[] = {
        [VERIFY_SAME] = "the server no longer knew what differed",
        [VERIFY_MISSING] = "an entity of the server's was missing",
        [VERIFY_EXTRA] = "an entity was there that the server had removed",
        [VERIFY_OTHER] = "an entity's state was another",
    };
    const Tally *tally = report->tally;
    const TallyDifference *found = &tally->difference;
    if (tally->differences == 0) {
        return false;
    }
    char slot[24] = "";
    if (found->difference.kind != VERIFY_SAME) {
        snprintf(slot, sizeof slot, " (slot %u)", found->difference.slot);
    }
    snprintf(text, size, "%s%s: bot %u after %.1f s, snapshot %u", kinds[found->difference.kind],
             slot, found->bot, (double)found->after_ns / (double)NS_PER_S,
             (unsigned)found->sequence);
    return true;
}

static void judge_verification(Report *report) {
    const Tally *tally = report->tally;
    if (tally->verify_mismatches > 0) {
        add_note(&report->failures, "%s of %s reconstructions were not what the server has",
                 figure_count(tally->verify_mismatches).text,
                 figure_count(tally->verify_checks).text);
    } else if (report->has_verify && tally->verify_checks == 0 && tally->snapshots_received > 0) {
        add_note(&report->failures, "the server sent no checksums to verify");
    }
}

static void judge_generator(Report *report) {
    const Tally *tally = report->tally;
    const double lag_s =
        (double)histogram_percentile(&tally->loop_lag_ns, LAG_PERCENTILE) / (double)NS_PER_S;
    if (tally->missed_sends > 0) {
        add_note(&report->warnings,
                 "the generator missed %s of %s sends: the load was lower than asked for",
                 figure_count(tally->missed_sends).text,
                 figure_count(tally->sends + tally->missed_sends).text);
    }
    if (report->tick_s > 0 && lag_s > report->tick_s / 2) {
        add_note(&report->warnings,
                 "the generator's loops ran %.1f ms late (p%.0f), more than half a tick: latencies "
                 "are in part its own",
                 lag_s * 1e3, LAG_PERCENTILE);
    }
    if (report->cpu_cores > SATURATED_SHARE * fmin(report->threads, report->cpu_count)) {
        add_note(&report->warnings,
                 "the generator used %.2f cores with %u threads on %u cores: it is saturated",
                 report->cpu_cores, report->threads, report->cpu_count);
    }
}

// The delays that datagrams really had, beyond those asked for.
static void judge_impairment(Report *report) {
    const TallyImpaired *ways[] = {&report->tally->impaired_in, &report->tally->impaired_out};
    uint64_t late_ns = 0, delay_ns = 0, delivered = 0, overflowed = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        late_ns += ways[i]->late_ns;
        delay_ns += ways[i]->delay_ns;
        delivered += ways[i]->delivered;
        overflowed += ways[i]->overflowed;
    }
    if ((double)late_ns > LATE_SHARE * (double)delay_ns && delivered > 0) {
        add_note(&report->warnings,
                 "datagrams were held back %.1f ms longer than asked on average: the network was "
                 "worse than asked for",
                 (double)late_ns * NS_TO_MS / (double)delivered);
    }
    if (overflowed > 0) {
        add_note(&report->warnings,
                 "%s datagrams were lost beyond those asked for: too many were held back at once",
                 figure_count(overflowed).text);
    }
}

void report_judge(Report *report) {
    report->failures.count = 0;
    report->warnings.count = 0;
    judge_run(report);
    judge_verification(report);
    judge_generator(report);
    if (report->impairment != NULL) {
        judge_impairment(report);
    }
    if (report->server_problem != NULL) {
        add_note(&report->warnings, "the server's metrics could not be read: %s",
                 report->server_problem);
    }
}

// ------------------------------------------------------------------ JSON

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

static json_t *ratio(double numerator, double denominator) {
    return denominator > 0 ? json_real(numerator / denominator) : json_null();
}

// Without samples only the count is known.
static json_t *distribution(const Histogram *histogram, double scale) {
    static const struct {
        const char *name;
        double percent;
    } percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
    const bool is_empty = histogram->count == 0;
    json_t *object = json_object();
    json_object_set_new(object, "count", integer(histogram->count));
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

static json_t *connections_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "attempted", integer(tally->attempted), "ok",
                     integer(tally->ok), "refused", integer(tally->refused), "timed_out",
                     integer(tally->timed_out), "dropped", integer(tally->dropped));
}

static json_t *snapshots_to_json(const Report *report) {
    const Tally *tally = report->tally;
    char difference[REPORT_NOTE_BYTES];
    const bool has_difference = report_difference(report, difference, sizeof difference);
    const double playing_s = (double)tally->playing_ns / (double)NS_PER_S;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "received",
        integer(tally->snapshots_received), "expected", integer(tally->snapshots_expected), "lost",
        integer(tally->snapshots_lost), "decode_errors", integer(tally->decode_errors),
        "verify_checks", report->has_verify ? integer(tally->verify_checks) : json_null(),
        "verify_mismatches", report->has_verify ? integer(tally->verify_mismatches) : json_null(),
        "verify_difference", has_difference ? json_string(difference) : json_null(), "bytes",
        integer(tally->snapshot_bytes), "rate_per_bot_hz",
        ratio((double)tally->snapshots_received, playing_s));
}

static json_t *entities_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "visible", distribution(&tally->visible, 1),
                     "updates", integer(tally->entity_updates), "newcomers",
                     integer(tally->entity_newcomers), "skips", integer(tally->entity_skips),
                     "bytes_per_update",
                     ratio((double)tally->snapshot_bytes, (double)tally->entity_updates),
                     "refresh_ms", distribution(&tally->refresh_ns, NS_TO_MS));
}

static json_t *prediction_to_json(const Tally *tally) {
    return json_pack("{s:o, s:o, s:o}", "checks", integer(tally->prediction_checks), "corrections",
                     integer(tally->prediction_corrections), "correction_units",
                     distribution(&tally->correction_milliunits, MILLIUNIT_TO_UNIT));
}

static json_t *traffic_to_json(const Report *report) {
    const Tally *tally = report->tally;
    const double playing_s = (double)tally->playing_ns / (double)NS_PER_S;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "bytes_in_per_bot_s",
                     ratio((double)tally->bytes_in, playing_s), "bytes_out_per_bot_s",
                     ratio((double)tally->bytes_out, playing_s), "packets_in_s",
                     ratio((double)tally->packets_in, report->duration_s), "packets_out_s",
                     ratio((double)tally->packets_out, report->duration_s), "largest_datagram_in",
                     tally->largest_datagram > 0 ? integer(tally->largest_datagram) : json_null());
}

static json_t *generator_to_json(const Report *report) {
    return json_pack("{s:f, s:o, s:o}", "cpu_cores", report->cpu_cores, "missed_sends",
                     integer(report->tally->missed_sends), "loop_lag_ms",
                     distribution(&report->tally->loop_lag_ns, NS_TO_MS));
}

// Doubled and held back twice are shares of those that were not lost.
static json_t *impaired_to_json(const TallyImpaired *way) {
    const double submitted = (double)way->submitted;
    const double survived = (double)(way->submitted - way->lost);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "datagrams", integer(way->submitted),
                     "loss_percent", ratio(100.0 * (double)way->lost, submitted), "dup_percent",
                     ratio(100.0 * (double)way->duplicated, survived), "reorder_percent",
                     ratio(100.0 * (double)way->reordered, survived), "overflowed",
                     integer(way->overflowed), "delay_ms",
                     ratio((double)way->delay_ns * NS_TO_MS, (double)tally_held(way)), "late_ms",
                     ratio((double)way->late_ns * NS_TO_MS, (double)way->delivered));
}

// What was asked for, each way, and what came of it.
static json_t *impairment_to_json(const Report *report) {
    const ImpairConfig *asked = report->impairment;
    if (asked == NULL) {
        return json_null();
    }
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:o, s:o}", "latency_ms",
                     (double)asked->latency_ns * NS_TO_MS, "jitter_ms",
                     (double)asked->jitter_ns * NS_TO_MS, "loss_percent", asked->loss * 100,
                     "dup_percent", asked->duplicate * 100, "reorder_percent", asked->reorder * 100,
                     "in", impaired_to_json(&report->tally->impaired_in), "out",
                     impaired_to_json(&report->tally->impaired_out));
}

// Counts by reason, of the connections that ended badly.
static json_t *errors_to_json(const Tally *tally) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (tally->bad_ends[i] > 0) {
            json_object_set_new(object, reason_name(i), integer(tally->bad_ends[i]));
        }
    }
    return object;
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
    json_object_set_new(root, "server_address",
                        json_sprintf("%s:%u", report->host, (unsigned)report->port));
    json_object_set_new(root, "seed", integer(report->seed));
    json_object_set_new(root, "bots", json_integer(report->bots));
    json_object_set_new(root, "behaviour", json_string(report->behaviours));
    json_object_set_new(root, "threads", json_integer(report->threads));
    json_object_set_new(root, "duration_s", json_real(report->duration_s));
    json_object_set_new(root, "warmup_s", json_real(0));
    json_object_set_new(root, "input_rate_hz", json_real(report->input_rate_hz));
    json_object_set_new(root, "interrupted", json_boolean(report->was_interrupted));
}

json_t *report_to_json(const Report *report) {
    const Tally *tally = report->tally;
    json_t *root = json_object();
    set_run(root, report);
    json_object_set_new(root, "connections", connections_to_json(tally));
    json_object_set_new(root, "snapshots", snapshots_to_json(report));
    json_object_set_new(root, "entities", entities_to_json(tally));
    json_object_set_new(root, "rtt_ms", distribution(&tally->round_trip_ns, NS_TO_MS));
    json_object_set_new(root, "input_ack_ms", distribution(&tally->input_ack_ns, NS_TO_MS));
    json_object_set_new(root, "snapshot_gap_ms", distribution(&tally->snapshot_gap_ns, NS_TO_MS));
    json_object_set_new(root, "connect_ms", distribution(&tally->connect_ns, NS_TO_MS));
    json_object_set_new(root, "prediction", prediction_to_json(tally));
    json_object_set_new(root, "traffic", traffic_to_json(report));
    json_object_set_new(root, "impairment", impairment_to_json(report));
    json_object_set_new(root, "generator", generator_to_json(report));
    json_object_set_new(root, "server",
                        report->has_server ? server_metrics_to_json(&report->server) : json_null());
    json_object_set_new(root, "thresholds", json_array());
    json_object_set_new(root, "errors", errors_to_json(tally));
    json_object_set_new(root, "failures", notes_to_json(&report->failures));
    json_object_set_new(root, "warnings", notes_to_json(&report->warnings));
    json_object_set_new(root, "passed", json_boolean(report_has_passed(report)));
    return root;
}
