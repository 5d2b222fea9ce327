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

#define FIELD(name) offsetof(ClientOptions, name)

static const Option rows[] = {
    {"connect", 0, OPTION_TEXT, "client", FIELD(connect), NULL, 0, 0, "HOST:PORT", NULL,
     "The server to play on, as 192.0.2.1:7777, [2001:db8::1]:7777, [fe80::1%eth0]:7777 or "
     "play.example.org:7777; a name's addresses are tried in order."},
    {"name", 'n', OPTION_TEXT, "client", FIELD(name), "Pilot", 0, 0, "NAME", NULL,
     "What others see above your ship; at most 20 bytes of UTF-8."},
    {"width", 0, OPTION_COUNT, "client", FIELD(width), "1280", 320, 7680, "N", NULL,
     "Width of the window or picture, in pixels."},
    {"height", 0, OPTION_COUNT, "client", FIELD(height), "720", 180, 4320, "N", NULL,
     "Height of the window or picture, in pixels."},
    {"fullscreen", 'f', OPTION_FLAG, "client", FIELD(fullscreen), NULL, 0, 0, NULL, NULL,
     "Start on the whole screen (F11 switches)."},
    {"headless", 0, OPTION_FLAG, NULL, FIELD(headless), NULL, 0, 0, NULL, NULL,
     "Need neither display nor audio device: draw in memory, 60 frames a second."},
    {"frames", 0, OPTION_COUNT, NULL, FIELD(frames), NULL, 0, 0, "N", NULL,
     "End after so many pictures of the game; 0 does not end."},
    {"screenshot", 0, OPTION_TEXT, NULL, FIELD(screenshot), NULL, 0, 0, "FILE.png", NULL,
     "Write the last picture to this file."},
    {"script", 0, OPTION_TEXT, NULL, FIELD(script), NULL, 0, 0, "FILE", NULL,
     "Play from a file: lines such as 'at 30 hold right', 'at 90 aim 45', 'at 120 fire'."},
    {"latency", 0, OPTION_DURATION, "client", FIELD(latency_ns), "0", 0, 10, "T", NULL,
     "Delay every datagram by so much, each way."},
    {"jitter", 0, OPTION_DURATION, "client", FIELD(jitter_ns), "0", 0, 10, "T", NULL,
     "Delay it by up to so much more, each way."},
    {"loss", 0, OPTION_PERCENT, "client", FIELD(loss_percent), "0", 0, 100, "P%", NULL,
     "Lose so many datagrams, each way."},
    {"seed", 0, OPTION_COUNT, NULL, FIELD(seed), "1", 0, 0, "N", NULL,
     "Seed of stars and sparks, and of which datagrams --loss and --jitter hit."},
};

static bool check_value(const Option *option, const char *text, char *problem,
                        size_t problem_size) {
    char host[NET_HOST_BYTES];
    uint16_t port;
    const char *what =
        strcmp(option->name, "connect") == 0 ? net_address_split_server(text, host, &port) : NULL;
    if (what != NULL) {
        snprintf(problem, problem_size, "'%s' is not HOST:PORT: %s", text, what);
    }
    return what == NULL;
}

static const OptionTable table = {
    .program = "tickstorm-client",
    .summary = "flies a ship on a Tickstorm server",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .check = check_value,
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
    (void)net_address_split_server(options.connect, config.host, &config.port); // check_value()
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
