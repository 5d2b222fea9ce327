// SPDX-License-Identifier: MIT
// main.c -- tickstorm-bots: a run, or one of the commands "search" and "merge".
#include <string.h>

#include <uv.h>

#include "base/interrupt.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "tools/swarm/merge_command.h"
#include "tools/swarm/run.h"
#include "tools/swarm/run_output.h"
#include "tools/swarm/search_command.h"
#include "tools/swarm/swarm_options.h"

static ExitCode load_main(int argc, char **argv) {
    RunSpec spec;
    RunResult result;
    const OptionsResult parsed = swarm_options_parse(&spec, argc, argv, uv_available_parallelism());
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    run_load(&spec, &result);
    const ExitCode code = run_output(&spec, &result);
    run_result_free(&result);
    return code;
}

static ExitCode command_main(int argc, char **argv) {
    static const struct {
        const char *name;
        ExitCode (*run)(int argc, char **argv);
    } commands[] = {
        {"merge", merge_main},
        {"search", search_command_main},
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return load_main(argc, argv);
}

int main(int argc, char **argv) {
    process_start();
    interrupt_catch(EXIT_CODE_INTERRUPTED, HANG_UP_INTERRUPTS);
    return output_stdout_finish("tickstorm-bots", (int)command_main(argc, argv));
}
