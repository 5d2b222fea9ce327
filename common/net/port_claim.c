// SPDX-License-Identifier: MIT
#include "net/port_claim.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"

#define CLAIMS_MAX      64
#define FREE_PORT_TRIES 16

typedef struct Claim {
    uint32_t host;
    uint16_t port;
    uint32_t sockets; // 0: this entry is free
    int lock;
} Claim;

static pthread_mutex_t claims_mutex = PTHREAD_MUTEX_INITIALIZER;
static Claim claims[CLAIMS_MAX];

static TransportError error_of_errno(void) {
    switch (errno) {
    case EADDRINUSE:
        return TRANSPORT_ERROR_IN_USE;
    case EACCES:
    case EPERM:
        return TRANSPORT_ERROR_DENIED;
    case EADDRNOTAVAIL:
        return TRANSPORT_ERROR_ADDRESS;
    default:
        return TRANSPORT_ERROR_RESOURCES;
    }
}

static TransportError bind_to(int descriptor, uint32_t host, uint16_t *port) {
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = host};
    socklen_t size = sizeof(name);
    if (bind(descriptor, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&name, &size) != 0) {
        return error_of_errno();
    }
    *port = ntohs(name.sin_port);
    return TRANSPORT_OK;
}

// Holds the name of the port among processes; the descriptor, or -1.
static int take_lock(uint32_t host, uint16_t port) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int length = snprintf(&name.sun_path[1], sizeof(name.sun_path) - 1,
                                "tickstorm/udp/%08x:%u", (unsigned)ntohl(host), (unsigned)port);
    assert(length > 0 && (size_t)length < sizeof(name.sun_path) - 1);
    const int lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (lock < 0) {
        return -1;
    }
    const socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) + (socklen_t)length;
    if (bind(lock, (struct sockaddr *)&name, size) != 0) {
        const int error = errno;
        (void)close(lock);
        errno = error;
        return -1;
    }
    return lock;
}

// Finds out that nobody has the port, or which one is free, by having it exclusively for a moment.
// A given port is locked before, so that of two processes only one probes; any port is locked while
// it is held, so that two processes that ask for one at the same moment each get their own.
static TransportError probe_port(uint32_t host, uint16_t *port, int *lock) {
    *lock = -1;
    if (*port != 0 && (*lock = take_lock(host, *port)) < 0) {
        return error_of_errno();
    }
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    TransportError error = probe >= 0 ? bind_to(probe, host, port) : TRANSPORT_ERROR_RESOURCES;
    if (error == TRANSPORT_OK && *lock < 0 && (*lock = take_lock(host, *port)) < 0) {
        error = error_of_errno();
    }
    if (probe >= 0) {
        (void)close(probe);
    }
    if (error != TRANSPORT_OK && *lock >= 0) {
        (void)close(*lock);
    }
    return error;
}

static TransportError probe_any_port(uint32_t host, uint16_t *port, int *lock) {
    TransportError error = TRANSPORT_ERROR_IN_USE;
    for (int i = 0; i < FREE_PORT_TRIES && error == TRANSPORT_ERROR_IN_USE; i++) {
        *port = 0;
        error = probe_port(host, port, lock);
    }
    return error;
}

static Claim *find_claim(uint32_t host, uint16_t port) {
    for (uint32_t i = 0; i < CLAIMS_MAX; i++) {
        if (claims[i].sockets > 0 && claims[i].host == host && claims[i].port == port) {
            return &claims[i];
        }
    }
    return NULL;
}

static Claim *free_claim(void) {
    for (uint32_t i = 0; i < CLAIMS_MAX; i++) {
        if (claims[i].sockets == 0) {
            return &claims[i];
        }
    }
    return NULL;
}

static TransportError bind_shared(int descriptor, uint32_t host, uint16_t port) {
    const int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
        return error_of_errno();
    }
    return bind_to(descriptor, host, &port);
}

static TransportError claim_shared(int descriptor, uint32_t host, uint16_t *port) {
    Claim *claim = *port != 0 ? find_claim(host, *port) : NULL;
    int lock = -1;
    if (claim == NULL) {
        claim = free_claim();
        if (claim == NULL) {
            return TRANSPORT_ERROR_RESOURCES;
        }
        const TransportError error =
            *port != 0 ? probe_port(host, port, &lock) : probe_any_port(host, port, &lock);
        if (error != TRANSPORT_OK) {
            return error;
        }
    }
    const TransportError error = bind_shared(descriptor, host, *port);
    if (error != TRANSPORT_OK) {
        if (lock >= 0) {
            (void)close(lock);
        }
        return error;
    }
    if (lock >= 0) {
        *claim = (Claim){.host = host, .port = *port, .lock = lock};
    }
    claim->sockets++;
    return TRANSPORT_OK;
}

TransportError port_claim(int descriptor, uint32_t host, uint16_t *port, bool is_shared) {
    if (!is_shared) {
        return bind_to(descriptor, host, port);
    }
    pthread_mutex_lock(&claims_mutex);
    const TransportError error = claim_shared(descriptor, host, port);
    pthread_mutex_unlock(&claims_mutex);
    return error;
}

void port_release(uint32_t host, uint16_t port) {
    pthread_mutex_lock(&claims_mutex);
    Claim *claim = find_claim(host, port);
    assert(claim != NULL);
    claim->sockets--;
    if (claim->sockets == 0) {
        (void)close(claim->lock);
    }
    pthread_mutex_unlock(&claims_mutex);
}
