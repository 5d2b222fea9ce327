// SPDX-License-Identifier: MIT
#include "client/input/script.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/option_values.h"
#include "base/text_file.h"
#include "base/text_lines.h"
#include "game/ship.h"
#include "wire/plain_text.h"

#define SCRIPT_FRAME_MAX  100000000u
#define SCRIPT_LINE_BYTES 256
#define WORDS_MAX         5

// Cuts a line into words at blanks; returns how many there are, WORDS_MAX when there may be more.
static size_t split_words(char *line, char *words[WORDS_MAX]) {
    size_t count = 0;
    char *rest = line;
    for (char *word = strtok_r(rest, " \t", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest)) {
        words[count++] = word;
    }
    return count;
}

static const char *parse_action(ScriptStep *step, ScriptVerb verb, const char *name) {
    step->verb = verb;
    step->action = binding_find(name);
    if (step->action == ACTION_COUNT) {
        return "names an unknown action";
    }
    const bool is_held = binding_of(step->action)->input != 0;
    if (is_held && verb == SCRIPT_PRESS) {
        return "presses what can only be held or tapped";
    }
    if (!is_held && verb != SCRIPT_PRESS) {
        return "holds what can only be pressed";
    }
    return NULL;
}

static const char *parse_aim(ScriptStep *step, const char *word) {
    double degrees;
    if (!parse_number(word, &degrees) || !(fabs(degrees) <= 36000.0)) {
        return "has no angle in degrees behind 'aim'";
    }
    step->verb = SCRIPT_AIM;
    step->aim = (uint16_t)((int64_t)llround(degrees / 360.0 * 65536.0) & 0xffff);
    return NULL;
}

// rest is the text to say.
static const char *parse_say(Script *script, ScriptStep *step, const char *rest) {
    char clean[SCRIPT_LINE_BYTES];
    const size_t size = plain_text_clean(clean, sizeof clean, rest, strlen(rest));
    if (size == 0) {
        return "has nothing behind 'say'";
    }
    if (size > CHAT_TEXT_BYTES) {
        return "says more than 120 bytes";
    }
    if (script->say_count == SCRIPT_SAYS_MAX) {
        return "says too much: a script has at most 64 lines that say something";
    }
    step->verb = SCRIPT_SAY;
    step->say = script->say_count;
    memcpy(script->says[script->say_count++], clean, size + 1);
    return NULL;
}

// NULL, or the fault of the words after "at FRAME".
static const char *parse_verb(ScriptStep *step, char *const words[], size_t count) {
    if (count == 1 && strcmp(words[0], "fire") == 0) {
        return parse_action(step, SCRIPT_TAP, "pulse");
    }
    if (count != 2) {
        return "is not 'at FRAME hold|release|tap|press ACTION', 'at FRAME aim DEGREES', "
               "'at FRAME fire' or 'at FRAME say TEXT'";
    }
    if (strcmp(words[0], "hold") == 0) {
        return parse_action(step, SCRIPT_HOLD, words[1]);
    }
    if (strcmp(words[0], "tap") == 0) {
        return parse_action(step, SCRIPT_TAP, words[1]);
    }
    if (strcmp(words[0], "press") == 0) {
        return parse_action(step, SCRIPT_PRESS, words[1]);
    }
    if (strcmp(words[0], "aim") == 0) {
        return parse_aim(step, words[1]);
    }
    if (strcmp(words[0], "release") == 0) {
        if (strcmp(words[1], "all") == 0) {
            step->verb = SCRIPT_RELEASE_ALL;
            return NULL;
        }
        return parse_action(step, SCRIPT_RELEASE, words[1]);
    }
    return "has an unknown verb";
}

static const char *parse_line(Script *script, char *line) {
    char *words[WORDS_MAX];
    char copy[SCRIPT_LINE_BYTES];
    snprintf(copy, sizeof copy, "%s", line);
    const size_t count = split_words(line, words);
    if (count == 0) {
        return NULL;
    }
    if (script->count == SCRIPT_STEPS_MAX) {
        return "is one too many: a script has at most 1024 steps";
    }
    uint64_t frame;
    if (count < 2 || strcmp(words[0], "at") != 0 || !parse_count(words[1], &frame) ||
        frame > SCRIPT_FRAME_MAX) {
        return "does not begin with 'at FRAME'";
    }
    ScriptStep *step = &script->steps[script->count];
    *step = (ScriptStep){.frame = (uint32_t)frame};
    if (script->count > 0 && step->frame < script->steps[script->count - 1].frame) {
        return "goes back in time";
    }
    const bool is_say = count >= 3 && strcmp(words[2], "say") == 0;
    const char *fault = is_say ? parse_say(script, step, copy + (words[2] - line) + strlen("say"))
                               : parse_verb(step, words + 2, count - 2);
    if (fault == NULL) {
        script->count++;
    }
    return fault;
}

// A line without its comment, which may be of any length. NULL, or the fault of the line.
static const char *parse_text_line(Script *script, const char *text, size_t length) {
    char line[SCRIPT_LINE_BYTES];
    const char *comment = memchr(text, '#', length);
    length = comment != NULL ? (size_t)(comment - text) : length;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
        length--;
    }
    if (length >= sizeof line) {
        return "is too long: 255 bytes at most";
    }
    memcpy(line, text, length);
    line[length] = '\0';
    return parse_line(script, line);
}

bool script_parse(Script *script, const char *text, size_t size, char *error, size_t error_size,
                  int *line_number) {
    TextLines lines = text_lines_of(text, size);
    const char *line;
    size_t length;
    const char *fault = NULL;
    memset(script, 0, sizeof *script);
    while (fault == NULL && text_lines_next(&lines, &line, &length)) {
        fault = parse_text_line(script, line, length);
    }
    fault = fault != NULL ? fault : lines.problem;
    *line_number = lines.line;
    if (fault != NULL) {
        snprintf(error, error_size, "%s", fault);
    }
    return fault == NULL;
}

bool script_load(Script *script, const char *path, char *error, size_t error_size) {
    TextFile file;
    char fault[200];
    int line = 0;
    bool is_good = false;
    if (!text_file_read(path, &file, fault, sizeof fault)) {
        snprintf(error, error_size, "cannot read '%s': %s", path, fault);
    } else if (!script_parse(script, file.text, file.size, fault, sizeof fault, &line)) {
        snprintf(error, error_size, "%s:%d: %s", path, line, fault);
    } else {
        is_good = true;
    }
    text_file_free(&file);
    if (!is_good) {
        text_make_one_line(error);
    }
    return is_good;
}

uint32_t script_advance(Script *script, uint32_t frame) {
    uint32_t pressed = 0;
    script->said = NULL;
    while (script->next < script->count && script->said == NULL &&
           script->steps[script->next].frame <= frame) {
        const ScriptStep *step = &script->steps[script->next++];
        const uint8_t input = binding_of(step->action)->input;
        switch (step->verb) {
        case SCRIPT_HOLD:
            script->held |= input;
            break;
        case SCRIPT_RELEASE:
            script->held &= (uint8_t)~input;
            break;
        case SCRIPT_RELEASE_ALL:
            script->held = 0;
            break;
        case SCRIPT_TAP:
            script->tapped = frame < script->tap_end_frame ? script->tapped | input : input;
            script->tap_end_frame = frame + SCRIPT_TAP_FRAMES;
            break;
        case SCRIPT_AIM:
            script->aim = step->aim;
            break;
        case SCRIPT_PRESS:
            pressed |= 1u << step->action;
            break;
        case SCRIPT_SAY:
            script->said = script->says[step->say];
            break;
        }
    }
    return pressed;
}

uint8_t script_buttons(const Script *script, uint32_t frame) {
    return frame < script->tap_end_frame ? script->held | script->tapped : script->held;
}
