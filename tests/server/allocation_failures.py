#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real server whose allocations fail, those of its libraries too: each one in turn while it
starts, then again and again while bots join and leave and its HTTP is asked.

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
AT_ONCE = 4  # servers that start side by side
HTTP_TRIES = 300


class Control:
    """What failing_malloc.c maps."""

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
        """False: it came to its end without so many allocations."""
        with control:
            out, errors = server.communicate(timeout=DEADLINE_S)
            self.assertIn(server.returncode, (0, 1, 2), f"allocation {nth}: {out}{errors}")
            if server.returncode != 0:
                self.assertRegex(errors, "memory|cannot", f"allocation {nth}")
            return control.get(Control.FAILED) > 0

    def test_each_allocation_of_the_start_may_fail(self):
        nth = 0
        has_failed = True
        while has_failed:
            started = [(nth + i, *self.start(nth + i)) for i in range(1, AT_ONCE + 1)]
            has_failed = all([self.check(*one) for one in started])
            nth += AT_ONCE
        self.assertGreater(nth, 50)


class Run(unittest.TestCase):
    @staticmethod
    def play(server, count):
        subprocess.run([BOTS, "--connect", server.address, "--quiet", "-c", str(count), "-d", "2s",
                        "-r", "50/s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False, timeout=DEADLINE_S)

    @staticmethod
    def ask(server, path):
        try:
            return server.get(path)[0]
        except OSError:
            return 0  # the connection was closed: no memory for the answer

    def test_allocations_that_fail_now_and_then_end_nothing(self):
        with Control() as control, \
                RealServer(SERVER, "--drones", "100", environment=control.environment) as server:
            control.set(Control.EVERY, 7)
            self.play(server, 20)  # whether they get in is a matter of luck
            answers = [self.ask(server, path) for path in
                       ("/metrics", "/status.json", "/livez", "/nowhere") * (HTTP_TRIES // 4)]
            self.assertGreater(control.get(Control.FAILED), 20)
            control.set(Control.EVERY, 0)
            self.assertIn(0, answers)
            self.assertIsNone(server.process.poll(), "it is gone")
            self.assertEqual(server.get("/livez")[0], 200)
            join(server, BOTS, 20)
            self.assertEqual(server.stop()[0], 0)


if __name__ == "__main__":
    SERVER, BOTS, LIBRARY = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1], verbosity=2)
