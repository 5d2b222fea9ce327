// SPDX-License-Identifier: MIT
// score_table.h -- the best players as a table over the world, the own row marked.
//
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_SHELL_SCORE_TABLE_H
#define TICKSTORM_CLIENT_SHELL_SCORE_TABLE_H

#include "client/shell/camera.h"
#include "client/shell/painter.h"
#include "client/shell/text.h"
#include "wire/event.h"

// own is shown below the others when it is not among them.
void score_table_draw(const Scores *scores, const ScoreRow *own, Painter *painter, Text *text,
                      const Camera *camera);

#endif
