// SPDX-License-Identifier: MIT
#include "client/shell/news.h"

#include <stdio.h>
#include <string.h>

#include "wire/reason.h"

void news_clear(News *news) {
    *news = (News){0};
}

void news_name(char out[NEWS_NAME_BYTES], const EventPlayer *player) {
    if (player->name[0] != '\0') {
        snprintf(out, NEWS_NAME_BYTES, "%s", player->name);
    } else {
        snprintf(out, NEWS_NAME_BYTES, "Pilot %u", player->index);
    }
}

// A new line at the end of an array that keeps the latest.
static void *push_line(void *lines, uint32_t *count, uint32_t capacity, size_t line_size) {
    char *first = lines;
    if (*count == capacity) {
        memmove(first, first + line_size, (capacity - 1) * line_size);
        (*count)--;
    }
    char *line = first + *count * line_size;
    memset(line, 0, line_size);
    (*count)++;
    return line;
}

// Who did it, when it was no player that is still here.
static const char *nameless_killer(uint32_t cause) {
    static const char *const names[DEATH_CAUSE_COUNT] = {
        [DEATH_PULSE] = "Somebody",
        [DEATH_MISSILE] = "Somebody",
        [DEATH_DRONE] = "Drones",
        [DEATH_HUNTER] = "A hunter",
    };
    return names[cause];
}

static void add_kill(News *news, const Event *event, uint32_t own_index, double time_s) {
    static const char *const means[DEATH_CAUSE_COUNT] = {
        [DEATH_PULSE] = "pulse",
        [DEATH_MISSILE] = "missile",
        [DEATH_DRONE] = "bites",
        [DEATH_HUNTER] = "bites",
    };
    KillLine *line =
        push_line(news->kills, &news->kill_count, NEWS_KILLS_MAX, sizeof news->kills[0]);
    line->time_s = time_s;
    line->means = means[event->cause];
    news_name(line->victim, &event->player);
    line->victim_is_own = event->player.index == own_index;
    if (event->has_killer) {
        news_name(line->killer, &event->killer);
        line->killer_is_own = event->killer.index == own_index;
    } else {
        snprintf(line->killer, sizeof line->killer, "%s", nameless_killer(event->cause));
    }
}

static const char *describe_leave(uint32_t reason) {
    switch (reason) {
    case REASON_TIMED_OUT:
        return "lost the connection";
    case REASON_KICKED:
    case REASON_PROTOCOL_ERROR:
    case REASON_CHAT_FLOOD:
        return "was removed";
    default:
        return "left";
    }
}

static void add_message(News *news, const Event *event, uint32_t own_index, double time_s) {
    MessageLine *line = push_line(news->messages, &news->message_count, NEWS_MESSAGES_MAX,
                                  sizeof news->messages[0]);
    line->time_s = time_s;
    line->is_chat = event->type == EVENT_CHAT;
    line->is_own = event->player.index == own_index;
    news_name(line->who, &event->player);
    snprintf(line->what, sizeof line->what, "%s",
             line->is_chat               ? event->text
             : event->type == EVENT_JOIN ? "joined"
                                         : describe_leave(event->reason));
}

void news_add(News *news, const Event *event, uint32_t own_index, double time_s) {
    if (event->type == EVENT_KILL) {
        add_kill(news, event, own_index, time_s);
    } else {
        add_message(news, event, own_index, time_s);
    }
}

const char *news_describe_death(const Event *death, char *text, size_t size) {
    static const char *const weapons[DEATH_CAUSE_COUNT] = {
        [DEATH_PULSE] = "pulse",
        [DEATH_MISSILE] = "missile",
        [DEATH_DRONE] = "drones",
        [DEATH_HUNTER] = "hunter",
    };
    char killer[NEWS_NAME_BYTES];
    if (death->has_killer) {
        news_name(killer, &death->killer);
        snprintf(text, size, "Destroyed by %s's %s", killer, weapons[death->cause]);
    } else {
        snprintf(text, size, "Destroyed by %s%s", death->cause == DEATH_DRONE ? "" : "a ",
                 weapons[death->cause]);
    }
    return text;
}
