// SPDX-License-Identifier: MIT
// net_figures.h -- figures of the connection, the picture and the server.
//
// Flow:    net_figures_on_snapshot (client observer), net_figures_on_frame (main loop) -> figures
//          of the last half second and histories -> figures_panel_draw
// Threads: the client's thread. Time is a parameter.
#ifndef TICKSTORM_CLIENT_PICTURE_NET_FIGURES_H
#define TICKSTORM_CLIENT_PICTURE_NET_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/client.h"

#define NET_FIGURES_HISTORY     120
#define NET_FIGURES_INTERVAL_NS 500000000ull

typedef enum NetSeries {
    SERIES_FRAME_MS,
    SERIES_ROUND_TRIP_MS,
    SERIES_SNAPSHOT_GAP_MS,
    SERIES_SERVER_TICK_MS,
    SERIES_COUNT,
} NetSeries;

// A ring of the last values; next is the oldest.
typedef struct NetHistory {
    float values[NET_FIGURES_HISTORY];
    uint32_t next;
} NetHistory;

typedef struct NetFigures {
    // Of the last complete interval.
    float frames_hz;
    float frame_ms_max;
    float round_trip_ms;
    float snapshot_gap_ms; // mean
    float snapshot_gap_ms_max;
    float loss_percent;      // of snapshots
    float loss_out_percent;  // of inputs, by the server's last report
    float delay_ms;          // interpolation delay of the other entities
    float in_kb_s, out_kb_s; // UDP payload
    float server_tick_ms;
    uint64_t corrections; // of the own ship's prediction, since the start
    uint32_t clients;
    NetHistory series[SERIES_COUNT];
    // The interval in progress.
    uint64_t interval_start_ns;
    uint32_t frames;
    float frame_max_ms;
    uint64_t last_snapshot_ns;
    uint32_t gaps;
    double gap_sum_ms, gap_max_ms;
    ClientStats stats_before;
    ReceiveReport sent_before;
    TransportStats traffic_before;
} NetFigures;

void net_figures_reset(NetFigures *figures, uint64_t now_ns);
void net_figures_on_snapshot(NetFigures *figures, const Snapshot *snapshot, uint64_t now_ns);
void net_figures_on_frame(NetFigures *figures, const Client *client, uint64_t now_ns,
                          uint64_t frame_ns);

#endif
