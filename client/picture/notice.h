// SPDX-License-Identifier: MIT
// notice.h -- full-screen messages: connecting, failures with advice, and the help.
//
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_NOTICE_H
#define TICKSTORM_CLIENT_PICTURE_NOTICE_H

#include "client/core/client.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"

#define NOTICE_LINE_BYTES 400

typedef struct Notice {
    char title[NOTICE_LINE_BYTES];
    char detail[NOTICE_LINE_BYTES];
    char hint[NOTICE_LINE_BYTES]; // advice; may be empty
    bool is_failure;
} Notice;

// The notice for a connection that is not (or no longer) playing. was_playing: the connection was
// playing before.
void notice_describe(const Client *client, bool was_playing, Notice *notice);

// The notice for a connection that could not be opened; fault is the reason.
void notice_describe_fault(const char *fault, Notice *notice);

void notice_draw(const Notice *notice, Painter *painter, Text *text, double time_s);

// The table of keys.
void notice_draw_help(Painter *painter, Text *text);

#endif
