// SPDX-License-Identifier: MIT
#include "base/options_help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/option_field.h"
#include "base/thread_role.h"

#define LINE_COLUMNS 80
#define FLAG_INDENT  2
#define TEXT_INDENT  27

// ------------------------------------------------------------------ the parts

OptionGroups options_groups(const OptionTable *table) {
    OptionGroups groups = {.count = 0};
    for (size_t i = 0; i < table->count; i++) {
        const char *section = table->rows[i].section != NULL ? table->rows[i].section : "";
        size_t at = 0;
        while (at < groups.count && strcmp(groups.sections[at], section) != 0) {
            at++;
        }
        if (at == groups.count && at < OPTION_GROUPS_MAX) {
            groups.sections[groups.count++] = section;
        }
    }
    return groups;
}

bool options_is_in_group(const Option *option, const char *section) {
    return strcmp(option->section != NULL ? option->section : "", section) == 0;
}

void options_group_title(const OptionGroups *groups, size_t index, char *title, size_t size) {
    const char *section = groups->sections[index];
    const char *unnamed = groups->count == 1 ? "Options" : "General";
    snprintf(title, size, "%s", *section != '\0' ? section : unnamed);
    title[0] = (char)toupper((unsigned char)title[0]);
}

// Writes "-c, --bots N".
static void spell_flags(const Option *option, char *text, size_t size) {
    char letter[8] = "";
    if (option->short_name != 0) {
        snprintf(letter, sizeof letter, "-%c, ", option->short_name);
    }
    snprintf(text, size, "%s--%s%s%s", letter, option->name, option->value_name != NULL ? " " : "",
             option->value_name != NULL ? option->value_name : "");
}

void options_describe(const Option *option, char *text, size_t size) {
    char range[96];
    option_explain_range(option, range, sizeof range);
    const size_t length = strlen(option->help);
    const bool has_stop = length > 0 && option->help[length - 1] == '.';
    const bool has_default = option->default_value != NULL && option->type != OPTION_FLAG;
    snprintf(text, size, "%.*s%s%s%s%s%s", (int)(length - has_stop), option->help,
             option->type == OPTION_LIST ? "; repeatable" : "", range, has_default ? " [" : "",
             has_default ? option->default_value : "", has_default ? "]" : "");
}

static EpilogKind line_kind(const char *line, size_t length) {
    if (length == 0) {
        return EPILOG_END;
    }
    return memchr(line, '\t', length) != NULL ? EPILOG_ITEM
           : line[length - 1] == ':'          ? EPILOG_HEADING
                                              : EPILOG_PARAGRAPH;
}

// The length of a paragraph: it ends before an empty line, a heading or an item.
static size_t paragraph_length(const char *text) {
    const char *at = text;
    size_t length = strcspn(at, "\n");
    while (line_kind(at, length) == EPILOG_PARAGRAPH && at[length] == '\n') {
        at += length + 1;
        length = strcspn(at, "\n");
    }
    return (size_t)(at - text) + (line_kind(at, length) == EPILOG_PARAGRAPH ? length : 0);
}

EpilogKind options_next_part(const char **text, EpilogPart *part) {
    const char *at = *text + strspn(*text, "\n");
    size_t length = strcspn(at, "\n");
    part->kind = line_kind(at, length);
    if (part->kind == EPILOG_ITEM) {
        const size_t term_length = strcspn(at, "\t");
        snprintf(part->term, sizeof part->term, "%.*s", (int)term_length, at);
        snprintf(part->text, sizeof part->text, "%.*s", (int)(length - term_length - 1),
                 at + term_length + 1);
    } else if (part->kind == EPILOG_HEADING) {
        snprintf(part->text, sizeof part->text, "%.*s", (int)length - 1, at);
    } else if (part->kind == EPILOG_PARAGRAPH) {
        length = paragraph_length(at);
        snprintf(part->text, sizeof part->text, "%.*s", (int)length, at);
        for (char *c = part->text; *c != '\0'; c++) {
            *c = *c == '\n' ? ' ' : *c;
        }
    }
    *text = at + length;
    return part->kind;
}

// ------------------------------------------------------------------ --help

// Prints words from `column` on; a full line continues in the next one at `indent`.
static void print_wrapped(const char *text, size_t column, size_t indent) {
    bool is_first = true;
    for (const char *at = text + strspn(text, " "); *at != '\0';) {
        const size_t length = strcspn(at, " ");
        if (!is_first && column + 1 + length > LINE_COLUMNS - 1) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)length, at);
        column += length;
        is_first = false;
        at += length;
        at += strspn(at, " ");
    }
    putchar('\n');
}

// Prints a term, and its meaning at `indent`: in the next line when the term is too long.
static void print_item(const char *term, const char *meaning, size_t indent) {
    printf("%*s%s", FLAG_INDENT, "", term);
    size_t column = FLAG_INDENT + strlen(term);
    if (column + 2 > indent) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", (int)(indent - column), "");
    print_wrapped(meaning, indent, indent);
}

static void print_row(const Option *option) {
    char flag[96];
    char text[512];
    spell_flags(option, flag, sizeof flag);
    options_describe(option, text, sizeof text);
    if (option->short_name == 0) {
        char aligned[100];
        snprintf(aligned, sizeof aligned, "    %s", flag);
        print_item(aligned, text, TEXT_INDENT);
    } else {
        print_item(flag, text, TEXT_INDENT);
    }
}

// The column at which the meanings of this list of items start.
static size_t item_indent(const EpilogPart *first, const char *rest) {
    size_t longest = strlen(first->term);
    EpilogPart part;
    while (options_next_part(&rest, &part) == EPILOG_ITEM) {
        longest = strlen(part.term) > longest ? strlen(part.term) : longest;
    }
    const size_t indent = FLAG_INDENT + longest + 2;
    return indent < TEXT_INDENT ? indent : TEXT_INDENT;
}

static void print_epilog(const char *text) {
    EpilogPart part;
    EpilogKind before = EPILOG_END;
    size_t indent = 0;
    for (; options_next_part(&text, &part) != EPILOG_END; before = part.kind) {
        if (part.kind != EPILOG_ITEM && before != EPILOG_HEADING) {
            putchar('\n');
        }
        if (part.kind == EPILOG_HEADING) {
            printf("%s:\n", part.text);
        } else if (part.kind == EPILOG_PARAGRAPH) {
            print_wrapped(part.text, 0, 0);
        } else {
            indent = before == EPILOG_ITEM ? indent : item_indent(&part, text);
            print_item(part.term, part.text, indent);
        }
    }
}

static void print_commands(const OptionTable *table) {
    if (table->commands == NULL) {
        return;
    }
    printf("\nCommands (each with a --help of its own):\n");
    for (const OptionTable *const *at = table->commands; *at != NULL; at++) {
        print_item(option_table_command_name(*at), (*at)->summary, TEXT_INDENT);
    }
}

void options_print_help(const OptionTable *table) {
    ASSERT_MAIN_THREAD();
    const OptionGroups groups = options_groups(table);
    printf("%s: %s\n\nUsage: %s %s\n", table->program, table->summary, table->program,
           table->usage);
    print_commands(table);
    for (size_t group = 0; group < groups.count; group++) {
        char title[64];
        options_group_title(&groups, group, title, sizeof title);
        printf("\n%s:\n", title);
        for (size_t i = 0; i < table->count; i++) {
            if (options_is_in_group(&table->rows[i], groups.sections[group])) {
                print_row(&table->rows[i]);
            }
        }
    }
    printf("\nHelp:\n");
    print_item("-h, --help", "Print this help and exit", TEXT_INDENT);
    print_item("    --version", "Print the version and exit", TEXT_INDENT);
    if (table->epilog != NULL) {
        print_epilog(table->epilog);
    }
}
