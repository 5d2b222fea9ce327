// SPDX-License-Identifier: MIT
// Mutations of valid messages against every decoder. What a decoder takes must survive being
// written and read again: then it is a valid message, whatever the bytes looked like.
#include <string.h>

#include "support.h"
#include "wire/message.h"
#include "wire/snapshot.h"
#include "wire/wire_samples.h"

#define MUTATIONS 200000

static uint8_t random_byte(Rng *rng) {
    static const uint8_t EDGES[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    return rng_chance(rng, 0.3) ? EDGES[rng_below(rng, sizeof(EDGES))] : (uint8_t)rng_next(rng);
}

// Changes a message in place; returns its new size.
static size_t mutate(Rng *rng, uint8_t buffer[PAYLOAD_BYTES_MAX + 8], size_t size) {
    const uint32_t changes = 1 + rng_below(rng, 4);
    for (uint32_t i = 0; i < changes; i++) {
        switch (rng_below(rng, 5)) {
        case 0: // cut
            size = rng_below(rng, (uint32_t)size + 1);
            break;
        case 1: // grow
            for (uint32_t more = rng_below(rng, 8); more > 0 && size < PAYLOAD_BYTES_MAX + 8;
                 more--) {
                buffer[size++] = random_byte(rng);
            }
            break;
        case 2: // another byte
            if (size > 1) {
                buffer[1 + rng_below(rng, (uint32_t)size - 1)] = random_byte(rng);
            }
            break;
        case 3: // everything from some point on
            for (size_t at = 1 + rng_below(rng, (uint32_t)size + 1); at < size; at++) {
                buffer[at] = random_byte(rng);
            }
            break;
        default: // a bit
            if (size > 0) {
                buffer[rng_below(rng, (uint32_t)size)] ^= (uint8_t)(1u << rng_below(rng, 8));
            }
            break;
        }
    }
    return size;
}

// The decoder gets a block of exactly that size, so that a sanitizer sees any byte too many.
static uint8_t *exact_copy(const uint8_t *buffer, size_t size) {
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, buffer, size);
    return copy;
}

static void hellos_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    for (int i = 0; i < MUTATIONS; i++) {
        const HelloMessage hello = sample_hello(&rng);
        const size_t size = mutate(&rng, buffer, hello_write(buffer, &hello));
        uint8_t *copy = exact_copy(buffer, size);
        HelloMessage out;
        HelloMessage again;
        if (hello_read(copy, size, &out) == HELLO_OK) {
            assert_int_equal(hello_read(buffer, hello_write(buffer, &out), &again), HELLO_OK);
            assert_string_equal(out.name, again.name);
        }
        free(copy);
    }
}

static void welcomes_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    for (int i = 0; i < MUTATIONS; i++) {
        const WelcomeMessage welcome = sample_welcome(&rng);
        const size_t size = mutate(&rng, buffer, welcome_write(buffer, &welcome));
        uint8_t *copy = exact_copy(buffer, size);
        WelcomeMessage out;
        WelcomeMessage again;
        if (welcome_read(copy, size, &out)) {
            assert_true(welcome_read(buffer, welcome_write(buffer, &out), &again));
            assert_null(arena_spec_check(&out.arena));
            assert_true(out.player_index < out.ranges.first[1]);
        }
        free(copy);
    }
}

static void player_infos_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    for (int i = 0; i < MUTATIONS; i++) {
        const PlayerInfoMessage info = sample_player_info(&rng);
        const size_t size = mutate(&rng, buffer, player_info_write(buffer, &info));
        uint8_t *copy = exact_copy(buffer, size);
        PlayerInfoMessage out;
        PlayerInfoMessage again;
        if (player_info_read(copy, size, &out)) {
            assert_true(player_info_read(buffer, player_info_write(buffer, &out), &again));
            assert_string_equal(out.name, again.name);
        }
        free(copy);
    }
}

static void inputs_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    for (int i = 0; i < MUTATIONS; i++) {
        const InputMessage input = sample_input(&rng);
        const size_t size = mutate(&rng, buffer, input_write(buffer, &input));
        uint8_t *copy = exact_copy(buffer, size);
        InputMessage out;
        InputMessage again;
        if (input_read(copy, size, &out)) {
            assert_true(out.count >= 1 && out.count <= INPUT_WINDOW_TICKS);
            assert_true(input_read(buffer, input_write(buffer, &out), &again));
            assert_memory_equal(out.inputs, again.inputs, out.count * sizeof(ShipInput));
        }
        free(copy);
    }
}

static void snapshots_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    uint32_t taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        Snapshot in;
        Snapshot out;
        Snapshot again;
        uint32_t removals;
        uint32_t entities;
        sample_snapshot(&rng, &ranges, rng_below(&rng, 20), &in);
        size_t size =
            sample_snapshot_write(&in, &ranges, buffer, PAYLOAD_BYTES_MAX, &removals, &entities);
        size = mutate(&rng, buffer, size);
        uint8_t *copy = exact_copy(buffer, size);
        if (snapshot_read(copy, size, &ranges, &out)) {
            taken++;
            size = sample_snapshot_write(&out, &ranges, buffer, PAYLOAD_BYTES_MAX, &removals,
                                         &entities);
            assert_int_equal(removals, out.removal_count);
            assert_int_equal(entities, out.entity_count);
            assert_true(snapshot_read(buffer, size, &ranges, &again));
            assert_memory_equal(&out.header.own, &again.header.own, sizeof(Ship));
            assert_memory_equal(out.entities, again.entities, entities * sizeof(SnapshotEntity));
        }
        free(copy);
    }
    print_message("%u of %d mutated snapshots were valid\n", taken, MUTATIONS);
    assert_true(taken > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hellos_survive_anything),
        cmocka_unit_test(welcomes_survive_anything),
        cmocka_unit_test(player_infos_survive_anything),
        cmocka_unit_test(inputs_survive_anything),
        cmocka_unit_test(snapshots_survive_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
