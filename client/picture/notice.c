// SPDX-License-Identifier: MIT
#include "client/picture/notice.h"

#include <math.h>
#include <stdio.h>

#include "base/version.h"
#include "client/input/bindings.h"

// Advice for the player about a reason; "" when there is none.
static const char *advice_for(uint32_t reason) {
    switch (reason) {
    case REASON_SERVER_FULL:
        return "Wait until somebody leaves, then try again.";
    case REASON_VERSION_MISMATCH:
        return "Use the client that came with the server.";
    case REASON_NO_ANSWER:
        return "Check the address and the port, and that the server is running.";
    case REASON_TIMED_OUT:
        return "Check your network, then try again.";
    case REASON_SERVER_SHUTDOWN:
        return "Try again when it is back.";
    case REASON_SERVER_BUSY:
        return "Try again in a moment.";
    default:
        return "";
    }
}

void notice_describe(const Client *client, bool was_playing, Notice *notice) {
    *notice = (Notice){.is_failure = client->state == CLIENT_CLOSED};
    const ClientConfig *config = &client->config;
    if (notice->is_failure) {
        snprintf(notice->title, sizeof notice->title, "%s",
                 was_playing ? "Connection lost" : "No connection");
        snprintf(notice->detail, sizeof notice->detail, "%s", reason_sentence(client->reason));
        snprintf(notice->hint, sizeof notice->hint, "%s", advice_for(client->reason));
        return;
    }
    snprintf(notice->title, sizeof notice->title, "%s",
             client->state == CLIENT_CONNECTING ? "Connecting" : "Joining");
    snprintf(notice->detail, sizeof notice->detail, "%s port %u", config->host, config->port);
}

void notice_describe_fault(const char *fault, Notice *notice) {
    *notice = (Notice){.title = "No connection", .is_failure = true};
    snprintf(notice->detail, sizeof notice->detail, "%s.", fault);
    snprintf(notice->hint, sizeof notice->hint, "Check the address and the port.");
}

static void dim(Painter *painter) {
    painter_rect(painter, LAYER_HUD, (SDL_FRect){0, 0, painter->width, painter->height},
                 (Color){4, 7, 14, 205});
}

void notice_draw(const Notice *notice, Painter *painter, Text *text, double time_s) {
    dim(painter);
    const float x = painter->width * 0.5f;
    float y = roundf(painter->height * 0.34f);
    const float gap = roundf(14 * text->scale);
    const Color accent = notice->is_failure ? COLOR_VERMILLION : COLOR_SKY;
    text_draw(text, painter, (TextStyle){TEXT_HUGE, TEXT_CENTER, COLOR_TEXT}, x, y, notice->title);
    y += text_height(text, TEXT_HUGE) + gap;
    const float width = roundf(220 * text->scale);
    const float thickness = fmaxf(2.0f, roundf(3 * text->scale));
    painter_rect(painter, LAYER_HUD, (SDL_FRect){roundf(x - width / 2), y, width, thickness},
                 color_fade(accent, notice->is_failure ? 1.0f : 0.3f));
    if (!notice->is_failure) {
        // A bright piece that moves to and fro shows that the program is running.
        const float piece = roundf(width * 0.25f);
        const float phase = 0.5f - 0.5f * cosf((float)fmod(time_s * 3.0, 6.2831853));
        painter_rect(
            painter, LAYER_HUD,
            (SDL_FRect){roundf(x - width / 2 + (width - piece) * phase), y, piece, thickness},
            accent);
    }
    y += gap;
    text_draw(text, painter, (TextStyle){TEXT_LARGE, TEXT_CENTER, COLOR_TEXT}, x, y,
              notice->detail);
    y += text_height(text, TEXT_LARGE) + gap;
    text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_CENTER, COLOR_MUTED}, x, y,
              notice->hint);
    y += text_height(text, TEXT_NORMAL) + 2 * gap;
    if (notice->is_failure) {
        text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_CENTER, COLOR_MUTED}, x, y,
                  "Enter: try again      Esc: leave");
    }
}

void notice_draw_help(Painter *painter, Text *text) {
    dim(painter);
    const float middle = roundf(painter->width * 0.5f);
    const float line = text_height(text, TEXT_NORMAL) + roundf(7 * text->scale);
    float y = roundf(painter->height * 0.16f);
    text_draw(text, painter, (TextStyle){TEXT_HUGE, TEXT_CENTER, COLOR_TEXT}, middle, y,
              "Tickstorm");
    y += text_height(text, TEXT_HUGE) + roundf(4 * text->scale);
    char version[64];
    snprintf(version, sizeof version, "version %s", version_number());
    text_draw(text, painter, (TextStyle){TEXT_SMALL, TEXT_CENTER, COLOR_MUTED}, middle, y, version);
    y += 1.8f * line;
    for (Action action = 0; action < ACTION_COUNT; action++) {
        const Binding *binding = binding_of(action);
        text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_RIGHT, COLOR_YELLOW},
                  middle - 40 * text->scale, y, binding->keys);
        text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_LEFT, COLOR_TEXT},
                  middle - 16 * text->scale, y, binding->help);
        y += line;
    }
    y += 0.6f * line;
    text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_CENTER, COLOR_MUTED}, middle, y,
              "Drones leave shards: fly over them for score, energy and repairs.");
    text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_CENTER, COLOR_MUTED}, middle, y + line,
              "Round drones attack those who shoot them; barbed hunters need no reason.");
}
