// SPDX-License-Identifier: MIT
#include "tools/swarm/report/live.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "support.h"
#include "swarm_samples.h"

static Tally g_tally;

static SwarmProgress sample_progress(double elapsed_s) {
    SwarmProgress progress = {
        .elapsed_s = elapsed_s,
        .duration_s = 10,
        .target_bots = 10,
        .recent = &g_tally,
        .recent_s = 0.25,
        .total = &g_tally,
        .cpu_cores = 0.5,
    };
    progress.gauges.bots[BOT_PLAYING] = 8;
    progress.gauges.bots[BOT_CONNECTING] = 2;
    progress.gauges.thread_cpu = 0.42;
    progress.gauges.tick_rate_hz = 60;
    return progress;
}

static uint32_t count_lines(const char *text) {
    uint32_t lines = 0;
    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    return lines;
}

static void the_block_has_a_fixed_number_of_lines(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    const LiveView view = {"127.0.0.1:7777", sample_progress(5), NULL};
    sample_tally(&g_tally);
    const size_t length = live_block_format(block, sizeof block, &view, 80, false);
    assert_int_equal(length, strlen(block));
    assert_int_equal(count_lines(block), live_block_lines());
    assert_non_null(strstr(block, "8 playing of 10 wanted, 2 connecting, 0 failed"));
    assert_non_null(strstr(block, "5 s left"));
    assert_non_null(strstr(block, "keeps up: busiest thread 42 %"));
}

static void the_servers_ticks_are_shown_when_it_is_watched(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    char line[512];
    const ServerMetrics server = {
        .cpu_cores = 0.5, .bucket_count = 2, .buckets = {{0.004, 100}, {INFINITY, 100}}};
    const LiveView view = {"127.0.0.1:7777", sample_progress(5), &server};
    sample_tally(&g_tally);
    live_block_format(block, sizeof block, &view, 80, false);
    live_line_format(line, sizeof line, &view);
    assert_non_null(strstr(block, "tick p50 2.00   p99 3.96 ms   0.50 cores"));
    assert_non_null(strstr(line, "tick p99 3.96 ms"));
}

static void a_generator_that_falls_behind_is_shown_at_once(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    const LiveView view = {"127.0.0.1:7777", sample_progress(5), NULL};
    sample_tally(&g_tally);
    g_tally.missed_sends = 1;
    live_block_format(block, sizeof block, &view, 80, false);
    assert_non_null(strstr(block, "FALLS BEHIND"));
    g_tally.missed_sends = 0;
    histogram_record(&g_tally.loop_lag_ns, 9 * NS_PER_MS); // half a tick is 8.3 ms
    live_block_format(block, sizeof block, &view, 80, false);
    assert_non_null(strstr(block, "FALLS BEHIND"));
}

static void silent_bots_are_shown_at_once(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    char line[512];
    LiveView view = {"127.0.0.1:7777", sample_progress(5), NULL};
    sample_tally(&g_tally);
    live_block_format(block, sizeof block, &view, 80, false);
    live_line_format(line, sizeof line, &view);
    assert_null(strstr(block, "HEAR NOTHING"));
    assert_null(strstr(line, "HEAR NOTHING"));
    view.progress.gauges.silent = 7;
    live_block_format(block, sizeof block, &view, 80, false);
    live_line_format(line, sizeof line, &view);
    assert_non_null(strstr(block, "(7 HEAR NOTHING)"));
    assert_non_null(strstr(line, ", 7 HEAR NOTHING"));
}

static void the_warm_up_is_shown(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    char line[512];
    LiveView view = {"127.0.0.1:7777", sample_progress(5), NULL};
    sample_tally(&g_tally);
    live_block_format(block, sizeof block, &view, 80, false);
    assert_null(strstr(block, "warming up"));
    view.progress.is_warming_up = true;
    live_block_format(block, sizeof block, &view, 80, false);
    live_line_format(line, sizeof line, &view);
    assert_non_null(strstr(block, "warming up"));
    assert_non_null(strstr(line, "(warming up)"));
}

static void lines_are_cut_to_the_terminal(void **state) {
    (void)state;
    for (uint32_t columns = 1; columns <= 120; columns++) {
        char block[LIVE_BLOCK_BYTES];
        const LiveView view = {"127.0.0.1:7777", sample_progress(5), NULL};
        sample_tally(&g_tally);
        live_block_format(block, sizeof block, &view, columns, false);
        assert_int_equal(count_lines(block), live_block_lines());
        for (char *line = strtok(block, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_true(strlen(line) <= columns + strlen("\x1b[K"));
        }
    }
}

static void a_run_without_measurements_shows_dashes(void **state) {
    (void)state;
    char block[LIVE_BLOCK_BYTES];
    char line[512];
    tally_reset(&g_tally);
    const LiveView view = {"127.0.0.1:7777", sample_progress(0), NULL};
    live_block_format(block, sizeof block, &view, 80, true);
    live_line_format(line, sizeof line, &view);
    assert_null(strstr(block, "nan"));
    assert_null(strstr(line, "nan"));
    assert_non_null(strstr(line, "rtt p50 - p99 - ms"));
}

// The text that Live wrote for a run of 3 s; the caller frees it.
static char *run_live(LiveMode mode, bool is_finished) {
    char *text = NULL;
    size_t size = 0;
    Live live;
    FILE *stream = tmpfile();
    assert_non_null(stream);
    const int saved = dup(STDERR_FILENO);
    dup2(fileno(stream), STDERR_FILENO);
    assert_true(live_init(&live, mode, false, "127.0.0.1:7777"));
    for (uint32_t i = 1; i <= 12; i++) {
        const SwarmProgress progress = sample_progress(i * 0.25);
        live_update(&live, &progress, NULL);
    }
    if (is_finished) {
        live_finish(&live);
    }
    live_free(&live);
    dup2(saved, STDERR_FILENO);
    close(saved);
    size = (size_t)lseek(fileno(stream), 0, SEEK_END);
    rewind(stream);
    text = calloc(1, size + 1);
    assert_int_equal(fread(text, 1, size, stream), size);
    fclose(stream);
    return text;
}

static void without_a_terminal_there_is_a_line_a_second(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = run_live(LIVE_LINES, true);
    assert_int_equal(count_lines(text), 3);
    assert_null(strchr(text, '\x1b'));
    free(text);
}

// Which picture a terminal of this size and kind gets.
static LiveMode mode_on_terminal(const char *term, uint32_t rows, uint32_t columns) {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const struct winsize window = {.ws_row = (uint16_t)rows, .ws_col = (uint16_t)columns};
    assert_true(terminal >= 0);
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &window), 0);
    assert_int_equal(term != NULL ? setenv("TERM", term, 1) : unsetenv("TERM"), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(terminal, STDERR_FILENO);
    const LiveMode mode = live_mode_of_stderr();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(terminal);
    return mode;
}

static void a_terminal_without_room_or_cursor_gets_lines(void **state) {
    (void)state;
    assert_int_equal(mode_on_terminal("xterm", 24, 80), LIVE_BLOCK);
    assert_int_equal(mode_on_terminal("xterm", live_block_lines() + 1, 40), LIVE_BLOCK);
    assert_int_equal(mode_on_terminal("xterm", 0, 0), LIVE_BLOCK); // it does not say
    assert_int_equal(mode_on_terminal("xterm", live_block_lines(), 80), LIVE_LINES);
    assert_int_equal(mode_on_terminal("xterm", 24, 20), LIVE_LINES);
    assert_int_equal(mode_on_terminal("dumb", 24, 80), LIVE_LINES);
    assert_int_equal(mode_on_terminal("", 24, 80), LIVE_LINES);
    assert_int_equal(mode_on_terminal(NULL, 24, 80), LIVE_LINES);
}

static void quiet_prints_nothing(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = run_live(LIVE_OFF, true);
    assert_string_equal(text, "");
    free(text);
}

static void the_block_is_redrawn_in_place_and_erased(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = run_live(LIVE_BLOCK, true);
    assert_non_null(strstr(text, "\x1b[8A"));
    assert_null(strstr(text, "\x1b[2J")); // clearing the screen would flicker
    const char *end = "\x1b[8A\r\x1b[J\x1b[?25h";
    assert_true(strlen(text) > strlen(end));
    assert_string_equal(text + strlen(text) - strlen(end), end);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_has_a_fixed_number_of_lines),
        cmocka_unit_test(the_servers_ticks_are_shown_when_it_is_watched),
        cmocka_unit_test(a_generator_that_falls_behind_is_shown_at_once),
        cmocka_unit_test(silent_bots_are_shown_at_once),
        cmocka_unit_test(the_warm_up_is_shown),
        cmocka_unit_test(lines_are_cut_to_the_terminal),
        cmocka_unit_test(a_run_without_measurements_shows_dashes),
        cmocka_unit_test(without_a_terminal_there_is_a_line_a_second),
        cmocka_unit_test(a_terminal_without_room_or_cursor_gets_lines),
        cmocka_unit_test(quiet_prints_nothing),
        cmocka_unit_test(the_block_is_redrawn_in_place_and_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
