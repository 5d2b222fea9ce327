#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real servers and systems that fail during a run: the run fails too, and says why.

Usage: real_failures.py SERVER BOTS SCHEMAS    (two programs, and the directory of the schemas)
"""
import concurrent.futures
import ctypes
import inspect
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import warnings

import jsonschema  # Debian: python3-jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer

SERVER = ""
BOTS = ""
SCHEMAS = pathlib.Path()
DEADLINE_S = 60  # for any step of a test; generous, as test machines are busy
FAILED, THRESHOLD, INTERRUPTED = 1, 99, 105
CLONE_NEWNET = 0x40000000


class Result:
    """The result of a run of the bots; `report` is None when it wrote none."""

    def __init__(self, process, output, errors, path):
        self.code, self.output, self.errors = process.returncode, output, errors
        self.report = json.loads(path.read_text()) if path.exists() else None

    def text(self):
        return f"exit {self.code}\n{self.output}\n{self.errors}"


class RunningBots:
    """Bots that run while the test does something to their server."""

    def __init__(self, address, *arguments):
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name) / "report.json"
        self.process = subprocess.Popen(
            [BOTS, "--connect", address, "--json", str(self.path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_line(self, words):
        """Reads a line a second, up to the one with these words."""
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(f"the bots ended without '{words}'")

    def end(self):
        with self.directory:
            output, errors = self.process.communicate(timeout=DEADLINE_S)
            return Result(self.process, output, errors, self.path)


def run_bots(address, *arguments):
    return RunningBots(address, *arguments).end()


def small_server(*arguments):
    return RealServer(SERVER, "--log-level", "error", "--drones", "50", "--workers", "1",
                      *arguments, http=False)


class Failures(unittest.TestCase):
    def assert_failed(self, result, *words):
        """Exit 1, also by the report, with these words in the report and in the output."""
        self.assertEqual(result.code, FAILED, result.text())
        self.assertFalse(result.report["passed"], result.text())
        schema = json.loads((SCHEMAS / "report.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(result.report)
        failures = "; ".join(result.report["failures"])
        output = " ".join(f"{result.output} {result.errors}".split())
        for word in words:
            self.assertIn(word, failures, result.text())
            self.assertIn(word, output, result.text())


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
            except BaseException as error:  # the parent reports any error
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

    def test_a_search_blames_the_generator(self):
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


class AtTheServer:
    """One case each: something happens to a server during a run. Returns the run's result."""

    FIVE = ("-c", "5")

    @staticmethod
    def do(server, *steps):
        """Signals, each after so many seconds."""
        for after_s, how in steps:
            time.sleep(after_s)
            server.process.send_signal(how)

    def run(self, *steps, bots=FIVE, server_options=(), until="5 of 5 bots"):
        with small_server(*server_options) as server:
            running = RunningBots(server.address, *bots)
            running.wait_for_line(until)
            self.do(server, *steps)
            return running.end()

    def stopped_until_the_end(self):
        return self.run((0, signal.SIGSTOP), bots=("-c", "5", "-d", "4s"))

    def killed(self):
        return self.run((0, signal.SIGKILL), bots=("-c", "5", "-d", "4s"))

    def killed_shortly_before_the_end(self):
        return self.run((1.2, signal.SIGKILL), bots=("-c", "5", "-d", "4s"))

    def shut_down(self):
        return self.run((0, signal.SIGTERM), bots=("-c", "5", "-d", "50s"))

    def stopped_and_continued(self):
        # The server counts as silent after a second, and the stream has a line every second: one
        # line falls into the rest of a stall of more than two seconds, whenever it begins.
        return self.run((0, signal.SIGSTOP), (2.5, signal.SIGCONT),
                        bots=("-c", "5", "-d", "6s", "--json-stream", "/dev/stderr", "-q"),
                        until='"playing":5')

    def stopped_and_continued_by_readmes_thresholds(self):
        return self.run((0, signal.SIGSTOP), (1.5, signal.SIGCONT),
                        bots=("-c", "5", "-d", "6s", "--threshold", "snapshot_gap_ms p(99)<100",
                              "--threshold", "rtt_ms p(99)<100",
                              "--threshold", "snapshots.received_percent>10"))

    def stopped_in_the_warm_up_alone(self):
        return self.run((0, signal.SIGSTOP), (1.2, signal.SIGCONT),
                        bots=("-c", "5", "-d", "7s", "--warmup", "5s",
                              "--threshold", "snapshot_gap_ms p(50)<100"))

    def stopped_before_the_last_bots_come(self):
        return self.run((0, signal.SIGSTOP),
                        bots=("--stage", "500ms:5", "--stage", "4500ms:5", "--stage", "0:10",
                              "--stage", "2s:10"))

    def stopped_while_bots_come_and_go(self):
        return self.run((0, signal.SIGSTOP),
                        bots=("-c", "5", "-d", "4s", "--behaviour", "churn"))

    def stopped_under_attackers_alone(self):
        return self.run((0, signal.SIGSTOP),
                        bots=("-c", "5", "-d", "8s", "--behaviour", "malformed"), until=" of 5")

    def stopped_behind_a_bad_network(self):
        return self.run((0, signal.SIGSTOP),
                        bots=("-c", "5", "-d", "6s", "--latency", "20ms", "--loss", "5%"))

    def full(self):
        with small_server("--max-clients", "3") as server:
            return run_bots(server.address, "-c", "5", "-d", "2s", "-q")

    def interrupted_while_it_stands_still(self):
        with small_server() as server:
            running = RunningBots(server.address, "-c", "5", "-d", "50s")
            running.wait_for_line("5 of 5 bots")
            server.process.send_signal(signal.SIGSTOP)
            running.wait_for_line("5 HEAR NOTHING")
            running.process.send_signal(signal.SIGINT)
            return running.end()

    def stopped_with_abort_on_fail(self):
        return self.run((0, signal.SIGSTOP),
                        bots=("-c", "5", "-d", "50s", "--abort-on-fail", "--abort-grace", "1s",
                              "--threshold", "snapshot_gap_ms p(99)<100"))

    def restarted_on_its_port(self):
        with small_server() as server:
            running = RunningBots(server.address, "-c", "5", "-d", "5s")
            running.wait_for_line("5 of 5 bots")
            server.process.kill()
            server.process.wait()
            again = subprocess.Popen([SERVER, "--bind", "127.0.0.1", "--port", str(server.port),
                                      "--http-port", "0", "--log-level", "error"],
                                     stdout=subprocess.DEVNULL)
            try:
                return running.end()
            finally:
                again.kill()
                again.wait()

    def of_a_generator_that_stands_still_beyond_its_end(self):
        with small_server() as server:
            running = RunningBots(server.address, "-c", "5", "-d", "3s")
            running.wait_for_line("5 of 5 bots")
            self.do(running, (0, signal.SIGSTOP), (4, signal.SIGCONT))
            return running.end()

    def left_alone(self):
        with small_server() as server:
            return run_bots(server.address, "-c", "5", "-d", "2s", "-q")

    def left_alone_by_a_shape_that_goes_down(self):
        with small_server() as server:
            return run_bots(server.address, "-q", "--stage", "500ms:8", "--stage", "1s:8",
                            "--stage", "500ms:2", "--stage", "1s:2", "--stage", "500ms:0")

    def left_alone_with_more_snapshots_than_inputs(self):
        with small_server("--tick-rate", "120", "--snapshot-rate", "120") as server:
            return run_bots(server.address, "-c", "3", "-d", "2s", "-q")

    def left_alone_with_many_snapshots_behind_a_bad_network(self):
        with small_server("--snapshot-rate", "60") as server:
            return run_bots(server.address, "-c", "10", "-d", "5s", "-q", "--loss", "30%",
                            "--connect-timeout", "30s")

    def left_alone_behind_a_bad_network(self):
        with small_server() as server:
            return run_bots(server.address, "-c", "20", "-d", "4s", "--warmup", "2s", "-q",
                            "--latency", "20ms", "--jitter", "10ms", "--loss", "20%",
                            "--reorder", "10%", "--dup", "5%")


class OnRealServers(Failures):
    """All cases, six at a time."""

    @classmethod
    def setUpClass(cls):
        cases = AtTheServer()
        names = [name for name, case in vars(AtTheServer).items()
                 if inspect.isfunction(case) and name not in ("do", "run")]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            cls.running = {name: pool.submit(getattr(cases, name)) for name in names}

    def result_of(self, name):
        return self.running[name].result()

    def assert_passed(self, name):
        """Bots that got too little CPU show nothing: they run again when the machine is free."""
        concurrent.futures.wait(self.running.values())
        result = self.result_of(name)
        for _ in range(2):
            if result.code != 0 and result.report["generator"]["fell_behind"]:
                result = getattr(AtTheServer(), name)()
        if result.code != 0 and result.report["generator"]["fell_behind"]:
            self.skipTest(f"{name}: this machine is too busy")
        self.assertEqual(result.code, 0, result.text())
        self.assertTrue(result.report["passed"], result.text())

    def test_a_server_that_ends_or_stands_still_fails_the_run_with_a_reason(self):
        silent = "heard nothing of the server any more"
        due = "of the snapshots that were due came"
        for name, words in (("stopped_until_the_end", [silent, due]), ("killed", [silent, due]),
                            ("killed_shortly_before_the_end", [silent]),
                            ("shut_down", ["dropped from the game", "no bot was left"]),
                            ("stopped_and_continued", [due]),
                            ("stopped_before_the_last_bots_come",
                             [silent, "bots were not in the game yet"]),
                            ("stopped_while_bots_come_and_go", [silent, due]),
                            ("stopped_under_attackers_alone", ["fell silent to"]),
                            ("stopped_behind_a_bad_network", [silent, due]),
                            ("restarted_on_its_port", [silent, due]),
                            ("full", ["2 of 5 connections failed"])):
            with self.subTest(name):
                self.assert_failed(self.result_of(name), *words)

    def test_a_healthy_server_passes(self):
        for name in ("stopped_in_the_warm_up_alone", "left_alone",
                     "left_alone_by_a_shape_that_goes_down", "left_alone_behind_a_bad_network",
                     "left_alone_with_more_snapshots_than_inputs",
                     "left_alone_with_many_snapshots_behind_a_bad_network"):
            with self.subTest(name):
                self.assert_passed(name)

    def test_a_stall_fails_thresholds_on_gaps_and_round_trips(self):
        result = self.result_of("stopped_and_continued_by_readmes_thresholds")
        self.assertEqual(result.code, THRESHOLD, result.text())
        self.assertEqual([threshold["passed"] for threshold in result.report["thresholds"]],
                         [False, False, True], result.text())
        self.assertIn("2 of 3 thresholds failed", result.output)
        for name in ("snapshot_gap_ms", "rtt_ms"):
            self.assertGreater(result.report[name]["p99"], 500)
            self.assertGreater(result.report[name]["count"],
                               result.report[name.replace("_ms", "_uncorrected_ms")]["count"])

    def test_the_stream_shows_every_second_of_a_stall(self):
        result = self.result_of("stopped_and_continued")
        lines = [json.loads(line) for line in result.errors.splitlines() if line.startswith("{")]
        self.assertTrue(any(line["bots"]["silent"] == 5 for line in lines), result.text())
        self.assertTrue(all(line["snapshot_gap_ms"]["count"] > 0 for line in lines), result.text())

    def test_a_generator_that_stood_still_is_blamed(self):
        result = self.result_of("of_a_generator_that_stands_still_beyond_its_end")
        self.assert_failed(result)
        self.assertTrue(result.report["generator"]["fell_behind"], result.text())
        self.assertGreater(result.report["generator"]["missed_sends"], 100)
        self.assertIn("the generator, not the server", " ".join(result.output.split()))
        self.assertNotIn("the server was silent", " ".join(result.output.split()))

    def test_an_interrupted_run_has_not_passed_and_says_why(self):
        result = self.result_of("interrupted_while_it_stands_still")
        self.assertEqual(result.code, INTERRUPTED, result.text())
        self.assertFalse(result.report["passed"])
        self.assertIn("5 bots heard nothing", " ".join(result.output.split()))

    def test_a_threshold_that_a_stall_breaks_ends_the_run(self):
        result = self.result_of("stopped_with_abort_on_fail")
        self.assertIn(result.code, (FAILED, THRESHOLD), result.text())
        self.assertTrue(result.report["aborted"], result.text())
        self.assertLess(result.report["duration_s"], 40)

    def test_a_failed_report_fails_the_merged_one(self):
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for name in ("left_alone", "shut_down"):
                paths.append(f"{directory}/{name}.json")
                pathlib.Path(paths[-1]).write_text(json.dumps(self.result_of(name).report))
            for order in (paths, paths[::-1]):
                merged = subprocess.run([BOTS, "merge", *order], capture_output=True, text=True,
                                        timeout=DEADLINE_S, check=False)
                self.assertEqual(merged.returncode, FAILED, merged.stdout + merged.stderr)
                self.assertIn("no bot was left", " ".join(merged.stdout.split()))


class Search(unittest.TestCase):
    def test_a_server_that_stands_still_in_a_step_does_not_hold(self):
        with RealServer(SERVER, "--log-level", "error", "--drones", "50") as server:
            search = subprocess.Popen(
                [BOTS, "search", "--connect", server.address, "--from", "4", "--max", "4", "-d",
                 "3s", "--settle", "0", "--cool-down", "0", "--connect-timeout", "500ms", "--json",
                 "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while server.metric("tickstorm_clients") < 4:
                self.assertIsNone(search.poll())
            time.sleep(0.5)  # some of the step is measured
            server.process.send_signal(signal.SIGSTOP)
            output, errors = search.communicate(timeout=DEADLINE_S)
        self.assertNotIn(": held", errors)
        self.assertEqual(json.loads(output)["clients"], 0, errors)
        self.assertNotEqual(search.returncode, 0)


class WithFewDescriptors(Failures):
    def test_too_few_descriptors_are_reported_before_the_run(self):
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
