// SPDX-License-Identifier: MIT
#include "tools/swarm/report/live.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "tools/swarm/report/number_text.h"

#define LAG_PERCENTILE  99
#define COLUMNS_DEFAULT 80
#define COLUMNS_MAX     120
#define COLUMNS_MIN     40 // for a block that says anything
#define LINE_BYTES      256

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

// Every line clears what is left of the line that it is drawn over.
static void add_line(BlockWriter *writer, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_line(BlockWriter *writer, const char *label, const char *format, ...) {
    char line[LINE_BYTES];
    va_list arguments;
    const int offset = snprintf(line, sizeof line, "%-12s", label);
    va_start(arguments, format);
    vsnprintf(line + offset, sizeof line - (size_t)offset, format, arguments);
    va_end(arguments);
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

static double per_bot_and_second(uint64_t amount, const Tally *tally) {
    return (double)amount / ((double)tally->playing_ns / (double)NS_PER_S);
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
    const ServerMetrics *server = view->server;
    if (server == NULL) {
        add_line(writer, "server", "%s", view->target);
        return;
    }
    add_line(writer, "server", "%s   tick p50 %s   p99 %s ms   %.2f cores", view->target,
             number_text_value(server_metrics_tick_ms(server, 50)).text,
             number_text_value(server_metrics_tick_ms(server, 99)).text, server->cpu_cores);
}

static void add_bots(BlockWriter *writer, const LiveView *view) {
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
    add_line(writer, "bots", "%s playing%s of %s wanted, %s connecting, %s failed%s",
             number_text_count(gauges->bots[BOT_PLAYING]).text, silent,
             number_text_count(view->progress.target_bots).text,
             number_text_count(gauges->bots[BOT_CONNECTING]).text,
             number_text_count(bad_ends(view->progress.total)).text, attackers);
}

static void add_latency(BlockWriter *writer, const char *label, const Histogram *histogram) {
    add_line(writer, label, "p50 %7s   p99 %7s   max %7s ms", milliseconds(histogram, 50).text,
             milliseconds(histogram, 99).text, milliseconds(histogram, 100).text);
}

static void add_snapshots(BlockWriter *writer, const Tally *recent) {
    add_line(writer, "snapshots", "p50 %7s   p99 %7s   max %7s ms   %s/s, %s lost",
             milliseconds(&recent->snapshot_gap_ns, 50).text,
             milliseconds(&recent->snapshot_gap_ns, 99).text,
             milliseconds(&recent->snapshot_gap_ns, 100).text,
             number_text_value(per_bot_and_second(recent->snapshots_received, recent)).text,
             number_text_percent((double)recent->snapshots_lost,
                                 (double)(recent->snapshots_received + recent->snapshots_lost))
                 .text);
}

static void add_traffic(BlockWriter *writer, const SwarmProgress *progress) {
    const Tally *recent = progress->recent;
    const double seconds = progress->recent_s > 0 ? progress->recent_s : 1;
    add_line(writer, "traffic", "in %s/s, %s packets/s   out %s/s, %s packets/s",
             number_text_bytes((double)recent->bytes_in / seconds).text,
             number_text_value((double)recent->packets_in / seconds).text,
             number_text_bytes((double)recent->bytes_out / seconds).text,
             number_text_value((double)recent->packets_out / seconds).text);
}

static void add_generator(BlockWriter *writer, const SwarmProgress *progress) {
    add_line(writer, "generator", "%s: busiest thread %.0f %%, loops %s ms late, %s sends missed",
             falls_behind(progress) ? "FALLS BEHIND" : "keeps up",
             progress->gauges.thread_cpu * 100,
             milliseconds(&progress->recent->loop_lag_ns, LAG_PERCENTILE).text,
             number_text_count(progress->total->missed_sends).text);
}

static void add_bar(BlockWriter *writer, const SwarmProgress *progress) {
    char bar[COLUMNS_MAX + 4];
    const double left_s = progress->duration_s - progress->elapsed_s;
    const uint32_t width = writer->columns > 60 ? writer->columns - 36 : 20;
    format_bar(bar, width < COLUMNS_MAX ? width : COLUMNS_MAX,
               progress->elapsed_s / progress->duration_s);
    add_line(writer, progress->is_warming_up ? "warming up" : "", "%s %s left", bar,
             number_text_seconds(left_s).text);
}

size_t live_block_format(char *buffer, size_t size, const LiveView *view, uint32_t columns,
                         bool uses_color) {
    BlockWriter writer = {buffer, size, 0, columns, uses_color};
    const Tally *recent = view->progress.recent;
    buffer[0] = '\0';
    add_server(&writer, view);
    add_bots(&writer, view);
    add_latency(&writer, "round trip", &recent->round_trip_ns);
    add_latency(&writer, "input ack", &recent->input_ack_ns);
    add_snapshots(&writer, recent);
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

// A size of 0 is one that the terminal does not know.
LiveMode live_mode_of_stderr(void) {
    const char *term = getenv("TERM");
    const struct winsize window = window_of_stderr();
    const bool has_cursor =
        isatty(STDERR_FILENO) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
    const bool has_room = (window.ws_row == 0 || window.ws_row > LIVE_BLOCK_LINES) &&
                          (window.ws_col == 0 || window.ws_col >= COLUMNS_MIN);
    return has_cursor && has_room ? LIVE_BLOCK : LIVE_LINES;
}

bool live_init(Live *live, LiveMode mode, bool uses_color, const char *target) {
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

// One write for the whole picture, drawn over the one before: nothing is cleared first, so nothing
// flickers.
static void draw_block(Live *live, const LiveView *view) {
    char block[LIVE_BLOCK_BYTES];
    // Where the terminal stands still, the next picture will be newer.
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
    live->drawn_lines = LIVE_BLOCK_LINES;
}

void live_update(Live *live, const SwarmProgress *progress, const ServerMetrics *server) {
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
    if (live->drawn_lines > 0) {
        log_print("\x1b[%uA\r\x1b[J" SHOW_CURSOR, live->drawn_lines);
        interrupt_set_farewell(NULL);
        live->drawn_lines = 0;
    }
}
