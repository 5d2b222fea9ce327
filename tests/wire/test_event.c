// SPDX-License-Identifier: MIT
#include "wire/event.h"

#include <string.h>

#include "support.h"
#include "wire/event_samples.h"
#include "wire/message.h"

#define ROUNDS    20000
#define MUTATIONS 200000

static void assert_same_player(const EventPlayer *a, const EventPlayer *b) {
    assert_int_equal(a->index, b->index);
    assert_string_equal(a->name, b->name);
}

static void assert_same_event(const Event *a, const Event *b) {
    assert_int_equal(a->tick, b->tick);
    assert_int_equal(a->type, b->type);
    assert_same_player(&a->player, &b->player);
    assert_int_equal(a->cause, b->cause);
    assert_int_equal(a->has_killer, b->has_killer);
    assert_same_player(&a->killer, &b->killer);
    assert_int_equal(a->reason, b->reason);
    assert_string_equal(a->text, b->text);
}

static void assert_same_batch(const EventBatch *a, const EventBatch *b) {
    assert_int_equal(a->tick, b->tick);
    assert_int_equal(a->has_scores, b->has_scores);
    assert_int_equal(a->scores.count, b->scores.count);
    for (uint32_t i = 0; i < a->scores.count; i++) {
        const ScoreRow *x = &a->scores.rows[i];
        const ScoreRow *y = &b->scores.rows[i];
        assert_same_player(&x->player, &y->player);
        assert_int_equal(x->score, y->score);
        assert_int_equal(x->kills, y->kills);
        assert_int_equal(x->deaths, y->deaths);
    }
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        assert_same_event(&a->events[i], &b->events[i]);
    }
}

static void batches_are_read_as_they_were_written(void **state) {
    (void)state;
    Rng rng = test_rng();
    static EventBatch in;
    static EventBatch out;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int i = 0; i < ROUNDS; i++) {
        const size_t size = sample_batch_write(&rng, EVENTS_BATCH_MAX, buffer, &in);
        assert_true(size <= PAYLOAD_BYTES_MAX);
        assert_int_equal(message_type(buffer, size), MESSAGE_EVENTS);
        assert_true(event_batch_read(buffer, size, &out));
        assert_same_batch(&in, &out);
    }
}

static void cut_batches_are_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    static EventBatch in;
    static EventBatch out;
    uint8_t buffer[PAYLOAD_BYTES_MAX + 1];
    for (int i = 0; i < 200; i++) {
        const size_t size = sample_batch_write(&rng, 10, buffer, &in);
        for (size_t cut = 0; cut < size; cut++) {
            assert_false(event_batch_read(buffer, cut, &out));
        }
        buffer[size] = 0;
        assert_false(event_batch_read(buffer, size + 1, &out));
    }
}

static void a_full_batch_refuses_more(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static EventBatch out;
    Event event = {.tick = 90, .type = EVENT_CHAT, .player = {.index = 3, .name = "Ada"}};
    memset(event.text, 'x', CHAT_TEXT_BYTES);
    EventBits bits;
    event_encode(&bits, &event);
    EventWriter writer;
    event_writer_begin(&writer, buffer, 100, NULL);
    uint32_t count = 0;
    while (event_writer_add(&writer, event.tick, &bits)) {
        count++;
    }
    assert_int_equal(count, 8); // 129 bytes each
    const size_t size = event_writer_finish(&writer);
    assert_true(event_batch_read(buffer, size, &out));
    assert_int_equal(out.count, 8);
    assert_same_event(&out.events[7], &event);
    // Short ones are bounded by their number.
    event = (Event){.tick = 100, .type = EVENT_JOIN, .player = {.index = 1}};
    event_encode(&bits, &event);
    event_writer_begin(&writer, buffer, 100, NULL);
    for (count = 0; event_writer_add(&writer, event.tick, &bits); count++) {
    }
    assert_int_equal(count, EVENTS_BATCH_MAX);
    assert_true(event_batch_read(buffer, event_writer_finish(&writer), &out));
    assert_int_equal(out.count, EVENTS_BATCH_MAX);
}

// Writes a batch of one event bit by bit, so that its fields can be wrong.
static size_t write_by_hand(uint8_t *buffer, uint32_t tick, uint32_t age, uint32_t type,
                            uint32_t player, const char *name) {
    BitWriter writer;
    bit_writer_init(&writer, buffer, PAYLOAD_BYTES_MAX);
    bit_write(&writer, MESSAGE_EVENTS, 8);
    bit_write(&writer, tick, 32);
    bit_write(&writer, 0, 1);
    bit_write(&writer, 1, 7);
    bit_write(&writer, age, EVENT_AGE_BITS);
    bit_write(&writer, type, 3);
    bit_write(&writer, player, ENTITY_SLOT_BITS);
    bit_write(&writer, (uint32_t)strlen(name), 8);
    bit_write_bits(&writer, (const uint8_t *)name, 8 * strlen(name));
    return bit_writer_finish(&writer);
}

static void events_from_before_the_wrap_of_ticks_are_written_and_read(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static EventBatch out;
    EventBits bits;
    EventWriter writer;
    event_writer_begin(&writer, buffer, 3, NULL);
    for (uint32_t age = 0; age <= EVENT_AGE_TICKS; age += EVENT_AGE_TICKS / 5) {
        const Event event = {.tick = 3 - age, .type = EVENT_JOIN, .player = {.index = 1}};
        event_encode(&bits, &event);
        assert_true(event_writer_add(&writer, event.tick, &bits));
    }
    assert_true(event_batch_read(buffer, event_writer_finish(&writer), &out));
    assert_true(out.count >= 5);
    for (uint32_t i = 0; i < out.count; i++) {
        assert_int_equal(out.events[i].tick, 3 - i * (EVENT_AGE_TICKS / 5));
    }
}

static void events_that_no_server_sends_are_refused(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static EventBatch out;
    assert_true(event_batch_read(buffer, write_by_hand(buffer, 9, 9, EVENT_JOIN, 5, "Ada"), &out));
    assert_int_equal(out.events[0].tick, 0);
    // Ticks wrap: the tick before 0 is UINT32_MAX.
    assert_true(event_batch_read(buffer, write_by_hand(buffer, 9, 10, EVENT_JOIN, 5, "Ada"), &out));
    assert_int_equal(out.events[0].tick, UINT32_MAX);
    assert_false(
        event_batch_read(buffer, write_by_hand(buffer, 9, 0, EVENT_TYPE_COUNT, 5, "Ada"), &out));
    assert_false(event_batch_read(
        buffer, write_by_hand(buffer, 9, 0, EVENT_JOIN, CLIENTS_MAX, "Ada"), &out));
    assert_false(
        event_batch_read(buffer, write_by_hand(buffer, 9, 0, EVENT_JOIN, 5, "A\nda"), &out));
    assert_false(event_batch_read(
        buffer, write_by_hand(buffer, 9, 0, EVENT_JOIN, 5, "abcdefghijklmnopqrstu"), &out));
}

static void chat_is_read_as_it_was_written(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int i = 0; i < ROUNDS; i++) {
        char in[CHAT_TEXT_BYTES + 1];
        char out[CHAT_TEXT_BYTES + 1];
        sample_chat(&rng, in);
        assert_true(chat_read(buffer, chat_write(buffer, in), out));
        assert_string_equal(in, out);
    }
}

static void chat_that_is_empty_long_or_dirty_is_refused(void **state) {
    (void)state;
    static const char *const BAD[] = {"", " ", "a ", "a  b", "a\tb", "\xff", "a\xe2\x80\xae-b"};
    char out[CHAT_TEXT_BYTES + 1];
    uint8_t message[PAYLOAD_BYTES_MAX] = {MESSAGE_CHAT};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        message[1] = (uint8_t)strlen(BAD[i]);
        memcpy(message + 2, BAD[i], strlen(BAD[i]));
        assert_false(chat_text_is_valid(BAD[i]));
        assert_false(chat_read(message, 2 + strlen(BAD[i]), out));
    }
    memset(message + 2, 'x', CHAT_TEXT_BYTES + 1);
    message[1] = CHAT_TEXT_BYTES;
    assert_true(chat_read(message, 2 + CHAT_TEXT_BYTES, out));
    message[1] = CHAT_TEXT_BYTES + 1;
    assert_false(chat_read(message, 3 + CHAT_TEXT_BYTES, out));
    assert_false(chat_read(message, 1, out));
    assert_false(chat_read(message, 0, out));
}

static size_t mutate(Rng *rng, uint8_t *buffer, size_t size) {
    for (uint32_t changes = 1 + rng_below(rng, 4); changes > 0 && size > 1; changes--) {
        const size_t at = 1 + rng_below(rng, (uint32_t)size - 1);
        switch (rng_below(rng, 3)) {
        case 0:
            buffer[at] ^= (uint8_t)(1u << rng_below(rng, 8));
            break;
        case 1:
            buffer[at] = (uint8_t)rng_next(rng);
            break;
        default:
            size = rng_chance(rng, 0.2) ? at : size;
        }
    }
    return size;
}

// A decoded event must be the same after it is written and read again. The reader gets a block of
// the exact size, so that a sanitizer sees any read beyond.
static void batches_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    static EventBatch batch;
    static EventBatch out;
    static EventBatch again;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    uint32_t taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        const size_t size = mutate(&rng, buffer, sample_batch_write(&rng, 6, buffer, &batch));
        uint8_t *copy = malloc(size);
        memcpy(copy, buffer, size);
        if (event_batch_read(copy, size, &out)) {
            taken++;
            assert_true(event_batch_read(buffer, sample_batch_rewrite(&out, buffer), &again));
            assert_same_batch(&out, &again);
        }
        free(copy);
    }
    print_message("%u of %d mutated batches were valid\n", taken, MUTATIONS);
    assert_true(taken > 0);
}

static void chat_survives_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int i = 0; i < MUTATIONS; i++) {
        char text[CHAT_TEXT_BYTES + 1];
        char out[CHAT_TEXT_BYTES + 1];
        sample_chat(&rng, text);
        const size_t size = mutate(&rng, buffer, chat_write(buffer, text));
        uint8_t *copy = malloc(size);
        memcpy(copy, buffer, size);
        if (chat_read(copy, size, out)) {
            assert_true(chat_text_is_valid(out));
        }
        free(copy);
    }
}

// A batch of one kill, whose cause is overwritten on the wire.
static void a_cause_of_death_that_does_not_exist_is_refused(void **state) {
    (void)state;
    static EventBatch out;
    for (uint32_t cause = 0; cause < 8; cause++) {
        const Event event = {.type = EVENT_KILL, .tick = 9, .player = {.index = 3, .name = "Ada"}};
        EventBits bits;
        EventWriter writer;
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        event_encode(&bits, &event);
        event_writer_begin(&writer, buffer, 9, NULL);
        assert_true(event_writer_add(&writer, 9, &bits));
        // Its last four bits are the cause and that there is no killer.
        bit_rewrite(&writer.bits, writer.bits.bit_count - 4, cause, 3);
        const size_t size = event_writer_finish(&writer);
        assert_int_equal(event_batch_read(buffer, size, &out), cause < DEATH_CAUSE_COUNT);
        assert_true(cause >= DEATH_CAUSE_COUNT || out.events[0].cause == cause);
    }
}

static void a_reason_that_its_field_cannot_hold_is_none(void **state) {
    (void)state;
    static const uint32_t REASONS[] = {0, 1, 255, 256, UINT32_MAX};
    static const uint32_t READ[] = {0, 1, 255, 0, 0};
    static EventBatch out;
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++) {
        const Event event = {.type = EVENT_LEAVE,
                             .tick = 9,
                             .player = {.index = 3, .name = "Ada"},
                             .reason = REASONS[i]};
        EventBits bits;
        EventWriter writer;
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        event_encode(&bits, &event);
        event_writer_begin(&writer, buffer, 9, NULL);
        assert_true(event_writer_add(&writer, 9, &bits));
        assert_true(event_batch_read(buffer, event_writer_finish(&writer), &out));
        assert_int_equal(out.events[0].reason, READ[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_read_as_they_were_written),
        cmocka_unit_test(cut_batches_are_refused),
        cmocka_unit_test(a_full_batch_refuses_more),
        cmocka_unit_test(events_from_before_the_wrap_of_ticks_are_written_and_read),
        cmocka_unit_test(events_that_no_server_sends_are_refused),
        cmocka_unit_test(chat_is_read_as_it_was_written),
        cmocka_unit_test(chat_that_is_empty_long_or_dirty_is_refused),
        cmocka_unit_test(batches_survive_anything),
        cmocka_unit_test(chat_survives_anything),
        cmocka_unit_test(a_cause_of_death_that_does_not_exist_is_refused),
        cmocka_unit_test(a_reason_that_its_field_cannot_hold_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
