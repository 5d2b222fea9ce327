// SPDX-License-Identifier: MIT
#include "server/operate/reload.h"

#include <string.h>

#include "base/log.h"
#include "base/option_field.h"
#include "base/thread_role.h"

// Copies a changed value that applies while running. Any other changed value waits for a restart.
static void reload_row(const Option *option, ServerConfig *config, const ServerConfig *fresh,
                       ReloadResult *result) {
    char before[OPTION_FORMAT_BYTES];
    char after[OPTION_FORMAT_BYTES];
    option_format(option, config, before, sizeof before);
    option_format(option, fresh, after, sizeof after);
    if (strcmp(before, after) == 0) {
        return;
    }
    LOG_INFO("config", "%s: '%s' -> '%s'%s", option->name, before, after,
             option->applies_while_running ? "" : " (needs a restart)");
    if (option->applies_while_running) {
        option_copy(option, config, fresh);
        result->applied_count++;
    } else {
        result->restart_count++;
    }
}

static bool read_again(ServerConfig *config, int argc, char **argv, char *problem, size_t size) {
    *config = (ServerConfig){0};
    return options_parse_quietly(&SERVER_OPTIONS, config, argc, argv, problem, size) ==
               OPTIONS_RUN &&
           server_config_resolve(config, problem, size) == SERVER_CONFIG_OK;
}

ReloadResult reload_config(ServerConfig *config, int argc, char **argv) {
    ASSERT_MAIN_THREAD();
    ReloadResult result = {0};
    ServerConfig fresh;
    char problem[1024];
    if (config->config_file == NULL) {
        LOG_INFO("config", "nothing to read again: the server runs without --config");
        return result;
    }
    if (!read_again(&fresh, argc, argv, problem, sizeof problem)) {
        LOG_ERROR("config", "kept as it was, the new one is bad: %s", problem);
        result.is_bad = true;
        return result;
    }
    for (size_t i = 0; i < SERVER_OPTIONS.count; i++) {
        if (SERVER_OPTIONS.rows[i].section != NULL) {
            reload_row(&SERVER_OPTIONS.rows[i], config, &fresh, &result);
        }
    }
    server_config_apply_log(config);
    LOG_INFO("config", "read again: %u applied, %u need a restart", result.applied_count,
             result.restart_count);
    return result;
}
