// SPDX-License-Identifier: MIT
// server.h -- the whole server: its parts, its threads and its orderly end.
//
//   clients      ==datagrams==>  net loop 0..N-1         ==to_sim==>   sim thread
//                <==datagrams==  a libuv loop and one    <==to_net==   world, sessions; worker 0
//                                Transport each; all     (bounded          |        ^
//                                on one UDP port         SPSC queues)   pieces    pieces
//                                                                          v        |
//   operators    <===HTTP====>   main loop (libuv)                     worker 1..W-1
//   signals      =============>  signals, HTTP, shutdown               phases of a tick
//                                reads Metrics (relaxed atomics), writes only flags
//
// Flow:    server_run(): start the parts in order -> ready line -> main loop -> drain -> stop them
//          in reverse
// Threads: no thread waits for another. Queues are polled on a cadence (net loops) or once a tick
//          (sim), and a full queue is a counted event with a defined outcome (sim_queues.h). A slow
//          tick never keeps a net loop from answering, so it never becomes a time-out. Two more
//          threads write the log to stderr and results to stdout (base/background_writer.h): log
//          lines that nobody reads are dropped and counted.
// Order:   workers start first, then the sim thread, the net loops and the main loop. The drain
//          comes first at the end: every player receives the reason. Then net loops, sim thread and
//          workers stop, in this order.
// Memory:  all address space that grows with clients or entities is allocated before the ready
//          line. Sessions and their baselines become resident only when a player first uses them.
//          ENet's packets come from a pool that grows with the data in flight. A server with room
//          for 500 players took 15 MB at ready and 40 MB with all of them.
#ifndef TICKSTORM_SERVER_SERVER_H
#define TICKSTORM_SERVER_SERVER_H

#include "server/operate/server_options.h"

// Runs a server until it has done its ticks or a signal stops it. Prints the ready line and the
// hash to stdout, errors to the log. SIGHUP reads the command line again and may change *config
// (reload.h). Returns the exit code, 0 or 1. Blocks.
int server_run(ServerConfig *config, int argc, char **argv);

#endif
