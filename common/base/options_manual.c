// SPDX-License-Identifier: MIT
#include "base/options_manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/options_help.h"
#include "base/thread_role.h"
#include "base/version.h"

// Prints text for roff: no line is read as a request, and a dash stays a plain ASCII dash.
static void print_text(const char *text) {
    if (*text == '.' || *text == '\'') {
        fputs("\\&", stdout);
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\') {
            fputs("\\e", stdout);
        } else if (*c == '-') {
            fputs("\\-", stdout);
        } else if (*c == '~' || *c == '^') {
            printf("\\(%s", *c == '~' ? "ti" : "ha");
        } else if (*c == '\'') {
            fputs("\\(aq", stdout);
        } else {
            putchar(*c);
        }
    }
}

static void print_line(const char *before, const char *text, const char *behind) {
    fputs(before, stdout);
    print_text(text);
    fputs(behind, stdout);
}

static void print_upper(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '-' || *c == ' ') {
            fputs(*c == '-' ? "\\-" : " ", stdout);
        } else {
            putchar(toupper((unsigned char)*c));
        }
    }
}

// "tickstorm-bots search" has the page tickstorm-bots-search(1).
static void print_page_name(const char *program) {
    for (const char *c = program; *c != '\0'; c++) {
        if (*c == '-' || *c == ' ') {
            fputs("\\-", stdout);
        } else {
            putchar(*c);
        }
    }
}

static void print_option(const Option *option) {
    char text[512];
    fputs(".TP\n.B ", stdout);
    if (option->short_name != 0) {
        printf("\\-%c\\fR,\\fB ", option->short_name);
    }
    print_line("\\-\\-", option->name, "");
    if (option->value_name != NULL) {
        print_line("\\fR \\fI", option->value_name, "\\fR");
    }
    options_describe(option, text, sizeof text);
    print_line("\n", text, ".\n");
}

static void print_options(const OptionTable *table) {
    const OptionGroups groups = options_groups(table);
    puts(".SH OPTIONS");
    for (size_t group = 0; group < groups.count; group++) {
        if (groups.count > 1) {
            char title[64];
            options_group_title(&groups, group, title, sizeof title);
            print_line(".SS ", title, "\n");
        }
        for (size_t i = 0; i < table->count; i++) {
            if (options_is_in_group(&table->rows[i], groups.sections[group])) {
                print_option(&table->rows[i]);
            }
        }
    }
    puts(groups.count > 1 ? ".SS Help" : "");
    puts(".TP\n.BR \\-h \", \" \\-\\-help\nPrint a summary of the options and exit.");
    puts(".TP\n.B \\-\\-version\nPrint the version and exit.");
}

static void print_notes(const char *text) {
    EpilogPart part;
    EpilogKind before = EPILOG_END;
    while (options_next_part(&text, &part) != EPILOG_END) {
        if (part.kind == EPILOG_HEADING) {
            fputs(".SH ", stdout);
            if (strcmp(part.text, "Exit codes") == 0) {
                fputs("\"EXIT STATUS\"", stdout);
            } else {
                putchar('"');
                print_upper(part.text);
                putchar('"');
            }
            putchar('\n');
        } else if (part.kind == EPILOG_ITEM) {
            print_line(".TP\n.B ", part.term, "\n");
            print_line("", part.text, "\n");
        } else {
            puts(before == EPILOG_END ? ".SH NOTES" : before != EPILOG_HEADING ? ".PP" : ".\\\"");
            print_line("", part.text, "\n");
        }
        before = part.kind;
    }
}

// Prints the section on variables and the options file; rows with a section have both.
static void print_sources(const OptionTable *table) {
    const Option *example = NULL;
    for (size_t i = 0; i < table->count && example == NULL; i++) {
        example = table->rows[i].section != NULL ? &table->rows[i] : NULL;
    }
    if (example == NULL) {
        return;
    }
    puts(".SH ENVIRONMENT\n"
         "Options under a heading other than General can also be set by a variable named after\n"
         "heading and option, for example");
    char variable[128];
    option_table_variable_name(example, variable, sizeof variable);
    printf(".B %s.\n", variable);
    const Option *file = option_table_file_row(table);
    if (file != NULL) {
        print_line("In the file that \\fB\\-\\-", file->name,
                   "\\fR names, the heading is a section ");
        print_line("and the option a key: \\fB[", example->section, "]\\fR and \\fB");
        print_line("", example->name, " =\\fR ...\n");
        puts("A flag beats the environment, which beats the file, which beats the default;\n"
             "only the value that wins is judged, and an empty variable is none.");
    }
    puts(".TP\n.B NO_COLOR\nWhen set and not empty, output has no colours.");
}

void options_print_manual(const OptionTable *table) {
    ASSERT_MAIN_THREAD();
    fputs(".\\\" Made from the program's table of options.\n.TH \"", stdout);
    print_page_name(table->program);
    printf("\" 1 \"\" \"Tickstorm %s\" \"Tickstorm Manual\"\n", version_number());
    puts(".nh\n.ad l\n.SH NAME");
    print_page_name(table->program);
    print_line(" \\- ", table->summary, "\n");
    print_line(".SH SYNOPSIS\n.B ", table->program, "\n");
    print_line("", table->usage, "\n");
    for (const OptionTable *const *at = table->commands; at != NULL && *at != NULL; at++) {
        print_line(".br\n.B ", (*at)->program, "\n");
        print_line("", (*at)->usage, "\n");
    }
    print_options(table);
    if (table->epilog != NULL) {
        print_notes(table->epilog);
    }
    print_sources(table);
    puts(".SH \"SEE ALSO\"");
    for (const OptionTable *const *at = table->commands; at != NULL && *at != NULL; at++) {
        fputs(".BR ", stdout);
        print_page_name((*at)->program);
        puts(" (1),");
    }
    puts(".BR tickstorm\\-server (1),\n.BR tickstorm\\-bots (1),\n.BR tickstorm\\-client (1),\n"
         ".BR tickstorm\\-bench (1)");
}
