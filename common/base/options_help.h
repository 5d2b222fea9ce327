// SPDX-License-Identifier: MIT
// options_help.h -- prints a table of options as --help, and splits it into the parts that the
//                   manual page (options_manual.h) uses too.
//
// Flow:    OptionTable -> groups of rows, parts of the epilog -> text on standard output
// Threads: the main thread.
//
// An epilog is text in three forms, a line each: a heading ("Exit codes:"), an item whose term and
// meaning a tab separates ("0\tall well"), and paragraphs, which go on until an empty line.
#ifndef TICKSTORM_BASE_OPTIONS_HELP_H
#define TICKSTORM_BASE_OPTIONS_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option_table.h"

#define OPTION_GROUPS_MAX 16

// The sections of a table's rows in the order of their first row; "" stands for no section.
typedef struct OptionGroups {
    const char *sections[OPTION_GROUPS_MAX];
    size_t count;
} OptionGroups;

typedef enum EpilogKind { EPILOG_END, EPILOG_HEADING, EPILOG_ITEM, EPILOG_PARAGRAPH } EpilogKind;

typedef struct EpilogPart {
    EpilogKind kind;
    char term[80];   // of an item
    char text[1200]; // without line ends, a heading without its colon; cut at this length
} EpilogPart;

OptionGroups options_groups(const OptionTable *table);
bool options_is_in_group(const Option *option, const char *section);

// "Network" for "network"; "General" for no section beside others, "Options" when there are none.
void options_group_title(const OptionGroups *groups, size_t index, char *title, size_t size);

// Writes the sentence of a row with its range and its default, without a full stop.
void options_describe(const Option *option, char *text, size_t size);

// Reads the next part and advances *text behind it; EPILOG_END when there is none.
EpilogKind options_next_part(const char **text, EpilogPart *part);

void options_print_help(const OptionTable *table);

#endif
