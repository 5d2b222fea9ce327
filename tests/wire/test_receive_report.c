// SPDX-License-Identifier: MIT
#include "wire/receive_report.h"

#include "support.h"
#include "wire/message.h"
#include "wire/wire_samples.h"

#define ROUNDS 2000

static void random_reports_come_back_as_they_were(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int round = 0; round < ROUNDS; round++) {
        const ReceiveReport report = sample_receive_report(&rng);
        ReceiveReport out;
        assert_true(receive_report_read(buffer, receive_report_write(buffer, &report), &out));
        assert_int_equal(report.judged, out.judged);
        assert_int_equal(report.lost, out.lost);
        assert_int_equal(report.received, out.received);
        assert_int_equal(report.overtaken, out.overtaken);
        assert_int_equal(report.duplicated, out.duplicated);
        assert_int_equal(report.jitter_pairs, out.jitter_pairs);
        assert_int_equal(report.jitter_squares_us2, out.jitter_squares_us2);
    }
}

static void golden_messages(void **state) {
    (void)state;
    static const uint8_t REPORT[] = {11, 0xe8, 3, 0, 0, 50, 0, 0, 0, 0xd4, 3, 0, 0, 19, 0, 0, 0,
                                     10, 0,    0, 0, 9, 0,  0, 0, 8, 7,    6, 5, 4, 3,  2, 1};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const ReceiveReport report = {.judged = 1000,
                                  .lost = 50,
                                  .received = 980,
                                  .overtaken = 19,
                                  .duplicated = 10,
                                  .jitter_pairs = 9,
                                  .jitter_squares_us2 = 0x0102030405060708};
    assert_int_equal(receive_report_write(buffer, &report), sizeof REPORT);
    assert_memory_equal(buffer, REPORT, sizeof REPORT);
    assert_int_equal(receive_request_write(buffer), 1);
    assert_int_equal(buffer[0], MESSAGE_RECEIVE_REQUEST);
    assert_true(receive_request_read(buffer, 1));
}

static void a_message_cut_at_any_byte_with_one_more_or_of_another_type_is_refused(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    ReceiveReport report = {.judged = 9, .lost = 9};
    const size_t size = receive_report_write(buffer, &report);
    for (size_t cut = 0; cut < size; cut++) {
        assert_false(receive_report_read(buffer, cut, &report));
    }
    buffer[size] = 0;
    assert_false(receive_report_read(buffer, size + 1, &report));
    assert_false(receive_request_read(buffer, 1));
    buffer[0] = MESSAGE_RECEIVE_REQUEST;
    assert_false(receive_report_read(buffer, size, &report));
    assert_false(receive_request_read(buffer, 0));
    assert_true(receive_request_read(buffer, 1));
    assert_false(receive_request_read(buffer, 2));
}

static void impossible_counts_are_refused(void **state) {
    (void)state;
    enum { JUDGED_AT = 1, RECEIVED_AT = 9 };
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    ReceiveReport report = {.judged = 5, .lost = 5, .received = 7, .overtaken = 7};
    const size_t size = receive_report_write(buffer, &report);
    assert_true(receive_report_read(buffer, size, &report));
    buffer[JUDGED_AT] = 4;
    assert_false(receive_report_read(buffer, size, &report));
    buffer[JUDGED_AT] = 5;
    buffer[RECEIVED_AT] = 6;
    assert_false(receive_report_read(buffer, size, &report));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_reports_come_back_as_they_were),
        cmocka_unit_test(golden_messages),
        cmocka_unit_test(a_message_cut_at_any_byte_with_one_more_or_of_another_type_is_refused),
        cmocka_unit_test(impossible_counts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
