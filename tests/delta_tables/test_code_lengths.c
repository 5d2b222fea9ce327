// SPDX-License-Identifier: MIT
#include "tools/delta_tables/code_lengths.h"

#include <string.h>

#include "support.h"

#define SYMBOLS 40

// The cost of Huffman's code, whose lengths have no bound: the sum of all merged weights.
static uint64_t huffman_cost(const uint64_t *counts, uint32_t count) {
    uint64_t weights[SYMBOLS];
    uint64_t cost = 0;
    memcpy(weights, counts, count * sizeof *weights);
    for (; count > 1; count--) {
        for (uint32_t lightest = 0; lightest < 2; lightest++) {
            for (uint32_t i = lightest + 1; i < count; i++) {
                if (weights[i] < weights[lightest]) {
                    const uint64_t other = weights[lightest];
                    weights[lightest] = weights[i];
                    weights[i] = other;
                }
            }
        }
        weights[0] += weights[1];
        cost += weights[0];
        weights[1] = weights[count - 1];
    }
    return cost;
}

static uint32_t greatest(const uint8_t *lengths, uint32_t count) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < count; i++) {
        most = lengths[i] > most ? lengths[i] : most;
    }
    return most;
}

static void assert_complete(const uint8_t *lengths, uint32_t count) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += lengths[i] > 0 ? 1u << (PREFIX_LENGTH_MAX - lengths[i]) : 0;
    }
    assert_int_equal(sum, 1u << PREFIX_LENGTH_MAX);
}

static void small_counts_have_the_lengths_of_huffmans_code(void **state) {
    (void)state;
    static const uint64_t COUNTS[] = {1, 1, 2, 3, 5, 8};
    static const uint8_t WANTED[] = {5, 5, 4, 3, 2, 1};
    uint8_t lengths[6];
    code_lengths(COUNTS, 6, lengths);
    assert_memory_equal(lengths, WANTED, 6);
    assert_int_equal(code_lengths_cost(COUNTS, 6, lengths), huffman_cost(COUNTS, 6));
}

static void random_counts_within_the_bound_cost_as_much_as_huffmans_code(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 3000; round++) {
        uint64_t counts[SYMBOLS];
        uint8_t lengths[SYMBOLS];
        const uint32_t count = 2 + rng_below(&rng, SYMBOLS - 1);
        for (uint32_t i = 0; i < count; i++) {
            counts[i] = 1 + (rng_next(&rng) >> (34 + rng_below(&rng, 30)));
        }
        code_lengths(counts, count, lengths);
        assert_complete(lengths, count);
        const uint64_t cost = code_lengths_cost(counts, count, lengths);
        assert_true(cost >= huffman_cost(counts, count));
        if (greatest(lengths, count) < PREFIX_LENGTH_MAX) {
            assert_true(cost == huffman_cost(counts, count));
        }
    }
}

#define KRAFT_UNITS (1u << PREFIX_LENGTH_MAX) // of a complete code

// The least cost of any code whose lengths are in bounds, by trying all sums of 2^-length.
static uint64_t least_cost(const uint64_t *counts, uint32_t count) {
    static uint64_t costs[2][KRAFT_UNITS + 1];
    memset(costs[0], 0xff, sizeof costs[0]);
    costs[0][0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t *before = costs[i & 1];
        uint64_t *after = costs[~i & 1];
        memset(after, 0xff, sizeof costs[0]);
        for (uint32_t length = 1; length <= PREFIX_LENGTH_MAX; length++) {
            const uint32_t share = KRAFT_UNITS >> length;
            for (uint32_t units = 0; units + share <= KRAFT_UNITS; units++) {
                const uint64_t cost = before[units] + counts[i] * length;
                if (before[units] != UINT64_MAX && cost < after[units + share]) {
                    after[units + share] = cost;
                }
            }
        }
    }
    return costs[count & 1][KRAFT_UNITS];
}

static void lengths_that_meet_the_bound_have_the_least_cost(void **state) {
    (void)state;
    Rng rng = test_rng();
    // Fibonacci's numbers make Huffman's code as deep as it gets: 23 bits for 24 symbols.
    uint64_t counts[24] = {1, 1};
    uint8_t lengths[24];
    for (uint32_t i = 2; i < 24; i++) {
        counts[i] = counts[i - 1] + counts[i - 2];
    }
    for (int round = 0; round < 20; round++) {
        code_lengths(counts, 24, lengths);
        assert_complete(lengths, 24);
        assert_in_range(greatest(lengths, 24), 1, PREFIX_LENGTH_MAX);
        assert_true(code_lengths_cost(counts, 24, lengths) == least_cost(counts, 24));
        for (uint32_t i = 0; i < 24; i++) {
            counts[i] = 1 + (rng_next(&rng) >> (24 + rng_below(&rng, 40)));
        }
    }
}

static void a_symbol_without_a_count_has_no_code_word(void **state) {
    (void)state;
    static const uint64_t COUNTS[] = {0, 7, 0, 7, 0};
    static const uint8_t WANTED[] = {0, 1, 0, 1, 0};
    uint8_t lengths[5];
    code_lengths(COUNTS, 5, lengths);
    assert_memory_equal(lengths, WANTED, 5);
}

static void of_equal_counts_the_lower_symbol_has_the_longer_code_word(void **state) {
    (void)state;
    static const uint64_t COUNTS[] = {4, 4, 4};
    static const uint8_t WANTED[] = {2, 2, 1};
    uint8_t lengths[3];
    code_lengths(COUNTS, 3, lengths);
    assert_memory_equal(lengths, WANTED, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_counts_have_the_lengths_of_huffmans_code),
        cmocka_unit_test(random_counts_within_the_bound_cost_as_much_as_huffmans_code),
        cmocka_unit_test(lengths_that_meet_the_bound_have_the_least_cost),
        cmocka_unit_test(a_symbol_without_a_count_has_no_code_word),
        cmocka_unit_test(of_equal_counts_the_lower_symbol_has_the_longer_code_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
