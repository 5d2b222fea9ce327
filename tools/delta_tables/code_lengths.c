// SPDX-License-Identifier: MIT
#include "tools/delta_tables/code_lengths.h"

#include <assert.h>
#include <stdlib.h>

typedef struct Symbol {
    uint64_t count;
    uint32_t number;
} Symbol;

// The symbols with a count, lightest first.
typedef struct Leaves {
    Symbol items[PREFIX_SYMBOLS_MAX];
    uint32_t count;
} Leaves;

// Leaves and packages of a level of the tree, lightest first. A package is two neighbours of the
// level below.
typedef struct Level {
    uint64_t weights[2 * PREFIX_SYMBOLS_MAX];
    bool is_leaf[2 * PREFIX_SYMBOLS_MAX];
    uint32_t count;
} Level;

static int compare_symbols(const void *a, const void *b) {
    const Symbol *x = a;
    const Symbol *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? -1 : 1;
    }
    return x->number < y->number ? -1 : 1;
}

static void add_item(Level *level, uint64_t weight, bool is_leaf) {
    level->weights[level->count] = weight;
    level->is_leaf[level->count] = is_leaf;
    level->count++;
}

// Merges the leaves with the packages of the level below; below may be NULL.
static void make_level(Level *level, const Leaves *leaves, const Level *below) {
    const uint32_t packages = below != NULL ? below->count / 2 : 0;
    uint32_t leaf = 0;
    level->count = 0;
    for (uint32_t package = 0; package < packages; package++) {
        const uint64_t weight = below->weights[2 * package] + below->weights[2 * package + 1];
        while (leaf < leaves->count && leaves->items[leaf].count <= weight) {
            add_item(level, leaves->items[leaf++].count, true);
        }
        add_item(level, weight, false);
    }
    while (leaf < leaves->count) {
        add_item(level, leaves->items[leaf++].count, true);
    }
}

void code_lengths(const uint64_t *counts, uint32_t symbol_count, uint8_t *lengths) {
    Leaves leaves = {.count = 0};
    Level levels[PREFIX_LENGTH_MAX];
    assert(symbol_count <= PREFIX_SYMBOLS_MAX);
    for (uint32_t i = 0; i < symbol_count; i++) {
        lengths[i] = 0;
        if (counts[i] > 0) {
            leaves.items[leaves.count++] = (Symbol){counts[i], i};
        }
    }
    assert(leaves.count >= 2);
    qsort(leaves.items, leaves.count, sizeof leaves.items[0], compare_symbols);
    for (uint32_t i = 0; i < PREFIX_LENGTH_MAX; i++) {
        make_level(&levels[i], &leaves, i > 0 ? &levels[i - 1] : NULL);
    }
    // The code is the lightest 2n - 2 items of the top level, with everything in their packages.
    uint32_t selected = 2 * leaves.count - 2;
    for (uint32_t i = PREFIX_LENGTH_MAX; i > 0; i--) {
        uint32_t leaf_count = 0;
        for (uint32_t k = 0; k < selected; k++) {
            leaf_count += levels[i - 1].is_leaf[k];
        }
        for (uint32_t k = 0; k < leaf_count; k++) {
            lengths[leaves.items[k].number]++;
        }
        selected = 2 * (selected - leaf_count);
    }
}

uint64_t code_lengths_cost(const uint64_t *counts, uint32_t symbol_count, const uint8_t *lengths) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < symbol_count; i++) {
        bits += counts[i] * lengths[i];
    }
    return bits;
}
