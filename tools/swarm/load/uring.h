// SPDX-License-Identifier: MIT
// uring.h -- the sockets of many bots behind one io_uring: what leaves and what arrives costs
//                  no system call each.
//
// Flow:    uring_add -> loop: uring_wait -> for each event uring_deliver, then
//          the bot's poll; what bots send leaves a few at a time, and with the next wait
// Threads: the thread that creates it.
// Memory:  0.1 MB, and 1.2 KB a socket, rounded up to a power of two from 512 to 4,096 of them;
//          what an event brings lies there until the next wait.
// Source:  Linux' io_uring(7), by liburing: one receive a socket that goes on and on, into buffers
//          that all share (IORING_RECV_MULTISHOT, IORING_REGISTER_PBUF_RING), run when we ask for
//          it (IORING_SETUP_DEFER_TASKRUN, Linux 6.1).
//
// On a virtual machine a system call that does nothing took 1.2 us. 400 bytes over loopback took
// 3.6 us to send and 2.0 us to await and receive by sendmsg, epoll_wait and recvmmsg; through the
// ring 1.3 to 2.4 us and 0.5 to 1.1 us.
#ifndef TICKSTORM_SWARM_LOAD_URING_H
#define TICKSTORM_SWARM_LOAD_URING_H

#include <stdbool.h>
#include <stdint.h>

#include "net/transport.h"

#define URING_EVENTS_MAX 256

typedef struct Uring Uring;

// For sockets with indices below `count`. NULL where the system has no such ring, or lets nobody
// have one, and when memory is short.
Uring *uring_create(uint32_t count);
// Every transport must have been closed. ring may be NULL.
void uring_destroy(Uring *uring);

// Carries the datagrams of a connection until that is closed.
void uring_add(Uring *uring, uint32_t index, Transport *transport);

// Sends what is left to be sent, and waits for timeout_ms at most until something arrives. Returns
// how many events there are.
uint32_t uring_wait(Uring *uring, uint32_t timeout_ms);

// Whose event it is.
uint32_t uring_index(const Uring *uring, uint32_t event);
// Offers its transport what the event brought, to be polled next. False when that is closed by now.
bool uring_deliver(Uring *uring, uint32_t event);

#endif
