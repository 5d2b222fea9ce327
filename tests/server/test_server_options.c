// SPDX-License-Identifier: MIT
#include "server/operate/server_options.h"

#include <string.h>
#include <unistd.h>

#include "base/option_round_trip.h"
#include "support.h"

#define ARGUMENTS_MAX 16

// Parses a command line of words; the configuration is only meaningful for OPTIONS_RUN.
static OptionsResult parse(ServerConfig *config, const char *line) {
    static char words[512]; // options keep pointing into it
    char *arguments[ARGUMENTS_MAX] = {"tickstorm-server"};
    int count = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < ARGUMENTS_MAX);
        arguments[count++] = word;
    }
    *config = (ServerConfig){0};
    return options_parse(&SERVER_OPTIONS, config, count, arguments, NULL);
}

static ServerConfigError resolve(ServerConfig *config, const char *line, char error[512]) {
    assert_int_equal(parse(config, line), OPTIONS_RUN);
    error[0] = '\0';
    return server_config_resolve(config, error, 512);
}

static const char *write_arena(const char *text) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/tickstorm-test-XXXXXX");
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    return path;
}

static void the_defaults_are_a_server_that_works(void **state) {
    (void)state;
    ServerConfig config;
    char error[512];
    assert_int_equal(resolve(&config, "", error), SERVER_CONFIG_OK);
    assert_int_equal(config.port, 7777);
    assert_int_equal(config.max_clients, 1024);
    assert_int_equal(config.drones.value, SERVER_DRONES_DEFAULT);
    assert_int_equal(config.seed.value, 1);
    assert_int_equal(config.http_port, 0);
    assert_true(config.workers >= 1);
    assert_null(arena_spec_check(&config.arena));
}

static void bad_values_are_refused(void **state) {
    (void)state;
    static const char *const lines[] = {
        "--port 65536",
        "--port -1",
        "--max-clients 0",
        "--max-clients 99999",
        "--workers 65",
        "--net-threads 0",
        "--tick-rate 0",
        "--snapshot-rate 4",
        "--drain-timeout 6s",
        "--budget 199",
        "--budget 1101",
        "--drones many",
        "--log-level loud",
        "--nonsense",
        "--port",
        "stray",
        "--log-format xml",
        "--ticks -5",
        "--unpaced=perhaps",
    };
    ServerConfig config;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(&config, lines[i]) != OPTIONS_ERROR) {
            fail_msg("'%s' was accepted", lines[i]);
        }
    }
}

static void contradictions_are_named(void **state) {
    (void)state;
    static const struct {
        const char *line;
        const char *word;
    } cases[] = {
        {"--tick-rate 60 --snapshot-rate 25", "--snapshot-rate"},
        {"--tick-rate 10", "--snapshot-rate"},
        {"--max-clients 5000", "--net-threads"},
        {"--unpaced", "--ticks"},
        {"--unpaced --ticks 5 --http-port 80", "--http-port"},
    };
    ServerConfig config;
    char error[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(resolve(&config, cases[i].line, error), SERVER_CONFIG_BAD);
        assert_non_null(strstr(error, cases[i].word));
        assert_null(strchr(error, '\n'));
    }
    assert_int_equal(resolve(&config, "--max-clients 5000 --net-threads 2", error),
                     SERVER_CONFIG_OK);
}

static void an_arena_file_says_drones_and_seed_unless_flags_do(void **state) {
    (void)state;
    const char *path = write_arena("[arena]\nname = pit\nside = 8000\ndrones = 123\nseed = 9\n");
    ServerConfig config;
    char error[512];
    char line[128];
    snprintf(line, sizeof line, "--arena %s", path);
    assert_int_equal(resolve(&config, line, error), SERVER_CONFIG_OK);
    assert_string_equal(config.arena.name, "pit");
    assert_int_equal(config.arena.side_units, 8000);
    assert_int_equal(config.drones.value, 123);
    assert_int_equal(config.seed.value, 9);
    snprintf(line, sizeof line, "--arena %s --drones 5 --seed 3", path);
    assert_int_equal(resolve(&config, line, error), SERVER_CONFIG_OK);
    assert_int_equal(config.drones.value, 5);
    assert_int_equal(config.seed.value, 3);
    assert_int_equal(config.arena.seed, 3);
    unlink(path);
}

static void an_arena_without_drones_is_honoured(void **state) {
    (void)state;
    const char *path = write_arena("[arena]\ndrones = 0\n");
    ServerConfig config;
    char error[512];
    char line[128];
    snprintf(line, sizeof line, "--arena %s", path);
    assert_int_equal(resolve(&config, line, error), SERVER_CONFIG_OK);
    assert_int_equal(config.drones.value, 0);
    unlink(path);
}

static void an_arena_that_cannot_be_used_is_one_clear_line(void **state) {
    (void)state;
    ServerConfig config;
    char error[512];
    char line[128];
    assert_int_equal(resolve(&config, "--arena /nowhere/arena.ini", error),
                     SERVER_CONFIG_UNREADABLE);
    assert_non_null(strstr(error, "/nowhere/arena.ini"));
    static const char *const texts[] = {"garbage", "[arena]\nside = big\n", "[arena]\nside = 1\n",
                                        "[arena]\ncolour = red\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *path = write_arena(texts[i]);
        snprintf(line, sizeof line, "--arena %s", path);
        assert_int_equal(resolve(&config, line, error), SERVER_CONFIG_UNREADABLE);
        assert_non_null(strstr(error, path));
        assert_null(strchr(error, '\n'));
        unlink(path);
    }
    assert_int_equal(resolve(&config, "--arena /", error), SERVER_CONFIG_UNREADABLE);
}

static void a_dumped_configuration_loads_to_the_same_values(void **state) {
    (void)state;
    Rng rng = test_rng();
    assert_options_load_as_dumped(&SERVER_OPTIONS, sizeof(ServerConfig), &rng, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_a_server_that_works),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(contradictions_are_named),
        cmocka_unit_test(an_arena_file_says_drones_and_seed_unless_flags_do),
        cmocka_unit_test(an_arena_without_drones_is_honoured),
        cmocka_unit_test(an_arena_that_cannot_be_used_is_one_clear_line),
        cmocka_unit_test(a_dumped_configuration_loads_to_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
