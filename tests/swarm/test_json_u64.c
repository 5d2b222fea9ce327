// SPDX-License-Identifier: MIT
#include "tools/swarm/report/json_u64.h"

#include <string.h>
#include <unistd.h>

#include "support.h"

static json_t *load(const char *text, json_error_t *error) {
    return json_u64_loads(text, strlen(text), error);
}

static void every_number_is_written_and_read_back(void **state) {
    (void)state;
    static const uint64_t numbers[] = {
        0,
        1,
        (1ull << 53) + 1,
        INT64_MAX - 1,
        INT64_MAX,
        (uint64_t)INT64_MAX + 1,
        1ull << 63,
        UINT64_MAX - 1,
        UINT64_MAX,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char expected[64];
        uint64_t number = 1234;
        json_t *root = json_pack("{s:o}", "seed", json_u64(numbers[i]));
        char *text = json_u64_dumps(root, JSON_COMPACT);
        snprintf(expected, sizeof expected, "{\"seed\":%llu}", (unsigned long long)numbers[i]);
        assert_string_equal(text, expected);
        json_decref(root);
        root = load(text, NULL);
        assert_true(json_u64_value(json_object_get(root, "seed"), &number));
        assert_int_equal(number, numbers[i]);
        json_decref(root);
        free(text);
    }
}

static void texts_and_other_numbers_stay_as_they_are(void **state) {
    (void)state;
    static const char text[] = "[\"18446744073709551615\",\"a \\\" 18446744073709551615\",-1,1.5,"
                               "\"\\\\\",18446744073709551615,[9223372036854775808],\"u64:5\"]";
    json_t *root = load(text, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_array_get(root, 0)), "18446744073709551615");
    char *written = json_u64_dumps(root, JSON_COMPACT);
    assert_string_equal(written, "[\"18446744073709551615\",\"a \\\" 18446744073709551615\",-1,"
                                 "1.5,\"\\\\\",18446744073709551615,[9223372036854775808],"
                                 "\"u64:5\"]");
    free(written);
    json_decref(root);
}

static void other_values_are_refused_as_numbers(void **state) {
    (void)state;
    uint64_t number = 7;
    json_t *root = load("[-1, 1.0, \"1\", null, true, \"18446744073709551615\"]", NULL);
    assert_non_null(root);
    for (size_t i = 0; i < json_array_size(root); i++) {
        assert_false(json_u64_value(json_array_get(root, i), &number));
    }
    assert_false(json_u64_value(NULL, &number));
    assert_int_equal(number, 7);
    json_decref(root);
}

static void invalid_json_is_refused_with_its_line(void **state) {
    (void)state;
    static const char *const texts[] = {
        "[18446744073709551616]",
        "[\n18446744073709551615,\n",
        "[18446744073709551615",
        "[-18446744073709551615]",
        "\"18446744073709551615",
        "[18446744073709551615a]",
        "[1844674407370955161518446744073709551615]",
        "\"\\",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_error_t error = {0};
        assert_null(load(texts[i], &error));
        assert_true(error.line > 0);
        assert_true(error.text[0] != '\0');
    }
}

static void a_file_that_is_written_loads_to_the_same_and_ends_with_a_newline(void **state) {
    (void)state;
    char path[] = "/tmp/tickstorm-json-XXXXXX";
    char text[128] = "";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    json_t *root = json_pack("{s:o,s:s}", "seed", json_u64(UINT64_MAX), "name", "a");
    assert_true(json_u64_write_file(root, JSON_COMPACT, path));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(size, strlen(text));
    assert_string_equal(text, "{\"seed\":18446744073709551615,\"name\":\"a\"}\n");
    json_error_t error;
    json_t *loaded = json_u64_load_file(path, &error);
    assert_true(json_equal(root, loaded));
    json_decref(loaded);
    json_decref(root);
    fclose(file);
    close(descriptor);
    unlink(path);
}

// Longer than the buffer for one read.
static void a_file_of_any_length_is_loaded_in_full(void **state) {
    (void)state;
    static const size_t LENGTHS[] = {65530, 65536, 65537, 131072, 200000, 400000};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        char path[] = "/tmp/tickstorm-json-XXXXXX";
        const int descriptor = mkstemp(path);
        assert_true(descriptor >= 0);
        FILE *file = fdopen(descriptor, "w");
        assert_non_null(file);
        fputs("[18446744073709551615", file);
        for (size_t at = 21; at < LENGTHS[i] - 3; at++) {
            fputc(' ', file);
        }
        fputs(",7]", file);
        fclose(file);
        json_error_t error;
        json_t *root = json_u64_load_file(path, &error);
        assert_non_null(root);
        assert_int_equal(json_integer_value(json_array_get(root, 1)), 7);
        json_decref(root);
        unlink(path);
    }
}

static void a_missing_file_is_an_error_with_its_reason(void **state) {
    (void)state;
    json_error_t error = {0};
    assert_null(json_u64_load_file("/no/such/file", &error));
    assert_true(error.line <= 0);
    assert_string_equal(error.text, "No such file or directory");
    assert_null(json_u64_load_file("/tmp", &error));
    assert_string_equal(error.text, "Is a directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_written_and_read_back),
        cmocka_unit_test(texts_and_other_numbers_stay_as_they_are),
        cmocka_unit_test(other_values_are_refused_as_numbers),
        cmocka_unit_test(invalid_json_is_refused_with_its_line),
        cmocka_unit_test(a_file_that_is_written_loads_to_the_same_and_ends_with_a_newline),
        cmocka_unit_test(a_file_of_any_length_is_loaded_in_full),
        cmocka_unit_test(a_missing_file_is_an_error_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
