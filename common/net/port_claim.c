// SPDX-License-Identifier: MIT
#include "net/port_claim.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

#define CLAIMS_MAX      64
#define FREE_PORT_TRIES 16

#define PROBE_WAITS   1000
#define PROBE_WAIT_NS NS_PER_MS

typedef struct Claim {
    NetAddress address;
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
    case EINVAL: // a link-local address of another interface
    case ENODEV:
        return TRANSPORT_ERROR_ADDRESS;
    case EAFNOSUPPORT:
        return TRANSPORT_ERROR_NO_IPV6;
    case EMFILE:
    case ENFILE:
        return TRANSPORT_ERROR_DESCRIPTORS;
    default:
        return TRANSPORT_ERROR_RESOURCES;
    }
}

static TransportError bind_to(int descriptor, const PortKind *kind, NetAddress *address) {
    const int is_ipv6_only = kind->is_ipv6_only;
    SocketName name;
    socklen_t size = net_address_to_sockaddr(address, kind->family, &name);
    // The system's default may be either.
    if ((kind->family == AF_INET6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY,
                                                &is_ipv6_only, sizeof is_ipv6_only) != 0) ||
        bind(descriptor, &name.any, size) != 0) {
        return error_of_errno();
    }
    size = sizeof name;
    NetAddress bound;
    if (getsockname(descriptor, &name.any, &size) != 0 ||
        !net_address_from_sockaddr(&name.any, &bound)) {
        return error_of_errno();
    }
    address->port = bound.port;
    return TRANSPORT_OK;
}

// Locks a name between processes; the descriptor, or -1.
static int acquire_lock(const char *kind, const char *what) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int length =
        snprintf(&name.sun_path[1], sizeof name.sun_path - 1, "tickstorm/%s/%s", kind, what);
    assert(length > 0 && (size_t)length < sizeof name.sun_path - 1);
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

static int lock_address(const NetAddress *address) {
    char text[NET_ADDRESS_TEXT_BYTES];
    return acquire_lock("udp", net_address_format(address, text));
}

// Only one process at a time probes whether a port is free: their addresses may overlap, and a
// process between its probe and its bind is invisible to the others. A probe is short, so the
// others wait for it.
static int lock_probe(uint16_t port) {
    char text[8];
    (void)snprintf(text, sizeof text, "%u", port);
    int lock = acquire_lock("udp-probe", text);
    for (int i = 0; lock < 0 && errno == EADDRINUSE && i < PROBE_WAITS; i++) {
        clock_sleep_until_ns(clock_now_ns() + PROBE_WAIT_NS);
        lock = acquire_lock("udp-probe", text);
    }
    return lock;
}

// The locks of the first socket of a port: the address's lock, held as long as the process listens,
// and the probe's lock, held until the socket is bound.
typedef struct Locks {
    int address, probe;
} Locks;

static void unlock(int *lock) {
    if (*lock >= 0) {
        (void)close(*lock);
        *lock = -1;
    }
}

static bool acquire_locks(const NetAddress *address, Locks *locks) {
    locks->probe = lock_probe(address->port);
    locks->address = locks->probe >= 0 ? lock_address(address) : -1;
    return locks->address >= 0;
}

// Finds out that the port is free, or chooses a free one, by a short exclusive bind. A given port
// is locked before the probe, so that only one of two processes probes. A chosen port is locked
// while it is bound, so that two processes that choose at the same moment get different ports.
static TransportError probe_port(const PortKind *kind, NetAddress *address, Locks *locks) {
    const bool is_given = address->port != 0;
    if (is_given && !acquire_locks(address, locks)) {
        return error_of_errno();
    }
    const int probe = socket(kind->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    TransportError error = probe >= 0 ? bind_to(probe, kind, address) : error_of_errno();
    if (error == TRANSPORT_OK && !is_given && !acquire_locks(address, locks)) {
        error = error_of_errno();
    }
    if (probe >= 0) {
        (void)close(probe);
    }
    return error;
}

static TransportError probe_any_port(const PortKind *kind, NetAddress *address, Locks *locks) {
    TransportError error = TRANSPORT_ERROR_IN_USE;
    for (int i = 0; i < FREE_PORT_TRIES && error == TRANSPORT_ERROR_IN_USE; i++) {
        unlock(&locks->address);
        unlock(&locks->probe);
        address->port = 0;
        error = probe_port(kind, address, locks);
    }
    return error;
}

static Claim *find_claim(const NetAddress *address) {
    for (uint32_t i = 0; i < CLAIMS_MAX; i++) {
        if (claims[i].sockets > 0 && net_address_is_equal(&claims[i].address, address)) {
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

static TransportError bind_shared(int descriptor, const PortKind *kind, NetAddress *address) {
    const int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        return error_of_errno();
    }
    return bind_to(descriptor, kind, address);
}

static TransportError claim_first(int descriptor, const PortKind *kind, NetAddress *address,
                                  Locks *locks) {
    const TransportError error = address->port != 0 ? probe_port(kind, address, locks)
                                                    : probe_any_port(kind, address, locks);
    return error == TRANSPORT_OK ? bind_shared(descriptor, kind, address) : error;
}

static TransportError claim_shared(int descriptor, const PortKind *kind, NetAddress *address) {
    Claim *claim = address->port != 0 ? find_claim(address) : NULL;
    if (claim != NULL) {
        const TransportError error = bind_shared(descriptor, kind, address);
        claim->sockets += error == TRANSPORT_OK;
        return error;
    }
    claim = free_claim();
    if (claim == NULL) {
        return TRANSPORT_ERROR_RESOURCES;
    }
    Locks locks = {-1, -1};
    const TransportError error = claim_first(descriptor, kind, address, &locks);
    unlock(&locks.probe);
    if (error == TRANSPORT_OK) {
        *claim = (Claim){.address = *address, .sockets = 1, .lock = locks.address};
    } else {
        unlock(&locks.address);
    }
    return error;
}

TransportError port_claim(int descriptor, const PortKind *kind, NetAddress *address) {
    if (!kind->is_shared) {
        return bind_to(descriptor, kind, address);
    }
    pthread_mutex_lock(&claims_mutex);
    const TransportError error = claim_shared(descriptor, kind, address);
    pthread_mutex_unlock(&claims_mutex);
    return error;
}

void port_release(const NetAddress *address) {
    pthread_mutex_lock(&claims_mutex);
    Claim *claim = find_claim(address);
    assert(claim != NULL);
    claim->sockets--;
    if (claim->sockets == 0) {
        (void)close(claim->lock);
    }
    pthread_mutex_unlock(&claims_mutex);
}
