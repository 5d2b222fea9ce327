// SPDX-License-Identifier: MIT
// Prints random messages for check_protocol.py: a line each with the bytes in hexadecimal and the
// fields as JSON, which the checker must arrive at knowing nothing but PROTOCOL.md.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/wire_samples.h"

static void print_bytes(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        printf("%02x", bytes[i]);
    }
    printf(" ");
}

static void print_name(const char *name) {
    printf("\"name\": \"");
    for (const uint8_t *c = (const uint8_t *)name; *c != '\0'; c++) {
        printf("%02x", *c);
    }
    printf("\"");
}

static void dump_hello(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const HelloMessage hello = sample_hello(rng);
    print_bytes(buffer, hello_write(buffer, &hello));
    printf("{\"type\": 1, ");
    print_name(hello.name);
    printf("}\n");
}

static void dump_welcome(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const WelcomeMessage welcome = sample_welcome(rng);
    print_bytes(buffer, welcome_write(buffer, &welcome));
    const uint32_t *first = welcome.ranges.first;
    const ArenaSpec *arena = &welcome.arena;
    printf("{\"type\": 2, \"player_index\": %" PRIu32 ", \"tick\": %" PRIu32
           ", \"tick_rate_hz\": %" PRIu32 ", \"snapshot_rate_hz\": %" PRIu32
           ", \"ranges\": [%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 "]",
           welcome.player_index, welcome.tick, welcome.tick_rate_hz, welcome.snapshot_rate_hz,
           first[1], first[2], first[3], first[4]);
    printf(", \"seed\": %" PRIu64 ", \"side_units\": %" PRIu32 ", \"asteroid_count\": %" PRIu32
           ", \"nest_count\": %" PRIu32 ", \"spawn_radius_units\": %" PRIu32 ", ",
           arena->seed, arena->side_units, arena->asteroid_count, arena->nest_count,
           arena->spawn_radius_units);
    print_name(arena->name);
    printf("}\n");
}

static void dump_player_info(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const PlayerInfoMessage info = sample_player_info(rng);
    print_bytes(buffer, player_info_write(buffer, &info));
    printf("{\"type\": 3, \"player_index\": %" PRIu32 ", ", info.player_index);
    print_name(info.name);
    printf("}\n");
}

static void dump_input(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const InputMessage input = sample_input(rng);
    print_bytes(buffer, input_write(buffer, &input));
    printf(
        "{\"type\": 4, \"has_snapshot\": %d, \"snapshot_sequence\": %d, \"snapshot_bits\": %" PRIu32
        ", \"send_time_ms\": %d, \"view_tick_q8\": %" PRIu32 ", \"newest_tick\": %" PRIu32
        ", \"inputs\": [",
        input.has_snapshot, input.snapshot_sequence, input.snapshot_bits, input.send_time_ms,
        input.view_tick_q8, input.newest_tick);
    for (uint32_t i = 0; i < input.count; i++) {
        printf("%s[%d, %d]", i > 0 ? ", " : "", input.inputs[i].buttons, input.inputs[i].aim);
    }
    printf("]}\n");
}

static void print_ship(const Ship *ship) {
    printf("[%" PRId32 ", %" PRId32 ", %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %" PRIu32
           ", %" PRIu32 ", %" PRIu32 "]",
           ship->motion.x, ship->motion.y, ship->motion.vx, ship->motion.vy, ship->motion.angle,
           ship->health, ship->energy, ship->respawn_ticks, ship->shield_ticks,
           ship->pulse_cooldown_ticks, ship->missile_cooldown_ticks, ship->generation, ship->score,
           ship->kills, ship->deaths);
}

static void dump_snapshot(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    Snapshot snapshot;
    const SlotRanges ranges = sample_ranges();
    sample_snapshot(rng, &ranges, rng_below(rng, 130), &snapshot);
    const size_t size = sample_snapshot_write(&snapshot, &ranges, buffer, sizeof(buffer),
                                              &snapshot.removal_count, &snapshot.entity_count);
    print_bytes(buffer, size);
    const SnapshotHeader *header = &snapshot.header;
    printf("{\"type\": 5, \"tick\": %" PRIu32 ", \"sequence\": %d, \"has_input\": %d, "
           "\"input_tick\": %" PRIu32 ", \"input_margin_q4\": %d, \"echo_time_ms\": %d, "
           "\"echo_hold_us_q4\": %d, \"starved_count\": %d, \"tick_us_q4\": %d, "
           "\"client_count\": %d, \"center\": [%" PRId32 ", %" PRId32 "], \"own\": ",
           header->tick, header->sequence, header->has_input, header->input_tick,
           header->input_margin_q4, header->echo_time_ms, header->echo_hold_us_q4,
           header->starved_count, header->tick_us_q4, header->client_count, header->center_x,
           header->center_y);
    print_ship(&header->own);
    printf(", \"removals\": [");
    for (uint32_t i = 0; i < snapshot.removal_count; i++) {
        printf("%s%" PRIu32, i > 0 ? ", " : "", snapshot.removals[i]);
    }
    printf("], \"entities\": [");
    for (uint32_t i = 0; i < snapshot.entity_count; i++) {
        const EntityRecord *record = &snapshot.entities[i].record;
        printf("%s[%" PRIu32 ", %d, %" PRId32 ", %" PRId32 ", %d, %d, %d, %d]", i > 0 ? ", " : "",
               snapshot.entities[i].slot, record->generation, record->x, record->y, record->vx,
               record->vy, record->angle, record->status);
    }
    printf("]}\n");
}

int main(int argc, char **argv) {
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    Rng rng = rng_seeded(seed);
    for (int i = 0; i < 200; i++) {
        dump_hello(&rng);
        dump_welcome(&rng);
        dump_player_info(&rng);
        dump_input(&rng);
        dump_snapshot(&rng);
    }
    return 0;
}
