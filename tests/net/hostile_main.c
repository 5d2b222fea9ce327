// SPDX-License-Identifier: MIT
// tickstorm-hostile -- sends a bounded number of bad datagrams to a server on this machine, to show
//                      that they do not affect its players.
//
// Flow:    options -> hostile_flood() at ADDR:PORT -> counts of what was sent, by kind
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/options.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "net/hostile.h"

#define EXIT_FAILED 1
#define EXIT_USAGE  2

// hostile_flood() calls wait_for_burst() after this many datagrams.
#define BURST 64

typedef struct Attack {
    const char *address;
    uint64_t port;
    uint64_t datagrams;
    uint64_t sources;
    uint64_t seed;
    double rate_per_s;
    // State of the flood.
    uint64_t next_burst_ns;
} Attack;

static const Option g_rows[] = {
    OPTION_ROW_TEXT(Attack, address, .name = "address", .short_name = 'a',
                    .default_value = "127.0.0.1", .value_name = "ADDR",
                    .help = "The server's address, one of this machine's own: 127.x.x.x or ::1"),
    OPTION_ROW_COUNT(Attack, port, .name = "port", .short_name = 'p', .default_value = "7777",
                     .min = 1, .max = 65535, .value_name = "N", .help = "The server's port"),
    OPTION_ROW_COUNT(Attack, datagrams, .name = "datagrams", .short_name = 'n',
                     .default_value = "200k", .min = 1, .max = 1e8, .value_name = "N",
                     .help = "How many datagrams to send"),
    OPTION_ROW_COUNT(Attack, sources, .name = "sources", .default_value = "512", .min = 1,
                     .max = 512, .value_name = "N", .help = "From how many ports"),
    OPTION_ROW_COUNT(Attack, seed, .name = "seed", .default_value = "1", .value_name = "N",
                     .help = "Equal seeds send equal datagrams"),
    OPTION_ROW_RATE(Attack, rate_per_s, .name = "rate", .short_name = 'r',
                    .default_value = "20000/s", .min = 1, .max = 1e7, .value_name = "N/s",
                    .help = "How many a second"),
};

static const OptionTable g_table = {
    .program = "tickstorm-hostile",
    .summary = "sends bad datagrams to a server on this machine",
    .usage = "[OPTION]...",
    .rows = g_rows,
    .count = sizeof g_rows / sizeof *g_rows,
    .epilog = "Exit codes:\n0\tAll were sent\n1\tSome were not\n2\tUsage\n",
};

static const char *const g_kind_names[HOSTILE_KIND_COUNT] = {
    [HOSTILE_RANDOM] = "random",
    [HOSTILE_OVERSIZE] = "oversize",
    [HOSTILE_ZEROES] = "zeroes",
    [HOSTILE_MUTATED] = "mutated",
    [HOSTILE_TRUNCATED] = "truncated",
    [HOSTILE_CONNECT] = "connect",
    [HOSTILE_BAD_CONNECT] = "bad connect",
    [HOSTILE_FRAGMENT] = "fragment",
    [HOSTILE_PINGS] = "pings",
    [HOSTILE_AHEAD] = "reliables ahead",
    [HOSTILE_AGAIN] = "reliables again",
    [HOSTILE_ACKS] = "acknowledgements",
    [HOSTILE_CONTROL] = "control",
};

// Holds the rate: each burst is due a burst's time after the one before.
static void wait_for_burst(void *context) {
    Attack *attack = context;
    attack->next_burst_ns += (uint64_t)(BURST * (double)NS_PER_S / attack->rate_per_s);
    clock_sleep_until_ns(attack->next_burst_ns);
}

// Only loopback addresses are attacked.
static bool find_target(const Attack *attack, NetAddress *target) {
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    if (net_address_split(attack->address, host, &port) != NULL || port != 0 ||
        !net_address_parse(host, (uint16_t)attack->port, target)) {
        return false;
    }
    return net_address_is_ipv4(target)
               ? target->bytes[12] == IN_LOOPBACKNET
               : memcmp(target->bytes, &in6addr_loopback, sizeof target->bytes) == 0;
}

static int attack_main(int argc, char **argv) {
    Attack attack = {0};
    switch (options_parse(&g_table, &attack, argc, argv, NULL)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    NetAddress target;
    if (!find_target(&attack, &target)) {
        log_print_line("tickstorm-hostile: --address '%s' is not a loopback address",
                       attack.address);
        return EXIT_USAGE;
    }
    Hostile hostile = hostile_seeded(attack.seed);
    attack.next_burst_ns = clock_now_ns();
    const uint64_t sent = hostile_flood(&hostile, &target, attack.datagrams,
                                        (uint32_t)attack.sources, wait_for_burst, &attack);
    exit_deadline_set(g_table.program, EXIT_FAILED);
    char text[NET_ADDRESS_TEXT_BYTES];
    printf("%" PRIu64 " of %" PRIu64 " hostile datagrams sent to %s\n", sent, attack.datagrams,
           net_address_format(&target, text));
    for (int kind = 0; kind < HOSTILE_KIND_COUNT; kind++) {
        printf("  %-17s %" PRIu64 "\n", g_kind_names[kind], hostile.made[kind]);
    }
    if (sent < attack.datagrams) {
        log_print_line("tickstorm-hostile: the system refused %" PRIu64
                       " datagrams: is a server listening on %s?",
                       attack.datagrams - sent, text);
        return EXIT_FAILED;
    }
    return 0;
}

int main(int argc, char **argv) {
    process_start();
    interrupt_leave();
    return output_stdout_finish("tickstorm-hostile", attack_main(argc, argv));
}
