// SPDX-License-Identifier: MIT
// tickstorm-delta-tables -- shows how common/wire/delta_tables.c is made.
//
// Flow:    --lengths: DELTA_COUNTS -> code lengths, as PROTOCOL.md lists them
//          --count:   scene worlds -> counts -> the cost of the committed lengths, and the
//                     lengths that these counts would give
//          --fit:     scene worlds -> counts -> the nearest counts that give the committed
//                     lengths
#include <inttypes.h>
#include <stdio.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/options.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "tools/delta_tables/delta_counter.h"
#include "tools/delta_tables/delta_fit.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

typedef struct TableOptions {
    bool wants_lengths;
    bool wants_count;
    bool wants_fit;
} TableOptions;

static const Option g_rows[] = {
    OPTION_ROW_FLAG(TableOptions, wants_lengths, .name = "lengths",
                    .help = "Print the code lengths that the committed counts give"),
    OPTION_ROW_FLAG(TableOptions, wants_count, .name = "count",
                    .help = "Count today's worlds; print what the committed lengths cost, and the "
                            "lengths that these counts would give"),
    OPTION_ROW_FLAG(TableOptions, wants_fit, .name = "fit",
                    .help = "Count today's worlds and print the nearest counts that give the "
                            "committed lengths"),
};

static const OptionTable g_table = {
    .program = "tickstorm-delta-tables",
    .summary = "shows how the tables of the deltas' prefix codes are made",
    .usage = "--lengths | --count | --fit",
    .rows = g_rows,
    .count = sizeof g_rows / sizeof g_rows[0],
    .epilog = "Exit codes:\n0\tPrinted\n1\tOut of memory\n2\tUsage\n",
};

static void print_costs(const DeltaCounts *counts) {
    DeltaFitCost sum = {0};
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        const DeltaFitCost cost = delta_fit_cost(counts, index);
        printf("# %-18s committed lengths cost %+.2f %%\n", delta_code(index).name,
               100 * ((double)cost.committed_bits / (double)cost.best_bits - 1));
        sum.committed_bits += cost.committed_bits;
        sum.best_bits += cost.best_bits;
    }
    printf("# all together       committed lengths cost %+.2f %%\n",
           100 * ((double)sum.committed_bits / (double)sum.best_bits - 1));
}

static bool count_worlds(DeltaCounts *counts) {
    bool is_good = true;
    for (uint32_t i = 0; i < DELTA_COUNT_RUNS && is_good; i++) {
        is_good = delta_counter_run(&DELTA_COUNTER_RUNS[i], counts);
    }
    delta_counter_add_marks(counts);
    return is_good;
}

static int tables_main(int argc, char **argv) {
    static DeltaCounts counts;
    static DeltaCounts fitted;
    TableOptions options = {0};
    switch (options_parse(&g_table, &options, argc, argv, NULL)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (options.wants_lengths + options.wants_count + options.wants_fit != 1) {
        log_print_line("tickstorm-delta-tables: one of --lengths, --count and --fit is needed");
        return EXIT_USAGE;
    }
    if (options.wants_lengths) {
        delta_codes_print_lengths(stdout, &DELTA_COUNTS);
        return 0;
    }
    if (!count_worlds(&counts)) {
        log_print_line("tickstorm-delta-tables: out of memory");
        return EXIT_FAILED;
    }
    if (options.wants_count) {
        print_costs(&counts);
        delta_counter_drop_rare(&counts);
        delta_codes_print_lengths(stdout, &counts);
        return 0;
    }
    const DeltaFitMoves moves = delta_fit(&counts, &fitted);
    printf("// Of %u counts: %u kept, %u moved by up to a fifth, %u up to a factor of 2, %u more\n",
           moves.symbols, moves.kept, moves.by_a_fifth, moves.by_two, moves.by_more);
    delta_codes_print_counts(stdout, &fitted);
    return 0;
}

int main(int argc, char **argv) {
    process_start();
    interrupt_leave();
    return output_stdout_finish("tickstorm-delta-tables", tables_main(argc, argv));
}
