// SPDX-License-Identifier: MIT
// All messages but the snapshot. A message that a reader accepts can be written again, and then
// reads and writes the same: it is a valid message, whatever its bytes were.
#include <assert.h>
#include <string.h>

#include "fuzz/fuzz_target.h"
#include "wire/event_samples.h"
#include "wire/message.h"
#include "wire/receive_report.h"
#include "wire/verify.h"

// Reads a message and writes it again; 0 when it is refused.
typedef size_t (*Rewrite)(const uint8_t *data, size_t size, uint8_t *buffer);

static size_t rewrite_hello(const uint8_t *data, size_t size, uint8_t *buffer) {
    HelloMessage hello;
    return hello_read(data, size, &hello) == HELLO_OK ? hello_write(buffer, &hello) : 0;
}

static size_t rewrite_welcome(const uint8_t *data, size_t size, uint8_t *buffer) {
    WelcomeMessage welcome;
    if (!welcome_read(data, size, &welcome)) {
        return 0;
    }
    assert(arena_spec_check(&welcome.arena) == NULL);
    assert(welcome.player_index < welcome.ranges.first[1]);
    return welcome_write(buffer, &welcome);
}

static size_t rewrite_input(const uint8_t *data, size_t size, uint8_t *buffer) {
    InputMessage input;
    if (!input_read(data, size, &input)) {
        return 0;
    }
    assert(input.count >= 1 && input.count <= INPUT_WINDOW_TICKS);
    return input_write(buffer, &input);
}

static size_t rewrite_events(const uint8_t *data, size_t size, uint8_t *buffer) {
    static EventBatch batch;
    return event_batch_read(data, size, &batch) ? sample_batch_rewrite(&batch, buffer) : 0;
}

static size_t rewrite_chat(const uint8_t *data, size_t size, uint8_t *buffer) {
    char text[CHAT_TEXT_BYTES + 1];
    return chat_read(data, size, text) ? chat_write(buffer, text) : 0;
}

static size_t rewrite_verify_request(const uint8_t *data, size_t size, uint8_t *buffer) {
    VerifyRequest request;
    return verify_request_read(data, size, &request) ? verify_request_write(buffer, &request) : 0;
}

// A client compares any details that arrive with its own states, also when they are not in
// sequence. The corpus' details name every 999th slot, as does this baseline set.
static void compare(const VerifyDetail *detail) {
    static BaselineSpace space;
    static BaselineSet baseline_set;
    if (baseline_set.entries == NULL) {
        baseline_set = (BaselineSet){.entries = space.entries, .records = space.records};
        baseline_set_begin(&baseline_set, 5, 100);
        for (uint32_t i = 0; i < 20; i++) {
            baseline_set.records[i] = (EntityRecord){.x = (int32_t)i, .generation = 1};
            baseline_set_carry(&baseline_set, i * 999, 1);
            baseline_set.entries[i].age = i % 5 == 4 ? DELTA_AGE_MAX : (uint16_t)i;
        }
    }
    uint32_t next = 0;
    for (int i = 0; i < 3; i++) {
        const VerifyDifference difference = verify_compare(&baseline_set, detail, &next);
        assert(next <= baseline_set.count);
        assert(difference.kind == VERIFY_SAME || difference.slot < 1u << ENTITY_SLOT_BITS);
    }
}

static size_t rewrite_verify_detail(const uint8_t *data, size_t size, uint8_t *buffer) {
    static VerifyDetail detail;
    if (!verify_detail_read(data, size, &detail)) {
        return 0;
    }
    compare(&detail);
    return verify_detail_write(buffer, &detail);
}

static size_t rewrite_receive_request(const uint8_t *data, size_t size, uint8_t *buffer) {
    return receive_request_read(data, size) ? receive_request_write(buffer) : 0;
}

static size_t rewrite_receive_report(const uint8_t *data, size_t size, uint8_t *buffer) {
    ReceiveReport report;
    return receive_report_read(data, size, &report) ? receive_report_write(buffer, &report) : 0;
}

static Rewrite rewrite_of(uint8_t type) {
    switch (type) {
    case MESSAGE_HELLO:
        return rewrite_hello;
    case MESSAGE_WELCOME:
        return rewrite_welcome;
    case MESSAGE_INPUT:
        return rewrite_input;
    case MESSAGE_EVENTS:
        return rewrite_events;
    case MESSAGE_CHAT:
        return rewrite_chat;
    case MESSAGE_VERIFY_REQUEST:
        return rewrite_verify_request;
    case MESSAGE_VERIFY_DETAIL:
        return rewrite_verify_detail;
    case MESSAGE_RECEIVE_REQUEST:
        return rewrite_receive_request;
    case MESSAGE_RECEIVE_REPORT:
        return rewrite_receive_report;
    default:
        return NULL;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const Rewrite rewrite = rewrite_of(message_type(data, size));
    uint8_t once[PAYLOAD_BYTES_MAX];
    uint8_t twice[PAYLOAD_BYTES_MAX];
    const size_t size_once = rewrite != NULL ? rewrite(data, size, once) : 0;
    if (size_once > 0) {
        assert(rewrite(once, size_once, twice) == size_once);
        assert(memcmp(once, twice, size_once) == 0);
    }
    return 0;
}
