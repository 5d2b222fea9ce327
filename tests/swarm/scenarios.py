#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The swarm's scenarios and its search, with the real programs.

Usage: scenarios.py SERVER BOTS SCENARIOS    (two programs, and the directory of the scenarios)
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer

SERVER = ""
BOTS = ""
SCENARIOS = pathlib.Path()
DEADLINE_S = 90  # for any step of a test; generous, as test machines are busy
FAILED, USAGE, THRESHOLD, INTERRUPTED = 1, 2, 99, 105
NAMES = ["bad-network", "churn", "crowd", "hostile", "peak", "smoke"]
SHORT = ["-c", "10", "-d", "4s", "--warmup", "1s", "--quiet"]
# A search with the same answer on any machine: seven clients are one too many.
SMALL = ["--from", "4", "--max", "20", "-d", "1s", "--settle", "0", "--cool-down", "0",
         "--threshold", "connections.ok<7"]


def bots(*arguments):
    return subprocess.run([BOTS, *map(str, arguments)], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)


def scenario(name):
    return SCENARIOS / f"{name}.ini"


class Files(unittest.TestCase):
    def test_every_scenario_of_the_readme_exists(self):
        self.assertEqual(sorted(path.stem for path in SCENARIOS.glob("*.ini")), NAMES)

    def test_each_scenario_describes_itself_and_its_server(self):
        for name in NAMES:
            text = scenario(name).read_text()
            for words in (f"; {name} -- ", "; Shows:", "; Server: tickstorm-server ",
                          f"; Run:    tickstorm-bots --scenario {name}.ini --connect "):
                self.assertIn(words, text, name)

    def test_each_scenario_is_valid(self):
        for name in NAMES:
            result = bots("--scenario", scenario(name), "--connect", "127.0.0.1:9",
                          "--connect-timeout", "200ms", "--quiet")
            self.assertEqual(result.returncode, FAILED, result.stderr)
            self.assertIn("nobody answered", result.stderr)

    def test_an_error_names_file_and_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write(scenario("smoke").read_text())
            file.write("threshold = snapshot_gap_ms p(99)\n")
            file.flush()
            line = len(pathlib.Path(file.name).read_text().splitlines())
            result = bots("--scenario", file.name, "--connect", "127.0.0.1:9")
        self.assertEqual(result.returncode, USAGE)
        self.assertTrue(result.stderr.startswith(
            f"tickstorm-bots: {file.name}:{line}: threshold: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_a_missing_file_is_a_usage_error(self):
        result = bots("--scenario", "/nonexistent.ini", "--connect", "127.0.0.1:9")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("/nonexistent.ini", result.stderr)


class AgainstAServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = RealServer(SERVER, "--drones", "200", "--log-level", "error")
        cls.connect = ["--connect", cls.server.address]
        cls.metrics = ["--server-metrics", cls.server.metrics]

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop()[0] == 0

    def test_smoke_passes(self):
        result = bots("--scenario", scenario("smoke"), *self.connect, *self.metrics, *SHORT)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("snapshots.verify_mismatches == 0", result.stdout)

    def test_smoke_with_a_threshold_that_cannot_hold_fails(self):
        result = bots("--scenario", scenario("smoke"), *self.connect, *SHORT,
                      "--threshold", "rtt_ms max<0")
        self.assertEqual(result.returncode, THRESHOLD, result.stdout + result.stderr)

    def test_hostile_bots_do_no_harm(self):
        result = bots("--scenario", scenario("hostile"), *self.connect, *SHORT,
                      "--threshold", "connections.dropped==0",
                      "--threshold", "snapshots.decode_errors==0",
                      "--threshold", "hostile.messages_sent>0")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_search_finds_the_number_that_holds(self):
        result = bots("search", *self.connect, *self.metrics, *SMALL, "--json", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        # The blamed side depends on how busy this machine is; test_search covers it.
        self.assertEqual((answer["clients"], answer["too_many"]), (6, 7))
        self.assertEqual([(step["bots"], step["verdict"] == "held") for step in answer["steps"]],
                         [(4, True), (8, False), (8, False), (6, True), (7, False), (7, False)])
        self.assertEqual([step["repeat"] for step in answer["steps"]],
                         [False, False, True, False, False, True])
        self.assertGreater(answer["steps"][0]["server_cpu_cores"], 0)
        self.assertIn(f"{self.connect[1]} holds 6 clients; 7 were too many", result.stderr)

    def test_search_ignores_the_load_of_a_scenario(self):
        result = bots("search", *self.connect, *SMALL, "--scenario", scenario("peak"), "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("holds 6 clients", result.stdout)

    def test_search_that_holds_no_bot_fails(self):
        result = bots("search", *self.connect, *SMALL, "--from", "2", "-q",
                      "--threshold", "connections.ok<1")
        self.assertEqual(result.returncode, THRESHOLD, result.stdout + result.stderr)
        self.assertIn("holds 0 clients; 1 were too many", result.stdout)

    def test_an_interrupted_search_prints_its_result_so_far(self):
        search = subprocess.Popen(
            [BOTS, "search", *self.connect, *SMALL, "--cool-down", "60s"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(search.stderr.readline(), "4 bots: held\n")
        search.send_signal(signal.SIGINT)
        out, _ = search.communicate(timeout=DEADLINE_S)
        self.assertEqual(search.returncode, INTERRUPTED)
        self.assertIn("holds at least 4 clients", out)


class SearchWithoutAServer(unittest.TestCase):
    def test_a_missing_server_is_one_line_and_exit_1(self):
        result = bots("search", "--connect", "127.0.0.1:9", "--connect-timeout", "200ms")
        self.assertEqual(result.returncode, FAILED)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_usage_errors_exit_2(self):
        for arguments in ([], ["--connect", "a:1", "--from", "9", "--max", "8"],
                          ["--connect", "a:1", "-c", "5"], ["--connect", "a:1", "--stage", "1:2"]):
            result = bots("search", *arguments)
            self.assertEqual(result.returncode, USAGE, arguments)
            self.assertTrue(result.stderr.startswith("tickstorm-bots search: "), result.stderr)


if __name__ == "__main__":
    SERVER, BOTS = sys.argv[1:3]
    SCENARIOS = pathlib.Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
