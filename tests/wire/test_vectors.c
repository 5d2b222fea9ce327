// SPDX-License-Identifier: MIT
// The writers reproduce the golden vectors byte for byte. After an intended change of the protocol
// `test_vectors --write` replaces them.
#include <string.h>

#include "support.h"
#include "wire/event.h"
#include "wire/receive_report.h"
#include "wire/vectors.h"
#include "wire/verify.h"
#include "wire/wire_samples.h"
#include "wire/wire_session.h"

static FILE *open_vectors(VectorFile which, const char *mode) {
    char path[512];
    snprintf(path, sizeof path, "%s/tests/wire/vectors/%s", TICKSTORM_SOURCE_DIR,
             vectors_name(which));
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    return file;
}

static void vectors_equal_the_written_bytes(void **state) {
    (void)state;
    for (int which = 0; which < VECTORS_COUNT; which++) {
        char *written = NULL;
        size_t size = 0;
        FILE *memory = open_memstream(&written, &size);
        vectors_write(memory, (VectorFile)which);
        fclose(memory);
        FILE *file = open_vectors((VectorFile)which, "r");
        char *golden = malloc(size + 2);
        const size_t golden_size = fread(golden, 1, size + 1, file);
        fclose(file);
        assert_int_equal(golden_size, size);
        assert_memory_equal(golden, written, size);
        free(golden);
        free(written);
    }
}

// Reads a line's bytes; the size.
static size_t parse_bytes(const char *line, uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    const char *hex = strstr(line, "\"bytes\": \"") + strlen("\"bytes\": \"");
    size_t size = 0;
    unsigned byte;
    while (*hex != '"' && sscanf(hex, "%2x", &byte) == 1) {
        buffer[size++] = (uint8_t)byte;
        hex += 2;
    }
    return size;
}

static bool can_be_read(const uint8_t *data, size_t size) {
    static EventBatch batch;
    static Snapshot snapshot;
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    const BaselineSet nobody = {0};
    const SlotRanges ranges = sample_ranges();
    SnapshotReader reader;
    HelloMessage hello;
    WelcomeMessage welcome;
    InputMessage input;
    VerifyRequest request;
    VerifyDetail detail;
    ReceiveReport report;
    char text[CHAT_TEXT_BYTES + 1];
    switch (message_type(data, size)) {
    case MESSAGE_HELLO:
        return hello_read(data, size, &hello) == HELLO_OK;
    case MESSAGE_WELCOME:
        return welcome_read(data, size, &welcome);
    case MESSAGE_INPUT:
        return input_read(data, size, &input);
    case MESSAGE_SNAPSHOT:
        return snapshot_open(&reader, data, size, &ranges, &snapshot.header) &&
               snapshot.header.baseline == 0 &&
               snapshot_read(&reader, &nobody, &snapshot, &baseline_set);
    case MESSAGE_EVENTS:
        return event_batch_read(data, size, &batch);
    case MESSAGE_CHAT:
        return chat_read(data, size, text);
    case MESSAGE_VERIFY_REQUEST:
        return verify_request_read(data, size, &request);
    case MESSAGE_VERIFY_DETAIL:
        return verify_detail_read(data, size, &detail);
    case MESSAGE_RECEIVE_REQUEST:
        return receive_request_read(data, size);
    case MESSAGE_RECEIVE_REPORT:
        return receive_report_read(data, size, &report);
    default:
        return false;
    }
}

static void our_readers_accept_the_messages_and_refuse_the_rest(void **state) {
    (void)state;
    static const VectorFile FILES[] = {VECTORS_MESSAGES, VECTORS_REFUSED};
    for (int i = 0; i < 2; i++) {
        FILE *file = open_vectors(FILES[i], "r");
        static char line[1 << 16];
        while (fgets(line, sizeof line, file) != NULL) {
            uint8_t buffer[PAYLOAD_BYTES_MAX];
            const size_t size = parse_bytes(line, buffer);
            assert_int_equal(can_be_read(buffer, size), FILES[i] == VECTORS_MESSAGES);
        }
        fclose(file);
    }
}

static void a_session_is_read_as_it_was_written(void **state) {
    (void)state;
    static WireSession session;
    static BaselineSpace spaces[BASELINE_SETS_MAX];
    static Snapshot snapshot;
    static BaselineSet baseline_sets[BASELINE_SETS_MAX];
    const BaselineSet nobody = {0};
    Rng rng = test_rng();
    wire_session_init(&session, rng_next(&rng));
    for (int step = 0; step < 1500; step++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        const size_t size = wire_session_step(&session, buffer);
        if (rng_chance(&rng, step % 300 < 250 ? 0.15 : 0.97)) {
            continue;
        }
        SnapshotReader reader;
        SnapshotHeader *header = &snapshot.header;
        assert_true(snapshot_open(&reader, buffer, size, &session.ranges, header));
        const uint32_t at = header->sequence % BASELINE_SETS_MAX;
        baseline_sets[at].entries = spaces[at].entries;
        baseline_sets[at].records = spaces[at].records;
        const BaselineSet *baseline =
            header->baseline == 0 ? &nobody
                                  : &baseline_sets[(uint16_t)(header->sequence - header->baseline) %
                                                   BASELINE_SETS_MAX];
        assert_true(snapshot_read(&reader, baseline, &snapshot, &baseline_sets[at]));
        const BaselineSet *meant = wire_session_baseline_set(&session);
        assert_true(sample_sets_agree(&baseline_sets[at], meant));
        assert_int_equal(snapshot.checksum, baseline_set_checksum(&baseline_sets[at]));
        wire_session_acknowledge(&session);
    }
}

static int write_all(void) {
    for (int which = 0; which < VECTORS_COUNT; which++) {
        FILE *file = open_vectors((VectorFile)which, "w");
        vectors_write(file, (VectorFile)which);
        fclose(file);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        return write_all();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_equal_the_written_bytes),
        cmocka_unit_test(our_readers_accept_the_messages_and_refuse_the_rest),
        cmocka_unit_test(a_session_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
