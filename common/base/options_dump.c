// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"
#include "base/option_field.h"
#include "base/options.h"
#include "base/thread_role.h"

static void print_entry(const Option *option, const char *value) {
    char quoted[INI_QUOTED_BYTES];
    ini_quote(value, quoted, sizeof quoted);
    printf("%s = %s\n", option->name, quoted);
}

static void print_value(const Option *option, const void *config) {
    const void *field = (const char *)config + option->offset;
    if (option_is_unset(option, config)) {
        printf("; %s =\n", option->name);
    } else if (option->type == OPTION_LIST) {
        const OptionList *list = field;
        for (size_t i = 0; i < list->count; i++) {
            print_entry(option, list->items[i]);
        }
    } else {
        char text[OPTION_FORMAT_BYTES];
        option_format(option, config, text, sizeof text);
        print_entry(option, text);
    }
}

void options_dump(const OptionTable *table, const void *config) {
    ASSERT_MAIN_THREAD();
    const char *section = "";
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        char range[96];
        if (option->section == NULL) {
            continue;
        }
        if (strcmp(section, option->section) != 0) {
            printf("%s[%s]\n", *section != '\0' ? "\n" : "", option->section);
            section = option->section;
        }
        option_explain_range(option, range, sizeof range);
        printf("; %s%s\n", option->help, range);
        print_value(option, config);
    }
}
