// SPDX-License-Identifier: MIT
// live.h -- the picture of a run that is under way: a block that redraws itself on a terminal, a
//           line a second anywhere else.
//
// Flow:    SwarmProgress -> live_update -> live_block_format or live_line_format -> stderr
// Threads: the main thread, which never waits for stderr (log.h): a block that cannot be drawn at
//          once is left out, a line that is not read is dropped.
// Memory:  a Live holds the tallies of the last second, about 1.2 MiB.
#ifndef TICKSTORM_SWARM_REPORT_LIVE_H
#define TICKSTORM_SWARM_REPORT_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/swarm/measure/server_metrics.h"
#include "tools/swarm/measure/swarm_progress.h"

#define LIVE_WINDOWS     4 // of progress, whose sum is shown: about a second
#define LIVE_BLOCK_BYTES 4096

typedef enum LiveMode { LIVE_OFF, LIVE_LINES, LIVE_BLOCK } LiveMode;

// The figures of the last second, and where the run stands.
typedef struct LiveView {
    const char *target;          // "127.0.0.1:7777"
    SwarmProgress progress;      // recent: over recent_s, about a second
    const ServerMetrics *server; // of the last second; NULL: not watched, or not known yet
} LiveView;

typedef struct Live {
    // Constant after live_init.
    LiveMode mode;
    bool uses_color;
    const char *target;
    // The last windows, oldest overwritten first, and their sum.
    Tally *windows; // [LIVE_WINDOWS]
    Tally *sum;
    double window_s[LIVE_WINDOWS];
    double window_cpu_s[LIVE_WINDOWS];
    uint32_t next_window;
    uint32_t drawn_lines; // of the block that is on the screen
    double next_line_s;
} Live;

// The mode for stderr: a block needs a terminal with cursor movement (TERM) and with enough room.
LiveMode live_mode_of_stderr(void);

// False when memory is short.
bool live_init(Live *live, LiveMode mode, bool uses_color, const char *target);
void live_free(Live *live);

// server: as in LiveView.
void live_update(Live *live, const SwarmProgress *progress, const ServerMetrics *server);

// Erases the block and shows the cursor again, as a second interrupt does.
void live_finish(Live *live);

// How many lines a block has.
uint32_t live_block_lines(void);

// The block, whose lines have at most `columns` characters, and the line; each with its newline.
// Returns the length.
size_t live_block_format(char *buffer, size_t size, const LiveView *view, uint32_t columns,
                         bool uses_color);
size_t live_line_format(char *buffer, size_t size, const LiveView *view);

#endif
