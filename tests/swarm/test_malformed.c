// SPDX-License-Identifier: MIT
#include "tools/swarm/load/malformed.h"

#include <string.h>

#include "base/limits.h"
#include "support.h"
#include "wire/message.h"

#define PACKETS 5000u

static MalformedPacket g_packet;

static size_t sample_input(uint8_t *buffer) {
    const InputMessage message = {
        .has_snapshot = true, .snapshot_sequence = 7, .newest_tick = 100, .count = 2};
    return input_write(buffer, &message);
}

static void every_kind_is_made_and_fits(void **state) {
    (void)state;
    uint8_t input[PAYLOAD_BYTES_MAX];
    const size_t input_size = sample_input(input);
    uint32_t counts[MALFORMED_COUNT] = {0};
    Rng rng = rng_seeded(1);
    for (uint32_t i = 0; i < PACKETS; i++) {
        malformed_make(&rng, input, input_size, &g_packet);
        counts[g_packet.kind]++;
        assert_true(g_packet.size >= 1);
        const size_t most = g_packet.is_datagram ? MALFORMED_BYTES_MAX : PAYLOAD_BYTES_MAX;
        assert_true(g_packet.size <= most);
        if (g_packet.kind == MALFORMED_DATAGRAM_OVERSIZE) {
            assert_true(g_packet.size > DATAGRAM_BYTES_MAX);
        }
    }
    for (uint32_t i = 0; i < MALFORMED_COUNT; i++) {
        assert_in_range(counts[i], PACKETS / MALFORMED_COUNT / 2, PACKETS);
    }
}

// A mutation may leave a valid input, by chance.
static void only_mutations_can_stay_valid_inputs(void **state) {
    (void)state;
    uint8_t input[PAYLOAD_BYTES_MAX];
    const size_t input_size = sample_input(input);
    Rng rng = rng_seeded(2);
    for (uint32_t i = 0; i < PACKETS; i++) {
        InputMessage read;
        malformed_make(&rng, input, input_size, &g_packet);
        const bool can_be_valid = g_packet.kind == MALFORMED_MUTATED || g_packet.is_datagram ||
                                  g_packet.channel == TRANSPORT_RELIABLE;
        if (!can_be_valid && input_read(g_packet.bytes, g_packet.size, &read)) {
            fail_msg("packet %u, of kind %d, is a valid input", i, (int)g_packet.kind);
        }
    }
}

static void the_same_seed_makes_the_same_packets(void **state) {
    (void)state;
    static MalformedPacket other;
    uint8_t input[PAYLOAD_BYTES_MAX];
    const size_t input_size = sample_input(input);
    Rng a = rng_seeded(3);
    Rng b = rng_seeded(3);
    for (uint32_t i = 0; i < 100; i++) {
        malformed_make(&a, input, input_size, &g_packet);
        malformed_make(&b, input, input_size, &other);
        assert_int_equal(g_packet.kind, other.kind);
        assert_int_equal(g_packet.size, other.size);
        assert_memory_equal(g_packet.bytes, other.bytes, g_packet.size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_made_and_fits),
        cmocka_unit_test(only_mutations_can_stay_valid_inputs),
        cmocka_unit_test(the_same_seed_makes_the_same_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
