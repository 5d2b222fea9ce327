// SPDX-License-Identifier: MIT
// main.c -- tickstorm-server's command line.
//
// Flow:    options -> configuration -> server_run() -> exit code (0 fine, 1 failed, 2 usage)
#include <stdio.h>

#include "base/log.h"
#include "base/options.h"
#include "server/server.h"

#define EXIT_USAGE 2

// Static, so that the texts it holds stay reachable to the end.
static ServerConfig g_config;

static void configure_log(void) {
    LogLevel level = LOG_LEVEL_INFO;
    LogFormat format = LOG_FORMAT_TEXT;
    log_level_from_name(g_config.log_level, &level);
    log_format_from_name(g_config.log_format, &format);
    log_configure(level, format);
}

int main(int argc, char **argv) {
    g_config = server_config_initial();
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
        fprintf(stderr, "tickstorm-server: %s\n", error);
        return result == SERVER_CONFIG_BAD || g_config.is_check ? EXIT_USAGE : 1;
    }
    if (g_config.is_dump) {
        options_dump(&SERVER_OPTIONS, &g_config);
        return 0;
    }
    if (g_config.is_check) {
        return 0;
    }
    configure_log();
    return server_run(&g_config);
}
