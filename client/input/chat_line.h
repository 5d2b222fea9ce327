// SPDX-License-Identifier: MIT
// chat_line.h -- the line in which a player types a chat message.
//
// Threads: the thread that owns it.
// Memory:  a fixed buffer of one message's size; text that does not fit is dropped.
#ifndef TICKSTORM_CLIENT_INPUT_CHAT_LINE_H
#define TICKSTORM_CLIENT_INPUT_CHAT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/event.h"

typedef struct ChatLine {
    bool is_open;
    uint32_t size; // bytes
    char text[CHAT_TEXT_BYTES + 1];
} ChatLine;

// Opens an empty line.
void chat_line_open(ChatLine *line);
void chat_line_close(ChatLine *line);

// Appends whole characters of UTF-8 text, but no control characters.
void chat_line_append(ChatLine *line, const char *text);
// Erases the last character.
void chat_line_erase(ChatLine *line);

#endif
