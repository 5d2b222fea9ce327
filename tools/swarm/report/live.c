// SPDX-License-Identifier: MIT
#include "tools/swarm/report/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "tools/swarm/measure/figures.h"
#include "tools/swarm/report/number_text.h"

#define LAG_PERCENTILE  99
#define COLUMNS_DEFAULT 80
#define COLUMNS_MAX     120
#define COLUMNS_MIN     40 // for a readable block
#define LINE_BYTES      384
#define FIXED_LINES     6 // of a block, besides those of the distributions

#define HIDE_CURSOR "\x1b[?25l"
#define SHOW_CURSOR "\x1b[?25h"

// ------------------------------------------------------------------ text

// Lines of plain text, each cut to `columns`; a label in front may be bold.
typedef struct BlockWriter {
    char *buffer;
    size_t size;
    size_t length;
    uint32_t columns;
    bool uses_color;
} BlockWriter;

static void append(BlockWriter *writer, const char *text) {
    const size_t length = strlen(text);
    if (writer->length + length + 1 <= writer->size) {
        memcpy(writer->buffer + writer->length, text, length + 1);
        writer->length += length;
    }
}

// Every line clears the rest of the line that it is drawn over.
static void add_line(BlockWriter *writer, const char *label, const char *text) {
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "%-12s%s", label, text);
    if (strlen(line) > writer->columns) {
        line[writer->columns] = '\0';
    }
    const size_t label_length = strlen(label) < strlen(line) ? strlen(label) : strlen(line);
    if (writer->uses_color) {
        char bold[LINE_BYTES + 16];
        snprintf(bold, sizeof bold, "\x1b[1m%.*s\x1b[0m", (int)label_length, line);
        append(writer, bold);
        append(writer, line + label_length);
    } else {
        append(writer, line);
    }
    append(writer, "\x1b[K\n");
}

static NumberText milliseconds(const Histogram *histogram, double percent) {
    NumberText none = {"-"};
    if (histogram->count == 0) {
        return none;
    }
    return number_text_value((double)histogram_percentile(histogram, percent) * NS_TO_MS);
}

static uint32_t bad_ends(const Tally *tally) {
    return (uint32_t)(tally->refused + tally->timed_out + tally->dropped);
}

// "[=====>     ]" with `width` characters between the brackets.
static void format_bar(char *bar, uint32_t width, double share) {
    const double bounded = share < 0 ? 0 : share > 1 ? 1 : share;
    const uint32_t filled = (uint32_t)(bounded * width);
    bar[0] = '[';
    memset(bar + 1, ' ', width);
    memset(bar + 1, '=', filled);
    if (filled < width) {
        bar[1 + filled] = '>';
    }
    bar[1 + width] = ']';
    bar[2 + width] = '\0';
}

// The generator keeps up when it sends as scheduled, and is never late by half a tick.
static bool falls_behind(const SwarmProgress *progress) {
    const Tally *recent = progress->recent;
    const uint32_t tick_rate_hz = progress->gauges.tick_rate_hz;
    const uint64_t lag_ns = histogram_percentile(&recent->loop_lag_ns, LAG_PERCENTILE);
    return recent->missed_sends > 0 || (tick_rate_hz > 0 && lag_ns > NS_PER_S / tick_rate_hz / 2);
}

static void add_server(BlockWriter *writer, const LiveView *view) {
    char text[LINE_BYTES];
    const ServerMetrics *server = view->server;
    if (server == NULL) {
        add_line(writer, "server", view->target);
        return;
    }
    snprintf(text, sizeof text, "%s   tick p50 %s   p99 %s ms   %.2f cores", view->target,
             number_text_value(server_metrics_tick_ms(server, 50)).text,
             number_text_value(server_metrics_tick_ms(server, 99)).text, server->cpu_cores);
    add_line(writer, "server", text);
}

static void add_bots(BlockWriter *writer, const LiveView *view) {
    char text[LINE_BYTES];
    const SwarmGauges *gauges = &view->progress.gauges;
    const TallyHostile *hostile = &view->progress.total->hostile;
    char attackers[64] = "";
    if (hostile->attempted > 0) {
        snprintf(attackers, sizeof attackers, ", %s attacks",
                 number_text_count(hostile->attempted).text);
    }
    char silent[64] = "";
    if (gauges->silent > 0) {
        snprintf(silent, sizeof silent, " (%s HEAR NOTHING)",
                 number_text_count(gauges->silent).text);
    }
    snprintf(text, sizeof text, "%s playing%s of %s wanted, %s connecting, %s failed%s",
             number_text_count(gauges->bots[BOT_PLAYING]).text, silent,
             number_text_count(view->progress.target_bots).text,
             number_text_count(gauges->bots[BOT_CONNECTING]).text,
             number_text_count(bad_ends(view->progress.total)).text, attackers);
    add_line(writer, "bots", text);
}

// "p50 1.20   p99 4.20   max 9.00 ms", in columns.
static void format_percentiles(char *text, size_t size, const Histogram *histogram) {
    snprintf(text, size, "p50 %7s   p99 %7s   max %7s ms", milliseconds(histogram, 50).text,
             milliseconds(histogram, 99).text, milliseconds(histogram, 100).text);
}

// The distributions that the table of figures labels for this block.
static void add_distributions(BlockWriter *writer, const Tally *recent) {
    char text[LINE_BYTES];
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if (figure->live_label != NULL) {
            format_percentiles(text, sizeof text, figure_histogram(figure, recent));
            add_line(writer, figure->live_label, text);
        }
    }
}

static FigureSource source_of(const SwarmProgress *progress) {
    return (FigureSource){.tally = progress->recent,
                          .measured_s = progress->recent_s > 0 ? progress->recent_s : 1};
}

static void add_snapshots(BlockWriter *writer, const SwarmProgress *progress) {
    char percentiles[LINE_BYTES / 2], text[LINE_BYTES];
    const FigureSource source = source_of(progress);
    const Tally *recent = progress->recent;
    format_percentiles(percentiles, sizeof percentiles, &recent->snapshot_gap_ns);
    snprintf(text, sizeof text, "%s   %s/s, %s lost", percentiles,
             number_text_value(figure_number_of("snapshots.rate_per_bot_hz", &source)).text,
             number_text_percent((double)recent->snapshots_lost,
                                 (double)(recent->snapshots_received + recent->snapshots_lost))
                 .text);
    add_line(writer, "snapshots", text);
}

static void add_traffic(BlockWriter *writer, const SwarmProgress *progress) {
    char text[LINE_BYTES];
    const FigureSource source = source_of(progress);
    snprintf(text, sizeof text, "in %s/s, %s packets/s   out %s/s, %s packets/s",
             number_text_bytes(figure_number_of("traffic.bytes_in_s", &source)).text,
             number_text_value(figure_number_of("traffic.packets_in_s", &source)).text,
             number_text_bytes(figure_number_of("traffic.bytes_out_s", &source)).text,
             number_text_value(figure_number_of("traffic.packets_out_s", &source)).text);
    add_line(writer, "traffic", text);
}

static void add_generator(BlockWriter *writer, const SwarmProgress *progress) {
    char text[LINE_BYTES];
    snprintf(text, sizeof text, "%s: busiest thread %.0f %%, loops %s ms late, %s sends missed",
             falls_behind(progress) ? "FALLS BEHIND" : "keeps up",
             progress->gauges.thread_cpu * 100,
             milliseconds(&progress->recent->loop_lag_ns, LAG_PERCENTILE).text,
             number_text_count(progress->total->missed_sends).text);
    add_line(writer, "generator", text);
}

static void add_bar(BlockWriter *writer, const SwarmProgress *progress) {
    char text[LINE_BYTES];
    char bar[COLUMNS_MAX + 4];
    const double left_s = progress->duration_s - progress->elapsed_s;
    const uint32_t width = writer->columns > 60 ? writer->columns - 36 : 20;
    format_bar(bar, width < COLUMNS_MAX ? width : COLUMNS_MAX,
               progress->elapsed_s / progress->duration_s);
    snprintf(text, sizeof text, "%s %s left", bar, number_text_seconds(left_s).text);
    add_line(writer, progress->is_warming_up ? "warming up" : "", text);
}

uint32_t live_block_lines(void) {
    uint32_t lines = FIXED_LINES;
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        lines += figure->live_label != NULL;
    }
    return lines;
}

size_t live_block_format(char *buffer, size_t size, const LiveView *view, uint32_t columns,
                         bool uses_color) {
    BlockWriter writer = {
        .buffer = buffer, .size = size, .columns = columns, .uses_color = uses_color};
    buffer[0] = '\0';
    add_server(&writer, view);
    add_bots(&writer, view);
    add_distributions(&writer, view->progress.recent);
    add_snapshots(&writer, &view->progress);
    add_traffic(&writer, &view->progress);
    add_generator(&writer, &view->progress);
    add_bar(&writer, &view->progress);
    return writer.length;
}

size_t live_line_format(char *buffer, size_t size, const LiveView *view) {
    const SwarmProgress *progress = &view->progress;
    const Tally *recent = progress->recent;
    char tick[64] = "";
    char silent[64] = "";
    if (progress->gauges.silent > 0) {
        snprintf(silent, sizeof silent, ", %s HEAR NOTHING",
                 number_text_count(progress->gauges.silent).text);
    }
    if (view->server != NULL) {
        snprintf(tick, sizeof tick, "  tick p99 %s ms",
                 number_text_value(server_metrics_tick_ms(view->server, 99)).text);
    }
    const int length = snprintf(
        buffer, size,
        "%4.0f s  %s of %s bots%s  rtt p50 %s p99 %s ms  gap p99 %s ms  lost %s  failed %s%s  "
        "generator %.0f %%, %s ms late, missed %s%s\n",
        progress->elapsed_s, number_text_count(progress->gauges.bots[BOT_PLAYING]).text,
        number_text_count(progress->target_bots).text, silent,
        milliseconds(&recent->round_trip_ns, 50).text,
        milliseconds(&recent->round_trip_ns, 99).text,
        milliseconds(&recent->snapshot_gap_ns, 99).text,
        number_text_percent((double)recent->snapshots_lost,
                            (double)(recent->snapshots_received + recent->snapshots_lost))
            .text,
        number_text_count(bad_ends(progress->total)).text, tick, progress->gauges.thread_cpu * 100,
        milliseconds(&recent->loop_lag_ns, LAG_PERCENTILE).text,
        number_text_count(progress->total->missed_sends).text,
        progress->is_warming_up ? "  (warming up)" : "");
    return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

// ------------------------------------------------------------------ screen

static struct winsize window_of_stderr(void) {
    struct winsize window = {0};
    ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    return window;
}

// A terminal that does not know its size says 0.
LiveMode live_mode_of_stderr(void) {
    const char *term = getenv("TERM");
    const struct winsize window = window_of_stderr();
    const bool has_cursor =
        isatty(STDERR_FILENO) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
    const bool has_room = (window.ws_row == 0 || window.ws_row > live_block_lines()) &&
                          (window.ws_col == 0 || window.ws_col >= COLUMNS_MIN);
    return has_cursor && has_room ? LIVE_BLOCK : LIVE_LINES;
}

bool live_init(Live *live, LiveMode mode, bool uses_color, const char *target) {
    ASSERT_MAIN_THREAD();
    *live = (Live){.mode = mode, .uses_color = uses_color, .target = target, .next_line_s = 1};
    live->windows = calloc(LIVE_WINDOWS, sizeof *live->windows);
    live->sum = calloc(1, sizeof *live->sum);
    if (live->windows == NULL || live->sum == NULL) {
        live_free(live);
        return false;
    }
    return true;
}

void live_free(Live *live) {
    ASSERT_MAIN_THREAD();
    free(live->windows);
    free(live->sum);
    live->windows = NULL;
    live->sum = NULL;
}

// Replaces the oldest window and returns the progress over all of them.
static SwarmProgress add_window(Live *live, const SwarmProgress *progress) {
    SwarmProgress second = *progress;
    const uint32_t slot = live->next_window;
    double cpu_s = 0;
    live->windows[slot] = *progress->recent;
    live->window_s[slot] = progress->recent_s;
    live->window_cpu_s[slot] = progress->cpu_cores * progress->recent_s;
    live->next_window = (slot + 1) % LIVE_WINDOWS;
    tally_reset(live->sum);
    second.recent_s = 0;
    for (uint32_t i = 0; i < LIVE_WINDOWS; i++) {
        tally_merge(live->sum, &live->windows[i]);
        second.recent_s += live->window_s[i];
        cpu_s += live->window_cpu_s[i];
    }
    second.recent = live->sum;
    second.cpu_cores = second.recent_s > 0 ? cpu_s / second.recent_s : 0;
    return second;
}

static uint32_t terminal_columns(void) {
    const struct winsize window = window_of_stderr();
    return window.ws_col == 0            ? COLUMNS_DEFAULT
           : window.ws_col < COLUMNS_MAX ? window.ws_col
                                         : COLUMNS_MAX;
}

// The block is one write, drawn over the previous one. Nothing is cleared first, so nothing
// flickers.
static void draw_block(Live *live, const LiveView *view) {
    char block[LIVE_BLOCK_BYTES];
    // When the terminal is blocked, the next block is drawn instead.
    if (!log_is_idle()) {
        return;
    }
    live_block_format(block, sizeof block, view, terminal_columns(), live->uses_color);
    interrupt_set_farewell(SHOW_CURSOR);
    if (live->drawn_lines > 0) {
        log_print("\x1b[%uA\r%s", live->drawn_lines, block);
    } else {
        log_print(HIDE_CURSOR "%s", block);
    }
    live->drawn_lines = live_block_lines();
}

void live_update(Live *live, const SwarmProgress *progress, const ServerMetrics *server) {
    ASSERT_MAIN_THREAD();
    if (live->mode == LIVE_OFF) {
        return;
    }
    const LiveView view = {live->target, add_window(live, progress), server};
    if (live->mode == LIVE_BLOCK) {
        draw_block(live, &view);
    } else if (progress->elapsed_s >= live->next_line_s) {
        char line[LINE_BYTES * 2];
        live_line_format(line, sizeof line, &view);
        log_text(line, strlen(line));
        live->next_line_s += 1;
    }
}

void live_finish(Live *live) {
    ASSERT_MAIN_THREAD();
    if (live->drawn_lines > 0) {
        log_print("\x1b[%uA\r\x1b[J" SHOW_CURSOR, live->drawn_lines);
        interrupt_set_farewell(NULL);
        live->drawn_lines = 0;
    }
}
