// SPDX-License-Identifier: MIT
#include "server/operate/reload.h"

#include <string.h>

#include "base/log.h"
#include "base/option_field.h"

static bool is_live(const Option *option) {
    return option->offset == offsetof(ServerConfig, log_level) ||
           option->offset == offsetof(ServerConfig, log_format) ||
           option->offset == offsetof(ServerConfig, drain_timeout_ns);
}

static void compare_key(const Option *option, const ServerConfig *old, const ServerConfig *new,
                        ReloadResult *result) {
    char before[OPTION_FORMAT_BYTES];
    char after[OPTION_FORMAT_BYTES];
    option_format(option, old, before, sizeof before);
    option_format(option, new, after, sizeof after);
    if (strcmp(before, after) == 0) {
        return;
    }
    LOG_INFO("config", "%s: '%s' -> '%s'%s", option->name, before, after,
             is_live(option) ? "" : " (needs a restart)");
    result->applied_count += is_live(option);
    result->restart_count += !is_live(option);
}

static bool read_again(ServerConfig *config, int argc, char **argv, char *problem, size_t size) {
    *config = (ServerConfig){0};
    return options_parse_quietly(&SERVER_OPTIONS, config, argc, argv, problem, size) ==
               OPTIONS_RUN &&
           server_config_resolve(config, problem, size) == SERVER_CONFIG_OK;
}

ReloadResult reload_config(ServerConfig *config, int argc, char **argv) {
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
            compare_key(&SERVER_OPTIONS.rows[i], config, &fresh, &result);
        }
    }
    config->log_level = fresh.log_level;
    config->log_format = fresh.log_format;
    config->drain_timeout_ns = fresh.drain_timeout_ns;
    server_config_apply_log(config);
    LOG_INFO("config", "read again: %u applied, %u need a restart", result.applied_count,
             result.restart_count);
    return result;
}
