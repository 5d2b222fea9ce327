// SPDX-License-Identifier: MIT
#include "tools/swarm/report/hdr_file.h"

#include <math.h>
#include <string.h>

#include "support.h"

static Histogram g_histogram;

static char g_text[32768];

static const char *written(double scale) {
    FILE *stream = fmemopen(g_text, sizeof g_text, "w");
    assert_non_null(stream);
    hdr_file_print(stream, &g_histogram, scale);
    assert_int_equal(fclose(stream), 0);
    return g_text;
}

static void a_plain_path_means_the_default_distribution(void **state) {
    (void)state;
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    assert_true(hdr_file_parse("out.hdr", &file, error, sizeof error));
    assert_string_equal(file.distribution->name, HDR_FILE_DEFAULT);
    assert_string_equal(file.path, "out.hdr");
    assert_true(hdr_file_parse("snapshot_gap_ms=a=b.hdr", &file, error, sizeof error));
    assert_string_equal(file.distribution->name, "snapshot_gap_ms");
    assert_string_equal(file.path, "a=b.hdr");
}

static void an_unknown_distribution_is_refused_with_the_known_ones(void **state) {
    (void)state;
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    assert_false(hdr_file_parse("connections.ok=a", &file, error, sizeof error));
    assert_non_null(strstr(error, "'connections.ok'"));
    assert_non_null(strstr(error, "rtt_ms, input_ack_ms"));
    assert_non_null(strstr(error, "generator.loop_lag_ms"));
    assert_false(hdr_file_parse("rtt_ms=", &file, error, sizeof error));
    assert_false(hdr_file_parse("", &file, error, sizeof error));
    assert_non_null(strstr(error, "names no file"));
}

static void rows_rise_to_all_values_with_five_steps_a_halving(void **state) {
    (void)state;
    g_histogram = (Histogram){0};
    for (uint64_t i = 1; i <= 10000; i++) {
        histogram_record(&g_histogram, i * 1000);
    }
    const char *text = written(1e-6);
    const char *at = strchr(text, '\n') + 2; // after the head and an empty line
    double last_value = 0, last_level = -1, value, level, inverse;
    unsigned long long total, last_total = 0;
    uint32_t rows = 0, below_half = 0;
    while (sscanf(at, "%lf %lf %llu %lf\n", &value, &level, &total, &inverse) == 4) {
        assert_true(value >= last_value && level > last_level && total >= last_total);
        assert_true(fabs(value / 10 - level) < 0.02 + 1.0 / 64); // evenly spread from 0 to 10 ms
        assert_true(fabs(inverse * (1 - level) - 1) < 0.01);
        below_half += level < 0.5;
        last_value = value;
        last_level = level;
        last_total = total;
        rows++;
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(below_half, 5);
    assert_true(rows > 30 && rows < 80);
    assert_non_null(strstr(at, "      10.000 1.000000000000      10000\n#[Mean    =        5.0"));
    assert_non_null(strstr(at, "#[Max     =       10.000, Total count    =        10000]\n"));
    assert_non_null(strstr(at, "StdDeviation   =        2.88"));
}

static void a_file_of_one_value_or_none_is_complete(void **state) {
    (void)state;
    g_histogram = (Histogram){0};
    const char *text = written(1);
    assert_null(strstr(text, "nan"));
    assert_non_null(strstr(text, "Total count    =            0]"));
    histogram_record(&g_histogram, 7);
    text = written(1);
    assert_non_null(strstr(text, "       7.000 0.000000000000          1           1.00\n"));
    assert_non_null(strstr(text, "       7.000 1.000000000000          1\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_path_means_the_default_distribution),
        cmocka_unit_test(an_unknown_distribution_is_refused_with_the_known_ones),
        cmocka_unit_test(rows_rise_to_all_values_with_five_steps_a_halving),
        cmocka_unit_test(a_file_of_one_value_or_none_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
