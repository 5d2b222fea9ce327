// SPDX-License-Identifier: MIT
#include "server/operate/reload.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/option_field.h"
#include "support.h"

static char g_path[64];
static char *g_arguments[] = {"tickstorm-server", "--config", g_path};

static void write_config(const char *text) {
    FILE *file = fopen(g_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static ServerConfig start_with(const char *text) {
    ServerConfig config = (ServerConfig){0};
    char problem[512];
    snprintf(g_path, sizeof g_path, "/tmp/tickstorm-test-XXXXXX");
    const int descriptor = mkstemp(g_path);
    assert_true(descriptor >= 0);
    close(descriptor);
    write_config(text);
    assert_int_equal(
        options_parse_quietly(&SERVER_OPTIONS, &config, 3, g_arguments, problem, sizeof problem),
        OPTIONS_RUN);
    assert_int_equal(server_config_resolve(&config, problem, sizeof problem), SERVER_CONFIG_OK);
    return config;
}

static void marked_rows_apply_at_once_and_others_wait_for_a_restart(void **state) {
    (void)state;
    ServerConfig config = start_with("[server]\nport = 0\n[log]\nlog-level = error\n");
    write_config("[server]\nport = 1234\ndrain-timeout = 2s\n[game]\nbudget = 900\n"
                 "[log]\nlog-level = debug\n");
    const ReloadResult result = reload_config(&config, 3, g_arguments);
    assert_false(result.is_bad);
    assert_int_equal(result.applied_count, 2);
    assert_int_equal(result.restart_count, 2);
    assert_string_equal(config.log_level, "debug");
    assert_true(log_is_enabled(LOG_LEVEL_DEBUG));
    assert_int_equal(config.drain_timeout_ns, 2000000000);
    assert_int_equal(config.port, 0);
    assert_int_equal(config.budget_bytes, 1100);
    unlink(g_path);
}

static void a_row_applies_while_running_exactly_when_it_is_marked(void **state) {
    (void)state;
    ServerConfig config = start_with("");
    ServerConfig before;
    char text[512];
    snprintf(text, sizeof text,
             "[server]\nbind = 127.0.0.1\nipv6-only = true\nport = 1\nmax-clients = 2\n"
             "net-threads = 2\nworkers = %d\ndrain-timeout = 2s\n"
             "[game]\ndrones = 1\nseed = 2\ntick-rate = 30\nsnapshot-rate = 10\n"
             "budget = 900\nverify-interval = 0\n"
             "[http]\nhttp-bind = ::1\nhttp-port = 1\n"
             "[log]\nlog-level = error\nlog-format = json\n",
             config.workers == 1 ? 2 : 1);
    write_config(text);
    memcpy(&before, &config, sizeof before);
    const ReloadResult result = reload_config(&config, 3, g_arguments);
    assert_false(result.is_bad);
    uint32_t applied_count = 0;
    uint32_t restart_count = 0;
    for (size_t i = 0; i < SERVER_OPTIONS.count; i++) {
        const Option *option = &SERVER_OPTIONS.rows[i];
        char old[OPTION_FORMAT_BYTES];
        char new[OPTION_FORMAT_BYTES];
        option_format(option, &before, old, sizeof old);
        option_format(option, &config, new, sizeof new);
        if ((strcmp(old, new) != 0) != option->applies_while_running) {
            fail_msg("%s: '%s' -> '%s'", option->name, old, new);
        }
        applied_count += option->applies_while_running;
        restart_count += option->section != NULL && !option->applies_while_running;
    }
    assert_int_equal(result.applied_count, applied_count);
    assert_int_equal(result.restart_count, restart_count - 1); // but for the arena
    server_config_apply_log(&before);
    unlink(g_path);
}

static void the_help_names_the_rows_that_apply_while_running(void **state) {
    (void)state;
    char line[256];
    const char *signal = strstr(SERVER_OPTIONS.epilog, "SIGHUP\t");
    assert_non_null(signal);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(signal, "\n"), signal);
    for (size_t i = 0; i < SERVER_OPTIONS.count; i++) {
        const Option *option = &SERVER_OPTIONS.rows[i];
        char section[32];
        snprintf(section, sizeof section, "[%s]", option->section != NULL ? option->section : "");
        const bool is_named = strstr(line, option->name) != NULL || strstr(line, section) != NULL;
        if (option->section != NULL && option->applies_while_running != is_named) {
            fail_msg("%s", option->name);
        }
    }
}

static void an_unchanged_configuration_changes_nothing(void **state) {
    (void)state;
    ServerConfig config = start_with("[log]\nlog-level = warn\n");
    const ReloadResult result = reload_config(&config, 3, g_arguments);
    assert_false(result.is_bad);
    assert_int_equal(result.applied_count + result.restart_count, 0);
    unlink(g_path);
}

static void a_bad_configuration_changes_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"[log]\nlog-level = loud\n",
                                        "[log]\nlog-level = debug\n[server]\nprot = 1\n",
                                        "[log]\nlog-level = debug\n[server]\nbind = a..b\n",
                                        "[log]\nlog-level = debug\n[game]\narena = /nowhere\n"};
    ServerConfig config = start_with("[log]\nlog-level = error\n");
    server_config_apply_log(&config);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_config(texts[i]);
        assert_true(reload_config(&config, 3, g_arguments).is_bad);
        assert_string_equal(config.log_level, "error");
        assert_false(log_is_enabled(LOG_LEVEL_WARN));
    }
    unlink(g_path);
    assert_true(reload_config(&config, 3, g_arguments).is_bad); // the file is gone
    assert_string_equal(config.log_level, "error");
}

static void without_a_file_nothing_is_reloaded(void **state) {
    (void)state;
    ServerConfig config = (ServerConfig){0};
    const ReloadResult result = reload_config(&config, 1, g_arguments);
    assert_false(result.is_bad);
    assert_int_equal(result.applied_count + result.restart_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marked_rows_apply_at_once_and_others_wait_for_a_restart),
        cmocka_unit_test(a_row_applies_while_running_exactly_when_it_is_marked),
        cmocka_unit_test(the_help_names_the_rows_that_apply_while_running),
        cmocka_unit_test(an_unchanged_configuration_changes_nothing),
        cmocka_unit_test(a_bad_configuration_changes_nothing),
        cmocka_unit_test(without_a_file_nothing_is_reloaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
