#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds connections to the HTTP port of a real server in every way that costs the holder nothing.
Probes must still get their responses, and the game must go on.

Usage: slow_http.py SERVER BOTS     (paths of tickstorm-server and tickstorm-bots)
"""
import pathlib
import resource
import socket
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from joining_bots import join
from real_server import RealServer, wait_until

SERVER = ""
BOTS = ""
DEADLINE_S = 30  # for a response; generous, since machines that test are busy
HELD = 100  # connections; the server keeps 64
PROBES = 5
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


class Holder:
    """Connections from one address; each that the server ends is replaced by a new one."""

    def __init__(self, server, address, begin, trickle=b"", count=HELD):
        self.server, self.address = server, address
        self.begin, self.trickle = begin, trickle
        self.held = [self.open() for _ in range(count)]

    def open(self):
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        holder.bind((self.address, 0))
        holder.connect(("127.0.0.1", self.server.http_port))
        holder.setblocking(False)
        self.send(holder, self.begin)
        return holder

    @staticmethod
    def send(holder, data):
        """False: the server has ended it."""
        try:
            if data:
                holder.send(data)
            return True
        except BlockingIOError:
            return True
        except OSError:
            return False

    @staticmethod
    def is_over(holder):
        try:
            return holder.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def keep_up(self):
        for i, holder in enumerate(self.held):
            if self.is_over(holder) or not self.send(holder, self.trickle):
                holder.close()
                self.held[i] = self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for holder in self.held:
            holder.close()


def probe(server, path, address="127.0.0.1"):
    """The status of a response, or the error."""
    try:
        with socket.create_connection(("127.0.0.1", server.http_port), DEADLINE_S,
                                      source_address=(address, 0)) as client:
            client.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                           % path.encode())
            response = b""
            while True:
                part = client.recv(65536)
                if not part:
                    return int(response.split()[1]) if response else 0
                response += part
    except OSError as error:
        return repr(error)


def limit_descriptors(server, most):
    """Limits a running server; returns the limit that it had."""
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (most, hard))
    return soft


def descriptor_count(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))


WAYS = {
    "silence": (b"", b""),
    "half a request": (b"GET /livez HTTP/1.1\r\nHo", b""),
    "a header without end": (b"GET /livez HTTP/1.1\r\n", b"X: y\r\n"),
    "an upload without end": (b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
                              b"a"),
    "responses that nobody reads": (GET % b"/metrics" * 100, b""),
    "a connection kept after its response": (GET % b"/nowhere", b""),
    "rubbish": (b"\r\n" * 10, b"\0"),
}


class Held(unittest.TestCase):
    def test_a_probe_is_answered_while_connections_are_held_and_after(self):
        with RealServer(SERVER, "--drones", "50") as server:
            wait_until(lambda: probe(server, "/livez") == 200, "alive")
            for way, (begin, trickle) in WAYS.items():
                with Holder(server, "127.0.0.1", begin, trickle) as holder:
                    for _ in range(PROBES):
                        holder.keep_up()
                        for address in ("127.0.0.2", "127.0.0.1"):
                            self.assertEqual(probe(server, "/livez", address), 200, way)
                        self.assertEqual(probe(server, "/metrics"), 200, way)
                for _ in range(3):
                    self.assertEqual(probe(server, "/livez"), 200, f"after {way}")
            self.assertEqual(server.stop()[0], 0)

    def test_held_connections_do_not_delay_the_shutdown(self):
        with RealServer(SERVER, "--drones", "50") as server:
            wait_until(lambda: probe(server, "/livez") == 200, "alive")
            with Holder(server, "127.0.0.1", GET % b"/metrics" * 100) as holder:
                holder.keep_up()
                self.assertEqual(server.stop()[0], 0)

    def test_a_connection_that_keeps_sending_ends_at_its_deadline(self):
        with RealServer(SERVER, "--drones", "50") as server, \
                Holder(server, "127.0.0.1", b"GET /livez HTTP/1.1\r\n", count=1) as holder:
            client = holder.held[0]
            wait_until(lambda: not holder.send(client, b"X: y\r\n") or holder.is_over(client),
                       "the deadline")


class Descriptors(unittest.TestCase):
    def check_game_goes_on(self, server, most):
        wait_until(lambda: probe(server, "/livez") == 200, "alive")
        with Holder(server, "127.0.0.1", b"GET ") as holder:
            join(server, BOTS, 10)
            holder.keep_up()
            self.assertEqual(probe(server, "/livez"), 200)
            self.assertEqual(server.metric('tickstorm_client_connects_total{result="ok"}'), 10)
            self.assertGreater(server.metric("process_resident_memory_bytes"), 0)
            self.assertLessEqual(descriptor_count(server), most)
        self.assertEqual(probe(server, "/readyz"), 200)

    def test_the_game_goes_on_where_descriptors_are_few(self):
        with tempfile.TemporaryDirectory() as directory:
            few = pathlib.Path(directory) / "few"
            few.write_text(f'#!/bin/sh\nulimit -n 64\nexec "{SERVER}" "$@"\n', encoding="utf-8")
            few.chmod(0o755)
            with RealServer(few, "--drones", "50") as server:
                self.check_game_goes_on(server, 64 - 8)  # 8 are left for files
                self.assertEqual(server.stop()[0], 0)

    def test_held_connections_end_when_descriptors_run_out(self):
        with RealServer(SERVER, "--drones", "50") as server:
            most = descriptor_count(server) + 5
            limit_descriptors(server, most)
            self.check_game_goes_on(server, most)
            self.assertEqual(server.stop()[0], 0)

    def test_a_request_without_a_descriptor_waits_until_there_is_one(self):
        with RealServer(SERVER, "--drones", "50") as server:
            wait_until(lambda: probe(server, "/livez") == 200, "alive")
            before = limit_descriptors(server, 3)
            with socket.create_connection(("127.0.0.1", server.http_port), DEADLINE_S) as client:
                client.sendall(GET % b"/livez")
                ticks = self.main_thread_ticks(server)
                time.sleep(1)
                # A thread that retries without pause uses all of that second: 100 ticks.
                self.assertLess(self.main_thread_ticks(server) - ticks, 10)
                limit_descriptors(server, before)
                self.assertIn(b" 200 ", client.recv(100))
            self.assertEqual(server.stop()[0], 0)

    @staticmethod
    def main_thread_ticks(server):
        """CPU time of the main thread in ticks, 100 a second."""
        pid = server.process.pid
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/stat").read_text(encoding="utf-8")
        return sum(map(int, text.rpartition(")")[2].split()[11:13]))


if __name__ == "__main__":
    SERVER, BOTS = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
