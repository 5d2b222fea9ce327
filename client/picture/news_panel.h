// SPDX-License-Identifier: MIT
// news_panel.h -- shows the News: kills at the top right, messages and the chat line at the left
//                 above the ship's condition. Lines fade when they are some seconds old.
//
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_NEWS_PANEL_H
#define TICKSTORM_CLIENT_PICTURE_NEWS_PANEL_H

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "client/input/chat_line.h"
#include "client/picture/news.h"

// right and top are the free corner of the picture, in pixels.
void news_panel_draw_kills(const News *news, Painter *painter, Text *text, float right, float top,
                           double time_s);

// line NULL or closed: only recent messages. While it is open nothing fades.
void news_panel_draw_messages(const News *news, const ChatLine *line, Painter *painter, Text *text,
                              const Camera *camera, double time_s);

#endif
