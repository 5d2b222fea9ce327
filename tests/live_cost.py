#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/live_cost.py with the real programs: its figures exist and agree with each other.

Usage: live_cost.py SERVER BOTS BENCH     (paths of the programs)
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[1] / "tools/live_cost.py"
BIN = ""


def run(*arguments):
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True,
                          timeout=240, check=False)


class LiveCostTest(unittest.TestCase):
    def test_two_builds_are_measured_and_compared(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cost.json"
            result = run("--bin", BIN, "--against", BIN, "--bots", "20", "--drones", "500",
                         "--seconds", "2", "--rounds", "1", "--json", path)
            self.assertEqual(result.returncode, 0, result.stderr)
            rows = json.loads(path.read_text(encoding="utf-8"))
        self.assertEqual([row["build"] for row in rows], ["this build", "other build"])
        self.assertIn("server, this build by the other", result.stdout)
        for row in rows:
            self.assertGreater(row["server_us"], 0)
            self.assertGreater(row["bots_us"], 0)
            self.assertGreater(row["floor_us"], 0)
            self.assertGreater(row["bytes"], 0)
            self.assertAlmostEqual(row["server_us"],
                                   row["server_user_us"] + row["server_system_us"])
            self.assertAlmostEqual(row["server_us"], sum(row["threads_us"].values()))
            self.assertLessEqual({"net", "sim", "writer"}, row["threads_us"].keys())
            self.assertIn("encode", row["phases_us"])
            self.assertEqual(row["deltas"].keys(), {"copied", "produced", "unshared"})

    def test_a_missing_program_is_a_usage_error_in_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("--bin", folder)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no tickstorm-server in", result.stderr.splitlines()[-1])

    def test_bad_numbers_are_usage_errors(self):
        for arguments in (("--bots", "many"), ("--bots", "0"), ("--rounds", "0"),
                          ("--seconds", "0")):
            result = run("--bin", BIN, *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    BIN = str(pathlib.Path(sys.argv[1]).parent)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
