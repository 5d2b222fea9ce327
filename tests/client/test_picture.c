// SPDX-License-Identifier: MIT
// Draws made-up worlds headless and checks the pixels: coarse enough for any version of SDL and any
// font, fine enough to notice a missing layer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/picture/picture.h"
#include "client/picture_scene.h"
#include "client/shell/screenshot.h"
#include "client/shell/window.h"

#define SPRITES TICKSTORM_SOURCE_DIR "/assets/sprites"

typedef struct Canvas {
    Window window;
    Picture *picture;
    PictureScene made;
    NetFigures figures;
} Canvas;

static void open_canvas(Canvas *canvas, int width, int height, uint32_t entities, float x,
                        float y) {
    char error[512] = "";
    memset(canvas, 0, sizeof *canvas);
    const WindowConfig config = {.width = width, .height = height, .is_headless = true};
    assert_true(window_open(&canvas->window, &config, error, sizeof error));
    canvas->picture = picture_create(canvas->window.renderer, SPRITES, 1, error, sizeof error);
    if (canvas->picture == NULL) {
        fail_msg("%s", error);
    }
    assert_true(picture_scene_create(&canvas->made, entities, x, y));
    canvas->figures = (NetFigures){.frames_hz = 60,
                                   .round_trip_ms = 23,
                                   .snapshot_gap_ms = 50,
                                   .delay_ms = 74,
                                   .corrections = 3,
                                   .server_tick_ms = 4.2f,
                                   .clients = 128};
}

static void close_canvas(Canvas *canvas) {
    picture_scene_destroy(&canvas->made);
    picture_destroy(canvas->picture);
    window_close(&canvas->window);
}

static void draw_frames(Canvas *canvas, int count, const Overlay *overlay) {
    char error[256] = "";
    for (int i = 0; i < count; i++) {
        picture_scene_step(&canvas->made);
        const Frame frame = {.scene = &canvas->made.scene,
                             .figures = &canvas->figures,
                             .overlay = overlay,
                             .elapsed_s = 1.0f / 60.0f,
                             .time_s = canvas->made.scene.time_s};
        if (!picture_draw(canvas->picture, &frame, error, sizeof error)) {
            fail_msg("%s", error);
        }
    }
}

static uint32_t pixel_at(const Canvas *canvas, int x, int y) {
    const SDL_Surface *surface = canvas->window.surface;
    const uint8_t *row = (const uint8_t *)surface->pixels + y * surface->pitch;
    uint32_t pixel;
    memcpy(&pixel, row + 4 * x, sizeof pixel);
    return pixel & 0xffffff;
}

static int brightness(uint32_t pixel) {
    return (int)((pixel >> 16 & 0xff) + (pixel >> 8 & 0xff) + (pixel & 0xff)) / 3;
}

// How many pixels of the area are at least this bright.
static int count_bright(const Canvas *canvas, SDL_Rect area, int threshold) {
    int count = 0;
    for (int y = area.y; y < area.y + area.h; y++) {
        for (int x = area.x; x < area.x + area.w; x++) {
            count += brightness(pixel_at(canvas, x, y)) >= threshold ? 1 : 0;
        }
    }
    return count;
}

// How many pixels of the area are about this colour.
static int count_color(const Canvas *canvas, SDL_Rect area, Color color, int tolerance) {
    int count = 0;
    for (int y = area.y; y < area.y + area.h; y++) {
        for (int x = area.x; x < area.x + area.w; x++) {
            const uint32_t pixel = pixel_at(canvas, x, y);
            const int far = abs((int)(pixel >> 16 & 0xff) - color.r) +
                            abs((int)(pixel >> 8 & 0xff) - color.g) +
                            abs((int)(pixel & 0xff) - color.b);
            count += far <= tolerance ? 1 : 0;
        }
    }
    return count;
}

static void own_ship_is_drawn_in_the_middle(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 40, 3000, 3000);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_OFF});
    assert_true(count_bright(&canvas, (SDL_Rect){620, 340, 40, 40}, 150) > 80);
    canvas.made.view.own_is_alive = false;
    canvas.made.view.own_ship.health = 0;
    picture_forget(canvas.picture, 1);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_OFF});
    assert_true(count_bright(&canvas, (SDL_Rect){620, 340, 40, 40}, 150) < 80);
    close_canvas(&canvas);
}

static void minimap_score_and_condition_are_drawn_in_their_corners(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 40, 3000, 3000);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_LINE});
    // Score: text in the upper left. Condition: a green and a sky-blue bar in the lower left.
    assert_true(count_bright(&canvas, (SDL_Rect){12, 12, 160, 50}, 180) > 150);
    assert_true(count_color(&canvas, (SDL_Rect){12, 620, 250, 90}, COLOR_GREEN, 30) > 400);
    assert_true(count_color(&canvas, (SDL_Rect){12, 620, 250, 90}, COLOR_SKY, 30) > 400);
    // Minimap: asteroids in the lower right.
    assert_true(count_color(&canvas, (SDL_Rect){1077, 517, 190, 190}, (Color){111, 118, 132, 255},
                            24) > 100);
    // Figures: a line of text in the upper right.
    assert_true(count_bright(&canvas, (SDL_Rect){700, 8, 570, 24}, 110) > 300);
    close_canvas(&canvas);
}

static void f3_hides_the_figures(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 0, 3000, 3000);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_LINE});
    const int with_line = count_bright(&canvas, (SDL_Rect){700, 8, 570, 24}, 110);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_OFF});
    assert_true(count_bright(&canvas, (SDL_Rect){700, 8, 570, 24}, 110) < with_line - 300);
    close_canvas(&canvas);
}

static void make_news(News *news) {
    Event event = {.type = EVENT_KILL,
                   .player = {.index = 1, .name = "Łukasz"},
                   .has_killer = true,
                   .killer = {.index = 3, .name = "Pilot"}};
    news_add(news, &event, 3, 0.1);
    event = (Event){.type = EVENT_KILL, .player = {.index = 3, .name = "Pilot"}};
    event.cause = DEATH_HUNTER;
    news_add(news, &event, 3, 0.2);
    event = (Event){.type = EVENT_JOIN, .player = {.index = 5, .name = "Zoë Ø"}};
    news_add(news, &event, 3, 0.2);
    event.type = EVENT_CHAT;
    snprintf(event.text, sizeof event.text,
             "Anybody near the nest in the north? I have no energy left and they keep coming, so "
             "bring a missile or two");
    news_add(news, &event, 3, 0.3);
    event = (Event){.type = EVENT_CHAT, .player = {.index = 3, .name = "Pilot"}, .text = "Coming!"};
    news_add(news, &event, 3, 0.4);
}

static void news_scores_and_the_chat_line_are_drawn_and_news_fade(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 0, 3000, 3000);
    News news = {0};
    make_news(&news);
    ChatLine line;
    chat_line_open(&line);
    chat_line_append(&line, "Where are you?");
    Scores scores = {.count = SCORES_MAX};
    for (uint32_t i = 0; i < SCORES_MAX; i++) {
        scores.rows[i] = (ScoreRow){.player = {.index = 10 + i, .name = "Somebody"},
                                    .score = 90000 - i * 7777,
                                    .kills = 300 - i,
                                    .deaths = i};
    }
    Overlay overlay = {.figures_mode = FIGURES_OFF};
    draw_frames(&canvas, 1, &overlay);
    const int kills_before = count_bright(&canvas, (SDL_Rect){1000, 0, 280, 60}, 180);
    const int messages_before = count_bright(&canvas, (SDL_Rect){0, 480, 640, 130}, 180);
    overlay.news = &news;
    draw_frames(&canvas, 60, &overlay);
    assert_true(count_bright(&canvas, (SDL_Rect){1000, 0, 280, 60}, 180) > kills_before + 200);
    assert_true(count_bright(&canvas, (SDL_Rect){0, 480, 640, 130}, 180) > messages_before + 1000);
    overlay.chat_line = &line;
    overlay.scores = &scores;
    overlay.own_row = (ScoreRow){
        .player = {.index = 3, .name = "Pilot"}, .score = 12345, .kills = 7, .deaths = 2};
    draw_frames(&canvas, 1, &overlay);
    // The own row is marked although it is not among the best.
    assert_true(count_color(&canvas, (SDL_Rect){400, 100, 480, 500}, COLOR_YELLOW, 40) > 150);
    assert_true(screenshot_save(canvas.window.renderer, "picture_news.png"));
    // Later the news have faded, but an open chat line shows them again.
    overlay.chat_line = NULL;
    overlay.scores = NULL;
    draw_frames(&canvas, 15 * 60, &overlay);
    assert_true(count_bright(&canvas, (SDL_Rect){0, 480, 640, 130}, 180) < messages_before + 100);
    overlay.chat_line = &line;
    draw_frames(&canvas, 1, &overlay);
    assert_true(count_bright(&canvas, (SDL_Rect){0, 480, 640, 130}, 180) > messages_before + 1000);
    close_canvas(&canvas);
}

static void empty_space_is_not_blank(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 640, 360, 0, 3000, 3000);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_OFF});
    assert_true(count_bright(&canvas, (SDL_Rect){0, 0, 640, 360}, 60) > 200);
    close_canvas(&canvas);
}

static void the_world_ends_at_a_visible_wall(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 0, 100, 3000);
    draw_frames(&canvas, 1, &(Overlay){.figures_mode = FIGURES_OFF});
    // The wall stands 100 units, 80 pixels, to the left of the middle.
    assert_true(count_color(&canvas, (SDL_Rect){555, 200, 8, 300}, COLOR_VERMILLION, 40) > 250);
    close_canvas(&canvas);
}

static void a_window_of_another_shape_gets_bars(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 800, 800, 100, 3000, 3000);
    draw_frames(&canvas, 2, &(Overlay){.figures_mode = FIGURES_OFF});
    // 800 wide shows 450 high: bars of 175 above and below.
    assert_int_equal(count_bright(&canvas, (SDL_Rect){0, 0, 800, 170}, 1), 0);
    assert_int_equal(count_bright(&canvas, (SDL_Rect){0, 630, 800, 170}, 1), 0);
    assert_true(count_bright(&canvas, (SDL_Rect){380, 380, 40, 40}, 150) > 20);
    close_canvas(&canvas);
    // 1400 wide shows 787.5 high: no row may stay uncovered between bar and edge.
    open_canvas(&canvas, 1400, 900, 300, 3000, 3000);
    draw_frames(&canvas, 2, &(Overlay){.figures_mode = FIGURES_OFF});
    assert_int_equal(count_bright(&canvas, (SDL_Rect){0, 0, 1400, 55}, 1), 0);
    assert_int_equal(count_bright(&canvas, (SDL_Rect){0, 845, 1400, 55}, 1), 0);
    close_canvas(&canvas);
}

static void a_notice_covers_the_world_and_the_help_covers_both(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 100, 3000, 3000);
    const Notice notice = {.title = "No connection",
                           .detail = "The server is full.",
                           .hint = "Wait until somebody leaves, then try again.",
                           .is_failure = true};
    draw_frames(&canvas, 1, &(Overlay){.notice = &notice});
    assert_true(count_color(&canvas, (SDL_Rect){520, 240, 240, 120}, COLOR_VERMILLION, 40) > 300);
    screenshot_save(canvas.window.renderer, "picture_notice.png");
    draw_frames(&canvas, 1, &(Overlay){.notice = &notice, .shows_help = true});
    assert_true(count_color(&canvas, (SDL_Rect){340, 160, 300, 420}, COLOR_YELLOW, 40) > 300);
    screenshot_save(canvas.window.renderer, "picture_help.png");
    close_canvas(&canvas);
}

static void a_crowd_is_drawn_in_few_calls_without_dropped_quads(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 500, 3000, 3000);
    draw_frames(&canvas, 90,
                &(Overlay){.figures_mode = FIGURES_GRAPHS,
                           .shows_reticle = true,
                           .reticle_x = 780,
                           .reticle_y = 250});
    assert_int_equal(canvas.picture->painter.dropped, 0);
    assert_true(canvas.picture->painter.drawn > 1000);
    assert_in_range(canvas.picture->painter.flushed_calls, 3, LAYER_COUNT);
    assert_true(screenshot_save(canvas.window.renderer, "picture_crowd.png"));
    close_canvas(&canvas);
}

static void shots_deaths_and_damage_have_effects(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1280, 720, 60, 3000, 3000);
    const Overlay overlay = {.figures_mode = FIGURES_OFF};
    draw_frames(&canvas, 2, &overlay);
    // The own pulse shows as a beam.
    uint32_t beams = 0;
    for (uint32_t i = 0; i < EFFECTS_BEAMS_MAX; i++) {
        beams += canvas.picture->effects.beams[i].life > 0 ? 1 : 0;
    }
    assert_true(beams >= 1);
    // A drone that vanishes leaves sparks.
    const uint32_t before = canvas.picture->effects.next_particle;
    canvas.made.view.entity_count -= 1;
    draw_frames(&canvas, 1, &overlay);
    assert_int_not_equal(canvas.picture->effects.next_particle, before);
    // Damage shakes and reddens the picture for a while.
    canvas.made.view.own_ship.health = 30;
    draw_frames(&canvas, 1, &overlay);
    assert_true(canvas.picture->effects.hurt > 0 && canvas.picture->effects.shake > 0);
    draw_frames(&canvas, 120, &overlay);
    assert_true(canvas.picture->effects.hurt == 0 && canvas.picture->effects.shake == 0);
    close_canvas(&canvas);
}

static void a_full_hd_picture_shows_the_own_ship_larger(void **state) {
    (void)state;
    Canvas canvas;
    open_canvas(&canvas, 1920, 1080, 120, 3000, 3000);
    draw_frames(&canvas, 30, &(Overlay){.figures_mode = FIGURES_LINE});
    assert_true(count_bright(&canvas, (SDL_Rect){930, 510, 60, 60}, 150) > 180);
    assert_true(screenshot_save(canvas.window.renderer, "picture_full_hd.png"));
    close_canvas(&canvas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_ship_is_drawn_in_the_middle),
        cmocka_unit_test(minimap_score_and_condition_are_drawn_in_their_corners),
        cmocka_unit_test(f3_hides_the_figures),
        cmocka_unit_test(news_scores_and_the_chat_line_are_drawn_and_news_fade),
        cmocka_unit_test(empty_space_is_not_blank),
        cmocka_unit_test(the_world_ends_at_a_visible_wall),
        cmocka_unit_test(a_window_of_another_shape_gets_bars),
        cmocka_unit_test(a_notice_covers_the_world_and_the_help_covers_both),
        cmocka_unit_test(a_crowd_is_drawn_in_few_calls_without_dropped_quads),
        cmocka_unit_test(shots_deaths_and_damage_have_effects),
        cmocka_unit_test(a_full_hd_picture_shows_the_own_ship_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
