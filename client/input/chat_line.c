// SPDX-License-Identifier: MIT
#include "client/input/chat_line.h"

#include <string.h>

void chat_line_open(ChatLine *line) {
    *line = (ChatLine){.is_open = true};
}

void chat_line_close(ChatLine *line) {
    *line = (ChatLine){0};
}

static bool is_continuation(char byte) {
    return ((uint8_t)byte & 0xc0) == 0x80;
}

void chat_line_append(ChatLine *line, const char *text) {
    while (*text != '\0') {
        uint32_t size = 1;
        while (is_continuation(text[size])) {
            size++;
        }
        const uint8_t lead = (uint8_t)text[0];
        const bool is_control = lead < 0x20 || lead == 0x7f;
        if (!is_control && line->size + size > CHAT_TEXT_BYTES) {
            return;
        }
        if (!is_control) {
            memcpy(line->text + line->size, text, size);
            line->size += size;
        }
        text += size;
    }
}

void chat_line_erase(ChatLine *line) {
    while (line->size > 0 && is_continuation(line->text[line->size - 1])) {
        line->text[--line->size] = '\0';
    }
    if (line->size > 0) {
        line->text[--line->size] = '\0';
    }
}
