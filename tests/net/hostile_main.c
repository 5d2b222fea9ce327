// SPDX-License-Identifier: MIT
// tickstorm-hostile -- attacks a server on this machine with bad datagrams, so many and no more, to
//                      show that those who play do not notice.
//
// Flow:    options -> hostile_flood() at ADDR:PORT -> what was sent, by kind
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

// hostile_flood() calls its pace after so many datagrams.
#define BURST 64

typedef struct Attack {
    const char *address;
    uint64_t port;
    uint64_t datagrams;
    uint64_t sources;
    uint64_t seed;
    double rate_per_s;
    // Of the flood.
    uint64_t next_burst_ns;
} Attack;

static const Option g_rows[] = {
    {"address", 'a', OPTION_TEXT, NULL, offsetof(Attack, address), "127.0.0.1", 0, 0, "ADDR", NULL,
     "The server's address, one of this machine's own: 127.x.x.x or ::1"},
    {"port", 'p', OPTION_COUNT, NULL, offsetof(Attack, port), "7777", 1, 65535, "N", NULL,
     "The server's port"},
    {"datagrams", 'n', OPTION_COUNT, NULL, offsetof(Attack, datagrams), "200k", 1, 1e8, "N", NULL,
     "How many datagrams to send"},
    {"sources", 0, OPTION_COUNT, NULL, offsetof(Attack, sources), "512", 1, 512, "N", NULL,
     "From how many ports"},
    {"seed", 0, OPTION_COUNT, NULL, offsetof(Attack, seed), "1", 0, 0, "N", NULL,
     "Equal seeds send equal datagrams"},
    {"rate", 'r', OPTION_RATE, NULL, offsetof(Attack, rate_per_s), "20000/s", 1, 1e7, "N/s", NULL,
     "How many a second"},
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

// Holds the rate: bursts are due one burst's time after the other.
static void wait_for_burst(void *context) {
    Attack *attack = context;
    attack->next_burst_ns += (uint64_t)(BURST * (double)NS_PER_S / attack->rate_per_s);
    clock_sleep_until_ns(attack->next_burst_ns);
}

// Loopback only: this is no weapon.
static bool find_target(const Attack *attack, NetAddress *target) {
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    if (net_address_split(attack->address, host, &port) != NULL || port != 0 ||
        !net_address_parse(host, (uint16_t)attack->port, target)) {
        return false;
    }
    return net_address_is_ipv4(target)
               ? target->bytes[12] == IN_LOOPBACKNET
               : memcmp(target->bytes, &in6addr_loopback, sizeof(target->bytes)) == 0;
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
