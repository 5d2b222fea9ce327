// SPDX-License-Identifier: MIT
// script.h -- plays from a file: the actions and the aim at each frame.
//
// Flow:    file -> script_load -> script_advance (once a frame) -> the held buttons, the aim, the
//          chat text
// Threads: the thread that owns the Script.
// Memory:  a fixed table inside Script.
// Errors:  the first bad line is reported with its number.
// Trust:   any bytes; lines are those of base/text_lines.h, their comments may be of any length.
//
//     # Frames count from the first picture of the game, 60 a second.
//     at 30 hold right
//     at 90 aim 45          degrees, 0 to the right, clockwise
//     at 120 fire           taps the pulse; also: tap missile
//     at 150 release right  or: release all
//     at 160 press figures  help, figures, screenshot, quit ...
//     at 170 say hello all  to everybody, up to the end of the line or a #
#ifndef TICKSTORM_CLIENT_INPUT_SCRIPT_H
#define TICKSTORM_CLIENT_INPUT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/input/bindings.h"
#include "wire/event.h"

#define SCRIPT_STEPS_MAX  1024
#define SCRIPT_SAYS_MAX   64
#define SCRIPT_TAP_FRAMES 4 // long enough that at least one tick sees a tap

typedef enum ScriptVerb {
    SCRIPT_HOLD,
    SCRIPT_RELEASE,
    SCRIPT_RELEASE_ALL,
    SCRIPT_TAP,
    SCRIPT_AIM,
    SCRIPT_PRESS,
    SCRIPT_SAY,
} ScriptVerb;

typedef struct ScriptStep {
    uint32_t frame;
    ScriptVerb verb;
    Action action; // HOLD, RELEASE, TAP, PRESS
    uint16_t aim;  // AIM, 1/65,536 turn
    uint16_t say;  // SAY, index into Script.says
} ScriptStep;

typedef struct Script {
    ScriptStep steps[SCRIPT_STEPS_MAX]; // in order of their frames
    uint32_t count;
    uint32_t next;
    char says[SCRIPT_SAYS_MAX][CHAT_TEXT_BYTES + 1];
    uint16_t say_count;
    // The result of the steps so far.
    uint8_t held; // INPUT_*
    uint8_t tapped;
    uint32_t tap_end_frame;
    uint16_t aim;
    const char *said; // at the frame of the last script_advance(); NULL: nothing
} Script;

// Reads the script's text. False with the fault and the number of the line.
bool script_parse(Script *script, const char *text, size_t size, char *error, size_t error_size,
                  int *line_number);

// Reads a file; the error names file and line.
bool script_load(Script *script, const char *path, char *error, size_t error_size);

// Runs the steps up to this frame; after a SAY the remaining steps wait for the next frame. Returns
// a mask of the actions pressed (1 << Action).
uint32_t script_advance(Script *script, uint32_t frame);

// The buttons held at this frame, INPUT_*.
uint8_t script_buttons(const Script *script, uint32_t frame);

#endif
