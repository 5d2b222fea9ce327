// SPDX-License-Identifier: MIT
#include "base/option_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *option_table_command_name(const OptionTable *table) {
    const char *blank = strrchr(table->program, ' ');
    return blank != NULL ? blank + 1 : table->program;
}

const Option *option_table_file_row(const OptionTable *table) {
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].names_options_file) {
            return &table->rows[i];
        }
    }
    return NULL;
}

void option_table_variable_name(const Option *option, char *name, size_t size) {
    snprintf(name, size, "TICKSTORM_%s_%s", option->section, option->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    }
}
