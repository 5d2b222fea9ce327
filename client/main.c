// SPDX-License-Identifier: MIT
// tickstorm-client: options in, an exit code out; the game itself is client/shell.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/options.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "client/shell/shell.h"
#include "net/net_address.h"
#include "net/transport.h"
#include "wire/message.h"

enum { EXIT_USAGE = 2 };

typedef struct ClientOptions {
    const char *connect;
    const char *name;
    uint64_t width;
    uint64_t height;
    bool fullscreen;
    bool headless;
    uint64_t frames;
    const char *screenshot;
    const char *script;
    uint64_t seed;
    uint64_t latency_ns;
    uint64_t jitter_ns;
    double loss_percent;
} ClientOptions;

static const Option rows[] = {
    OPTION_ROW_TEXT(
        ClientOptions, connect, .name = "connect", .section = "client", .value_name = "HOST:PORT",
        .check = net_address_check_server,
        .help =
            "The server to play on, as 192.0.2.1:7777, [2001:db8::1]:7777, [fe80::1%eth0]:7777 or "
            "play.example.org:7777; a name's addresses are tried in order."),
    OPTION_ROW_TEXT(ClientOptions, name, .name = "name", .short_name = 'n', .section = "client",
                    .default_value = "Pilot", .value_name = "NAME",
                    .help = "What others see above your ship; at most 20 bytes of UTF-8."),
    OPTION_ROW_COUNT(ClientOptions, width, .name = "width", .section = "client",
                     .default_value = "1280", .min = 320, .max = 7680, .value_name = "N",
                     .help = "Width of the window or picture, in pixels."),
    OPTION_ROW_COUNT(ClientOptions, height, .name = "height", .section = "client",
                     .default_value = "720", .min = 180, .max = 4320, .value_name = "N",
                     .help = "Height of the window or picture, in pixels."),
    OPTION_ROW_FLAG(ClientOptions, fullscreen, .name = "fullscreen", .short_name = 'f',
                    .section = "client", .help = "Start in full screen (F11 switches)."),
    OPTION_ROW_FLAG(
        ClientOptions, headless, .name = "headless",
        .help = "Need neither display nor audio device: draw in memory, 60 frames a second."),
    OPTION_ROW_COUNT(ClientOptions, frames, .name = "frames", .value_name = "N",
                     .help = "End after so many pictures of the game; 0 does not end."),
    OPTION_ROW_TEXT(ClientOptions, screenshot, .name = "screenshot", .value_name = "FILE.png",
                    .help = "Write the last picture to this file."),
    OPTION_ROW_TEXT(
        ClientOptions, script, .name = "script", .value_name = "FILE",
        .help =
            "Play from a file: lines such as 'at 30 hold right', 'at 90 aim 45', 'at 120 fire'."),
    OPTION_ROW_DURATION(ClientOptions, latency_ns, .name = "latency", .section = "client",
                        .default_value = "0", .max = 10, .value_name = "T",
                        .help = "Delay every datagram by so much, each way."),
    OPTION_ROW_DURATION(ClientOptions, jitter_ns, .name = "jitter", .section = "client",
                        .default_value = "0", .max = 10, .value_name = "T",
                        .help = "Delay it by up to so much more, each way."),
    OPTION_ROW_PERCENT(ClientOptions, loss_percent, .name = "loss", .section = "client",
                       .default_value = "0", .max = 100, .value_name = "P%",
                       .help = "Lose so many datagrams, each way."),
    OPTION_ROW_COUNT(
        ClientOptions, seed, .name = "seed", .default_value = "1", .value_name = "N",
        .help = "Seed of stars and sparks, and of which datagrams --loss and --jitter hit."),
};

static const OptionTable table = {
    .program = "tickstorm-client",
    .summary = "flies a ship on a Tickstorm server",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .epilog = "Keys:\n"
              "W A S D, arrows\tFly\n"
              "mouse\tAim; the left button fires, the right one launches a missile\n"
              "space\tLaunch a missile\n"
              "F1\tShow all keys\n"
              "Exit codes:\n"
              "0\tA normal end\n"
              "1\tThe connection failed or was lost, the window could not be opened, or a file "
              "could not be read or written; one line on stderr says why\n"
              "2\tUsage, or a bad script\n",
};

static int usage_error(const char *sentence) {
    log_print_line("tickstorm-client: %s", sentence);
    return EXIT_USAGE;
}

static int client_main(int argc, char **argv) {
    ClientOptions options = {0};
    const OptionsResult result = options_parse(&table, &options, argc, argv, NULL);
    if (result != OPTIONS_RUN) {
        return result == OPTIONS_DONE ? 0 : EXIT_USAGE;
    }
    ShellConfig config = {.width = (int)options.width,
                          .height = (int)options.height,
                          .is_fullscreen = options.fullscreen,
                          .is_headless = options.headless,
                          .frames = options.frames,
                          .screenshot = options.screenshot,
                          .script = options.script,
                          .seed = options.seed,
                          .impairment = {.latency_ns = options.latency_ns,
                                         .jitter_ns = options.jitter_ns,
                                         .loss = options.loss_percent / 100}};
    if (options.connect == NULL) {
        return usage_error("--connect HOST:PORT is required (try --help)");
    }
    (void)net_address_split_server(options.connect, config.host,
                                   &config.port); // checked by its row
    player_name_clean(config.name, options.name, strlen(options.name));
    if (config.name[0] == '\0') {
        return usage_error("--name has no character that can be shown");
    }
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    const TransportError error = transport_initialize();
    if (error != TRANSPORT_OK) {
        log_print_line("tickstorm-client: no network: %s", transport_error_text(error));
        return 1;
    }
    const ShellResult outcome = shell_run(&config);
    transport_deinitialize();
    return (int)outcome;
}

int main(int argc, char **argv) {
    process_start();
    interrupt_catch(0, HANG_UP_INTERRUPTS);
    return output_stdout_finish("tickstorm-client", client_main(argc, argv));
}
