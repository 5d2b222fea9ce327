#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reports of real runs: they fit their JSON Schemas, which refuse other texts; exit codes.

Usage: real_reports.py SERVER BOTS SCHEMAS    (two programs, and the directory of the schemas)
"""
import copy
import json
import math
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import jsonschema  # Debian: python3-jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer

SERVER = ""
BOTS = ""
SCHEMAS = pathlib.Path()
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
FAILED, USAGE, THRESHOLD, INTERRUPTED = 1, 2, 99, 105
EVERYTHING = ["-c", "8", "-r", "100/s", "-d", "3s", "--warmup", "1500ms", "--verify", "--latency",
              "5ms", "--loss", "2%", "--behaviour", "wander=2,hunt=1,churn=1,spam=1,malformed=1",
              "--threshold", "rtt_ms p(99.5)<60000", "--threshold", "rtt_ms max<0",
              "--threshold", "server.phases_ms.no_such_phase<1"]


def bots(*arguments):
    return subprocess.run([BOTS, *arguments], capture_output=True, text=True, timeout=DEADLINE_S,
                          check=False)


def validator(name):
    schema = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(schema, instance):
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(instance)]


def bucket_top(bucket):
    """The largest value of a bucket, by the schema's description of the buckets alone."""
    if bucket < 128:
        return bucket
    shift = bucket // 64 - 1
    return ((bucket - 64 * shift + 1) << shift) - 1


def percentile(histogram, percent):
    wanted = max(1, math.ceil(percent / 100 * sum(count for _, count in histogram["buckets"])))
    for bucket, count in histogram["buckets"]:
        wanted -= count
        if wanted <= 0:
            value = min(max(bucket_top(bucket), histogram["min"]), histogram["max"])
            return value * histogram["scale"]
    raise AssertionError("no samples")


def field(report, path):
    for name in path.split("."):
        report = report[name]
    return report


class RealRun(unittest.TestCase):
    """One run with everything switched on, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.directory.name)
        cls.schema = validator("report.schema.json")
        server = RealServer(SERVER, "--log-level", "error")
        try:
            cls.result = bots("--connect", server.address, *EVERYTHING, "--server-metrics",
                              server.metrics, "--json", str(cls.path / "a.json"), "--json-stream",
                              str(cls.path / "a.ndjson"), "--hdr", f"rtt_ms={cls.path}/rtt.hdr",
                              "--hdr", f"{cls.path}/ack.hdr")
            cls.second = bots("--connect", server.address, *EVERYTHING, "--server-metrics",
                              server.metrics, "--seed", "2", "-q", "--json",
                              str(cls.path / "b.json"))
        finally:
            assert server.stop()[0] == 0
        cls.report = json.loads((cls.path / "a.json").read_text())

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_the_report_fits_its_schema(self):
        self.assertEqual(faults(self.schema, self.report), [])
        for part in ("server", "hostile", "impairment"):
            self.assertIsNotNone(self.report[part], part)

    def test_a_report_with_a_fault_is_refused(self):
        def remove(path, name):
            return lambda report: field(report, path).pop(name)

        def put(path, name, value):
            return lambda report: field(report, path).__setitem__(name, value)

        mutations = [
            lambda report: report.pop("passed"),
            lambda report: report.update(more=1),
            lambda report: report.update(schema_version=1),
            lambda report: report.update(seed="1"),
            lambda report: report["thresholds"][0].pop("value"),
            lambda report: report["thresholds"][0].update(passed="yes"),
            lambda report: report["stages"][0].update(target=-1),
            remove("connections", "dropped"), put("connections", "dropped", -1),
            put("snapshots", "more", 1), put("rtt_ms", "p99", "fast"), remove("rtt_ms", "p999"),
            remove("generator", "fell_behind"), put("generator", "missed_sends", 0.5),
            remove("server", "tick_ms"), put("server.phases_ms", "think", "long"),
            put("hostile", "ended_by", {"kicked": 0}), remove("impairment.in", "loss_percent"),
            remove("counters", "playing_ns"), put("counters", "more", 0),
            remove("histograms.rtt_ms", "buckets"),
            put("histograms.rtt_ms", "buckets", [[1, 2, 3]]),
            put("histograms.rtt_ms", "buckets", [[3776, 1]]), put("errors", "kicked", "often"),
        ]
        for number, mutate in enumerate(mutations):
            broken = copy.deepcopy(self.report)
            mutate(broken)
            self.assertNotEqual(faults(self.schema, broken), [], f"fault {number}")

    def test_every_field_of_the_schema_is_in_the_report_and_described(self):
        for name, part in self.schema.schema["properties"].items():
            self.assertIn(name, self.report)
            if name != "schema_version":
                self.assertTrue("description" in part or "properties" in part, name)

    def test_percentiles_follow_from_the_histograms(self):
        for name, histogram in self.report["histograms"].items():
            if name in ("subbucket_bits", "server.tick_ms") or not histogram["buckets"]:
                continue
            summary = field(self.report, name)
            for key, percent in (("p50", 50), ("p90", 90), ("p99", 99), ("p999", 99.9)):
                self.assertTrue(math.isclose(percentile(histogram, percent), summary[key],
                                             rel_tol=1e-6), f"{name} {key}")
            self.assertEqual(sum(count for _, count in histogram["buckets"]), summary["count"])

    def test_a_failed_threshold_exits_99_with_the_measured_value(self):
        self.assertEqual(self.result.returncode, THRESHOLD, self.result.stderr)
        passed = [threshold["passed"] for threshold in self.report["thresholds"]]
        self.assertEqual(passed, [True, False, False])
        self.assertIsNone(self.report["thresholds"][2]["value"])
        self.assertIn("[ ok ]  rtt_ms p(99.5)<60000", self.result.stdout)
        self.assertIn("was not measured", self.result.stdout)

    def test_every_line_of_the_stream_fits_its_schema(self):
        schema = validator("stream.schema.json")
        lines = [json.loads(line) for line in (self.path / "a.ndjson").read_text().splitlines()]
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertEqual(faults(schema, line), [])
        self.assertTrue(lines[0]["warming_up"])
        self.assertFalse(lines[-1]["warming_up"])
        del lines[0]["bots"]
        self.assertNotEqual(faults(schema, lines[0]), [])

    def test_the_plotter_reads_the_hdr_files(self):
        # As hdrhistogram's plotFiles.html: rows are four numbers, or three at 100 %; # is passed
        # over.
        for name in ("rtt", "ack"):
            text = (self.path / f"{name}.hdr").read_text().splitlines()
            self.assertEqual(text[0].split(), ["Value", "Percentile", "TotalCount",
                                               "1/(1-Percentile)"])
            rows = [line.split() for line in text[1:] if line and not line.startswith("#")]
            self.assertTrue(all(len(row) == 4 for row in rows[:-1]))
            self.assertEqual(float(rows[-1][1]), 1)
            self.assertEqual([line.split()[0] for line in text[-3:]],
                             ["#[Mean", "#[Max", "#[Buckets"])
        count = int(rows[-1][2])
        self.assertEqual(count, self.report["input_ack_ms"]["count"])

    def test_a_merged_report_fits_the_schema(self):
        a, b, merged = (str(self.path / name) for name in ("a.json", "b.json", "m.json"))
        result = bots("merge", a, b, "--json", merged)
        self.assertEqual(result.returncode, THRESHOLD, result.stderr)
        one, two, both = (json.loads(pathlib.Path(name).read_text()) for name in (a, b, merged))
        self.assertEqual(faults(self.schema, both), [])
        self.assertEqual(both["bots"], 16)
        self.assertEqual(both["generator"]["count"], 2)
        for path in ("connections.ok", "snapshots.received", "rtt_ms.count", "hostile.attempted",
                     "counters.playing_ns"):
            self.assertEqual(field(both, path), field(one, path) + field(two, path), path)
        added = dict(one["histograms"]["rtt_ms"]["buckets"])
        for bucket, count in two["histograms"]["rtt_ms"]["buckets"]:
            added[bucket] = added.get(bucket, 0) + count
        self.assertEqual(dict(both["histograms"]["rtt_ms"]["buckets"]), added)
        self.assertEqual(bots("merge", merged, b).returncode, THRESHOLD)

    def test_reports_that_cannot_be_added_are_one_line_and_exit_2(self):
        a = str(self.path / "a.json")
        other = copy.deepcopy(self.report)
        cases = {"version": {"schema_version": 1}, "warmup": {"warmup_s": 9.0},
                 "rate": {"input_rate_hz": 60.0}, "counts": {"counters": {}},
                 "buckets": {"histograms": {**other["histograms"], "subbucket_bits": 7}},
                 "histogram": {"histograms": {**other["histograms"], "rtt_ms": {}}},
                 "network": {"impairment": None}, "other": {"schema_version": "no report"}}
        for name, change in cases.items():
            path = self.path / f"{name}.json"
            path.write_text(json.dumps({**other, **change}))
            result = bots("merge", a, str(path))
            self.assertEqual(result.returncode, USAGE, name)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(f"{name}.json: ", result.stderr)
        for arguments in ([a], [], [a, a], [a, "/no/such/file"], [a, "--no-such-flag"],
                          [a, str(self.path / "rtt.hdr")]):
            result = bots("merge", *arguments)
            self.assertEqual(result.returncode, USAGE, arguments)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


class ExitCodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = RealServer(SERVER, "--log-level", "error")

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop()[0] == 0

    def run_bots(self, *arguments):
        return bots("--connect", self.server.address, "-c", "2", "-q", *arguments)

    def test_a_run_that_holds_its_thresholds_exits_0(self):
        result = self.run_bots("-d", "1s", "--threshold", "connections.dropped==0")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_run_without_a_server_exits_1_whatever_its_thresholds(self):
        with tempfile.NamedTemporaryFile() as file:
            result = bots("--connect", "127.0.0.1:9", "--connect-timeout", "200ms", "-q",
                          "--threshold", "connections.ok>0", "--json", file.name)
            report = json.loads(pathlib.Path(file.name).read_text())
        self.assertEqual(result.returncode, FAILED)
        self.assertEqual(faults(validator("report.schema.json"), report), [])

    def test_an_invalid_threshold_is_one_line_and_exits_2(self):
        for expr in ("", "rtt_ms<5", "rtt p(99)<5", "rtt_ms p(99)<fast", "connections.ok p(9)>1"):
            result = self.run_bots("--threshold", expr)
            self.assertEqual(result.returncode, USAGE, expr)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_an_invalid_hdr_file_is_one_line_and_exits_2(self):
        for text in ("fun=file", "connections.ok=file", "rtt_ms="):
            result = self.run_bots("--hdr", text)
            self.assertEqual(result.returncode, USAGE, text)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_abort_on_fail_ends_the_run_early_with_99(self):
        result = self.run_bots("-d", "50s", "--abort-on-fail", "--abort-grace", "500ms",
                               "--threshold", "snapshots.received<1")
        self.assertEqual(result.returncode, THRESHOLD, result.stdout)
        self.assertIn("ended early", result.stdout)

    def test_the_lines_of_the_stream_add_up_to_the_report(self):
        with tempfile.TemporaryDirectory() as directory:
            report_path, stream_path = f"{directory}/report.json", f"{directory}/stream.ndjson"
            result = self.run_bots("-d", "1300ms", "--json", report_path, "--json-stream",
                                   stream_path)
            self.assertEqual(result.returncode, 0, result.stdout)
            report = json.loads(pathlib.Path(report_path).read_text())
            lines = [json.loads(line) for line in pathlib.Path(stream_path).open()]
        self.assertGreater(report["snapshots"]["received"], 0)
        for path in ("snapshots.received", "snapshots.lost", "rtt_ms.count",
                     "input_ack_ms.count", "snapshot_gap_ms.count"):
            self.assertEqual(sum(field(line, path) for line in lines), field(report, path), path)
        self.assertEqual(lines[-1]["connections"]["ok"], report["connections"]["ok"])
        self.assertAlmostEqual(sum(line["interval_s"] for line in lines), report["duration_s"], 6)

    def test_an_unwritable_file_is_one_line_before_the_run(self):
        for option in ("--json", "--json-stream", "--hdr"):
            result = self.run_bots("-d", "50s", option, "/no/such/place/file")
            self.assertEqual(result.returncode, FAILED, option)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        result = bots("search", "--connect", self.server.address, "--json", "/no/such/place/file")
        self.assertEqual(result.returncode, FAILED)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_a_lost_file_fails_an_interrupted_run(self):
        for option in ("--json", "--json-stream"):
            process = subprocess.Popen(
                [BOTS, "--connect", self.server.address, "-c", "2", "-d", "50s", option,
                 "/dev/full"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            process.stderr.readline()  # a second has passed
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DEADLINE_S)
            self.assertEqual(process.returncode, FAILED, option)

    def test_an_interrupt_exits_105_whatever_the_thresholds_say(self):
        process = subprocess.Popen(
            [BOTS, "--connect", self.server.address, "-c", "2", "-d", "50s", "--threshold",
             "rtt_ms max<0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stderr.readline()  # a second has passed
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertIn("[FAIL]  rtt_ms max<0", output)


if __name__ == "__main__":
    SERVER, BOTS = sys.argv[1:3]
    SCHEMAS = pathlib.Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1])
