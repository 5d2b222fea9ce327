#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real server whose allocations fail, those of its libraries too: each one in turn while it
starts, then every seventh while bots join and leave and HTTP requests come.

Usage: allocation_failures.py SERVER BOTS LIBRARY     (LIBRARY: failing_malloc's)
"""
import mmap
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from joining_bots import join
from real_server import RealServer, free_tcp_port

SERVER = ""
BOTS = ""
LIBRARY = ""
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
PARALLEL = 4  # servers that start side by side
HTTP_TRIES = 300


class Control:
    """The file that failing_malloc.c maps."""

    COUNT, FAILED, NTH, EVERY = range(4)

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(bytes(32))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), 32)
        self.environment = dict(os.environ, LD_PRELOAD=LIBRARY, FAILING_MALLOC=self.file.name)

    def get(self, field):
        return struct.unpack_from("=Q", self.map, 8 * field)[0]

    def set(self, field, value):
        struct.pack_into("=Q", self.map, 8 * field, value)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.map.close()
        self.file.close()


class Start(unittest.TestCase):
    def start(self, nth):
        control = Control()
        control.set(Control.NTH, nth)
        return control, subprocess.Popen(
            [SERVER, "--port", "0", "--bind", "127.0.0.1", "--http-port", str(free_tcp_port()),
             "--ticks", "1", "--drones", "20", "--max-clients", "8", "--workers", "2"],
            env=control.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check(self, nth, control, server):
        """False: the server made fewer allocations than that, so none has failed."""
        with control:
            out, errors = server.communicate(timeout=DEADLINE_S)
            self.assertIn(server.returncode, (0, 1, 2), f"allocation {nth}: {out}{errors}")
            if server.returncode != 0:
                self.assertRegex(errors, "memory|cannot", f"allocation {nth}")
            return control.get(Control.FAILED) > 0

    def test_a_failed_allocation_at_the_start_ends_the_server_with_a_reason(self):
        nth = 0
        has_failed = True
        while has_failed:
            started = [(nth + i, *self.start(nth + i)) for i in range(1, PARALLEL + 1)]
            has_failed = all([self.check(*one) for one in started])
            nth += PARALLEL
        self.assertGreater(nth, 50)


class Run(unittest.TestCase):
    @staticmethod
    def play(server, count):
        subprocess.run([BOTS, "--connect", server.address, "--quiet", "-c", str(count), "-d", "2s",
                        "-r", "50/s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False, timeout=DEADLINE_S)

    @staticmethod
    def request(server, path):
        try:
            return server.get(path)[0]
        except OSError:
            return 0  # the connection was closed: no memory for the response

    def test_a_running_server_survives_failed_allocations(self):
        with Control() as control, \
                RealServer(SERVER, "--drones", "100", environment=control.environment) as server:
            control.set(Control.EVERY, 7)
            self.play(server, 20)  # some get in, some do not
            statuses = [self.request(server, path) for path in
                       ("/metrics", "/status.json", "/livez", "/nowhere") * (HTTP_TRIES // 4)]
            self.assertGreater(control.get(Control.FAILED), 20)
            control.set(Control.EVERY, 0)
            self.assertIn(0, statuses)
            self.assertIsNone(server.process.poll(), "the server has ended")
            self.assertEqual(server.get("/livez")[0], 200)
            join(server, BOTS, 20)
            self.assertEqual(server.stop()[0], 0)


if __name__ == "__main__":
    SERVER, BOTS, LIBRARY = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1], verbosity=2)
