// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <string.h>

#include "support.h"
#include "wire/bits.h"
#include "wire/wire_samples.h"

#define ROUNDS 2000

static void random_messages_come_back_as_they_were(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int round = 0; round < ROUNDS; round++) {
        const HelloMessage hello = sample_hello(&rng);
        HelloMessage hello_out = {0};
        assert_int_equal(hello_read(buffer, hello_write(buffer, &hello), &hello_out), HELLO_OK);
        assert_string_equal(hello.name, hello_out.name);

        const WelcomeMessage welcome = sample_welcome(&rng);
        WelcomeMessage welcome_out;
        memset(&welcome_out, 0, sizeof welcome_out);
        assert_true(welcome_read(buffer, welcome_write(buffer, &welcome), &welcome_out));
        assert_memory_equal(&welcome.ranges, &welcome_out.ranges, sizeof welcome.ranges);
        assert_int_equal(welcome.player_index, welcome_out.player_index);
        assert_int_equal(welcome.tick, welcome_out.tick);
        assert_int_equal(welcome.tick_rate_hz, welcome_out.tick_rate_hz);
        assert_int_equal(welcome.snapshot_rate_hz, welcome_out.snapshot_rate_hz);
        assert_int_equal(welcome.arena.seed, welcome_out.arena.seed);
        assert_int_equal(welcome.arena.side_units, welcome_out.arena.side_units);
        assert_int_equal(welcome.arena.asteroid_count, welcome_out.arena.asteroid_count);
        assert_int_equal(welcome.arena.nest_count, welcome_out.arena.nest_count);
        assert_int_equal(welcome.arena.spawn_radius_units, welcome_out.arena.spawn_radius_units);
        assert_string_equal(welcome.arena.name, welcome_out.arena.name);

        const InputMessage input = sample_input(&rng);
        InputMessage input_out;
        memset(&input_out, 0, sizeof input_out);
        assert_true(input_read(buffer, input_write(buffer, &input), &input_out));
        assert_memory_equal(input.inputs, input_out.inputs, input.count * sizeof(ShipInput));
        assert_int_equal(input.count, input_out.count);
        assert_int_equal(input.has_snapshot, input_out.has_snapshot);
        assert_int_equal(input.snapshot_sequence, input_out.snapshot_sequence);
        assert_int_equal(input.snapshot_bits, input_out.snapshot_bits);
        assert_int_equal(input.send_time_ms, input_out.send_time_ms);
        assert_int_equal(input.view_tick_q8, input_out.view_tick_q8);
        assert_int_equal(input.newest_tick, input_out.newest_tick);
    }
}

// Reads a message of any type; true when its reader accepts it.
static bool read_any(const uint8_t *data, size_t size) {
    HelloMessage hello;
    WelcomeMessage welcome;
    InputMessage input;
    return hello_read(data, size, &hello) == HELLO_OK || welcome_read(data, size, &welcome) ||
           input_read(data, size, &input);
}

static void check_truncations(const uint8_t *message, size_t size) {
    assert_true(read_any(message, size));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, message, cut);
        assert_false(read_any(exact, cut));
        free(exact);
    }
    uint8_t longer[PAYLOAD_BYTES_MAX];
    memcpy(longer, message, size);
    longer[size] = 0;
    assert_false(read_any(longer, size + 1));
}

static void a_message_cut_at_any_byte_or_with_one_more_is_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int round = 0; round < 100; round++) {
        const HelloMessage hello = sample_hello(&rng);
        check_truncations(buffer, hello_write(buffer, &hello));
        const WelcomeMessage welcome = sample_welcome(&rng);
        check_truncations(buffer, welcome_write(buffer, &welcome));
        const InputMessage input = sample_input(&rng);
        check_truncations(buffer, input_write(buffer, &input));
    }
}

static void golden_hello(void **state) {
    (void)state;
    static const uint8_t HELLO[] = {0x01, 'T', 'S', 'T', 'M', 3, 0, 0, 0, 1, 3, 'A', 'd', 'a'};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const HelloMessage hello = {PROTOCOL_MAGIC, 3, true, "Ada"};
    assert_int_equal(hello_write(buffer, &hello), sizeof HELLO);
    assert_memory_equal(buffer, HELLO, sizeof HELLO);
}

static void golden_welcome(void **state) {
    (void)state;
    const WelcomeMessage welcome = {
        .player_index = 3,
        .tick = 0x01020304,
        .tick_rate_hz = 60,
        .snapshot_rate_hz = 20,
        .ranges = {{0, 8, 108, 124, 380}},
        .arena = {.seed = 0x1122334455667788,
                  .side_units = 4000,
                  .asteroid_count = 10,
                  .nest_count = 2,
                  .spawn_radius_units = 0,
                  .name = "home"},
    };
    static const uint8_t GOLDEN[] = {
        0x02, 3,    0,    0,    0,    4,    3,    2,    1,    60,   0, 20, 0, // player, tick, rates
        8,    0,    0,    0,    108,  0,    0,    0,    124,  0,    0, 0,  0x7c,
        1,    0,    0,                                                    // ranges
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xa0, 0x0f, 0, 0, // seed, side
        10,   0,    0,    0,    2,    0,    0,    0,    0,    0,    0, 0,  4,
        'h',  'o',  'm',  'e'};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    assert_int_equal(welcome_write(buffer, &welcome), sizeof GOLDEN);
    assert_memory_equal(buffer, GOLDEN, sizeof GOLDEN);
}

static void golden_input(void **state) {
    (void)state;
    const InputMessage input = {
        .has_snapshot = true,
        .snapshot_sequence = 0x8001,
        .snapshot_bits = 0xfffffffe,
        .send_time_ms = 0x1234,
        .view_tick_q8 = 0x00010080,
        .newest_tick = 300,
        .count = 3,
        .inputs = {{.aim = 0x4000, .buttons = 0x21},
                   {.aim = 0x4000, .buttons = 0x21},
                   {.aim = 0x4001, .buttons = 0x00}},
    };
    // has_snapshot moves everything behind it by one bit: 0x8001 << 1 | 1, and so on.
    static const uint8_t GOLDEN[] = {0x04, 0x03, 0x00, 0xfd, 0xff, 0xff, 0xff, 0x69,
                                     0x24, 0x00, 0x01, 0x02, 0x00, 0x58, 0x02, 0x00,
                                     0x00, 0x44, 0x08, 0x00, 0x24, 0x30, 0x00, 0x08};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = input_write(buffer, &input);
    InputMessage out;
    assert_true(input_read(GOLDEN, sizeof GOLDEN, &out));
    assert_int_equal(out.newest_tick, 300);
    assert_int_equal(out.inputs[2].aim, 0x4001);
    assert_int_equal(size, sizeof GOLDEN);
    assert_memory_equal(buffer, GOLDEN, sizeof GOLDEN);
}

static void a_repeated_input_costs_one_bit(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    InputMessage input = {.newest_tick = 100, .count = 1};
    const size_t one = input_write(buffer, &input);
    input.count = 25;
    assert_int_equal(input_write(buffer, &input) - one, 3);
}

static void a_hello_of_another_version_is_recognised_as_such(void **state) {
    (void)state;
    // A later version may have any bytes behind its version.
    const uint8_t later[] = {0x01, 'T', 'S', 'T', 'M', 9, 0, 0, 0, 0xff, 0xfe, 0x01};
    HelloMessage out;
    assert_int_equal(hello_read(later, sizeof later, &out), HELLO_OTHER_VERSION);
    assert_int_equal(out.version, 9);
    assert_int_equal(hello_read(later, 9, &out), HELLO_OTHER_VERSION);
    assert_int_equal(hello_read(later, 8, &out), HELLO_BAD);
    const uint8_t stranger[] = {0x01, 'H', 'T', 'T', 'P', 1, 0, 0, 0, 0};
    assert_int_equal(hello_read(stranger, sizeof stranger, &out), HELLO_BAD);
}

static void a_name_that_is_too_long_or_unclean_is_refused(void **state) {
    (void)state;
    static const char *const BAD[] = {
        "\xff", "a\x01", " a", "a ", "a\xe2\x80\xae", "123456789012345678901", "\xc0\x80", "a  b"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        uint8_t message[64] = {0x01, 'T', 'S', 'T', 'M', PROTOCOL_VERSION, 0, 0, 0, 0};
        const size_t length = strlen(BAD[i]);
        message[10] = (uint8_t)length;
        memcpy(message + 11, BAD[i], length);
        HelloMessage out;
        assert_int_equal(hello_read(message, 11 + length, &out), HELLO_BAD);
    }
    const uint8_t with_nul[] = {0x01, 'T', 'S', 'T', 'M', 3, 0, 0, 0, 0, 3, 'a', 0, 'b'};
    const uint8_t unknown_flag[] = {0x01, 'T', 'S', 'T', 'M', 3, 0, 0, 0, 2, 1, 'a'};
    HelloMessage out;
    assert_int_equal(hello_read(with_nul, sizeof with_nul, &out), HELLO_BAD);
    assert_int_equal(hello_read(unknown_flag, sizeof unknown_flag, &out), HELLO_BAD);
}

static void a_welcome_that_makes_no_sense_is_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    const WelcomeMessage good = sample_welcome(&rng);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    WelcomeMessage out;
#define REFUSES(change)                                                                            \
    do {                                                                                           \
        WelcomeMessage bad = good;                                                                 \
        change;                                                                                    \
        assert_false(welcome_read(buffer, welcome_write(buffer, &bad), &out));                     \
    } while (0)
    REFUSES(bad.player_index = bad.ranges.first[1]);
    REFUSES(bad.tick_rate_hz = 0);
    REFUSES(bad.tick_rate_hz = TICK_RATE_MAX_HZ + 1);
    REFUSES(bad.snapshot_rate_hz = 0);
    REFUSES(bad.snapshot_rate_hz = bad.tick_rate_hz + 1);
    REFUSES(bad.ranges.first[2] = bad.ranges.first[3] + 1);
    REFUSES(bad.ranges.first[4] = ENTITY_SLOT_MAX + 1);
    REFUSES(bad.ranges.first[1] = CLIENTS_MAX + 1);
    REFUSES(bad.arena.side_units = 0);
    REFUSES(bad.arena.side_units = UINT32_MAX);
    REFUSES(bad.arena.asteroid_count = ARENA_ASTEROIDS_MAX + 1);
    REFUSES(bad.arena.nest_count = ARENA_NESTS_MAX + 1);
    REFUSES(bad.arena.name[0] = '\x07');
#undef REFUSES
    assert_true(welcome_read(buffer, welcome_write(buffer, &good), &out));
}

static void inputs_reach_back_across_the_wrap_of_ticks(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    InputMessage input = {.newest_tick = 2, .count = 32};
    InputMessage out;
    assert_true(input_read(buffer, input_write(buffer, &input), &out));
    assert_int_equal(out.newest_tick, 2);
    assert_int_equal(out.count, 32);
}

static void names_are_cleaned_for_display(void **state) {
    (void)state;
    static const struct {
        const char *text, *clean;
    } CASES[] = {
        {"Ada", "Ada"},
        {"  Ada   Lovelace\t", "Ada Lovelace"},
        {"", ""},
        {" \t\n", ""},
        {"a\x1b[31mb", "a[31mb"},
        {"r\xc3\xa9sum\xc3\xa9", "r\xc3\xa9sum\xc3\xa9"},
        {"a\xe2\x80\xae"
         "b\xe2\x80\x8b"
         "c",
         "abc"},
        {"\xed\xa0\x80x", "x"},           // a surrogate
        {"\xf4\x90\x80\x80x", "x"},       // above U+10FFFF
        {"\xc1\xbfx\xe0\x80\xafy", "xy"}, // overlong
        {"a\xc2\xa0\xe3\x80\x80z", "a z"},
        {"12345678901234567890x", "12345678901234567890"},
        {"1234567890123456789\xc3\xa9", "1234567890123456789"}, // cut at a character
        {"1234567890123456789 x", "1234567890123456789"},
        {"\xf0\x9f\x9a\x80\xf0\x9f\x9a", "\xf0\x9f\x9a\x80"}, // cut short
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char clean[PLAYER_NAME_BYTES + 1];
        player_name_clean(clean, CASES[i].text, strlen(CASES[i].text));
        assert_string_equal(clean, CASES[i].clean);
        assert_true(player_name_is_valid(clean));
    }
}

static void cleaning_a_name_twice_changes_nothing_more(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 20000; round++) {
        char text[40];
        const uint32_t size = rng_below(&rng, sizeof text);
        for (uint32_t i = 0; i < size; i++) {
            static const char LIKELY[] = " \xe2\x80\x8b\xc3\xa9\xf0\x9f\x9a\x80z";
            text[i] = rng_chance(&rng, 0.5) ? (char)rng_next(&rng)
                                            : LIKELY[rng_below(&rng, sizeof LIKELY - 1)];
        }
        char once[PLAYER_NAME_BYTES + 1];
        char twice[PLAYER_NAME_BYTES + 1];
        player_name_clean(once, text, size);
        player_name_clean(twice, once, strlen(once));
        assert_string_equal(once, twice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_messages_come_back_as_they_were),
        cmocka_unit_test(a_message_cut_at_any_byte_or_with_one_more_is_refused),
        cmocka_unit_test(golden_hello),
        cmocka_unit_test(golden_welcome),
        cmocka_unit_test(golden_input),
        cmocka_unit_test(a_repeated_input_costs_one_bit),
        cmocka_unit_test(a_hello_of_another_version_is_recognised_as_such),
        cmocka_unit_test(a_name_that_is_too_long_or_unclean_is_refused),
        cmocka_unit_test(a_welcome_that_makes_no_sense_is_refused),
        cmocka_unit_test(inputs_reach_back_across_the_wrap_of_ticks),
        cmocka_unit_test(names_are_cleaned_for_display),
        cmocka_unit_test(cleaning_a_name_twice_changes_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
