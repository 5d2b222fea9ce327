// SPDX-License-Identifier: MIT
#include "client/shell/shell.h"

#include <SDL.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "client/core/client.h"
#include "client/input/bindings.h"
#include "client/input/script.h"
#include "client/picture/net_figures.h"
#include "client/picture/picture.h"
#include "client/shell/asset_path.h"
#include "client/shell/screenshot.h"
#include "client/shell/window.h"
#include "client/view/view.h"

#define TOAST_NS          (3 * NS_PER_S)
#define HINT_NS           (8 * NS_PER_S)
#define RETICLE_FROM_SHIP 180.0f // units, where a script aims

typedef struct Shell {
    const ShellConfig *config;
    Window window;
    Picture *picture;
    Client client;
    ClientView client_view; // follows the client while the client is open
    bool is_client_open;
    Script script;
    bool has_script;
    View view;
    NetFigures figures;
    // The connection.
    bool was_playing; // on this connection
    char connect_fault[400];
    Notice notice;
    // The player.
    ShipInput input;
    uint64_t next_send_ns;
    FiguresMode figures_mode;
    bool shows_help;
    bool shows_scores;
    ChatLine chat_line;
    News news;
    float reticle_x, reticle_y;
    // The program.
    uint64_t start_ns;
    uint64_t now_ns;
    uint64_t frame_before_ns;
    uint64_t played_frames; // pictures of the game so far
    bool wants_screenshot;
    bool is_over;
    bool has_failed; // the reason is in Shell.error
    char toast[600];
    uint64_t toast_end_ns;
    char error[1024];
} Shell;

static const char *name_of_player(const void *user, uint32_t player_index) {
    return client_view_player_name(user, player_index);
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)bytes;
    Shell *shell = user;
    client_view_on_snapshot(&shell->client_view, now_ns);
    net_figures_on_snapshot(&shell->figures, snapshot, now_ns);
}

static void on_events(void *user, const EventBatch *batch) {
    Shell *shell = user;
    client_view_on_events(&shell->client_view, batch);
}

static double seconds_since_start(const Shell *shell, uint64_t now_ns) {
    return (double)(now_ns - shell->start_ns) / (double)NS_PER_S;
}

static void show_toast(Shell *shell, uint64_t duration_ns) {
    shell->toast_end_ns = shell->now_ns + duration_ns;
}

// Impairs the connection as the options say. False when memory is short.
static bool impair_client(const Shell *shell) {
    const ImpairConfig *impairment = &shell->config->impairment;
    const bool is_impaired =
        impairment->latency_ns > 0 || impairment->jitter_ns > 0 || impairment->loss > 0;
    return !is_impaired ||
           transport_set_impairment(shell->client.transport, impairment, shell->config->seed);
}

static bool open_client(Shell *shell, const ClientConfig *config, TransportError *error) {
    if (!client_open(&shell->client, config, shell->now_ns, error)) {
        return false;
    }
    if (!client_view_create(&shell->client_view, &shell->client) || !impair_client(shell)) {
        client_view_destroy(&shell->client_view);
        client_close(&shell->client, shell->now_ns);
        *error = TRANSPORT_ERROR_RESOURCES;
        return false;
    }
    return true;
}

// Starts connecting. An immediate failure is kept in Shell.connect_fault and shown like any other.
static void connect_client(Shell *shell) {
    const ShellConfig *config = shell->config;
    ClientConfig client_config = {
        .host = config->host,
        .port = config->port,
        .uplink_period_ns = RECEIVE_REPORT_PERIOD_NS,
        .observer = {.user = shell, .on_snapshot = on_snapshot, .on_events = on_events}};
    memcpy(client_config.name, config->name, sizeof client_config.name);
    TransportError transport_error = TRANSPORT_OK;
    net_figures_reset(&shell->figures, shell->now_ns);
    picture_forget(shell->picture, config->seed);
    news_clear(&shell->news);
    shell->was_playing = false;
    shell->is_client_open = open_client(shell, &client_config, &transport_error);
    snprintf(shell->connect_fault, sizeof shell->connect_fault, "%s port %u: %s", config->host,
             config->port, transport_error_text(transport_error));
}

static void disconnect_client(Shell *shell) {
    if (shell->is_client_open) {
        client_view_destroy(&shell->client_view);
        client_close(&shell->client, shell->now_ns);
        shell->is_client_open = false;
    }
}

static bool is_lost(const Shell *shell) {
    return !shell->is_client_open || shell->client.state == CLIENT_CLOSED;
}

static bool is_playing(const Shell *shell) {
    return shell->is_client_open && shell->client.state == CLIENT_PLAYING;
}

static void open_chat(Shell *shell) {
    if (is_playing(shell) && !shell->chat_line.is_open) {
        chat_line_open(&shell->chat_line);
        if (shell->window.window != NULL) {
            SDL_StartTextInput();
        }
    }
}

static void close_chat(Shell *shell) {
    if (shell->chat_line.is_open && shell->window.window != NULL) {
        SDL_StopTextInput();
    }
    chat_line_close(&shell->chat_line);
}

static void say(Shell *shell, const char *text) {
    if (text[0] != '\0' && !client_send_chat(&shell->client, text, shell->now_ns)) {
        snprintf(shell->toast, sizeof shell->toast, "Not said: wait a moment, then say it again");
        show_toast(shell, TOAST_NS);
    }
}

static void apply_action(Shell *shell, Action action) {
    switch (action) {
    case ACTION_HELP:
        shell->shows_help = !shell->shows_help;
        break;
    case ACTION_SCORES:
        shell->shows_scores = !shell->shows_scores;
        break;
    case ACTION_CHAT:
        open_chat(shell);
        break;
    case ACTION_FIGURES:
        shell->figures_mode = (shell->figures_mode + 1) % FIGURES_MODE_COUNT;
        break;
    case ACTION_FULLSCREEN:
        window_toggle_fullscreen(&shell->window);
        break;
    case ACTION_SCREENSHOT:
        shell->wants_screenshot = true;
        break;
    case ACTION_QUIT:
        // Esc first closes help and scores.
        shell->is_over = !shell->shows_help && !shell->shows_scores;
        shell->shows_help = false;
        shell->shows_scores = false;
        break;
    default:
        break;
    }
}

static void handle_chat_key(Shell *shell, SDL_Scancode scancode) {
    switch (scancode) {
    case SDL_SCANCODE_RETURN:
    case SDL_SCANCODE_KP_ENTER:
        say(shell, shell->chat_line.text);
        close_chat(shell);
        break;
    case SDL_SCANCODE_ESCAPE:
        close_chat(shell);
        break;
    case SDL_SCANCODE_BACKSPACE:
        chat_line_erase(&shell->chat_line);
        break;
    default:
        break;
    }
}

static void handle_key(Shell *shell, const SDL_KeyboardEvent *key) {
    if (shell->chat_line.is_open) {
        handle_chat_key(shell, key->keysym.scancode);
        return;
    }
    if (key->repeat != 0) {
        return;
    }
    const SDL_Scancode scancode = key->keysym.scancode;
    if (is_lost(shell) && (scancode == SDL_SCANCODE_RETURN || scancode == SDL_SCANCODE_KP_ENTER)) {
        disconnect_client(shell);
        connect_client(shell);
        return;
    }
    apply_action(shell, binding_press(scancode));
}

static void handle_events(Shell *shell) {
    SDL_Event event;
    while (shell->window.window != NULL && SDL_PollEvent(&event) != 0) {
        if (event.type == SDL_QUIT) {
            shell->is_over = true;
        } else if (event.type == SDL_KEYDOWN) {
            handle_key(shell, &event.key);
        } else if (event.type == SDL_TEXTINPUT && shell->chat_line.is_open) {
            chat_line_append(&shell->chat_line, event.text.text);
        }
    }
}

// Events whose tick is shown by now become news.
static void show_events(Shell *shell) {
    const double time_s = seconds_since_start(shell, shell->now_ns);
    const Event *event;
    while ((event = client_view_next_event(&shell->client_view, shell->now_ns)) != NULL) {
        news_add(&shell->news, event, shell->client.welcome.player_index, time_s);
    }
}

static void follow_connection(Shell *shell) {
    if (shell->is_client_open) {
        client_poll(&shell->client, shell->now_ns);
        show_events(shell);
        notice_describe(&shell->client, shell->was_playing, &shell->notice);
    } else {
        notice_describe_fault(shell->connect_fault, &shell->notice);
    }
    if (is_playing(shell) && !shell->was_playing) {
        shell->was_playing = true;
        snprintf(shell->toast, sizeof shell->toast, "F1: help");
        show_toast(shell, HINT_NS);
    }
    if (!is_playing(shell)) {
        close_chat(shell);
    }
    // Without a window nobody reads the notice.
    if (is_lost(shell) && shell->window.window == NULL) {
        shell->is_over = true;
    }
}

static void read_script(Shell *shell) {
    const uint32_t frame = (uint32_t)shell->played_frames;
    const uint32_t pressed = script_advance(&shell->script, frame);
    for (Action action = 0; action < ACTION_COUNT; action++) {
        if ((pressed & 1u << action) != 0) {
            apply_action(shell, action);
        }
    }
    if (shell->script.said != NULL) {
        say(shell, shell->script.said);
    }
    shell->input.buttons = script_buttons(&shell->script, frame);
    shell->input.aim = shell->script.aim;
    const float angle = (float)shell->input.aim / 65536.0f * 6.2831853f;
    camera_to_screen(&shell->picture->camera, shell->view.own.x + cosf(angle) * RETICLE_FROM_SHIP,
                     shell->view.own.y + sinf(angle) * RETICLE_FROM_SHIP, &shell->reticle_x,
                     &shell->reticle_y);
}

static void read_player(Shell *shell) {
    if (shell->window.window == NULL) {
        return;
    }
    const uint32_t mouse = window_mouse(&shell->window, &shell->reticle_x, &shell->reticle_y);
    const bool has_focus = SDL_GetKeyboardFocus() == shell->window.window;
    shell->input.buttons = has_focus && !shell->shows_help && !shell->chat_line.is_open
                               ? binding_buttons(SDL_GetKeyboardState(NULL), mouse)
                               : 0;
    shell->input.aim = camera_aim(&shell->picture->camera, shell->view.own.x, shell->view.own.y,
                                  shell->reticle_x, shell->reticle_y);
}

// A packet a tick, so that the player's inputs are never held back.
static void send_inputs(Shell *shell) {
    if (shell->now_ns < shell->next_send_ns) {
        return;
    }
    const uint64_t period_ns = NS_PER_S / shell->client.welcome.tick_rate_hz;
    const bool is_far_behind = shell->now_ns > shell->next_send_ns + 4 * period_ns;
    const uint64_t scheduled_ns = is_far_behind ? shell->now_ns : shell->next_send_ns;
    client_send_inputs(&shell->client, shell->now_ns);
    shell->next_send_ns = scheduled_ns + period_ns;
}

static void play(Shell *shell) {
    if (!is_playing(shell)) {
        return;
    }
    if (shell->has_script) {
        read_script(shell);
    } else {
        read_player(shell);
    }
    client_step(&shell->client, shell->now_ns, shell->input);
    send_inputs(shell);
    view_build(&shell->client_view, shell->now_ns, &shell->view);
}

static ScoreRow own_row(const Shell *shell) {
    const Ship *ship = &shell->view.own_ship;
    ScoreRow row = {.player = {.index = shell->client.welcome.player_index},
                    .score = ship->score,
                    .kills = ship->kills,
                    .deaths = ship->deaths};
    memcpy(row.player.name, shell->config->name, sizeof row.player.name);
    return row;
}

static bool draw(Shell *shell) {
    const uint64_t elapsed_ns = shell->now_ns - shell->frame_before_ns;
    const double time_s = seconds_since_start(shell, shell->now_ns);
    const Scene scene = {.view = &shell->view,
                         .arena = shell->client.arena,
                         .buttons = shell->input.buttons,
                         .death =
                             is_playing(shell) ? client_view_own_death(&shell->client_view) : NULL,
                         .time_s = time_s,
                         .player_name = name_of_player,
                         .user = &shell->client_view};
    const bool has_toast = shell->now_ns < shell->toast_end_ns;
    const Overlay overlay = {.figures_mode = shell->figures_mode,
                             .shows_help = shell->shows_help,
                             .shows_reticle = shell->view.own_is_alive &&
                                              (shell->window.window != NULL || shell->has_script),
                             .reticle_x = shell->reticle_x,
                             .reticle_y = shell->reticle_y,
                             .notice = is_playing(shell) ? NULL : &shell->notice,
                             .news = &shell->news,
                             .chat_line = &shell->chat_line,
                             .scores = shell->shows_scores && is_playing(shell)
                                           ? client_view_scores(&shell->client_view)
                                           : NULL,
                             .own_row = own_row(shell),
                             .toast = has_toast ? shell->toast : NULL};
    if (is_playing(shell)) {
        net_figures_on_frame(&shell->figures, &shell->client, shell->now_ns, elapsed_ns);
    }
    // After a loss the last picture of the world stays behind the notice.
    const bool has_world = shell->was_playing && shell->client.arena != NULL;
    const Frame frame = {.scene = has_world ? &scene : NULL,
                         .figures = &shell->figures,
                         .overlay = &overlay,
                         .elapsed_s = (float)elapsed_ns / (float)NS_PER_S,
                         .time_s = time_s};
    return picture_draw(shell->picture, &frame, shell->error, sizeof shell->error);
}

// False, with the reason in Shell.error, when it could not be written.
static bool write_picture(Shell *shell, const char *path) {
    errno = 0; // a failure of the renderer does not set it
    if (screenshot_save(shell->window.renderer, path)) {
        return true;
    }
    snprintf(shell->error, sizeof shell->error, "cannot write the screenshot %s%s%s", path,
             errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    return false;
}

// A script cannot see the toast, so a screenshot that a script cannot save ends the program with a
// failure.
static void save_screenshot(Shell *shell) {
    char path[560];
    shell->wants_screenshot = false;
    screenshot_choose_path(path, sizeof path);
    const bool is_saved = write_picture(shell, path);
    shell->has_failed |= !is_saved && shell->has_script;
    shell->is_over |= shell->has_failed;
    snprintf(shell->toast, sizeof shell->toast, "%s %s", is_saved ? "Saved" : "Cannot write", path);
    show_toast(shell, TOAST_NS);
}

// While flying, the reticle replaces the mouse pointer.
static void follow_pointer(const Shell *shell) {
    if (shell->window.window != NULL) {
        const bool is_flying =
            shell->client.state == CLIENT_PLAYING && shell->view.own_is_alive && !shell->shows_help;
        SDL_ShowCursor(is_flying ? SDL_DISABLE : SDL_ENABLE);
    }
}

// One frame. False when the program cannot go on; Shell.error then says why.
static bool run_frame(Shell *shell) {
    shell->now_ns = clock_now_ns();
    handle_events(shell);
    follow_connection(shell);
    play(shell);
    follow_pointer(shell);
    if (!draw(shell)) {
        return false;
    }
    if (is_playing(shell)) {
        shell->played_frames++;
    }
    const uint64_t limit = shell->config->frames;
    shell->is_over =
        shell->is_over || interrupt_count() > 0 || (limit != 0 && shell->played_frames >= limit);
    if (shell->wants_screenshot) {
        save_screenshot(shell);
    }
    shell->frame_before_ns = shell->now_ns;
    return true;
}

static bool open_all(Shell *shell) {
    const ShellConfig *config = shell->config;
    const WindowConfig window = {.width = config->width,
                                 .height = config->height,
                                 .is_fullscreen = config->is_fullscreen,
                                 .is_headless = config->is_headless};
    char sprites[1024];
    return asset_find_directory("sprites", sprites, sizeof sprites, shell->error,
                                sizeof shell->error) &&
           window_open(&shell->window, &window, shell->error, sizeof shell->error) &&
           (shell->picture = picture_create(shell->window.renderer, sprites, config->seed,
                                            shell->error, sizeof shell->error)) != NULL;
}

static bool open_script(Shell *shell) {
    const char *path = shell->config->script;
    shell->has_script = path != NULL;
    return path == NULL || script_load(&shell->script, path, shell->error, sizeof shell->error);
}

static bool write_last_picture(Shell *shell) {
    const char *path = shell->config->screenshot;
    return path == NULL || write_picture(shell, path);
}

// Waits for the next frame. Datagrams that an impairment delays are handled when they are due.
static void wait_for_frame(Shell *shell, uint64_t due_ns) {
    while (shell->is_client_open && shell->client.state != CLIENT_CLOSED) {
        const uint64_t held_until_ns = transport_next_due_ns(shell->client.transport);
        if (held_until_ns >= due_ns) {
            break;
        }
        clock_sleep_until_ns(held_until_ns);
        client_poll(&shell->client, clock_now_ns());
    }
    clock_sleep_until_ns(due_ns);
}

static bool run_frames(Shell *shell) {
    interrupt_allow(1); // the client disconnects, the last picture is written
    connect_client(shell);
    while (run_frame(shell)) {
        if (shell->has_failed) {
            return false;
        }
        if (shell->is_over) {
            if (is_lost(shell)) {
                snprintf(shell->error, sizeof shell->error, "%s %s", shell->notice.detail,
                         shell->notice.hint);
            }
            return write_last_picture(shell) && !is_lost(shell);
        }
        wait_for_frame(shell, window_present(&shell->window));
    }
    return false;
}

ShellResult shell_run(const ShellConfig *config) {
    Shell *shell = calloc(1, sizeof *shell);
    if (shell == NULL) {
        log_print_line("tickstorm-client: there is not enough memory");
        return SHELL_FAILED;
    }
    shell->config = config;
    shell->start_ns = clock_now_ns();
    shell->now_ns = shell->start_ns;
    shell->frame_before_ns = shell->start_ns;
    ShellResult result = SHELL_BAD_SCRIPT;
    if (open_script(shell)) {
        result = open_all(shell) && run_frames(shell) ? SHELL_OK : SHELL_FAILED;
    }
    if (result != SHELL_OK) {
        log_print_line("tickstorm-client: %s", shell->error);
    }
    disconnect_client(shell);
    picture_destroy(shell->picture);
    window_close(&shell->window);
    free(shell);
    return result;
}
