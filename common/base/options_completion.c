// SPDX-License-Identifier: MIT
#include "base/options_completion.h"

#include <stdio.h>
#include <string.h>

#include "base/options_help.h"
#include "base/thread_role.h"

// A shell function's name for a program: tickstorm_bots_search.
static void print_function_name(const char *program) {
    for (const char *c = program; *c != '\0'; c++) {
        putchar(*c == '-' || *c == ' ' ? '_' : *c);
    }
}

static bool names_file(const Option *option) {
    return option->value_name != NULL && strstr(option->value_name, "FILE") != NULL;
}

static size_t command_count(const OptionTable *table) {
    size_t count = 0;
    while (table->commands != NULL && table->commands[count] != NULL) {
        count++;
    }
    return count;
}

// ------------------------------------------------------------------ bash

// The pattern of a case for the option: "-c | --bots".
static void print_bash_pattern(const Option *option) {
    if (option->short_name != 0) {
        printf("        -%c | ", option->short_name);
    } else {
        printf("        ");
    }
    printf("--%s)\n", option->name);
}

// The words that may follow an option with a value.
static void print_bash_values(const OptionTable *table) {
    puts("    case $previous in");
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        if (option->type == OPTION_FLAG) {
            continue;
        }
        print_bash_pattern(option);
        if (option->type == OPTION_CHOICE) {
            printf("            mapfile -t COMPREPLY < <(compgen -W '");
            for (const char *c = option->choices; *c != '\0'; c++) {
                putchar(*c == '|' ? ' ' : *c);
            }
            puts("' -- \"$word\")");
        } else if (names_file(option)) {
            puts("            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "            compopt -o filenames 2>/dev/null || true");
        }
        puts("            return ;;");
    }
    puts("    esac");
}

static void print_bash_function(const OptionTable *table) {
    putchar('_');
    print_function_name(table->program);
    puts("() {\n    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}");
    puts("    COMPREPLY=()");
    for (size_t i = 0; i < command_count(table); i++) {
        printf("    if ((COMP_CWORD > 1)) && [ \"${COMP_WORDS[1]}\" = %s ]; then\n        _",
               option_table_command_name(table->commands[i]));
        print_function_name(table->commands[i]->program);
        puts("\n        return\n    fi");
    }
    print_bash_values(table);
    fputs("    mapfile -t COMPREPLY < <(compgen -W '", stdout);
    for (size_t i = 0; i < table->count; i++) {
        printf("--%s ", table->rows[i].name);
    }
    fputs("--help --version' -- \"$word\")\n", stdout);
    if (command_count(table) > 0) {
        fputs("    if ((COMP_CWORD == 1)) && [ \"${word:0:1}\" != - ]; then\n"
              "        mapfile -t COMPREPLY < <(compgen -W '",
              stdout);
        for (size_t i = 0; i < command_count(table); i++) {
            printf("%s%s", i > 0 ? " " : "", option_table_command_name(table->commands[i]));
        }
        puts("' -- \"$word\")\n    fi");
    }
    puts("}\n");
}

static void print_bash(const OptionTable *table) {
    printf("# bash completion for %s, made from its table of options.\n\n", table->program);
    for (size_t i = 0; i < command_count(table); i++) {
        print_bash_function(table->commands[i]);
    }
    print_bash_function(table);
    fputs("complete -o default -F _", stdout);
    print_function_name(table->program);
    printf(" %s\n", table->program);
}

// ------------------------------------------------------------------ zsh

// Text inside a quoted specification of _arguments; brackets and colons are escaped.
static void print_zsh_text(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            fputs("'\\''", stdout);
        } else {
            printf(strchr("[]:\\", *c) != NULL ? "\\%c" : "%c", *c);
        }
    }
}

static void print_zsh_value(const Option *option) {
    if (option->type == OPTION_FLAG) {
        return;
    }
    putchar(':');
    print_zsh_text(option->value_name != NULL ? option->value_name : "value");
    putchar(':');
    if (option->type == OPTION_CHOICE) {
        putchar('(');
        for (const char *c = option->choices; *c != '\0'; c++) {
            putchar(*c == '|' ? ' ' : *c);
        }
        putchar(')');
    } else if (names_file(option)) {
        fputs("_files", stdout);
    }
}

static void print_zsh_option(const Option *option) {
    const char *repeat = option->type == OPTION_LIST ? "*" : "";
    if (option->short_name != 0) {
        printf("        '%s-%c[", repeat, option->short_name);
        print_zsh_text(option->help);
        putchar(']');
        print_zsh_value(option);
        puts("' \\");
    }
    printf("        '%s--%s[", repeat, option->name);
    print_zsh_text(option->help);
    putchar(']');
    print_zsh_value(option);
    puts("' \\");
}

static void print_zsh_function(const OptionTable *table) {
    putchar('_');
    print_function_name(table->program);
    puts("() {");
    if (command_count(table) > 0) {
        puts("    if ((CURRENT > 2)); then\n        case $words[2] in");
        for (size_t i = 0; i < command_count(table); i++) {
            printf("            %s) shift words; ((CURRENT--)); _",
                   option_table_command_name(table->commands[i]));
            print_function_name(table->commands[i]->program);
            puts("; return ;;");
        }
        fputs("        esac\n    elif [[ $words[2] != -* ]]; then\n        compadd --", stdout);
        for (size_t i = 0; i < command_count(table); i++) {
            printf(" %s", option_table_command_name(table->commands[i]));
        }
        puts("\n    fi");
    }
    puts("    _arguments \\");
    for (size_t i = 0; i < table->count; i++) {
        print_zsh_option(&table->rows[i]);
    }
    puts("        '(- *)'{-h,--help}'[Print a summary of the options and exit]' \\\n"
         "        '(- *)--version[Print the version and exit]'\n}\n");
}

static void print_zsh(const OptionTable *table) {
    printf("#compdef %s\n# Made from the program's table of options.\n\n", table->program);
    for (size_t i = 0; i < command_count(table); i++) {
        print_zsh_function(table->commands[i]);
    }
    print_zsh_function(table);
    putchar('_');
    print_function_name(table->program);
    puts(" \"$@\"");
}

bool options_print_completion(const OptionTable *table, const char *shell) {
    ASSERT_MAIN_THREAD();
    if (strcmp(shell, "bash") == 0) {
        print_bash(table);
        return true;
    }
    if (strcmp(shell, "zsh") == 0) {
        print_zsh(table);
        return true;
    }
    return false;
}
