#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every program in environments other than an attended terminal.

Usage: environments.py SERVER BOTS CLIENT BENCH HOSTILE     (paths of the programs)

Readers that leave, do not read or read slowly; terminals that close; descriptors that are closed;
signals from the first moment on; variables, directories and limits that are missing.
"""
import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from real_server import RealServer, wait_until

SERVER, BOTS, CLIENT, BENCH, HOSTILE = [""] * 5
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
FAILED, INTERRUPTED = 1, 105
SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def serving(*arguments, **options):
    return RealServer(SERVER, "--drones", "50", "--workers", "1", *arguments, **options)


def fill(descriptor):
    """Fills a pipe to the last byte, and leaves it blocking."""
    os.set_blocking(descriptor, False)
    size = 4096
    while size:
        try:
            os.write(descriptor, b"." * size)
        except BlockingIOError:
            size //= 2
    os.set_blocking(descriptor, True)


@contextlib.contextmanager
def nobody_reads():
    """A pipe that is full."""
    reader, writer = os.pipe()
    fill(writer)
    try:
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


@contextlib.contextmanager
def reader_left():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


@contextlib.contextmanager
def device(path):
    descriptor = os.open(path, os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Terminal:
    """A pseudo-terminal: the program's end, and the text that a user sees at the other."""

    def __init__(self, rows=24, columns=80):
        self.person, self.program = pty.openpty()
        fcntl.ioctl(self.program, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(self.person, False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close_program()
        self.close()

    def close_program(self):
        """This program's own copy of it."""
        if self.program is not None:
            os.close(self.program)
            self.program = None

    def close(self):
        """Hangs up, as a closed window does."""
        if self.person is not None:
            os.close(self.person)
            self.person = None

    def press(self, keys):
        os.write(self.person, keys)

    def seen(self):
        """All text so far."""
        with contextlib.suppress(OSError):
            while data := os.read(self.person, 65536):
                self.text += data.decode(errors="replace")
        return self.text

    def wait_for(self, words):
        wait_until(lambda: words in self.seen(), words)


def threads_in_write(pid):
    """The names of the threads that are blocked in write(2) or writev(2), on x86-64."""
    names = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            if (task / "syscall").read_text().split()[0] in ("1", "20"):
                names.append((task / "comm").read_text().strip())
    return names


class Case(unittest.TestCase):
    """With a server to play on and a directory; ends all programs after each case."""

    server = None  # shared by all cases

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.report = pathlib.Path(directory.name) / "report.json"

    def start(self, *command, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                   "stderr": subprocess.DEVNULL} | options
        process = subprocess.Popen(list(map(str, command)), **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        """The exit code of a process that has to end by itself."""
        try:
            return process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.fail(f"does not end; in write: {threads_in_write(process.pid)}")

    def signal_after(self, delay_s, number, *command, **options):
        """Sends a signal that stays blocked from the exec until the program unblocks it, as if the
        loader took no time: the program alone then decides its effect."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # of this thread, and inherited
        process = self.start(*command, **options)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        time.sleep(delay_s)
        process.send_signal(number)
        return process

    def start_bots(self, *arguments, duration="700ms", around=(), **options):
        return self.start(*around, BOTS, "--connect", self.server.address, "-c", "3", "-r", "100/s",
                          "-d", duration, "--json", self.report, *arguments, **options)

    def end_run(self, process):
        """The exit code agrees with the report: on a busy machine snapshots may be missing."""
        code = self.end(process)
        self.assertEqual(code, 0 if self.assert_report_is_whole()["passed"] else FAILED)

    def assert_report_is_whole(self):
        report = json.loads(self.report.read_text())
        self.assertIn("passed", report)
        return report


class BotsReaders(Case):
    def test_a_run_ends_and_reports_with_any_reader_of_its_stderr(self):
        for reader in nobody_reads(), reader_left(), device("/dev/full"):
            self.report.unlink(missing_ok=True)
            with self.subTest(reader=reader), reader as stderr:
                process = self.start_bots(duration="1500ms", stderr=stderr)  # more than a line
                self.end_run(process)

    def test_a_run_whose_summary_is_lost_fails_and_leaves_its_report(self):
        for reader in nobody_reads(), reader_left(), device("/dev/full"):
            self.report.unlink(missing_ok=True)
            with self.subTest(reader=reader), reader as stdout:
                process = self.start_bots(stdout=stdout, stderr=subprocess.PIPE, text=True)
                errors = process.communicate(timeout=DEADLINE_S)[1]
                self.assertEqual(process.returncode, FAILED)
                self.assertIn("output", errors.splitlines()[-1])
                self.assert_report_is_whole()

    def test_two_full_pipes_do_not_delay_a_run(self):
        with nobody_reads() as pipe:
            process = self.start_bots(duration="1500ms", stdout=pipe, stderr=pipe)
            self.assertEqual(self.end(process), FAILED)
        self.assert_report_is_whole()

    def test_readers_that_leave_in_mid_run_lose_only_their_own_text(self):
        process = self.start_bots(duration="50s", stderr=subprocess.PIPE)
        with process.stderr:
            process.stderr.readline()  # a second has passed
        time.sleep(1.2)  # for a line that has no reader
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process), INTERRUPTED)
        self.assert_report_is_whole()

    def test_a_summary_on_a_full_stderr_does_not_fail_output_to_stdout(self):
        self.report = "-"
        with nobody_reads() as pipe:
            process = self.start_bots(stdout=subprocess.PIPE, stderr=pipe)
            out = process.communicate(timeout=DEADLINE_S)[0]
        self.assertEqual(process.returncode, 0 if json.loads(out)["passed"] else FAILED)

    def test_a_stream_without_a_reader_fails_the_run_and_does_not_stop_it(self):
        with nobody_reads() as pipe:
            process = self.start_bots("--json-stream", "-", duration="1500ms", stdout=pipe)
            self.assertEqual(self.end(process), FAILED)
        self.assertGreater(self.assert_report_is_whole()["snapshots"]["received"], 30)

    def test_a_slow_reader_gets_the_complete_stream(self):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        process = self.start_bots("--json-stream", "-", duration="2500ms", stdout=writer)
        os.close(writer)
        text = b""
        while data := os.read(reader, 300):
            text += data
            time.sleep(0.02)
        os.close(reader)
        self.end_run(process)
        lines = [json.loads(line) for line in text.splitlines()]
        received = sum(line["snapshots"]["received"] for line in lines)
        self.assertEqual(received, self.assert_report_is_whole()["snapshots"]["received"])

    def test_a_search_ends_with_any_reader(self):
        with nobody_reads() as pipe:
            process = self.start(BOTS, "search", "--connect", self.server.address, "--from", "1",
                                 "--max", "1", "-d", "1s", "--json", self.report, stdout=pipe,
                                 stderr=pipe)
            self.assertEqual(self.end(process), FAILED)
        json.loads(self.report.read_text())

    def test_merge_writes_its_report_with_any_reader(self):
        first, second = self.report.with_suffix(".1"), self.report.with_suffix(".2")
        for self.report in first, second:
            self.end_run(self.start_bots("--seed", self.report.suffix[1:]))
        for reader in nobody_reads(), reader_left():
            self.report = first.with_suffix(".merged")
            self.report.unlink(missing_ok=True)
            with self.subTest(reader=reader), reader as stdout:
                process = self.start(BOTS, "merge", first, second, "--json", self.report,
                                     stdout=stdout)
                self.assertEqual(self.end(process), FAILED)
                self.assert_report_is_whole()


class BotsTerminals(Case):
    def start_on(self, terminal, **options):
        process = self.start_bots(stderr=terminal.program, **options)
        terminal.close_program()
        return process

    def test_a_terminal_that_closes_interrupts_a_run_which_reports(self):
        with Terminal() as terminal:
            process = self.start_on(terminal, duration="50s", stdout=terminal.program,
                                    start_new_session=True)
            terminal.wait_for("playing")
            terminal.close()
            # The shell and the system both send SIGHUP, and a supervisor's signals may follow.
            for number in signal.SIGHUP, signal.SIGHUP, signal.SIGCONT, signal.SIGTERM:
                process.send_signal(number)
            self.assertEqual(self.end(process), INTERRUPTED)
        self.assertTrue(self.assert_report_is_whole()["interrupted"])

    def test_a_run_under_nohup_outlives_its_terminal(self):
        with Terminal() as terminal:
            process = self.start_on(terminal, duration="2s",
                                    around=["env", "--ignore-signal=HUP"])
            terminal.wait_for("playing")
            terminal.close()
            process.send_signal(signal.SIGHUP)
            self.end_run(process)
        self.assertGreater(self.assert_report_is_whole()["duration_s"], 1.9)

    def test_a_terminal_without_cursor_or_room_gets_lines(self):
        for variables, size in (({"TERM": "dumb"}, (24, 80)), ({}, (24, 80)),
                                ({"TERM": "xterm"}, (8, 80)), ({"TERM": "xterm"}, (24, 20))):
            with self.subTest(variables=variables, size=size), Terminal(*size) as terminal:
                process = self.start_bots(duration="1500ms", stderr=terminal.program,
                                          env=variables)
                self.end_run(process)
                self.assertNotIn("\x1b", terminal.seen())
                self.assertIn("bots", terminal.seen())

    def test_a_summary_follows_the_pending_output_of_a_terminal(self):
    # A late erasure of the live block would remove lines of the summary.
        for _ in range(5):
            self.report.unlink(missing_ok=True)
            with Terminal() as terminal:
                process = self.start_on(terminal, env={"TERM": "xterm"}, stdout=subprocess.PIPE)
                terminal.wait_for("round trip")
                terminal.press(b"\x13")  # Ctrl-S
                before = time.monotonic()
                while not self.report.exists():
                    self.assertIsNone(process.poll())
                    before = time.monotonic()
                    time.sleep(0.01)
                time.sleep(0.2)
                is_readable = bool(select.select([process.stdout], [], [], 0)[0])
                is_in_time = time.monotonic() - before < 0.9  # it waits for a second, no longer
                terminal.press(b"\x11")  # Ctrl-Q
                with process.stdout:
                    self.assertIn(b"result", process.stdout.read())
                self.end_run(process)
            if is_in_time:
                self.assertFalse(is_readable)
                return
        self.skipTest("the machine is too busy to look within a second")

    def test_a_stopped_terminal_does_not_delay_a_run(self):
        with Terminal() as terminal:
            process = self.start_on(terminal, duration="3s", env={"TERM": "xterm"})
            terminal.wait_for("round trip")
            terminal.press(b"\x13")  # Ctrl-S
            self.end_run(process)

    def test_a_resumed_terminal_shows_no_outdated_figures(self):
        with Terminal() as terminal:
            process = self.start_on(terminal, duration="3s", env={"TERM": "xterm"})
            terminal.wait_for("round trip")
            terminal.press(b"\x13")  # Ctrl-S
            time.sleep(2)
            terminal.press(b"\x11")  # Ctrl-Q
            self.end_run(process)
            self.assertLess(terminal.seen().count("round trip"), 8)  # of 12 in all

    def test_two_interrupts_at_once_give_the_cursor_back(self):
        with Terminal() as terminal:
            process = self.start_bots(duration="50s", stderr=terminal.program,
                                      env={"TERM": "xterm"})
            terminal.wait_for("\x1b[?25l")
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.end(process), INTERRUPTED)
            text = terminal.seen()
            self.assertGreater(text.rfind("\x1b[?25h"), text.rfind("\x1b[?25l"))

    def test_a_second_interrupt_leaves_at_once_and_gives_the_cursor_back(self):
        with Terminal() as terminal, nobody_reads() as pipe:
            process = self.start_bots(duration="50s", stdout=pipe, stderr=terminal.program,
                                      env={"TERM": "xterm"})
            terminal.wait_for("\x1b[?25l")
            process.send_signal(signal.SIGINT)
            # It ends in order up to the summary, which has no reader.
            wait_until(self.report.exists, "a report")
            process.send_signal(signal.SIGINT)
            self.assertEqual(self.end(process), INTERRUPTED)
            self.assertTrue(terminal.seen().endswith("\x1b[?25h"))
        self.assert_report_is_whole()


class ServerReaders(Case):
    """A server each."""

    def play_on(self, stderr, **options):
        """A server at the debug level whose stderr is given, with bots that come and go on it."""
        server = serving("--log-level", "debug", "--max-clients", "200", stderr=stderr, **options)
        self.addCleanup(server.__exit__)
        bots = self.start(BOTS, "--connect", server.address, "-c", "100", "-r", "500/s", "-d",
                          "60s", "--quiet", "--behaviour", "churn=1,wander=1")
        wait_until(lambda: server.metric("tickstorm_clients") >= 60, "players")
        return server, bots

    def check_that_it_plays(self, server):
        ticks = server.metric("tickstorm_ticks_total")
        wait_until(lambda: server.metric("tickstorm_ticks_total") > ticks + 30, "ticks")
        self.assertEqual(server.get("/livez")[0], 200)
        self.assertLessEqual(set(threads_in_write(server.process.pid)), {"writer"})

    def test_a_log_without_a_reader_loses_lines_and_no_tick(self):
        for reader in reader_left(), device("/dev/full"):
            with self.subTest(reader=reader), reader as stderr:
                server, bots = self.play_on(stderr)
                dropped = "tickstorm_log_lines_dropped_total"
                wait_until(lambda: server.metric(dropped) > 0, "dropped lines")
                self.check_that_it_plays(server)
                bots.kill()
                self.assertEqual(server.stop()[0], 0)

    def test_dropped_lines_are_counted_when_a_reader_returns(self):
        reader, writer = os.pipe()
        fill(writer)
        server, bots = self.play_on(writer)
        os.close(writer)

        def has_dropped():
            for _ in range(200):  # each is a line about the configuration
                server.process.send_signal(signal.SIGHUP)
                time.sleep(0.0005)
            return server.metric("tickstorm_log_lines_dropped_total") > 0
        wait_until(has_dropped, "dropped lines")
        self.check_that_it_plays(server)
        with os.fdopen(reader, errors="replace") as log:
            text = next(line for line in log if "dropped" in line)
            self.assertRegex(text, r"warn  log: \d+ log lines? dropped\n")
            bots.kill()
            threading.Thread(target=log.read, daemon=True).start()
            self.assertEqual(server.stop()[0], 0)

    def test_a_terminal_that_closes_does_not_end_a_server(self):
        with Terminal() as terminal:
            server, bots = self.play_on(terminal.program)
            terminal.close_program()
            terminal.close()
            server.process.send_signal(signal.SIGHUP)
            self.check_that_it_plays(server)
            bots.kill()
            self.assertEqual(server.stop()[0], 0)

    def test_a_ready_line_without_a_reader_does_not_delay_the_server(self):
        for stdout in nobody_reads(), reader_left(), device("/dev/full"):
            with self.subTest(stdout=stdout), stdout as descriptor:
                process = self.start(SERVER, "--drones", "50", "--port", "0", "--bind",
                                     "127.0.0.1", stdout=descriptor, stderr=subprocess.PIPE,
                                     text=True)
                with process.stderr:
                    line = next(line for line in process.stderr if "ready line" in line)
                    self.assertIn("standard output", line)
                    process.send_signal(signal.SIGTERM)
                    self.assertEqual(self.end(process), 0)

    def test_a_lost_hash_is_a_failure(self):
        for stdout in nobody_reads(), reader_left(), device("/dev/full"):
            with self.subTest(stdout=stdout), stdout as descriptor:
                process = self.start(SERVER, "--ticks", "5", "--unpaced", "--hash", "--drones",
                                     "50", stdout=descriptor, stderr=subprocess.PIPE, text=True)
                errors = process.communicate(timeout=DEADLINE_S)[1]
                self.assertEqual(process.returncode, FAILED)
                self.assertIn("cannot write to standard output", errors)


class OtherReaders(Case):
    def test_a_benchmark_writes_its_json_with_any_reader(self):
        for reader in nobody_reads(), reader_left():
            self.report.unlink(missing_ok=True)
            with self.subTest(reader=reader), reader as stdout:
                process = self.start(BENCH, "hostile", "--repetitions", "1", "--json", self.report,
                                     stdout=stdout, stderr=stdout)
                self.assertEqual(self.end(process), FAILED)
                self.assertGreater(len(json.loads(self.report.read_text())), 0)

    def test_an_attack_ends_with_any_reader(self):
        for reader in nobody_reads(), reader_left():
            with self.subTest(reader=reader), reader as stdout:
                process = self.start(HOSTILE, "--port", self.server.port, "-n", "100",
                                     stdout=stdout, stderr=stdout)
                self.assertEqual(self.end(process), FAILED)

    def test_a_client_ends_with_any_reader_of_its_reason(self):
        for reader in nobody_reads(), reader_left():
            with self.subTest(reader=reader), reader as pipe:
                process = self.start(CLIENT, "--headless", "--connect", "127.0.0.1:9", "--script",
                                     "/nowhere", stdout=pipe, stderr=pipe)
                self.assertEqual(self.end(process), 2)


class Environments(Case):
    def programs(self):
        """A short command of each program, and whether its result goes to standard output."""
        return {
            "server": ([SERVER, "--ticks", "10", "--port", "0", "--drones", "50", "--hash"], True),
            "bots": ([BOTS, "--connect", self.server.address, "-c", "2", "-d", "300ms", "--json",
                      self.report], True),
            "client": ([CLIENT, "--headless", "--width", "320", "--height", "180", "--connect",
                        self.server.address, "--frames", "3", "--screenshot",
                        self.report.with_suffix(".png")], False),
            "bench": ([BENCH, "--list"], True),
            "hostile": ([HOSTILE, "--port", self.server.port, "-n", "20"], True),
        }

    def check(self, what, around=(), expected=None, **options):
        for name, (command, has_result) in self.programs().items():
            self.report.unlink(missing_ok=True)
            with self.subTest(program=name, environment=what):
                process = self.start(*around, *command, **options)
                if name == "bots" and not expected:
                    self.end_run(process)
                    continue
                self.assertEqual(self.end(process), expected(has_result) if expected else 0)
                if name == "bots":
                    self.assert_report_is_whole()

    def test_programs_run_without_variables_and_directories(self):
    # No file can be created in /proc, not even by root.
        self.check("an empty environment in a directory without room", env={}, cwd="/proc")
        self.check("a home that is not there", env={"HOME": "/proc/none", "TERM": "dumb",
                                                    "XDG_RUNTIME_DIR": "/proc/none",
                                                    "LANG": "xx_YY.none"})

    def test_closed_standard_descriptors_are_not_reused_for_sockets_and_files(self):
        self.check("no stdin", ["sh", "-c", 'exec "$@" <&-', "sh"])
        self.check("no stderr", ["sh", "-c", 'exec "$@" 2>&-', "sh"])
        # A lost result is a failure, as on any output that cannot be written.
        self.check("no stdout", ["sh", "-c", 'exec "$@" >&-', "sh"], expected=int)
        self.check("none", ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"], expected=int)

    def test_signals_that_are_blocked_or_ignored_change_nothing(self):
        self.check("blocked", ["env", "--block-signal"])
        self.check("ignored", ["env", "--ignore-signal"])

    def test_too_few_descriptors_are_reported_or_suffice(self):
        for count in 3, 4, 6, 8, 12, 16, 20, 24:
            for name, (command, _) in self.programs().items():
                with self.subTest(program=name, count=count):
                    process = self.start("sh", "-c", f'ulimit -n {count}; exec "$@"', "sh",
                                         *command, stderr=subprocess.PIPE, text=True)
                    errors = process.communicate(timeout=DEADLINE_S)[1]
                    # 127 comes from the dynamic loader, which cannot open a library.
                    self.assertIn(process.returncode, (0, FAILED, 127), errors)
                    if process.returncode != 0:
                        self.assertNotEqual(errors, "")


class StartUp(Case):
    def delays(self, until_s):
        return [until_s * i / 6 for i in range(8)]

    def test_a_server_obeys_from_the_first_moment_on(self):
        command = [SERVER, "--port", "0", "--bind", "127.0.0.1", "--drones", "50"]
        for delay_s in self.delays(self.server.ready_s):
            for number in signal.SIGINT, signal.SIGTERM:
                with self.subTest(delay_s=delay_s, number=number):
                    self.assertEqual(self.end(self.signal_after(delay_s, number, *command)), 0)
            with self.subTest(delay_s=delay_s, number=signal.SIGHUP):
                process = self.signal_after(delay_s, signal.SIGHUP, *command,
                                            stdout=subprocess.PIPE, text=True)
                self.assertRegex(process.stdout.readline(), r"\Aready ")
                process.send_signal(signal.SIGTERM)
                process.stdout.close()
                self.assertEqual(self.end(process), 0)

    def test_a_second_signal_ends_a_server_with_0_whenever_it_comes(self):
        for delay_s in self.delays(0.02):
            with self.subTest(delay_s=delay_s), serving(http=False) as server:
                server.process.send_signal(signal.SIGTERM)
                time.sleep(delay_s)
                server.process.send_signal(signal.SIGTERM)
                server.process.send_signal(signal.SIGINT)
                self.assertEqual(self.end(server.process), 0)

    def test_bots_obey_from_the_first_moment_on(self):
        for delay_s in self.delays(0.1):
            for number in SIGNALS:
                self.report.unlink(missing_ok=True)
                with self.subTest(delay_s=delay_s, number=number):
                    process = self.signal_after(
                        delay_s, number, BOTS, "--connect", self.server.address, "-c", "3", "-d",
                        "60s", "--quiet", "--json", self.report)
                    self.assertEqual(self.end(process), INTERRUPTED)
                    if self.report.exists():
                        self.assert_report_is_whole()

    def test_a_client_obeys_from_the_first_moment_on(self):
        for delay_s in self.delays(0.3):
            for number in SIGNALS:
                with self.subTest(delay_s=delay_s, number=number):
                    process = self.signal_after(
                        delay_s, number, CLIENT, "--headless", "--width", "320", "--height",
                        "180", "--connect", self.server.address)
                    self.assertEqual(self.end(process), 0)

    def test_the_other_programs_end_as_the_system_ends_them(self):
        for command in ([BENCH, "hostile"],
                        [HOSTILE, "--port", str(self.server.port), "-n", "100k", "-r", "1000/s"]):
            for number in SIGNALS:
                with self.subTest(command=command, number=number):
                    process = self.signal_after(0.01, number, *command)
                    self.assertEqual(self.end(process), -number)


@unittest.skipUnless(shutil.which("Xvfb"), "Xvfb is not installed")
class ClientWindow(Case):
    def setUp(self):
        super().setUp()
        reader, writer = os.pipe()
        self.display = self.start("Xvfb", "-displayfd", writer, "-screen", "0", "640x400x24",
                                  pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as number:
            # Leaks of display drivers are not ours.
            self.environment = {"DISPLAY": f":{number.readline().strip()}",
                                "PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}

    def client(self, *arguments):
        return [CLIENT, "--connect", self.server.address, "--width", "320", "--height", "180",
                *arguments]

    def test_a_window_needs_no_descriptors_home_or_directory(self):
        picture = self.report.with_suffix(".png")
        process = self.start("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh",
                             *self.client("--frames", "3", "--screenshot", picture), cwd="/proc",
                             env=self.environment)
        self.assertEqual(self.end(process), 0)
        self.assertTrue(picture.read_bytes().startswith(b"\x89PNG"))

    def test_a_window_closes_with_0_whenever_a_signal_comes(self):
        for number in SIGNALS:
            for delay_s in 0, 0.05, 0.15, 0.5:
                with self.subTest(number=number, delay_s=delay_s):
                    process = self.signal_after(delay_s, number, *self.client(),
                                                env=self.environment)
                    self.assertEqual(self.end(process), 0)

    def test_a_display_that_dies_ends_the_client_with_1_and_a_reason(self):
        process = self.start(*self.client(), env=self.environment, stderr=subprocess.PIPE,
                             text=True)
        time.sleep(0.5)
        self.display.kill()
        self.assertRegex(process.communicate(timeout=DEADLINE_S)[1], "X connection|IO error")
        self.assertEqual(process.returncode, FAILED)


def run_at_once(cases):
    """Runs several cases at once, since they mostly wait. Returns whether all passed."""
    def run(case):
        result = unittest.TestResult()
        begun = time.monotonic()
        case.run(result)
        return case, result.failures + result.errors, time.monotonic() - begun
    is_good = True
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for case, problems, duration_s in pool.map(run, cases):
            print(f"{'FAIL' if problems else 'ok':4} {duration_s:5.1f} s  {case.id()}", flush=True)
            for at, text in problems:
                is_good = False
                print(f"\n{at}\n{text}", flush=True)
    return is_good


def list_cases(suite):
    for part in suite:
        yield from list_cases(part) if isinstance(part, unittest.TestSuite) else [part]


if __name__ == "__main__":
    SERVER, BOTS, CLIENT, BENCH, HOSTILE = map(os.path.abspath, sys.argv[1:6])
    names = sys.argv[6:]
    suite = (unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
             if names else unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    with serving("--log-level", "error") as Case.server:
        sys.exit(0 if run_at_once(list_cases(suite)) else 1)
