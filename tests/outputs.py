#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The real programs write an output completely, or report a failure by exit code and one line.

Usage: outputs.py SERVER BOTS CLIENT BENCH    (paths)

Tries every output of every program on every destination that cannot hold it.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from real_server import RealServer

SERVER = BOTS = CLIENT = BENCH = ""
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
LARGEST = 2**64 - 1
NO_SPACE = "No space left on device"
# A file system with room for one more name and no data; older.json lies there already. As root, or
# in a user's own namespace.
FULL = ("mount -t tmpfs -o size=64k none \"$1\" && cd \"$1\" && printf older >older && "
        "{ cat /dev/zero >filler 2>/dev/null || true; } && shift && "
        "{ \"$@\"; code=$?; } ; ls -A ; cat older; exit $code")


def run(*command, **options):
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([str(part) for part in command], stderr=subprocess.PIPE, text=True,
                          timeout=DEADLINE_S, check=False, **options)


def namespace():
    """The words that run a command with its own mounts; None where that is not allowed."""
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        if shutil.which("unshare") and run(*words, "mount", "-t", "tmpfs", "none",
                                           "/mnt").returncode == 0:
            return words
    return None


NAMESPACE = namespace()


def at_once(work, cases):
    """Each case and the result of its work; several run at once, since they mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        cases = list(cases)
        return list(zip(cases, pool.map(work, cases)))


class Outputs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.directory.name)
        cls.mount = cls.path / "full"
        cls.mount.mkdir()
        cls.server = RealServer(SERVER, "--log-level", "error", http=False)
        cls.report = cls.path / "report.json"
        cls.load = [BOTS, "--connect", cls.server.address, "-c", "2", "-d", "500ms", "-r", "100/s",
                    "-q", "--seed", str(LARGEST)]
        assert run(*cls.load, "--json", cls.report).returncode == 0
        shutil.copy(cls.report, cls.path / "second.json")
        cls.merge = [BOTS, "merge", cls.report, cls.path / "second.json"]
        cls.search = [BOTS, "search", "--connect", cls.server.address, "--from", "2", "--max", "2",
                      "-d", "1s", "--settle", "0", "--cool-down", "0", "-q"]
        cls.picture = [CLIENT, "--connect", cls.server.address, "--headless", "--frames", "2",
                       "--width", "320", "--height", "180"]
        cls.bench = [BENCH, "pool_dispatch", "--repetitions", "1", "--workers", "1"]

    @classmethod
    def tearDownClass(cls):
        code, _, _ = cls.server.stop()
        cls.server.__exit__()
        cls.directory.cleanup()
        assert code == 0

    def files(self):
        """Every output that goes to a file: the command, and the prefix of the path."""
        return [
            (self.picture, ["--screenshot"], ""),
            (self.load, ["--json"], ""),
            (self.load, ["--json-stream"], ""),
            (self.load, ["--hdr"], ""),
            (self.load, ["--hdr"], "rtt_ms="),
            (self.merge, ["--json"], ""),
            (self.search, ["--json"], ""),
            (self.bench, ["--json"], ""),
        ]

    def printed(self):
        """Every output that goes to standard output."""
        for program in (SERVER, BOTS, CLIENT, BENCH):
            for flags in (["--help"], ["--version"], ["--help-man"], ["--completion", "bash"],
                          ["--completion", "zsh"]):
                yield [program, *flags]
        for command in ("merge", "search"):
            yield [BOTS, command, "--help"]
        yield [SERVER, "--dump-config"]
        yield [SERVER, "--ticks", "3", "--unpaced", "--hash", "--log-level", "error"]
        yield self.load
        yield [*self.load, "--json", "-"]
        yield [*self.load, "--json-stream", "-"]
        yield [*self.load, "--hdr", "/dev/stdout"]
        yield self.merge
        yield [*self.merge, "--json", "-"]
        yield self.search
        yield [*self.search, "--json", "-"]
        yield [BENCH, "--list"]
        yield self.bench
        yield [*self.bench, "--json", "-"]

    def try_full_disk(self, command):
        return run(*NAMESPACE, "sh", "-c", FULL, "sh", self.mount, *command)

    def assert_failed(self, result, reason, command):
        lines = result.stderr.splitlines()
        reports = [line for line in lines if reason in line]
        self.assertEqual(result.returncode, 1, (command, lines))
        self.assertEqual(len(reports), 1, (command, lines))
        self.assertRegex(reports[0], r"^tickstorm-\w+( \w+)?: ", command)

    def test_a_failed_write_to_stdout_fails_with_the_reason(self):
        def try_full(command):
            with open("/dev/full", "wb") as full:
                return run(*command, stdout=full)
        for command, result in at_once(try_full, self.printed()):
            with self.subTest(command=command):
                self.assert_failed(result, NO_SPACE, command)

    def test_a_file_that_cannot_be_written_fails_with_the_reason(self):
        places = {
            "/dev/full": NO_SPACE,
            str(self.path): "Is a directory",
            str(self.path / "no" / "such"): "No such file or directory",
            str(self.report / "file"): "Not a directory",
            "/proc/no-such-file": "No such file or directory",
        }
        before = sorted(self.path.iterdir())
        cases = [([*command, *option, prefix + place], reason) for place, reason in places.items()
                 for command, option, prefix in self.files()]
        for (whole, reason), result in at_once(lambda case: run(*case[0]), cases):
            with self.subTest(command=whole):
                self.assert_failed(result, reason, whole)
        self.assertEqual(sorted(self.path.iterdir()), before)

    def test_a_line_end_in_quoted_text_makes_no_second_line(self):
        name = "no\nsuch\x1b[2K"
        cases = [[*command, *option, f"{prefix}{name}/file"] for command, option, prefix
                 in self.files()]
        cases += [[*self.merge, name], [BENCH, name], [CLIENT, "--headless", "--connect", name],
                  [CLIENT, "--headless", "--connect", "127.0.0.1:9", "--script", name],
                  [*self.load, "--server-metrics", f"http://{name}/x"],
                  [*self.load, "--scenario", name], [BOTS, "search", "--connect", name],
                  [SERVER, "--bind", name], [SERVER, "--arena", name]]
        for command, result in at_once(lambda command: run(*command), cases):
            with self.subTest(command=command):
                lines = [line for line in result.stderr.split("\n") if "no?such?[2K" in line]
                self.assertEqual(len(lines), 1, result.stderr)
                self.assertNotIn("\x1b", result.stderr)
                self.assertIn(result.returncode, (1, 2))

    def test_a_screenshot_that_cannot_be_saved_fails_with_the_reason(self):
        script = self.path / "script"
        script.write_text("at 2 press screenshot\nat 4 press quit\n")
        place = pathlib.Path(tempfile.mkdtemp(dir=self.path))
        command = [CLIENT, "--connect", self.server.address, "--headless", "--width", "320",
                   "--height", "180", "--script", script]
        for home, reason in (("/proc/none", "No such file or directory"),
                             ("/dev/null", "Not a directory")):
            with self.subTest(home=home):
                result = run(*command, env=os.environ | {"HOME": home})
                self.assert_failed(result, reason, command)
        for home in (str(place), ""):  # none is the working directory
            with self.subTest(home=home):
                result = run(*command, env=os.environ | {"HOME": home}, cwd=place)
                self.assertEqual(result.returncode, 0, result.stderr)
                (place / "tickstorm_0001.png").unlink()
        shutil.rmtree(place)

    def test_two_results_to_one_file_are_refused(self):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.path))
        older, link, directory, hard = (place / name for name in ("older", "link", "dir", "hard"))
        older.write_text("older")
        link.symlink_to("new")
        directory.symlink_to(".")
        hard.hardlink_to(older)
        new, again = place / "new", f"{directory}/../{place.name}/./new"
        for first, second in (("--json", new), ("--json-stream", new)), \
                (("--json", new), ("--json-stream", again)), \
                (("--hdr", f"rtt_ms={new}"), ("--json", link)), \
                (("--hdr", f"rtt_ms={new}"), ("--hdr", f"input_ack_ms={again}")), \
                (("--json-stream", older), ("--hdr", hard)):
            with self.subTest(first=first, second=second):
                result = run(*self.load, *first, *second)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertIn("two of them would be written to", result.stderr)
                self.assertFalse(new.exists())
                self.assertEqual(older.read_text(), "older")
        result = run(*self.load, "--json", "/dev/null", "--json-stream", "/dev/null", "--hdr",
                     place / "other")
        self.assertEqual(result.returncode, 0, result.stderr)
        shutil.rmtree(place)

    def test_a_report_without_text_or_verdict_is_not_merged(self):
        report = json.loads(self.report.read_text())
        other = self.path / "other.json"
        for change, words in (({"server_address": "a\nb"}, "server_address is not a line"),
                              ({"behaviour": "\x1b[2K"}, "behaviour is not a line"),
                              ({"passed": False, "failures": [None]}, "are no verdict")):
            other.write_text(json.dumps(report | change))
            with self.subTest(change=change):
                for paths in (self.report, other), (other, self.report):
                    result = run(BOTS, "merge", *paths)
                    self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                    self.assertIn(words, result.stderr)
        other.write_text(json.dumps(report | {"passed": False, "failures": ["x\ny\x1b[2K"]}))
        result = run(BOTS, "merge", self.report, other)
        self.assertEqual(result.returncode, 1)
        self.assertIn("x?y?[2K", result.stdout)
        other.unlink()

    @unittest.skipUnless(NAMESPACE, "no mounts of our own are allowed here")
    def test_a_full_disk_keeps_the_older_file_and_gets_no_partial_one(self):
        cases = [[*command, *option, prefix + name] for command, option, prefix in self.files()
                 for name in ("older", "new") if (option, name) != (["--json-stream"], "older")]
        for whole, result in at_once(self.try_full_disk, cases):
            with self.subTest(command=whole):
                self.assert_failed(result, NO_SPACE, whole)
                # The stream had begun: it holds no line and no part of one.
                new = "new\n" if "--json-stream" in whole else ""
                self.assertTrue(result.stdout.endswith(f"filler\n{new}older\nolder"), result.stdout)

    @unittest.skipUnless(NAMESPACE, "no mounts of our own are allowed here")
    def test_printing_to_a_full_disk_fails_with_the_reason(self):
        cases = [["sh", "-c", '"$@" >out', "sh", *command] for command in self.printed()]
        for command, result in at_once(self.try_full_disk, cases):
            with self.subTest(command=command):
                self.assert_failed(result, NO_SPACE, command)

    def test_files_links_and_pipes_are_written(self):
        for case, problem in at_once(lambda case: self.write_everywhere(*case), self.files()):
            with self.subTest(case=case):
                self.assertIsNone(problem)

    def write_everywhere(self, command, option, prefix):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.path))
        target, link, pipe = (place / name for name in ("target", "link", "pipe"))
        target.write_text("older")
        target.chmod(0o604)
        link.symlink_to("target")
        result = run(*command, *option, f"{prefix}{link}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(link.is_symlink())
        self.assertNotEqual(target.read_bytes()[:5], b"older")
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o604)
        os.mkfifo(pipe)
        read = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        self.assertEqual(run(*command, *option, f"{prefix}{pipe}").returncode, 0)
        reader.join(DEADLINE_S)
        self.assertGreater(len(read[0]), 100)
        self.assertEqual(run(*command, *option, f"{prefix}/dev/null").returncode, 0)
        self.assertEqual(sorted(place.iterdir()), [link, pipe, target])
        shutil.rmtree(place)

    def test_the_largest_seed_is_kept_exactly(self):
        self.assertEqual(json.loads(self.report.read_text())["seed"], LARGEST)
        result = run(*self.search, "--seed", LARGEST, "--json", "-")
        self.assertEqual(json.loads(result.stdout)["seed"], LARGEST, result.stderr)

    def test_any_number_of_reports_is_merged_and_a_bad_one_is_named(self):
        with contextlib.ExitStack() as stack:
            place = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            reports = [place / f"{i}.json" for i in range(1000)]
            text = self.report.read_text()
            for report in reports:
                report.write_text(text)
            # The memory must not grow with the number of reports: a thousand would be gigabytes.
            growth = f"ulimit -v {600 * 1024} 2>/dev/null; exec \"$@\""
            limit = growth if not sanitized() else '"$@"'
            for count in (2, 65, 200, 1000):
                result = run("sh", "-c", limit, "sh", BOTS, "merge", *reports[:count], "--json",
                             place / "all")
                self.assertEqual(result.returncode, 0, result.stderr)
                merged = json.loads((place / "all").read_text())
                self.assertEqual(merged["bots"], 2 * count)
                self.assertEqual(merged["generator"]["count"], count)
            reports[777].write_text(text[:-20])
            result = run(BOTS, "merge", *reports)
            self.assertEqual(result.returncode, 2)
            self.assertIn("/777.json: line ", result.stderr)
            reports[777].unlink()
            reports[777].symlink_to(reports[3])
            result = run(BOTS, "merge", *reports)
            self.assertEqual(result.returncode, 2)
            self.assertIn("/777.json: is given twice", result.stderr)


def sanitized():
    """Sanitizers reserve address space beyond any limit."""
    return b"__asan_init" in pathlib.Path(BOTS).read_bytes() or \
        b"__tsan_init" in pathlib.Path(BOTS).read_bytes()


if __name__ == "__main__":
    SERVER, BOTS, CLIENT, BENCH = map(os.path.abspath, sys.argv[1:])
    unittest.main(argv=sys.argv[:1], verbosity=2)
