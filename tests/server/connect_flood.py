#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Floods a real server with connection requests, half-open or complete, while bots join. All bots
must get in, from the attacker's address and from another.

Usage: connect_flood.py SERVER BOTS HOSTILE     (paths of the programs)
"""
import pathlib
import random
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from joining_bots import join, wait_until
from real_server import RealServer

SERVER = ""
BOTS = ""
HOSTILE = ""
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
JOINING = 50
RATE = 3000  # datagrams a second, or fewer on a slow machine
BURST = 60  # datagrams at once
PORTS = 2400  # more than a server of 64 players has slots
HAS_TIME = 0x8000
NO_PEER = 0xFFF


def connect_request(draw):
    """A connection request as in PROTOCOL.md and ENet."""
    return struct.pack(">HHBBHHBBIIIIIIIIII", NO_PEER | HAS_TIME, draw.getrandbits(16), 0x82, 0xFF,
                       1, 0, 0xFF, 0xFF, 1200, 65536, 2, 0, 0, 5000, 2, 0, draw.getrandbits(32), 0)


def acknowledgement(answer):
    """The acknowledgement that completes a handshake; None for another datagram."""
    if len(answer) < 16 or answer[4] & 0xF != 3:
        return None
    sent_time, = struct.unpack_from(">H", answer, 2)
    peer, incoming = struct.unpack_from(">HB", answer, 8)
    return struct.pack(">HBBHHH", peer | (incoming & 3) << 12, 1, 0xFF, 1, 1, sent_time)


class Flood(threading.Thread):
    """From many ports of the addresses. completes: acknowledges the handshake, sends no hello."""

    def __init__(self, server, *addresses, completes=False):
        super().__init__()
        self.to = ("127.0.0.1", server.port)
        self.completes = completes
        self.is_over = threading.Event()
        self.sent = self.completed = 0
        self.sockets = [self.open(addresses[i % len(addresses)]) for i in range(PORTS)]

    @staticmethod
    def open(address):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind((address, 0))
        end.setblocking(False)
        return end

    def complete(self, end):
        try:
            answer = acknowledgement(end.recv(1500))
            if answer:
                end.sendto(answer, self.to)
                self.completed += 1
        except BlockingIOError:
            pass

    def run(self):
        draw = random.Random(1)
        begun = time.monotonic()
        while not self.is_over.is_set():
            # A delay on a busy machine is not caught up at once: a burst is no flood.
            begun = max(begun, time.monotonic() - (self.sent + BURST) / RATE)
            due = (time.monotonic() - begun) * RATE
            while self.sent < due and not self.is_over.is_set():
                end = self.sockets[self.sent % PORTS]
                if self.completes:  # the response to an earlier request
                    self.complete(self.sockets[(self.sent - 100) % PORTS])
                end.sendto(connect_request(draw), self.to)
                self.sent += 1
            time.sleep(0.001)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()
        for end in self.sockets:
            end.close()


class JoinsUnderFlood(unittest.TestCase):
    def check(self, flood_of, sample, joining=JOINING, bots=()):
        with RealServer(SERVER, "--drones", "50", "--max-clients", "64") as server:
            with flood_of(server) as flood:
                wait_until(lambda: flood.sent > PORTS, "every slot is taken")
                join(server, BOTS, joining, *bots)
            self.assertGreater(server.metric(sample), 0)
            self.assertEqual(server.stop()[0], 0)
            return flood

    def test_bots_join_despite_half_open_connections_of_another_machine(self):
        self.check(lambda server: Flood(server, "127.0.0.9"),
                   "tickstorm_net_handshakes_evicted_total")

    def test_bots_join_despite_half_open_connections_of_the_same_machine(self):
        self.check(lambda server: Flood(server, "127.0.0.1"),
                   "tickstorm_net_handshakes_evicted_total")

    def test_bots_join_despite_connections_without_a_hello(self):
        flood = self.check(lambda server: Flood(server, "127.0.0.9", completes=True),
                           'tickstorm_client_connects_total{result="server_busy"}')
        self.assertGreater(flood.completed, 100)

    def test_a_bot_far_away_joins_despite_a_flood_of_many_machines(self):
        addresses = [f"127.0.{9 + i // 250}.{i % 250 + 1}" for i in range(PORTS)]
        self.check(lambda server: Flood(server, *addresses, completes=True),
                   "tickstorm_net_handshakes_evicted_total", joining=1,
                   bots=("--latency", "150ms", "--connect-timeout", "50s"))

    def test_bots_join_despite_hostile_datagrams(self):
        with RealServer(SERVER, "--drones", "50", "--max-clients", "64") as server:
            with subprocess.Popen([HOSTILE, "--port", str(server.port), "--datagrams", "60k"],
                                  stdout=subprocess.PIPE) as hostile:
                time.sleep(0.3)
                join(server, BOTS, JOINING)
                hostile.communicate(timeout=DEADLINE_S)
            self.assertEqual(server.stop()[0], 0)

    def test_a_full_server_accepts_joins_after_players_have_left(self):
        with RealServer(SERVER, "--drones", "50", "--max-clients", str(JOINING)) as server, \
                Flood(server, "127.0.0.9"):
            for _ in range(2):
                join(server, BOTS, JOINING)
            self.assertEqual(server.stop()[0], 0)


if __name__ == "__main__":
    SERVER, BOTS, HOSTILE = sys.argv[1:4]
    LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    unittest.main(argv=sys.argv[:1], verbosity=2)
