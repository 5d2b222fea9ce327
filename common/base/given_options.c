// SPDX-License-Identifier: MIT
#include "base/given_options.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/option_field.h"
#include "base/thread_role.h"

#define FIRST_CAPACITY 64

static size_t row_of(const GivenOptions *given, const Option *option) {
    return (size_t)(option - given->table->rows);
}

bool given_add(GivenOptions *given, const Option *option, OptionOrigin origin, const char *text) {
    ASSERT_MAIN_THREAD();
    assert(given->count == 0 || origin.source >= given->items[given->count - 1].origin.source);
    if (given->count == given->capacity) {
        const size_t capacity = given->capacity > 0 ? 2 * given->capacity : FIRST_CAPACITY;
        GivenOption *items = realloc(given->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        given->items = items;
        given->capacity = capacity;
    }
    given->items[given->count++] = (GivenOption){option, text, origin};
    return true;
}

int given_line(const GivenOptions *given, const Option *option) {
    for (size_t i = given->count; i > 0; i--) {
        if (given->items[i - 1].option == option) {
            return given->items[i - 1].origin.line;
        }
    }
    return 0;
}

void given_drop_weaker_side(GivenOptions *given) {
    OptionSource strongest[OPTION_SIDE_COUNT] = {OPTION_FROM_DEFAULT};
    size_t kept = 0;
    for (size_t i = 0; i < given->count; i++) { // the strongest sources come last
        strongest[given->items[i].option->side] = given->items[i].origin.source;
    }
    for (size_t i = 0; i < given->count; i++) {
        const OptionSide side = given->items[i].option->side;
        const OptionSide other = side == OPTION_SIDE_A ? OPTION_SIDE_B : OPTION_SIDE_A;
        const bool is_default = given->items[i].origin.source == OPTION_FROM_DEFAULT;
        if (side == OPTION_SIDE_NONE || is_default || strongest[side] >= strongest[other]) {
            given->items[kept++] = given->items[i];
        }
    }
    given->count = kept;
}

void given_origins(const GivenOptions *given, OptionOrigin *origins) {
    memset(origins, 0, given->table->count * sizeof *origins);
    for (size_t i = 0; i < given->count; i++) {
        origins[row_of(given, given->items[i].option)] = given->items[i].origin;
    }
}

const GivenOption *given_store(const GivenOptions *given, OptionSource source, void *config,
                               char *wrong, size_t wrong_size) {
    ASSERT_MAIN_THREAD();
    size_t newest[OPTION_ROWS_MAX] = {0}; // by row: its last item
    for (size_t i = 0; i < given->count; i++) {
        newest[row_of(given, given->items[i].option)] = i;
    }
    for (size_t i = 0; i < given->count; i++) {
        const GivenOption *item = &given->items[i];
        const size_t last = newest[row_of(given, item->option)];
        const bool is_list = item->option->type == OPTION_LIST;
        const bool wins = is_list ? given->items[last].origin.source == source : last == i;
        if (item->origin.source == source && wins &&
            !option_store(item->option, config, item->text, wrong, wrong_size)) {
            return item;
        }
    }
    return NULL;
}

void given_free(GivenOptions *given) {
    free(given->items);
    *given = (GivenOptions){0};
}
