// SPDX-License-Identifier: MIT
// main.c -- tickstorm-bots: options, the run, what is said about it.
#include <uv.h>

#include "tools/swarm/run.h"
#include "tools/swarm/swarm_options.h"

static ExitCode load_main(int argc, char **argv) {
    SwarmOptions options;
    RunResult result;
    const OptionsResult parsed =
        swarm_options_parse(&options, argc, argv, uv_available_parallelism());
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    run_load(&options, &result);
    const ExitCode code = run_tell(&options, &result);
    run_result_free(&result);
    return code;
}

int main(int argc, char **argv) {
    return (int)load_main(argc, argv);
}
