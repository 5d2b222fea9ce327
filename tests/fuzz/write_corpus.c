// SPDX-License-Identifier: MIT
// write_corpus.c -- writes the fuzz corpus: valid inputs of every kind, from fixed seeds. Run it
// when the protocol changes.
//
// Usage: write_corpus DIRECTORY     (tests/fuzz/corpus)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "net/datagram.h"
#include "wire/event_samples.h"
#include "wire/verify.h"
#include "wire/wire_samples.h"

#define SEED 7u

static const char *directory;

static void write_file(const char *target, const char *name, int number, const uint8_t *bytes,
                       size_t size) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s-%d", directory, target, name, number);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    fclose(file);
}

static void write_messages(Rng *rng, int number) {
    static EventBatch batch;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    char text[CHAT_TEXT_BYTES + 1];
    const HelloMessage hello = sample_hello(rng);
    write_file("message", "hello", number, buffer, hello_write(buffer, &hello));
    const WelcomeMessage welcome = sample_welcome(rng);
    write_file("message", "welcome", number, buffer, welcome_write(buffer, &welcome));
    const InputMessage input = sample_input(rng);
    write_file("message", "input", number, buffer, input_write(buffer, &input));
    write_file("message", "events", number, buffer, sample_batch_write(rng, 6, buffer, &batch));
    sample_chat(rng, text);
    write_file("message", "chat", number, buffer, chat_write(buffer, text));
    const VerifyRequest request = {.sequence = (uint16_t)rng_next(rng)};
    write_file("message", "verify-request", number, buffer, verify_request_write(buffer, &request));
    VerifyDetail detail = {.baseline_set_count = 20, .first = 3, .count = 12};
    for (uint32_t i = 0; i < detail.count; i++) {
        detail.entries[i] = (VerifyEntry){.slot = i * 999, .is_known = true, .check = 5};
    }
    write_file("message", "verify-detail", number, buffer, verify_detail_write(buffer, &detail));
}

static void write_receive_reports(Rng *rng) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    write_file("message", "receive-request", 0, buffer, receive_request_write(buffer));
    for (int i = 0; i < 3; i++) {
        const ReceiveReport report = sample_receive_report(rng);
        write_file("message", "receive-report", i, buffer, receive_report_write(buffer, &report));
    }
}

// Makes the baseline set as fuzz_snapshot.c does.
static void write_snapshot(Rng *rng, int number) {
    static BaselineSpace spaces[2];
    static Snapshot snapshot;
    const SlotRanges ranges = sample_ranges();
    BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
    BaselineSet baseline_set = {.entries = spaces[1].entries, .records = spaces[1].records};
    uint8_t buffer[3 + PAYLOAD_BYTES_MAX] = {(uint8_t)number};
    buffer[1] = (uint8_t)rng_below(rng, 60);
    buffer[2] = (uint8_t)rng_below(rng, 20);
    snapshot.header = sample_header(rng);
    Rng baseline_set_rng = rng_seeded(buffer[0]);
    sample_baseline_set(&baseline_set_rng, &ranges, &snapshot.header,
                        snapshot.header.baseline == 0 ? 0 : buffer[1], &baseline);
    baseline.tick = snapshot.header.tick - 1 - buffer[2];
    const SampleSpec spec = {.ranges = &ranges,
                             .baseline = &baseline,
                             .enters = rng_below(rng, 8),
                             .capacity = PAYLOAD_BYTES_MAX};
    const size_t size = sample_snapshot(rng, &spec, buffer + 3, &snapshot, &baseline_set);
    write_file("snapshot", "snapshot", number, buffer, 3 + size);
}

// Flags, session 0, reliable 0 received, connect id 0, then the datagram.
static void write_guard(const char *name, uint8_t flags, const Datagram *datagram) {
    uint8_t buffer[8 + sizeof datagram->bytes] = {flags};
    memcpy(buffer + 8, datagram->bytes, datagram->size);
    write_file("guard", name, 0, buffer, 8 + datagram->size);
}

static void write_guards(void) {
    Datagram datagram;
    datagram_begin(&datagram, DATAGRAM_SENT_TIME);
    datagram_command(&datagram, 0x85, DATAGRAM_CONTROL, 1); // ping, to be acknowledged
    write_guard("ping", 0x12, &datagram);
    datagram_begin(&datagram, DATAGRAM_SENT_TIME);
    datagram_command(&datagram, 0x86, 0, 1); // reliable
    datagram_u16(&datagram, 20);
    datagram_fill(&datagram, 20);
    write_guard("reliable", 0x12, &datagram);
    datagram_begin(&datagram, 0);
    datagram_command(&datagram, 0x49, 1, 0); // unsequenced
    datagram_u16(&datagram, 3);
    datagram_u16(&datagram, 30);
    datagram_fill(&datagram, 30);
    write_guard("unsequenced", 0x12, &datagram);
    datagram_begin(&datagram, 0);
    datagram_command(&datagram, 0x01, DATAGRAM_CONTROL, 1); // acknowledge
    datagram_u32(&datagram, 1);
    write_guard("acknowledge", 0x12, &datagram);
    datagram_begin(&datagram, DATAGRAM_SENT_TIME | DATAGRAM_NO_PEER);
    datagram_command(&datagram, 0x82, DATAGRAM_CONTROL, 1); // connect
    datagram_fill(&datagram, 44);
    write_guard("connect", 0x10, &datagram);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    directory = argv[1];
    Rng rng = rng_seeded(SEED);
    for (int i = 0; i < 3; i++) {
        write_messages(&rng, i);
    }
    for (int i = 0; i < 16; i++) {
        write_snapshot(&rng, i);
    }
    write_guards();
    write_receive_reports(&rng);
    return 0;
}
