// SPDX-License-Identifier: MIT
// score_table.h -- the best players as a table over the world, the own row marked.
//
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_SCORE_TABLE_H
#define TICKSTORM_CLIENT_PICTURE_SCORE_TABLE_H

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "wire/event.h"

// own is shown below the others when it is not among them.
void score_table_draw(const Scores *scores, const ScoreRow *own, Painter *painter, Text *text,
                      const Camera *camera);

#endif
