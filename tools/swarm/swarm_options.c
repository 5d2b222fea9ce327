// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm_options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/thread_role.h"
#include "net/net_address.h"
#include "tools/swarm/merge_command.h"
#include "tools/swarm/report/hdr_file.h"
#include "tools/swarm/run_check.h"
#include "tools/swarm/search_options.h"
#include "tools/swarm/swarm_option_rows.h"

// ------------------------------------------------------------------ values

static bool check_stage(const char *text, char *problem, size_t problem_size) {
    LoadStage stage;
    const bool is_good = load_shape_parse_stage(text, &stage);
    if (!is_good) {
        snprintf(problem, problem_size,
                 "'%s' is not T:N, a duration and a number of bots (0 to %d)", text,
                 LOAD_TARGET_MAX);
    }
    return is_good;
}

static bool check_hdr(const char *text, char *problem, size_t problem_size) {
    HdrFile hdr;
    return hdr_file_parse(text, &hdr, problem, problem_size);
}

// ------------------------------------------------------------------ the table

static const Option rows[] = {
    SWARM_TARGET_ROWS,
    OPTION_ROW_COUNT(RunSpec, given.bots, .name = "bots", .short_name = 'c',
                     .side = SWARM_PLAIN_SIDE, .section = "load", .default_value = "10", .min = 1,
                     .max = SWARM_BOTS_MAX, .value_name = "N", .help = "How many bots"),
    OPTION_ROW_DURATION(RunSpec, given.duration_ns, .name = "duration", .short_name = 'd',
                        .side = SWARM_PLAIN_SIDE, .section = "load", .default_value = "30s",
                        .min = 0.1, .max = 604800, .value_name = "T",
                        .help = "How long, from the start of the ramp"),
    SWARM_RAMP_ROWS,
    OPTION_ROW_LIST(RunSpec, given.stages, .name = "stage", .section = "load", .check = check_stage,
                    .side = SWARM_STAGED_SIDE, .value_name = "T:N",
                    .help =
                        "Go to N bots within T, evenly; instead of bots, duration and spawn rate"),
    OPTION_ROW_DURATION(RunSpec, load.warmup_ns, .name = "warmup", .section = "load",
                        .default_value = "0", .max = 604800, .value_name = "T",
                        .help = "Leave the first T out of the measurement"),
    SWARM_BOT_ROWS,
    SWARM_NETWORK_ROWS,
    SWARM_THRESHOLD_ROWS,
    OPTION_ROW_FLAG(RunSpec, aborts_on_fail, .name = "abort-on-fail", .section = "thresholds",
                    .help = "End the run as soon as a threshold does not hold"),
    OPTION_ROW_DURATION(RunSpec, abort_grace_ns, .name = "abort-grace", .section = "thresholds",
                        .default_value = "10s", .max = 604800, .value_name = "T",
                        .help = "But not before T after the warm-up"),
    OPTION_ROW_TEXT(RunSpec, json, .name = "json", .section = "output", .value_name = "FILE",
                    .help = "Write the report as JSON to FILE; - is standard output"),
    OPTION_ROW_TEXT(RunSpec, json_stream, .name = "json-stream", .section = "output",
                    .value_name = "FILE",
                    .help = "Write one JSON object a second to FILE; - is standard output"),
    OPTION_ROW_LIST(RunSpec, hdr, .name = "hdr", .section = "output", .value_name = "[METRIC=]FILE",
                    .check = check_hdr,
                    .help = "Write a distribution in full, as HdrHistogram's plotter reads it"),
    SWARM_DISPLAY_ROWS,
    SWARM_FILE_ROWS,
};

static const char epilog[] =
    "Behaviours:\n"
    "wander\tFly about, shoot now and then\n"
    "hunt\tGo after the nearest drone or ship\n"
    "crowd\tFly to the arena's centre\n"
    "idle\tStay connected without input\n"
    "churn\tLeave and come back\n"
    "spam\tSend as many inputs as possible: a test of the server's defences\n"
    "malformed\tJoin, then send broken packets: another test; the report keeps these two apart\n"
    "Load and time:\n"
    "The duration counts from the start of the ramp: -c 1000 -r 200/s -d 30s has all bots in the "
    "game for the last 25 s. A ramp that does not end within the duration is an error, and so is a "
    "warm-up as long as the run. Stages go from one number of bots to the next: --stage 30s:500 "
    "--stage 2m:500 --stage 10s:0. Sends follow a fixed schedule, and latencies are measured from "
    "it.\n"
    "\n"
    "Progress goes to standard error, the summary to standard output. One of --json, "
    "--json-stream and --hdr may be -: its file then is standard output, and the summary goes to "
    "standard error. An interrupt (SIGINT, SIGTERM, a terminal that closes) ends the run, writes "
    "the files and prints the summary; a second one leaves at once.\n"
    "Bad networks:\n"
    "Latency, jitter, loss, dup and reorder put a bad network between each bot and the server, "
    "drawn from the seed. They hold for each way: --latency 80ms --jitter 30ms delays datagrams "
    "by 80 to 110 ms, evenly spread, and makes a round trip 190 ms longer on average. Datagrams "
    "stay in order except those to be overtaken, which wait for latency + jitter once more. The "
    "report has the effect on the traffic, and how much too late this program woke up to pass "
    "datagrams on.\n"
    "Thresholds:\n"
    "A threshold compares a field of the JSON report: 'connections.dropped==0'; of a distribution "
    "it takes p(N), min, mean, max or count: 'server.tick_ms p(99)<16.6'. A threshold that the run "
    "cannot measure is an error.\n"
    "Verdict:\n"
    "A run is judged by the snapshots that were due, even without thresholds. It fails when less "
    "than 90 % of the snapshots at the server's rate come; those of a dropped bot stay due. "
    "Snapshots that --loss and --reorder remove are not due, and above a round trip of 600 ms, "
    "where the server throttles its clients, an eighth is enough. A threshold on "
    "snapshots.received_percent replaces that limit. The run also fails when a bot receives "
    "nothing "
    "from the server at the end, when a bot has not joined after a second (both longer on a bad "
    "network), when more than a tenth are not in the game at the end, and when all bots have left "
    "before it.\n"
    "\n"
    "snapshot_gap_ms and rtt_ms are corrected for coordinated omission: they have a sample for "
    "each "
    "update that was due during a stall. snapshot_gap_uncorrected_ms and rtt_uncorrected_ms have "
    "one sample for each that came.\n"
    "Exit codes:\n"
    "0\tAll well\n"
    "1\tThe run failed: a bot could not join, was dropped, received a message that it could not "
    "decode or a snapshot whose checksum differed; the server fell silent, or sent too few of the "
    "snapshots that were due; there were no ports, descriptors or memory; or a file could not be "
    "written\n"
    "2\tUsage\n"
    "99\tA threshold failed\n"
    "105\tInterrupted; 1 all the same when a file could not be written\n";

static const OptionTable *const commands[] = {&MERGE_OPTIONS, &SEARCH_OPTIONS, NULL};

const OptionTable SWARM_OPTIONS = {
    .program = "tickstorm-bots",
    .summary = "loads a Tickstorm server with bots and says how it held",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .epilog = epilog,
    .commands = commands,
};

// ------------------------------------------------------------------ the shape

// The row of a side whose value has the strongest source; of equal ones the first.
static size_t strongest_row(const OptionOrigin *origins, OptionSide side) {
    size_t strongest = SWARM_OPTIONS.count;
    for (size_t i = 0; i < SWARM_OPTIONS.count; i++) {
        if (rows[i].side == side &&
            (strongest == SWARM_OPTIONS.count || origins[i].source > origins[strongest].source)) {
            strongest = i;
        }
    }
    assert(strongest < SWARM_OPTIONS.count);
    return strongest;
}

static void report_both(const RunSpec *spec, const OptionOrigin *origins, size_t staged,
                        size_t plain) {
    const char *stage = rows[staged].name;
    const char *other = rows[plain].name;
    if (origins[staged].source == OPTION_FROM_FILE) {
        const int line =
            origins[staged].line > origins[plain].line ? origins[staged].line : origins[plain].line;
        log_print_line("%s: %s:%d: %s and %s exclude each other", SWARM_OPTIONS.program,
                       spec->given.scenario, line, stage, other);
    } else {
        log_print_line("%s: --%s and --%s exclude each other", SWARM_OPTIONS.program, stage, other);
    }
}

static bool complain(const char *program, const char *problem) {
    log_print_line("%s: %s", program, problem);
    return false;
}

static bool make_plain_shape(const RunSpec *spec, LoadShape *shape) {
    char problem[RUN_CHECK_PROBLEM_BYTES];
    if (!run_check_ramp(spec, problem, sizeof problem)) {
        return complain(SWARM_OPTIONS.program, problem);
    }
    *shape = load_shape_plain((uint32_t)spec->given.bots, spec->given.spawn_rate_hz,
                              spec->given.duration_ns);
    return true;
}

// Stages, or a plain ramp; values of the weaker side have been dropped. False, and reported, when
// one source sets both, when no bot would come, or when the ramp does not end within the duration.
static bool make_shape(const RunSpec *spec, const OptionOrigin *origins, LoadShape *shape) {
    const size_t plain = strongest_row(origins, SWARM_PLAIN_SIDE);
    const size_t staged = strongest_row(origins, SWARM_STAGED_SIDE);
    if (spec->given.stages.count == 0) {
        return make_plain_shape(spec, shape);
    }
    if (origins[plain].source == origins[staged].source) {
        report_both(spec, origins, staged, plain);
        return false;
    }
    shape->count = (uint32_t)spec->given.stages.count;
    for (uint32_t i = 0; i < shape->count; i++) {
        load_shape_parse_stage(spec->given.stages.items[i], &shape->stages[i]);
    }
    const bool has_bots = load_shape_peak(shape) > 0 && load_shape_duration_ns(shape) > 0;
    if (!has_bots) {
        log_print_line("%s: --stage: no bot would ever come", SWARM_OPTIONS.program);
    }
    return has_bots;
}

OptionsResult swarm_options_parse(RunSpec *spec, int argc, char **argv, uint32_t cpu_count) {
    ASSERT_MAIN_THREAD();
    OptionOrigin origins[OPTION_ROWS_MAX];
    LoadShape shape = {0};
    char problem[RUN_CHECK_PROBLEM_BYTES];
    memset(spec, 0, sizeof *spec);
    const OptionsResult result =
        options_parse_traced(&SWARM_OPTIONS, spec, argc, argv, NULL, origins);
    if (result != OPTIONS_RUN) {
        return result;
    }
    if (!swarm_option_rows_resolve(spec, SWARM_OPTIONS.program) ||
        !make_shape(spec, origins, &shape)) {
        return OPTIONS_ERROR;
    }
    swarm_option_rows_set_shape(spec, &shape, cpu_count);
    if (!run_check_warmup(spec, problem, sizeof problem)) {
        complain(SWARM_OPTIONS.program, problem);
        return OPTIONS_ERROR;
    }
    return OPTIONS_RUN;
}
