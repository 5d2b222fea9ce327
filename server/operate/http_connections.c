// SPDX-License-Identifier: MIT
#include "server/operate/http_connections.h"

#include <assert.h>
#include <stddef.h>

#include "base/thread_role.h"

HttpConnection *http_connections_add(HttpConnections *table, uint64_t address, int descriptor,
                                     uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < table->capacity; i++) {
        HttpConnection *connection = &table->connections[i];
        if (!connection->is_open) {
            *connection = (HttpConnection){.is_open = true,
                                           .descriptor = descriptor,
                                           .address = address,
                                           .since_ns = now_ns,
                                           .deadline_ns = now_ns + HTTP_REQUEST_TIMEOUT_NS};
            table->count++;
            return connection;
        }
    }
    return NULL;
}

HttpConnection *http_connections_find(HttpConnections *table, int descriptor) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->connections[i].is_open && table->connections[i].descriptor == descriptor) {
            return &table->connections[i];
        }
    }
    return NULL;
}

void http_connections_remove(HttpConnections *table, HttpConnection *connection) {
    ASSERT_MAIN_THREAD();
    assert(connection->is_open && table->count > 0);
    *connection = (HttpConnection){0};
    table->count--;
}

void http_connection_renew(HttpConnection *connection, uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    connection->since_ns = now_ns;
    connection->deadline_ns = now_ns + HTTP_IDLE_TIMEOUT_NS;
}

static bool may_end(const HttpConnection *connection) {
    return connection->is_open && !connection->is_closing;
}

static uint32_t share_of(const HttpConnections *table, uint64_t address) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->capacity; i++) {
        count += may_end(&table->connections[i]) && table->connections[i].address == address;
    }
    return count;
}

HttpConnection *http_connections_crowded(HttpConnections *table) {
    ASSERT_MAIN_THREAD();
    HttpConnection *found = NULL;
    uint32_t most = 0;
    for (uint32_t i = 0; i < table->capacity; i++) {
        HttpConnection *connection = &table->connections[i];
        if (!may_end(connection)) {
            continue;
        }
        const uint32_t share = share_of(table, connection->address);
        if (share > most || (share == most && connection->since_ns < found->since_ns)) {
            found = connection;
            most = share;
        }
    }
    return found;
}

HttpConnection *http_connections_overdue(HttpConnections *table, uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < table->capacity; i++) {
        HttpConnection *connection = &table->connections[i];
        if (may_end(connection) && now_ns >= connection->deadline_ns) {
            return connection;
        }
    }
    return NULL;
}

uint64_t http_connections_next_deadline_ns(const HttpConnections *table) {
    ASSERT_MAIN_THREAD();
    uint64_t next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < table->capacity; i++) {
        const HttpConnection *connection = &table->connections[i];
        if (may_end(connection) && connection->deadline_ns < next_ns) {
            next_ns = connection->deadline_ns;
        }
    }
    return next_ns;
}
