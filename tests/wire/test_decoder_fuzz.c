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

// What a reader takes is a state of the world that it can go on from: the roster ascends, every
// place is within bounds, and the snapshot written from it again is read alike.
static void check_roster(const Roster *roster, const SlotRanges *ranges) {
    assert_in_range(roster->count, 0, ROSTER_ENTRIES_MAX);
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        assert_true(entry->slot < ranges->first[ENTITY_KIND_COUNT]);
        assert_true(i == 0 || entry->slot > roster->entries[i - 1].slot);
        assert_true(entry->generation != 0 && entry->age <= DELTA_AGE_MAX);
        assert_int_equal(entry->generation, roster->records[i].generation);
        assert_true(abs(roster->records[i].x) < DELTA_PLACE_MAX);
        assert_true(abs(roster->records[i].y) < DELTA_PLACE_MAX);
    }
}

static void snapshots_survive_anything(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    static RosterSpace spaces[3];
    static Snapshot in;
    static Snapshot out;
    Roster reference = {.entries = spaces[0].entries, .records = spaces[0].records};
    Roster meant = {.entries = spaces[1].entries, .records = spaces[1].records};
    Roster roster = {.entries = spaces[2].entries, .records = spaces[2].records};
    uint8_t buffer[PAYLOAD_BYTES_MAX + 8];
    uint32_t taken = 0;
    for (int i = 0; i < MUTATIONS / 2; i++) {
        in.header = sample_header(&rng);
        sample_roster(&rng, &ranges, &in.header, in.header.reference == 0 ? 0 : rng_below(&rng, 40),
                      &reference);
        size_t size = sample_snapshot(&rng, &ranges, &reference, rng_below(&rng, 10), buffer,
                                      PAYLOAD_BYTES_MAX, &in, &meant);
        size = mutate(&rng, buffer, size);
        uint8_t *copy = exact_copy(buffer, size);
        SnapshotReader reader;
        if (snapshot_open(&reader, copy, size, &ranges, &out.header) &&
            reference.tick < out.header.tick && snapshot_read(&reader, &reference, &out, &roster)) {
            taken++;
            check_roster(&roster, &ranges);
            assert_true(out.entity_count + out.skip_count == roster.count);
        }
        free(copy);
    }
    print_message("%u of %d mutated snapshots were valid\n", taken, MUTATIONS / 2);
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
