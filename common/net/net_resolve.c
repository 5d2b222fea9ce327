// SPDX-License-Identifier: MIT
#include "net/net_resolve.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_among(const NetAddress *addresses, uint32_t count, const NetAddress *address) {
    for (uint32_t i = 0; i < count; i++) {
        if (net_address_is_equal(&addresses[i], address)) {
            return true;
        }
    }
    return false;
}

uint32_t net_resolve(const char *host, uint16_t port, NetAddress out[NET_RESOLVE_MAX]) {
    if (net_address_parse(host, port, &out[0])) {
        return 1;
    }
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    // A malformed address is not looked up as a name.
    if (strchr(host, ':') != NULL || getaddrinfo(host, NULL, &hints, &found) != 0) {
        return 0;
    }
    uint32_t count = 0;
    for (const struct addrinfo *at = found; at != NULL && count < NET_RESOLVE_MAX;
         at = at->ai_next) {
        NetAddress address;
        if (net_address_from_sockaddr(at->ai_addr, &address)) {
            address.port = port;
            if (!is_among(out, count, &address)) {
                out[count++] = address;
            }
        }
    }
    freeaddrinfo(found);
    return count;
}

uint32_t net_resolve_own(const char *host, NetAddress out[NET_RESOLVE_MAX]) {
    NetAddress found[NET_RESOLVE_MAX];
    const uint32_t count = net_resolve(host, 0, found);
    uint32_t taken = 0;
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < count; i++) {
            if (net_address_is_ipv4(&found[i]) == (turn == 0)) {
                out[taken++] = found[i];
            }
        }
    }
    return count;
}

// Only the system knows the broadcast addresses of its networks. It sends to them only with
// SO_BROADCAST.
static bool is_broadcast(const NetAddress *own) {
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return false; // the server's own socket will report the error
    }
    NetAddress to = *own;
    to.port = 9; // any: nothing is sent
    SocketName name;
    const socklen_t size = net_address_to_sockaddr(&to, AF_INET, &name);
    const bool is_denied = connect(probe, &name.any, size) != 0 && errno == EACCES;
    (void)close(probe);
    return is_denied;
}

bool net_is_reachable(const NetAddress *own) {
    if (net_address_is_any(own)) {
        return true;
    }
    return net_address_is_unicast(own) && !(net_address_is_ipv4(own) && is_broadcast(own));
}

bool net_has_ipv6(void) {
    struct ifaddrs *interfaces = NULL;
    if (getifaddrs(&interfaces) != 0) {
        return true; // unknown: if there is none, the caller's next call will fail
    }
    bool has_ipv6 = false;
    for (const struct ifaddrs *at = interfaces; at != NULL; at = at->ifa_next) {
        has_ipv6 = has_ipv6 || (at->ifa_addr != NULL && at->ifa_addr->sa_family == AF_INET6);
    }
    freeifaddrs(interfaces);
    return has_ipv6;
}
