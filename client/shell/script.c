// SPDX-License-Identifier: MIT
#include "client/shell/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "game/ship.h"
#include "wire/plain_text.h"

#define SCRIPT_BYTES_MAX  65536
#define SCRIPT_FRAME_MAX  100000000u
#define SCRIPT_LINE_BYTES 256
#define WORDS_MAX         5

// Cuts a line into words at blanks and stops at a comment; returns how many there are, WORDS_MAX
// when there may be more.
static size_t split_words(char *line, char *words[WORDS_MAX]) {
    size_t count = 0;
    char *rest = line;
    line[strcspn(line, "#\r\n")] = '\0';
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

// line is as it was read, rest where the words to be said begin.
static const char *parse_say(Script *script, ScriptStep *step, const char *rest) {
    char clean[SCRIPT_LINE_BYTES];
    const size_t size = plain_text_clean(clean, sizeof clean, rest, strcspn(rest, "#\r\n"));
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

// NULL, or what is wrong with the words behind "at FRAME".
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
    char whole[SCRIPT_LINE_BYTES];
    snprintf(whole, sizeof whole, "%s", line);
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
    const char *fault = is_say ? parse_say(script, step, whole + (words[2] - line) + strlen("say"))
                               : parse_verb(step, words + 2, count - 2);
    if (fault == NULL) {
        script->count++;
    }
    return fault;
}

bool script_parse(Script *script, const char *text, char *error, size_t error_size, int *line) {
    memset(script, 0, sizeof *script);
    *line = 0;
    while (*text != '\0') {
        char copy[SCRIPT_LINE_BYTES];
        const size_t length = strcspn(text, "\n");
        (*line)++;
        if (length >= sizeof copy) {
            snprintf(error, error_size, "is too long");
            return false;
        }
        memcpy(copy, text, length);
        copy[length] = '\0';
        text += length + (text[length] == '\n' ? 1 : 0);
        const char *fault = parse_line(script, copy);
        if (fault != NULL) {
            snprintf(error, error_size, "%s", fault);
            return false;
        }
    }
    return true;
}

bool script_load(Script *script, const char *path, char *error, size_t error_size) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(SCRIPT_BYTES_MAX);
    if (file == NULL || text == NULL) {
        snprintf(error, error_size, "%s: cannot be read", path);
        free(text);
        if (file != NULL) {
            fclose(file);
        }
        return false;
    }
    const size_t size = fread(text, 1, SCRIPT_BYTES_MAX - 1, file);
    const bool is_whole = feof(file) != 0;
    fclose(file);
    text[size] = '\0';
    char fault[128];
    int line = 0;
    bool is_good = false;
    if (!is_whole) {
        snprintf(error, error_size, "%s: cannot be read, or is larger than 64 KiB", path);
    } else if (!script_parse(script, text, fault, sizeof fault, &line)) {
        snprintf(error, error_size, "%s: line %d %s", path, line, fault);
    } else {
        is_good = true;
    }
    free(text);
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
