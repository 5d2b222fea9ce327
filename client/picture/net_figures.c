// SPDX-License-Identifier: MIT
#include "client/picture/net_figures.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

static void push(NetHistory *history, float value) {
    history->values[history->next] = value;
    history->next = (history->next + 1) % NET_FIGURES_HISTORY;
}

static double to_ms(uint64_t ns) {
    return (double)ns / (double)NS_PER_MS;
}

void net_figures_reset(NetFigures *figures, uint64_t now_ns) {
    memset(figures, 0, sizeof *figures);
    figures->interval_start_ns = now_ns;
}

void net_figures_on_snapshot(NetFigures *figures, const Snapshot *snapshot, uint64_t now_ns) {
    if (figures->last_snapshot_ns != 0) {
        const double gap_ms = to_ms(now_ns - figures->last_snapshot_ns);
        figures->gaps++;
        figures->gap_sum_ms += gap_ms;
        figures->gap_max_ms = fmax(figures->gap_max_ms, gap_ms);
        push(&figures->series[SERIES_SNAPSHOT_GAP_MS], (float)gap_ms);
    }
    figures->last_snapshot_ns = now_ns;
    figures->clients = snapshot->header.client_count;
    figures->server_tick_ms = (float)snapshot->header.tick_us_q4 * 16.0f / 1000.0f;
    push(&figures->series[SERIES_SERVER_TICK_MS], figures->server_tick_ms);
}

// The server reports now and then; the last report holds until the next.
static void show_loss_out(NetFigures *figures, const ReceiveReport *reported) {
    const uint32_t judged = reported->judged - figures->sent_before.judged;
    const uint32_t lost = reported->lost - figures->sent_before.lost;
    if (judged > 0) {
        figures->loss_out_percent = 100.0f * (float)lost / (float)judged;
        figures->sent_before = *reported;
    }
}

static void close_interval(NetFigures *figures, const Client *client, uint64_t now_ns) {
    const double seconds = to_ms(now_ns - figures->interval_start_ns) / 1000.0;
    const ClientStats *stats = &client->stats;
    const ClientStats *before = &figures->stats_before;
    const uint64_t lost = stats->snapshots_lost - before->snapshots_lost;
    const uint64_t received = stats->snapshots_received - before->snapshots_received;
    figures->frames_hz = (float)(figures->frames / seconds);
    figures->frame_ms_max = figures->frame_max_ms;
    figures->loss_percent =
        lost + received > 0 ? 100.0f * (float)lost / (float)(lost + received) : 0.0f;
    show_loss_out(figures, &client->uplink.reported);
    figures->snapshot_gap_ms =
        figures->gaps > 0 ? (float)(figures->gap_sum_ms / figures->gaps) : 0.0f;
    figures->snapshot_gap_ms_max = (float)figures->gap_max_ms;
    figures->corrections = stats->prediction_corrections;
    figures->stats_before = *stats;
    if (client->transport != NULL) {
        TransportStats traffic;
        transport_stats(client->transport, &traffic);
        figures->in_kb_s =
            (float)((double)(traffic.bytes_in - figures->traffic_before.bytes_in) / seconds / 1000);
        figures->out_kb_s =
            (float)((double)(traffic.bytes_out - figures->traffic_before.bytes_out) / seconds /
                    1000);
        figures->traffic_before = traffic;
    }
    figures->interval_start_ns = now_ns;
    figures->frames = 0;
    figures->frame_max_ms = 0;
    figures->gaps = 0;
    figures->gap_sum_ms = 0;
    figures->gap_max_ms = 0;
}

void net_figures_on_frame(NetFigures *figures, const Client *client, uint64_t now_ns,
                          uint64_t frame_ns) {
    const float frame_ms = (float)to_ms(frame_ns);
    figures->frames++;
    figures->frame_max_ms = fmaxf(figures->frame_max_ms, frame_ms);
    push(&figures->series[SERIES_FRAME_MS], frame_ms);
    figures->round_trip_ms = (float)(client->clock.round_trip_ns.mean / (double)NS_PER_MS);
    if (client->clock.ticks_per_ns > 0) {
        figures->delay_ms =
            (float)(client->clock.delay_ticks / client->clock.ticks_per_ns / (double)NS_PER_MS);
    }
    if (figures->frames % 4 == 0) {
        push(&figures->series[SERIES_ROUND_TRIP_MS], figures->round_trip_ms);
    }
    if (now_ns - figures->interval_start_ns >= NET_FIGURES_INTERVAL_NS) {
        close_interval(figures, client, now_ns);
    }
}
