// SPDX-License-Identifier: MIT
#include "server/virtual_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support.h"

#define STEP_NS (3 * NS_PER_MS)

static ArenaSpec make_arena(const VirtualServerConfig *config) {
    ArenaFile file = {.spec = {.name = "test", .side_units = config->side_units}};
    file.spec.seed = config->seed;
    arena_file_resolve(&file, config->drone_count, config->ship_capacity);
    assert_null(arena_spec_check(&file.spec));
    return file.spec;
}

// So that every test that plays can be run across the wrap of ticks as well.
static uint32_t first_tick(const VirtualServerConfig *config) {
    const char *text = getenv("TICKSTORM_TEST_FIRST_TICK");
    return config->first_tick != 0 || text == NULL ? config->first_tick
                                                   : (uint32_t)strtoul(text, NULL, 10);
}

static void create_match(VirtualServer *server, const VirtualServerConfig *config) {
    const MatchConfig match = {
        .sim = {.arena = make_arena(config),
                .seed = config->seed,
                .drone_count = config->drone_count,
                .ship_capacity = config->ship_capacity,
                .worker_count = config->worker_count,
                .first_tick = first_tick(config)},
        .tick_rate_hz = 60,
        .snapshot_rate_hz = 20,
        .budget_bytes = config->budget_bytes != 0 ? config->budget_bytes : PAYLOAD_BYTES_MAX,
        .loop_count = 1,
        .queues = server->queues,
        .metrics = server->metrics,
    };
    assert_true(match_create(&server->match, &match));
}

VirtualServer *virtual_server_create(const VirtualServerConfig *config) {
    VirtualServer *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->queues = aligned_alloc(CACHE_LINE_BYTES, sizeof *server->queues);
    assert_non_null(server->queues);
    assert_true(sim_queues_create(server->queues, config->ship_capacity));
    server->metrics = metrics_create(60, config->worker_count, 1);
    assert_non_null(server->metrics);
    create_match(server, config);
    server->net = memnet_create(config->seed, config->impairment);
    assert_non_null(server->net);
    memnet_advance(server->net, config->start_ms * NS_PER_MS);
    memnet_install(server->net);
    const TransportListenConfig listen = {
        .peer_capacity = config->ship_capacity + 8,
        .welcomes_peers = true,
        .peer_datagrams_per_s = config->has_datagram_limit ? ENDPOINT_DATAGRAMS_PER_S : 0};
    Transport *transport;
    assert_int_equal(transport_listen(&transport, &listen), TRANSPORT_OK);
    server->port = transport_port(transport);
    assert_true(net_endpoint_create(&server->endpoint, transport, server->queues,
                                    &server->metrics->net[0], &server->is_draining));
    return server;
}

void virtual_server_destroy(VirtualServer *server) {
    net_endpoint_destroy(&server->endpoint);
    memnet_uninstall(server->net);
    memnet_destroy(server->net);
    match_destroy(&server->match);
    metrics_destroy(server->metrics);
    sim_queues_destroy(server->queues);
    free(server->queues);
    free(server);
}

uint64_t virtual_server_now_ns(const VirtualServer *server) {
    return memnet_now_ns(server->net);
}

void virtual_server_advance(VirtualServer *server) {
    memnet_advance(server->net, NS_PER_MS);
    const uint64_t now_ns = memnet_now_ns(server->net);
    if (now_ns >= server->next_step_ns) {
        net_endpoint_step(&server->endpoint, now_ns);
        server->next_step_ns = now_ns + STEP_NS;
    }
    if (server->next_tick_ns == 0) {
        server->next_tick_ns = now_ns;
    }
    if (now_ns >= server->next_tick_ns) {
        if (!server->is_sim_stopped) {
            match_tick(&server->match, server->next_tick_ns, now_ns);
        }
        server->next_tick_ns += server->match.tick_ns;
    }
}
