// SPDX-License-Identifier: MIT
// news.h -- the last kills and the last messages, as lines to read.
//
// Flow:    Event (client_view_next_event) -> news_add -> lines, newest last -> news_panel.h
// Threads: the client's thread; time is a parameter.
// Memory:  a few lines inside News; the oldest are replaced.
#ifndef TICKSTORM_CLIENT_PICTURE_NEWS_H
#define TICKSTORM_CLIENT_PICTURE_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/event.h"

#define NEWS_KILLS_MAX    5
#define NEWS_MESSAGES_MAX 8
#define NEWS_NAME_BYTES   32

typedef struct KillLine {
    double time_s;
    char killer[NEWS_NAME_BYTES];
    const char *means; // "pulse"
    char victim[NEWS_NAME_BYTES];
    bool killer_is_own;
    bool victim_is_own;
} KillLine;

typedef struct MessageLine {
    double time_s;
    char who[NEWS_NAME_BYTES];
    char what[CHAT_TEXT_BYTES + 1]; // the chat text, or what the player did
    bool is_chat;
    bool is_own;
} MessageLine;

typedef struct News {
    uint32_t kill_count;
    KillLine kills[NEWS_KILLS_MAX]; // oldest first
    uint32_t message_count;
    MessageLine messages[NEWS_MESSAGES_MAX]; // oldest first
} News;

void news_clear(News *news);
void news_add(News *news, const Event *event, uint32_t own_index, double time_s);

// A player's name for people: "Pilot 17" for a player without a name.
void news_name(char out[NEWS_NAME_BYTES], const EventPlayer *player);

// "Destroyed by Ada's missile". Returns text.
const char *news_describe_death(const Event *death, char *text, size_t size);

#endif
