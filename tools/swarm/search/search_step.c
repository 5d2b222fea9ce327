// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search_step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define SERVER_PART    "server."
#define GENERATOR_PART "generator."

static bool is_about(const Threshold *threshold, const char *part) {
    return strncmp(threshold->metric, part, strlen(part)) == 0;
}

// The first threshold that failed: of the server's own figures (part), or of any (NULL).
static const Threshold *first_failed(const Report *report, const char *part, double *value) {
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const Threshold *threshold = &report->thresholds->items[i];
        if (!report->results[i].has_passed && (part == NULL || is_about(threshold, part))) {
            *value = report->results[i].is_measured ? report->results[i].value : NAN;
            return threshold;
        }
    }
    return NULL;
}

static void blame(SearchStep *step, SearchVerdict verdict, const Threshold *threshold,
                  const char *sentence) {
    step->verdict = verdict;
    step->is_threshold = threshold != NULL;
    snprintf(step->reason, sizeof step->reason, "%s",
             threshold != NULL ? threshold->expr : sentence);
}

static void judge(SearchStep *step, const Report *report) {
    const Threshold *server = first_failed(report, SERVER_PART, &step->value);
    if (server != NULL) {
        blame(step, SEARCH_SERVER_FAILED, server, NULL);
        return;
    }
    const Threshold *generator = first_failed(report, GENERATOR_PART, &step->value);
    if (generator != NULL || report->has_generator_fallen_behind) {
        blame(step, SEARCH_GENERATOR_FAILED, generator, "the generator fell behind");
        return;
    }
    const Threshold *other = first_failed(report, NULL, &step->value);
    if (report->failures.count > 0) {
        blame(step, SEARCH_SERVER_FAILED, NULL, report->failures.texts[0]);
    } else if (other != NULL) {
        blame(step, SEARCH_SERVER_FAILED, other, NULL);
    }
}

static double p99_ms(const Histogram *histogram) {
    return histogram->count > 0 ? (double)histogram_percentile(histogram, 99) * NS_TO_MS : NAN;
}

SearchStep search_step_make(const Report *report, uint32_t bots, bool is_repeat) {
    const Tally *tally = report->tally;
    SearchStep step = {
        .bots = bots,
        .is_repeat = is_repeat,
        .verdict = SEARCH_HELD,
        .value = NAN,
        .tick_p99_ms = report->has_server ? server_metrics_tick_ms(&report->server, 99) : NAN,
        .gap_p99_ms = p99_ms(&tally->snapshot_gap_ns),
        .rtt_p99_ms = p99_ms(&tally->round_trip_ns),
        .input_ack_p99_ms = p99_ms(&tally->input_ack_ns),
        .server_cores = report->has_server ? report->server.cpu_cores : NAN,
        .generator_cores = report->generator.cpu_cores,
        .missed_sends = tally->missed_sends,
    };
    judge(&step, report);
    return step;
}

SearchStep search_step_make_broken(const char *problem, bool is_generators_fault, uint32_t bots,
                                   bool is_repeat) {
    SearchStep step = {
        .bots = bots,
        .is_repeat = is_repeat,
        .value = NAN,
        .tick_p99_ms = NAN,
        .gap_p99_ms = NAN,
        .rtt_p99_ms = NAN,
        .input_ack_p99_ms = NAN,
        .server_cores = NAN,
        .generator_cores = NAN,
    };
    blame(&step, is_generators_fault ? SEARCH_GENERATOR_FAILED : SEARCH_SERVER_FAILED, NULL,
          problem);
    return step;
}

const char *search_verdict_name(SearchVerdict verdict) {
    static const char *const names[] = {
        [SEARCH_HELD] = "held",
        [SEARCH_SERVER_FAILED] = "failed",
        [SEARCH_GENERATOR_FAILED] = "generator",
    };
    return names[verdict];
}
