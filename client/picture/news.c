// SPDX-License-Identifier: MIT
#include "client/picture/news.h"

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

static KillLine *push_kill(News *news) {
    if (news->kill_count == NEWS_KILLS_MAX) {
        memmove(news->kills, news->kills + 1, (NEWS_KILLS_MAX - 1) * sizeof news->kills[0]);
        news->kill_count--;
    }
    KillLine *line = &news->kills[news->kill_count++];
    *line = (KillLine){0};
    return line;
}

// Chat stays readable when hundreds join and leave a second: the oldest line about a join or a
// leave makes room first, and chat makes room for chat only. NULL when there is no room.
static MessageLine *push_message(News *news, bool is_chat) {
    if (news->message_count == NEWS_MESSAGES_MAX) {
        uint32_t at = 0;
        while (at < NEWS_MESSAGES_MAX && news->messages[at].is_chat) {
            at++;
        }
        if (at == NEWS_MESSAGES_MAX && !is_chat) {
            return NULL;
        }
        at = at < NEWS_MESSAGES_MAX ? at : 0;
        memmove(news->messages + at, news->messages + at + 1,
                (NEWS_MESSAGES_MAX - 1 - at) * sizeof news->messages[0]);
        news->message_count--;
    }
    MessageLine *line = &news->messages[news->message_count++];
    *line = (MessageLine){.is_chat = is_chat};
    return line;
}

// The killer's name when it is not a player who is still connected.
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
        [DEATH_DRONE] = "bit",
        [DEATH_HUNTER] = "bit",
    };
    KillLine *line = push_kill(news);
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
    case REASON_INPUT_FLOOD:
        return "was removed";
    default:
        return "left";
    }
}

static void add_message(News *news, const Event *event, uint32_t own_index, double time_s) {
    MessageLine *line = push_message(news, event->type == EVENT_CHAT);
    if (line == NULL) {
        return;
    }
    line->time_s = time_s;
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
