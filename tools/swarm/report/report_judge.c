// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_judge.h"

#include <math.h>

#include "base/clock.h"
#include "tools/swarm/measure/expectation.h"
#include "tools/swarm/report/number_text.h"
#include "tools/swarm/report/report_threshold.h"

#define SATURATED_SHARE 0.9   // of a core for each thread; above it, a generator queues
#define MISSED_SHARE    0.001 // of the sends; above it, the load was not the one asked for
#define LATE_BOTS_SHARE 0.01  // of the connections under way at the end; above it, a warning
#define LATE_SHARE      0.05  // of the delay asked for; above it, the network was worse

static void judge_run(Report *report) {
    const Tally *tally = report->tally;
    if (report->problem != NULL) {
        report_notes_add(&report->failures, "%s", report->problem);
    }
    if (tally->ok == 0 && (tally->attempted > 0 || tally->hostile.ok == 0)) {
        report_notes_add(&report->failures, "no bot got into the game");
    } else if (tally->refused + tally->timed_out > 0) {
        report_notes_add(
            &report->failures, "%s of %s connections failed (%s refused, %s timed out)",
            number_text_count(tally->refused + tally->timed_out).text,
            number_text_count(tally->attempted).text, number_text_count(tally->refused).text,
            number_text_count(tally->timed_out).text);
    }
    if (tally->ok > 0 && tally->snapshots_received == 0) {
        report_notes_add(&report->failures, "nothing was measured: no snapshot came%s",
                         report->warmup_s > 0 ? " after the warm-up" : "");
    }
    if (tally->dropped > 0) {
        report_notes_add(&report->failures, "%s %s dropped from the game",
                         number_text_count(tally->dropped).text,
                         tally->dropped == 1 ? "bot was" : "bots were");
    }
    if (tally->decode_errors > 0) {
        report_notes_add(&report->failures, "%s %s of the server could not be decoded",
                         number_text_count(tally->decode_errors).text,
                         tally->decode_errors == 1 ? "message" : "messages");
    }
}

// When all bots are attackers, only they can show whether the server was there.
static void judge_attackers(Report *report) {
    const TallyHostile *hostile = &report->tally->hostile;
    const uint64_t gone = hostile->silent + hostile->ended[REASON_NO_ANSWER] +
                          hostile->ended[REASON_TIMED_OUT] + hostile->ended[REASON_SERVER_SHUTDOWN];
    if (report->tally->attempted == 0 && hostile->ok > 0 && gone > 0) {
        report_notes_add(&report->failures, "the server fell silent to %s of %s attackers",
                         number_text_count(gone).text, number_text_count(hostile->attempted).text);
    }
}

// A server that stalls or dies drops no bot until the time-out, so a run is judged by the snapshots
// that were due. Each connection may miss one at its end, since counting starts between two
// snapshots, and losses vary by chance.
static void judge_due(Report *report) {
    const Tally *tally = report->tally;
    const double min_percent = report_received_percent_min(report);
    const double due = (double)tally->snapshots_expected;
    const double came = (double)tally->snapshots_received;
    const double spared = (double)tally->ok + expectation_received_chance(report->impairment, due);
    if (came + spared < min_percent / 100 * due && came > 0) {
        report_notes_add(&report->failures,
                         "only %s of the snapshots that were due came (limit %s %%)",
                         number_text_percent(came, due).text, number_text_value(min_percent).text);
    }
    if (tally->silent > 0) {
        report_notes_add(&report->failures, "%s %s heard nothing of the server any more at the end",
                         number_text_count(tally->silent).text,
                         tally->silent == 1 ? "bot" : "bots");
    }
}

static void judge_verification(Report *report) {
    const Tally *tally = report->tally;
    if (tally->verify_mismatches > 0) {
        report_notes_add(&report->failures, "%s of %s reconstructions were not what the server has",
                         number_text_count(tally->verify_mismatches).text,
                         number_text_count(tally->verify_checks).text);
    } else if (report->has_verify && tally->verify_checks == 0 && tally->snapshots_received > 0) {
        report_notes_add(&report->failures, "the server sent no checksums to verify");
    }
}

// A stall that is too short to fail a long run is a warning. The median of the gaps stands for the
// usual one. A stall of the generator itself is subtracted: no bot received anything then.
static void judge_stalls(Report *report) {
    const Histogram *gaps = &report->tally->snapshot_gap_uncorrected_ns;
    const uint64_t usual_ns = histogram_percentile(gaps, 50);
    const uint64_t own_ns = report->tally->loop_lag_ns.max;
    if (gaps->count > 0 &&
        gaps->max >= own_ns + expectation_silence_ns(usual_ns, report->impairment)) {
        report_notes_add(&report->warnings,
                         "the server was silent for up to %s s, to one bot at least",
                         number_text_value((double)gaps->max / (double)NS_PER_S).text);
    }
}

// Bots that had not got in when the run ended were not measured. A few of them may have started
// late; bots that tried for long were kept out.
static void judge_connections(Report *report) {
    const Tally *tally = report->tally;
    const uint64_t under_way = report_under_way(tally);
    const bool is_cut_short = report->was_interrupted || report->was_aborted;
    const bool are_many = (double)under_way > expectation_under_way_share(report->impairment) *
                                                  (double)tally->attempted;
    if (tally->ok == 0) {
        return; // a failure already
    }
    if (tally->overdue > 0 || (are_many && !is_cut_short)) {
        report_notes_add(&report->failures,
                         "%s of %s bots were not in the game yet when they gave up",
                         number_text_count(are_many ? under_way : tally->overdue).text,
                         number_text_count(tally->attempted).text);
    } else if ((double)under_way > LATE_BOTS_SHARE * (double)tally->attempted) {
        report_notes_add(
            &report->warnings,
            "%s of %s connections were still under way at the end: the load was lower than "
            "asked for",
            number_text_count(under_way).text, number_text_count(tally->attempted).text);
    }
}

// A generator that misses sends or whose loops are late cannot keep up: its measurements include
// its own delay, and the server got less load than asked for.
static void judge_generator(Report *report) {
    const Tally *tally = report->tally;
    const GeneratorUsage *generator = &report->generator;
    const double sends = (double)(tally->sends + tally->missed_sends);
    const double lag_s =
        (double)histogram_percentile(&tally->loop_lag_ns, REPORT_LAG_PERCENTILE) / (double)NS_PER_S;
    const bool has_missed = (double)tally->missed_sends > MISSED_SHARE * sends;
    const bool is_late = report->tick_s > 0 && lag_s > report->tick_s / 2;
    report->has_generator_fallen_behind = has_missed || is_late;
    if (report->has_generator_fallen_behind) {
        report_notes_add(
            &report->warnings,
            "the generator, not the server, fell behind: give it more cores or threads, or "
            "fewer bots");
    }
    if (tally->missed_sends > 0) {
        report_notes_add(&report->warnings,
                         "the generator missed %s of %s sends: the load was lower than asked for",
                         number_text_count(tally->missed_sends).text,
                         number_text_count((uint64_t)sends).text);
    }
    if (is_late) {
        report_notes_add(
            &report->warnings,
            "the generator's loops ran %s ms late (p%.0f), more than half a tick: latencies "
            "are in part its own",
            number_text_value(lag_s * 1e3).text, REPORT_LAG_PERCENTILE);
    }
    if (generator->busiest_thread_cpu > SATURATED_SHARE) {
        report_notes_add(&report->warnings,
                         "the generator's busiest thread used %.0f %% of a core: it is full",
                         generator->busiest_thread_cpu * 100);
    } else if (generator->cpu_cores >
               SATURATED_SHARE * fmin(generator->threads, generator->cpu_count)) {
        report_notes_add(
            &report->warnings,
            "the generator used %.2f cores with %u threads on %u cores: it is saturated",
            generator->cpu_cores, generator->threads, generator->cpu_count);
    }
}

// Delays and losses of datagrams beyond those asked for.
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
        report_notes_add(
            &report->warnings,
            "datagrams were held back %.1f ms longer than asked on average: the network was "
            "worse than asked for",
            (double)late_ns * NS_TO_MS / (double)delivered);
    }
    if (overflowed > 0) {
        report_notes_add(
            &report->warnings,
            "%s datagrams were lost beyond those asked for: too many were held back at once",
            number_text_count(overflowed).text);
    }
}

void report_judge(Report *report) {
    report->failures.count = 0;
    report->warnings.count = 0;
    report_evaluate(report);
    judge_run(report);
    judge_due(report);
    judge_attackers(report);
    judge_verification(report);
    judge_generator(report);
    judge_connections(report);
    judge_stalls(report);
    report_notes_join(&report->failures, &report->printed_failures);
    if (report->printed_failed_threshold && !report_has_failed_threshold(report)) {
        report_notes_add(&report->warnings,
                         "a threshold failed in one of the reports, though not in all");
    }
    if (report->impairment != NULL) {
        judge_impairment(report);
    }
    if (report->other_address != NULL) {
        report_notes_add(
            &report->warnings,
            "the reports name two servers, %s and %s: they belong together only if these are "
            "the same one",
            report->server_address, report->other_address);
    }
    if (report->server_problem != NULL) {
        report_notes_add(&report->warnings, "the server's metrics could not be read: %s",
                         report->server_problem);
    }
}
