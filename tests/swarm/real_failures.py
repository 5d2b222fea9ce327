#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real servers and systems that fail in the middle of a run: no such run passes, and it says why.

Usage: real_failures.py SERVER BOTS SCHEMAS    (two programs, and the directory of the schemas)
"""
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import warnings

import jsonschema  # Debian: python3-jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer

SERVER = ""
BOTS = ""
SCHEMAS = pathlib.Path()
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
FAILED = 1
CLONE_NEWNET = 0x40000000


class Result:
    """What a run of the bots came to; `report` is None when it left none."""

    def __init__(self, process, output, errors, path):
        self.code, self.output, self.errors = process.returncode, output, errors
        self.report = json.loads(path.read_text()) if path.exists() else None

    def said(self):
        return f"exit {self.code}\n{self.output}\n{self.errors}"


class RunningBots:
    """Bots that run while the test does something to their server."""

    def __init__(self, address, *arguments):
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name) / "report.json"
        self.process = subprocess.Popen(
            [BOTS, "--connect", address, "--json", str(self.path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self):
        with self.directory:
            output, errors = self.process.communicate(timeout=DEADLINE_S)
            return Result(self.process, output, errors, self.path)


def run_bots(address, *arguments):
    return RunningBots(address, *arguments).end()


class Failures(unittest.TestCase):
    def assert_failed(self, result, *words):
        """Exit 1, by the report as well, with these words where people and programs read."""
        self.assertEqual(result.code, FAILED, result.said())
        self.assertFalse(result.report["passed"], result.said())
        schema = json.loads((SCHEMAS / "report.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(result.report)
        failures = "; ".join(result.report["failures"])
        told = " ".join(f"{result.output} {result.errors}".split())
        for word in words:
            self.assertIn(word, failures, result.said())
            self.assertIn(word, told, result.said())


class WithFewLocalPorts(Failures):
    """In a network namespace of its own that has ten ports for connections."""

    def in_namespace(self, test):
        """Calls test(address of a server) in a child process."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            warnings.simplefilter("ignore")  # of pipes that end with the process
            os.close(reader)
            code = 1
            try:
                code = self.in_child(test, writer)
            except BaseException as error:  # whatever it is, the parent tells it
                os.write(writer, f"{error}".encode()[-60000:])
            os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            words = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 77:
            self.skipTest(words)
        self.assertEqual(status, 0, words)

    def in_child(self, test, writer):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            os.write(writer, f"no network namespace: {os.strerror(ctypes.get_errno())}".encode())
            return 77
        range_of_ports = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            range_of_ports.write_text("32768 32777")
        except (OSError, subprocess.CalledProcessError) as error:
            os.write(writer, f"a network namespace that cannot be set up: {error}".encode())
            return 77
        with RealServer(SERVER, "--log-level", "error", http=False) as server:
            test(server.address)
        return 0

    def test_more_bots_than_ports_are_refused_before_the_run(self):
        def run(address):
            result = run_bots(address, "-c", "20", "-d", "50s", "-q")
            self.assert_failed(result, "20 bots need a local port each, but there are 10")
        self.in_namespace(run)

    def test_ports_that_run_out_in_the_run_fail_it(self):
        def run(address):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind(("127.0.0.1", 0))
                for extra in ([], ["--epoll"], ["--behaviour", "wander,spam"]):
                    result = run_bots(address, "-c", "10", "-d", "50s", "-q", *extra)
                    self.assert_failed(result, "no local port is left")
        self.in_namespace(run)

    def test_a_search_says_that_it_was_the_generator(self):
        def run(address):
            search = subprocess.run(
                [BOTS, "search", "--connect", address, "--from", "8", "--max", "16", "-d", "1s",
                 "--settle", "0", "--cool-down", "500ms", "--json", "-", "-q",
                 "--threshold", "connections.ok>0"],
                capture_output=True, text=True, timeout=DEADLINE_S, check=False)
            answer = json.loads(search.stdout)
            self.assertEqual(answer["limit"], "generator", search.stderr)
            self.assertLessEqual(answer["clients"], 10)
        self.in_namespace(run)


class WithFewDescriptors(Failures):
    def test_too_few_descriptors_are_told_before_the_run(self):
        with RealServer(SERVER, "--log-level", "error", http=False) as server:
            process = subprocess.run(
                ["sh", "-c", 'ulimit -n 100; exec "$0" "$@"', BOTS, "--connect", server.address,
                 "-c", "200", "-d", "50s", "-q"], capture_output=True, text=True,
                timeout=DEADLINE_S, check=False)
        self.assertEqual(process.returncode, FAILED)
        self.assertIn("but only 100 are allowed", process.stderr)


if __name__ == "__main__":
    SERVER, BOTS = sys.argv[1:3]
    SCHEMAS = pathlib.Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
