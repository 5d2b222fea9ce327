// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search_result.h"

#include <math.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "base/version.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/number_text.h"

const SearchStep *search_result_limit(const SearchResult *result) {
    for (uint32_t i = result->step_count; result->failed != 0 && i > 0; i--) {
        const SearchStep *step = &result->steps[i - 1];
        if (step->bots == result->failed && step->verdict != SEARCH_HELD) {
            return step;
        }
    }
    return NULL;
}

// ------------------------------------------------------------------ for people

// "server.tick_ms p(99)<16.6 (was 18.2)".
static void print_reason(FILE *file, const SearchStep *step) {
    fprintf(file, "%s", step->reason);
    if (step->is_threshold && isnan(step->value)) {
        fprintf(file, " (was not measured)");
    } else if (step->is_threshold) {
        fprintf(file, " (was %s)", number_text_value(step->value).text);
    }
}

static void print_answer(FILE *file, const SearchResult *result, const SearchSpec *spec) {
    const char *server = spec->server;
    switch (result->end) {
    case SEARCH_FOUND:
        fprintf(file, "%s holds %s clients; %s were too many\n", server,
                number_text_count(result->held).text, number_text_count(result->failed).text);
        break;
    case SEARCH_NO_LIMIT:
        fprintf(file, "%s holds %s clients, and more were not asked for (--max)\n", server,
                number_text_count(result->held).text);
        break;
    case SEARCH_INTERRUPTED:
        fprintf(file, "interrupted: %s holds at least %s clients\n", server,
                number_text_count(result->held).text);
        break;
    case SEARCH_NO_ANSWER:
        fprintf(file, "%s; the largest number that held before was %s\n", result->problem,
                number_text_count(result->held).text);
        break;
    }
}

static void print_limit(FILE *file, const SearchResult *result, const SearchSpec *spec) {
    const SearchStep *limit = search_result_limit(result);
    if (limit == NULL) {
        return;
    }
    const bool is_generator = limit->verdict == SEARCH_GENERATOR_FAILED;
    fprintf(file, "the limit was the %s: ", is_generator ? "generator, not the server" : "server");
    print_reason(file, limit);
    fputc('\n', file);
    if (is_generator && !spec->is_server_watched) {
        fprintf(file, "(--server-metrics would show the server's own figures)\n");
    } else if (is_generator) {
        fprintf(file, "(the server may hold more: give the bots a machine of their own)\n");
    }
}

static void print_number(FILE *file, double value) {
    fprintf(file, " %9s", number_text_value(value).text);
}

static void print_steps(FILE *file, const SearchResult *result) {
    fprintf(file, "\n%8s  %-9s %9s %9s %9s %9s %9s  %s\n", "bots", "", "tick p99", "gap p99",
            "RTT p99", "server", "bots'", "decided by");
    fprintf(file, "%8s  %-9s %9s %9s %9s %9s %9s\n", "", "", "ms", "ms", "ms", "cores", "cores");
    for (uint32_t i = 0; i < result->step_count; i++) {
        const SearchStep *step = &result->steps[i];
        fprintf(file, "%8s  %-9s", number_text_count(step->bots).text,
                search_verdict_name(step->verdict));
        print_number(file, step->tick_p99_ms);
        print_number(file, step->gap_p99_ms);
        print_number(file, step->rtt_p99_ms);
        print_number(file, step->server_cores);
        print_number(file, step->generator_cores);
        if (step->verdict != SEARCH_HELD) {
            fprintf(file, "  ");
            print_reason(file, step);
        } else if (step->is_repeat) {
            fprintf(file, "  held the second time");
        }
        fputc('\n', file);
    }
}

void search_result_print(FILE *file, const SearchResult *result, const SearchSpec *spec) {
    ASSERT_MAIN_THREAD();
    print_answer(file, result, spec);
    print_limit(file, result, spec);
    if (result->step_count > 0) {
        print_steps(file, result);
    }
    fprintf(file,
            "\na number holds when, over %s with all bots in the game, the run does not fail\n"
            "(bots kept out, dropped or left without a word, snapshots that do not come), and\n",
            number_text_duration((double)spec->duration_ns / (double)NS_PER_S).text);
    for (uint32_t i = 0; i < spec->thresholds->count; i++) {
        fprintf(file, "  %s\n", spec->thresholds->items[i].expr);
    }
}

// ------------------------------------------------------------------ for scripts

static json_t *number_or_null(double value) {
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *step_to_json(const SearchStep *step) {
    return json_pack(
        "{s:I, s:s, s:b, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "bots",
        (json_int_t)step->bots, "verdict", search_verdict_name(step->verdict), "repeat",
        step->is_repeat, "decided_by", step->verdict != SEARCH_HELD ? step->reason : NULL, "value",
        number_or_null(step->value), "tick_p99_ms", number_or_null(step->tick_p99_ms),
        "snapshot_gap_p99_ms", number_or_null(step->gap_p99_ms), "rtt_p99_ms",
        number_or_null(step->rtt_p99_ms), "input_ack_p99_ms",
        number_or_null(step->input_ack_p99_ms), "server_cpu_cores",
        number_or_null(step->server_cores), "generator_cpu_cores",
        number_or_null(step->generator_cores), "missed_sends", json_u64(step->missed_sends));
}

json_t *search_result_to_json(const SearchResult *result, const SearchSpec *spec) {
    ASSERT_MAIN_THREAD();
    static const char *const ends[] = {
        [SEARCH_FOUND] = "found",
        [SEARCH_NO_LIMIT] = "no_limit",
        [SEARCH_INTERRUPTED] = "interrupted",
        [SEARCH_NO_ANSWER] = "no_answer",
    };
    const SearchStep *limit = search_result_limit(result);
    json_t *steps = json_array();
    json_t *thresholds = json_array();
    for (uint32_t i = 0; i < result->step_count; i++) {
        json_array_append_new(steps, step_to_json(&result->steps[i]));
    }
    for (uint32_t i = 0; i < spec->thresholds->count; i++) {
        json_array_append_new(thresholds, json_string(spec->thresholds->items[i].expr));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:I, s:o, s:s?, s:f, s:f, s:o, s:o, s:o}",
                     "schema_version", SEARCH_SCHEMA_VERSION, "version", version_number(), "server",
                     spec->server, "end", ends[result->end], "clients", (json_int_t)result->held,
                     "too_many", result->failed != 0 ? json_integer(result->failed) : json_null(),
                     "limit",
                     limit == NULL                            ? NULL
                     : limit->verdict == SEARCH_SERVER_FAILED ? "server"
                                                              : "generator",
                     "precision_percent", spec->precision_percent, "duration_s",
                     (double)spec->duration_ns / (double)NS_PER_S, "seed", json_u64(spec->seed),
                     "thresholds", thresholds, "steps", steps);
}
