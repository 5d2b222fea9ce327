// SPDX-License-Identifier: MIT
// main.c -- tickstorm-server's command line.
//
// Flow:    options -> configuration -> server_run() -> exit code (0 fine, 1 failed, 2 usage)
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/options.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "server/server.h"

#define EXIT_USAGE 2

// Static, so that its texts stay reachable to the end.
static ServerConfig g_config;

// libuv aborts without a message when its table of descriptors cannot grow. The table grows only at
// the start, since the server watches the same descriptors to the end.
static void *reallocate_or_end(void *block, size_t size) {
    void *grown = realloc(block, size);
    if (grown == NULL && size > 0) {
        LOG_ERROR("server", "out of memory for an event loop");
        exit(EXIT_FAILURE);
    }
    return grown;
}

static int server_main(int argc, char **argv) {
    switch (options_parse(&SERVER_OPTIONS, &g_config, argc, argv, NULL)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    char error[512];
    const ServerConfigError result = server_config_resolve(&g_config, error, sizeof error);
    if (result != SERVER_CONFIG_OK) {
        log_print_line("tickstorm-server: %s", error);
        return result == SERVER_CONFIG_BAD || g_config.is_check ? EXIT_USAGE : 1;
    }
    if (g_config.is_dump) {
        options_dump(&SERVER_OPTIONS, &g_config);
        return 0;
    }
    if (g_config.is_check) {
        return 0;
    }
    server_config_apply_log(&g_config);
    return server_run(&g_config, argc, argv);
}

int main(int argc, char **argv) {
    process_start();
    interrupt_catch(EXIT_SUCCESS, HANG_UP_IS_COUNTED);
    (void)uv_replace_allocator(malloc, reallocate_or_end, calloc, free);
    return output_stdout_finish("tickstorm-server", server_main(argc, argv));
}
