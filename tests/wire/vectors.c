// SPDX-License-Identifier: MIT
#include "wire/vectors.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "wire/event_samples.h"
#include "wire/fields.h"
#include "wire/receive_report.h"
#include "wire/verify.h"
#include "wire/wire_samples.h"
#include "wire/wire_session.h"

#define SEED             2024u
#define MESSAGES_A_TYPE  12
#define RANDOM_SNAPSHOTS 16
#define SESSION_STEPS    40

const char *vectors_name(VectorFile which) {
    static const char *const NAMES[VECTORS_COUNT] = {"messages.jsonl", "snapshots.jsonl",
                                                     "session.jsonl", "refused.jsonl"};
    return NAMES[which];
}

// ------------------------------------------------------------------ pieces

static void print_bytes(FILE *file, const uint8_t *bytes, size_t size) {
    fprintf(file, "{\"bytes\": \"");
    for (size_t i = 0; i < size; i++) {
        fprintf(file, "%02x", bytes[i]);
    }
    fprintf(file, "\", ");
}

// Texts as the hexadecimal of their bytes.
static void print_text(FILE *file, const char *name, const char *text) {
    fprintf(file, "\"%s\": \"", name);
    for (const uint8_t *c = (const uint8_t *)text; *c != '\0'; c++) {
        fprintf(file, "%02x", *c);
    }
    fprintf(file, "\"");
}

static void print_ranges(FILE *file, const SlotRanges *ranges) {
    fprintf(file, "\"ranges\": [%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 "]",
            ranges->first[1], ranges->first[2], ranges->first[3], ranges->first[4]);
}

static void print_player(FILE *file, const EventPlayer *player) {
    fprintf(file, "{\"index\": %" PRIu32 ", ", player->index);
    print_text(file, "name", player->name);
    fprintf(file, "}");
}

// ------------------------------------------------------------------ messages

static void write_hello(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const HelloMessage hello = sample_hello(rng);
    print_bytes(file, buffer, hello_write(buffer, &hello));
    fprintf(file, "\"means\": {\"type\": 1, \"wants_verify\": %d, ", hello.wants_verify);
    print_text(file, "name", hello.name);
    fprintf(file, "}}\n");
}

static void write_welcome(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const WelcomeMessage welcome = sample_welcome(rng);
    const ArenaSpec *arena = &welcome.arena;
    print_bytes(file, buffer, welcome_write(buffer, &welcome));
    fprintf(file,
            "\"means\": {\"type\": 2, \"player_index\": %" PRIu32 ", \"tick\": %" PRIu32
            ", \"tick_rate_hz\": %" PRIu32 ", \"snapshot_rate_hz\": %" PRIu32 ", ",
            welcome.player_index, welcome.tick, welcome.tick_rate_hz, welcome.snapshot_rate_hz);
    print_ranges(file, &welcome.ranges);
    fprintf(file,
            ", \"seed\": %" PRIu64 ", \"side_units\": %" PRIu32 ", \"asteroid_count\": %" PRIu32
            ", \"nest_count\": %" PRIu32 ", \"spawn_radius_units\": %" PRIu32 ", ",
            arena->seed, arena->side_units, arena->asteroid_count, arena->nest_count,
            arena->spawn_radius_units);
    print_text(file, "name", arena->name);
    fprintf(file, "}}\n");
}

static void write_input(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const InputMessage input = sample_input(rng);
    print_bytes(file, buffer, input_write(buffer, &input));
    fprintf(file,
            "\"means\": {\"type\": 4, \"has_snapshot\": %d, \"snapshot_sequence\": %d, "
            "\"snapshot_bits\": %" PRIu32 ", \"send_time_ms\": %d, \"view_tick_q8\": %" PRIu32
            ", \"newest_tick\": %" PRIu32 ", \"inputs\": [",
            input.has_snapshot, input.snapshot_sequence, input.snapshot_bits, input.send_time_ms,
            input.view_tick_q8, input.newest_tick);
    for (uint32_t i = 0; i < input.count; i++) {
        fprintf(file, "%s[%d, %d]", i > 0 ? ", " : "", input.inputs[i].buttons,
                input.inputs[i].aim);
    }
    fprintf(file, "]}}\n");
}

static void print_event(FILE *file, const Event *event) {
    fprintf(file, "{\"tick\": %" PRIu32 ", \"event_type\": %d, \"player\": ", event->tick,
            (int)event->type);
    print_player(file, &event->player);
    if (event->type == EVENT_KILL) {
        fprintf(file, ", \"cause\": %" PRIu32 ", \"killer\": ", event->cause);
        if (event->has_killer) {
            print_player(file, &event->killer);
        } else {
            fprintf(file, "null");
        }
    } else if (event->type == EVENT_CHAT) {
        fprintf(file, ", ");
        print_text(file, "text", event->text);
    } else if (event->type == EVENT_LEAVE) {
        fprintf(file, ", \"reason\": %" PRIu32, event->reason);
    }
    fprintf(file, "}");
}

static void write_events(FILE *file, Rng *rng) {
    static EventBatch batch;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    print_bytes(file, buffer, sample_batch_write(rng, 8, buffer, &batch));
    fprintf(file, "\"means\": {\"type\": 6, \"tick\": %" PRIu32 ", \"scores\": ", batch.tick);
    if (!batch.has_scores) {
        fprintf(file, "null");
    }
    for (uint32_t i = 0; batch.has_scores && i < batch.scores.count; i++) {
        const ScoreRow *row = &batch.scores.rows[i];
        fprintf(file, "%s{\"player\": ", i > 0 ? ", " : "[");
        print_player(file, &row->player);
        fprintf(file, ", \"score\": %" PRIu32 ", \"kills\": %" PRIu32 ", \"deaths\": %" PRIu32 "}",
                row->score, row->kills, row->deaths);
    }
    if (batch.has_scores) {
        fprintf(file, batch.scores.count == 0 ? "[]" : "]");
    }
    fprintf(file, ", \"events\": [");
    for (uint32_t i = 0; i < batch.count; i++) {
        fprintf(file, "%s", i > 0 ? ", " : "");
        print_event(file, &batch.events[i]);
    }
    fprintf(file, "]}}\n");
}

static void write_chat(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    char text[CHAT_TEXT_BYTES + 1];
    sample_chat(rng, text);
    print_bytes(file, buffer, chat_write(buffer, text));
    fprintf(file, "\"means\": {\"type\": 7, ");
    print_text(file, "text", text);
    fprintf(file, "}}\n");
}

static void write_verify_request(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const VerifyRequest request = {.sequence = (uint16_t)rng_next(rng)};
    print_bytes(file, buffer, verify_request_write(buffer, &request));
    fprintf(file, "\"means\": {\"type\": 8, \"sequence\": %d}}\n", request.sequence);
}

static void write_verify_detail(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    VerifyDetail detail = {.sequence = (uint16_t)rng_next(rng)};
    detail.count = rng_below(rng, 12);
    detail.first = rng_below(rng, 100);
    detail.baseline_set_count = detail.first + detail.count + rng_below(rng, 3);
    for (uint32_t i = 0; i < detail.count; i++) {
        VerifyEntry *entry = &detail.entries[i];
        entry->slot = i * 2000 + rng_below(rng, 2000);
        entry->is_known = rng_chance(rng, 0.9);
        entry->check = (uint16_t)rng_next(rng);
    }
    print_bytes(file, buffer, verify_detail_write(buffer, &detail));
    fprintf(file,
            "\"means\": {\"type\": 9, \"sequence\": %d, \"baseline_set_count\": %" PRIu32
            ", \"first\": %" PRIu32 ", \"entries\": [",
            detail.sequence, detail.baseline_set_count, detail.first);
    for (uint32_t i = 0; i < detail.count; i++) {
        const VerifyEntry *entry = &detail.entries[i];
        fprintf(file, "%s[%" PRIu32 ", %d, %d]", i > 0 ? ", " : "", entry->slot, entry->is_known,
                entry->check);
    }
    fprintf(file, "]}}\n");
}

static void write_receive_report(FILE *file, Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    print_bytes(file, buffer, receive_request_write(buffer));
    fprintf(file, "\"means\": {\"type\": 10}}\n");
    const ReceiveReport report = sample_receive_report(rng);
    print_bytes(file, buffer, receive_report_write(buffer, &report));
    fprintf(file,
            "\"means\": {\"type\": 11, \"judged\": %" PRIu32 ", \"lost\": %" PRIu32
            ", \"received\": %" PRIu32 ", \"overtaken\": %" PRIu32 ", \"duplicated\": %" PRIu32
            ", \"jitter_pairs\": %" PRIu32 ", \"jitter_squares_us2\": %" PRIu64 "}}\n",
            report.judged, report.lost, report.received, report.overtaken, report.duplicated,
            report.jitter_pairs, report.jitter_squares_us2);
}

static void write_messages(FILE *file) {
    Rng rng = rng_seeded(SEED);
    for (int i = 0; i < MESSAGES_A_TYPE; i++) {
        write_hello(file, &rng);
        write_welcome(file, &rng);
        write_input(file, &rng);
        write_events(file, &rng);
        write_chat(file, &rng);
        write_verify_request(file, &rng);
        write_verify_detail(file, &rng);
    }
    for (int i = 0; i < MESSAGES_A_TYPE; i++) {
        write_receive_report(file, &rng);
    }
}

// ------------------------------------------------------------------ snapshots

static void print_ship(FILE *file, const Ship *ship) {
    fprintf(file,
            "[%" PRId32 ", %" PRId32 ", %d, %d, %d, %d, %d, %" PRIu32 ", %" PRIu32 ", %" PRIu32
            ", %d, %d, %d, %d, %d]",
            ship->motion.x, ship->motion.y, ship->motion.vx, ship->motion.vy, ship->motion.angle,
            ship->health, ship->energy, ship->score, ship->kills, ship->deaths, ship->generation,
            ship->respawn_ticks, ship->shield_ticks, ship->pulse_cooldown_ticks,
            ship->missile_cooldown_ticks);
}

// Slot, generation, age, x, y, vx, vy, angle, status of each entry.
static void print_baseline_set(FILE *file, const char *name, const BaselineSet *baseline_set) {
    fprintf(file, "\"%s\": [", name);
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        const EntityRecord *record = &baseline_set->records[i];
        fprintf(file, "%s[%" PRIu32 ", %d, %d, %" PRId32 ", %" PRId32 ", %d, %d, %d, %d]",
                i > 0 ? ", " : "", entry->slot, entry->generation, entry->age, record->x, record->y,
                record->vx, record->vy, record->angle, record->status);
    }
    fprintf(file, "]");
}

static void print_header(FILE *file, const SnapshotHeader *header) {
    fprintf(file,
            "\"means\": {\"type\": 5, \"tick\": %" PRIu32 ", \"sequence\": %d, \"baseline\": %d, "
            "\"has_checksum\": %d, \"has_input\": %d, \"input_tick\": %" PRIu32
            ", \"input_margin_q4\": %d, \"echo_time_ms\": %d, \"echo_hold_us_q4\": %d, "
            "\"starved_count\": %d, \"tick_us_q4\": %d, \"client_count\": %d, "
            "\"center\": [%" PRId32 ", %" PRId32 "], \"own\": ",
            header->tick, header->sequence, header->baseline, header->has_checksum,
            header->has_input, header->input_tick, header->input_margin_q4, header->echo_time_ms,
            header->echo_hold_us_q4, header->starved_count, header->tick_us_q4,
            header->client_count, header->center_x, header->center_y);
    print_ship(file, &header->own);
    fprintf(file, ", ");
}

// The expected new baseline set; the checksum, if present, covers it too.
static void print_result(FILE *file, const SnapshotHeader *header,
                         const BaselineSet *baseline_set) {
    print_baseline_set(file, "new_baseline_set", baseline_set);
    fprintf(file, ", \"checksum\": %" PRIu32 "}}\n",
            header->has_checksum ? baseline_set_checksum(baseline_set) : 0);
}

static void write_snapshots(FILE *file) {
    static BaselineSpace spaces[2];
    static Snapshot snapshot;
    Rng rng = rng_seeded(SEED + 1);
    const SlotRanges ranges = sample_ranges();
    BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
    BaselineSet baseline_set = {.entries = spaces[1].entries, .records = spaces[1].records};
    for (int i = 0; i < RANDOM_SNAPSHOTS; i++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        snapshot.header = sample_header(&rng);
        const uint32_t known = snapshot.header.baseline == 0 ? 0 : 10 + rng_below(&rng, 50);
        sample_baseline_set(&rng, &ranges, &snapshot.header, known, &baseline);
        const SampleSpec spec = {.ranges = &ranges,
                                 .baseline = &baseline,
                                 .enters = rng_below(&rng, 10),
                                 .capacity = sizeof buffer};
        const size_t size = sample_snapshot(&rng, &spec, buffer, &snapshot, &baseline_set);
        print_bytes(file, buffer, size);
        print_ranges(file, &ranges);
        fprintf(file, ", \"baseline_tick\": %" PRIu32 ", ", baseline.tick);
        print_baseline_set(file, "baseline_set", &baseline);
        fprintf(file, ", ");
        print_header(file, &snapshot.header);
        print_result(file, &snapshot.header, &baseline_set);
    }
}

static void write_session(FILE *file) {
    static WireSession session;
    wire_session_init(&session, SEED + 2);
    Rng rng = rng_seeded(SEED + 3);
    for (int i = 0; i < SESSION_STEPS; i++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        const size_t size = wire_session_step(&session, buffer);
        // A long silence of the client's, too: then ages saturate.
        const bool is_lost = rng_chance(&rng, 0.2) || (i > 10 && i < 35 && i % 24 > 1);
        print_bytes(file, buffer, size);
        print_ranges(file, &session.ranges);
        fprintf(file, ", \"is_lost\": %d, ", is_lost);
        print_header(file, &session.header);
        print_result(file, &session.header, wire_session_baseline_set(&session));
        if (!is_lost) {
            wire_session_acknowledge(&session);
        }
    }
}

// ------------------------------------------------------------------ what is refused

static void print_refused(FILE *file, const uint8_t *bytes, size_t size, const char *reason) {
    const SlotRanges ranges = sample_ranges();
    print_bytes(file, bytes, size);
    print_ranges(file, &ranges);
    fprintf(file, ", \"means\": null, \"why\": \"%s\"}\n", reason);
}

// A snapshot without baseline and without checksum, up to its enter count.
static BitWriter begin_snapshot(uint8_t buffer[PAYLOAD_BYTES_MAX], uint8_t baseline) {
    const SlotRanges ranges = sample_ranges();
    const SnapshotHeader header = {.tick = 100,
                                   .sequence = 1,
                                   .baseline = baseline,
                                   .center_x = 16000,
                                   .own = {.motion = {.x = 256000, .y = 4096}, .generation = 1}};
    const SnapshotSpace space = {.bytes = buffer, .capacity = PAYLOAD_BYTES_MAX};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &ranges, &header, &(BaselineSet){0});
    return writer.bits;
}

// | gap class:2 = 3 | gap:20 | generation | x:15 | y:15 | velocity class:2 = 0 |
static void write_enter(BitWriter *bits, uint32_t gap, uint32_t generation, int32_t x) {
    const uint32_t above = gap - 18688;
    bit_write(bits, 3, 2);
    bit_write(bits, above, 20);
    bit_write(bits, 1 | generation << 1, 13);
    bit_write_signed(bits, x, 15);
    bit_write(bits, 0, 15 + 2);
}

static void refuse_enter(FILE *file, uint32_t gap, uint32_t generation, const char *reason) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    BitWriter bits = begin_snapshot(buffer, 0);
    bit_write(&bits, 1, 9);
    write_enter(&bits, gap, generation, 5);
    print_refused(file, buffer, bit_writer_finish(&bits), reason);
}

static void refuse_snapshots(FILE *file) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    refuse_enter(file, 37000, 1, "a slot behind the last");
    refuse_enter(file, 36000, 0, "generation 0");
    BitWriter bits = begin_snapshot(buffer, 0);
    bit_write(&bits, 449, 9);
    print_refused(file, buffer, bit_writer_finish(&bits), "more entries than a baseline set holds");
    bits = begin_snapshot(buffer, 3);
    bit_write(&bits, 0, 9);
    print_refused(file, buffer, bit_writer_finish(&bits), "a baseline that is not held");
}

// The first two counts, and the next two, do not fit together.
static void refuse_reports(FILE *file) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const ReceiveReport report = {.judged = 7, .lost = 7, .received = 9, .overtaken = 9};
    const size_t size = receive_report_write(buffer, &report);
    buffer[1]--;
    print_refused(file, buffer, size, "more lost than there were");
    buffer[1]++;
    buffer[9]--;
    print_refused(file, buffer, size, "more overtaken than have come");
    buffer[9]++;
    print_refused(file, buffer, size - 1, "a report that ends early");
    print_refused(file, (const uint8_t *)"\x0a\x00", 2, "a request with a byte too many");
}

static void write_refused(FILE *file) {
    Rng rng = rng_seeded(SEED + 4);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const WelcomeMessage welcome = sample_welcome(&rng);
    size_t size = welcome_write(buffer, &welcome);
    print_refused(file, buffer, size / 2, "ends early");
    buffer[size] = 0;
    print_refused(file, buffer, size + 1, "a byte too many");
    const InputMessage input = {.newest_tick = 9, .count = 1};
    size = input_write(buffer, &input);
    buffer[size - 1] |= 0x80;
    print_refused(file, buffer, size, "padding other than zeros");
    const HelloMessage hello = {PROTOCOL_MAGIC, PROTOCOL_VERSION, false, "Ada"};
    size = hello_write(buffer, &hello);
    buffer[9] = 2;
    print_refused(file, buffer, size, "an unknown flag");
    print_refused(file, (const uint8_t *)"\x63", 1, "an unknown type");
    refuse_snapshots(file);
    refuse_reports(file);
}

void vectors_write(FILE *file, VectorFile which) {
    switch (which) {
    case VECTORS_MESSAGES:
        write_messages(file);
        break;
    case VECTORS_SNAPSHOTS:
        write_snapshots(file);
        break;
    case VECTORS_SESSION:
        write_session(file);
        break;
    case VECTORS_REFUSED:
        write_refused(file);
        break;
    case VECTORS_COUNT:
        assert(false && "no file");
    }
}
