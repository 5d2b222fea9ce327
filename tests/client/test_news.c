// SPDX-License-Identifier: MIT
#include "client/picture/news.h"

#include <string.h>

#include "support.h"
#include "wire/reason.h"

#define OWN 3

static Event event_of(EventType type, uint32_t index, const char *name) {
    Event event = {.type = type, .player = {.index = index}};
    snprintf(event.player.name, sizeof event.player.name, "%s", name);
    return event;
}

static Event chat_of(const char *text) {
    Event event = event_of(EVENT_CHAT, 1, "Ada");
    snprintf(event.text, sizeof event.text, "%s", text);
    return event;
}

static void kills_name_both_sides_and_mark_the_own(void **state) {
    (void)state;
    News news = {0};
    Event event = event_of(EVENT_KILL, OWN, "Me");
    event.has_killer = true;
    event.cause = DEATH_MISSILE;
    event.killer = (EventPlayer){.index = 9, .name = "Ada"};
    news_add(&news, &event, OWN, 1.5);
    assert_int_equal(news.kill_count, 1);
    assert_string_equal(news.kills[0].killer, "Ada");
    assert_string_equal(news.kills[0].means, "missile");
    assert_string_equal(news.kills[0].victim, "Me");
    assert_true(news.kills[0].victim_is_own);
    assert_false(news.kills[0].killer_is_own);
    event = event_of(EVENT_KILL, 5, "");
    event.cause = DEATH_DRONE;
    news_add(&news, &event, OWN, 2);
    assert_string_equal(news.kills[1].killer, "Drones");
    assert_string_equal(news.kills[1].victim, "Pilot 5");
}

static void the_latest_kills_are_kept(void **state) {
    (void)state;
    News news = {0};
    for (uint32_t i = 0; i < 12; i++) {
        const Event event = event_of(EVENT_KILL, i, "");
        news_add(&news, &event, OWN, i);
    }
    assert_int_equal(news.kill_count, NEWS_KILLS_MAX);
    assert_string_equal(news.kills[0].victim, "Pilot 7");
    assert_string_equal(news.kills[NEWS_KILLS_MAX - 1].victim, "Pilot 11");
}

static void joins_and_leaves_do_not_displace_chat(void **state) {
    (void)state;
    News news = {0};
    for (uint32_t i = 0; i < 100; i++) {
        const Event join = event_of(EVENT_JOIN, 10 + i, "");
        news_add(&news, &join, OWN, i);
        if (i % 20 == 0) {
            const Event chat = chat_of("still here");
            news_add(&news, &chat, OWN, i);
        }
    }
    uint32_t chats = 0;
    for (uint32_t i = 0; i < news.message_count; i++) {
        chats += news.messages[i].is_chat;
    }
    assert_int_equal(news.message_count, NEWS_MESSAGES_MAX);
    assert_int_equal(chats, 5);
    assert_string_equal(news.messages[NEWS_MESSAGES_MAX - 1].who, "Pilot 109");
    for (uint32_t i = 0; i < 20; i++) {
        char text[32];
        snprintf(text, sizeof text, "line %u", i);
        const Event chat = chat_of(text);
        news_add(&news, &chat, OWN, 200 + i);
    }
    assert_string_equal(news.messages[0].what, "line 12");
    assert_string_equal(news.messages[NEWS_MESSAGES_MAX - 1].what, "line 19");
}

static void a_leave_names_its_reason(void **state) {
    (void)state;
    News news = {0};
    Event event = event_of(EVENT_LEAVE, 1, "Ada");
    event.reason = REASON_TIMED_OUT;
    news_add(&news, &event, OWN, 0);
    event.reason = REASON_CLIENT_LEFT;
    news_add(&news, &event, OWN, 0);
    event.reason = 200;
    news_add(&news, &event, OWN, 0);
    assert_string_equal(news.messages[0].what, "lost the connection");
    assert_string_equal(news.messages[1].what, "left");
    assert_string_equal(news.messages[2].what, "left");
}

static void a_death_is_described_in_a_sentence(void **state) {
    (void)state;
    char text[96];
    Event event = event_of(EVENT_KILL, OWN, "Me");
    event.cause = DEATH_DRONE;
    assert_string_equal(news_describe_death(&event, text, sizeof text), "Destroyed by drones");
    event.cause = DEATH_HUNTER;
    assert_string_equal(news_describe_death(&event, text, sizeof text), "Destroyed by a hunter");
    event.cause = DEATH_PULSE;
    event.has_killer = true;
    event.killer = (EventPlayer){.index = 1, .name = "Ada"};
    assert_string_equal(news_describe_death(&event, text, sizeof text), "Destroyed by Ada's pulse");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_name_both_sides_and_mark_the_own),
        cmocka_unit_test(the_latest_kills_are_kept),
        cmocka_unit_test(joins_and_leaves_do_not_displace_chat),
        cmocka_unit_test(a_leave_names_its_reason),
        cmocka_unit_test(a_death_is_described_in_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
