# SPDX-License-Identifier: MIT
"""tickstorm-client from outside: options, exit codes, pictures, reasons.

    python3 client_program.py PATH/tickstorm-client PATH/tickstorm-server
"""
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer

CLIENT, SERVER = sys.argv[1], sys.argv[2]
WAIT_S = 60  # a bound against hanging, never a measure


def run_client(*arguments, **environment):
    """Runs the client to its end, without a display or an audio device."""
    variables = {key: value for key, value in os.environ.items()
                 if key not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_AUDIODRIVER")}
    return subprocess.run([CLIENT, *arguments], env=variables | environment, text=True,
                          capture_output=True, timeout=WAIT_S)


def serving(*arguments):
    return RealServer(SERVER, *arguments, http=False, deadline_s=WAIT_S)


def png_size(path):
    with open(path, "rb") as file:
        header = file.read(24)
    assert header[:8] == b"\x89PNG\r\n\x1a\n", "no PNG file"
    return struct.unpack(">II", header[16:24])


class Usage(unittest.TestCase):
    def assert_one_line(self, result, code, words):
        self.assertEqual(result.returncode, code, result.stderr)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertIn(words, lines[0])

    def test_without_connect_the_option_is_named(self):
        self.assert_one_line(run_client(), 2, "--connect HOST:PORT is required (try --help)")

    def test_bad_options_are_refused_in_one_line(self):
        for arguments, words in (
                (["--connect", "nowhere"], "HOST:PORT"),
                (["--connect", "127.0.0.1:0"], "HOST:PORT"),
                (["--connect", "127.0.0.1:1", "--width", "5"], "--width"),
                (["--connect", "127.0.0.1:1", "--frames", "-1"], "--frames"),
                (["--connect", "127.0.0.1:1", "--name", "\t"], "--name"),
                (["--connect", "127.0.0.1:1", "--wings"], "--wings")):
            with self.subTest(arguments=arguments):
                self.assert_one_line(run_client(*arguments), 2, words)

    def test_a_bad_script_is_named_with_its_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
            script.write("at 10 hold up\nat 20 fly away\n")
            script.flush()
            result = run_client("--connect", "127.0.0.1:1", "--headless", "--script", script.name)
            self.assert_one_line(result, 2, f"{script.name}:2: ")

    def test_help_and_version_answer_on_stdout(self):
        self.assertIn("--headless", run_client("--help").stdout)
        self.assertIn("tickstorm-client", run_client("--version").stdout)

    def test_missing_assets_are_named(self):
        result = run_client("--connect", "127.0.0.1:1", "--headless", TICKSTORM_ASSETS="/nowhere")
        self.assert_one_line(result, 1, "/nowhere")

    def test_without_a_display_the_error_names_headless(self):
        result = run_client("--connect", "127.0.0.1:1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--headless", result.stderr)


class Connection(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.picture = os.path.join(self.directory.name, "picture.png")

    def test_a_scripted_flight_ends_after_its_frames_with_a_picture(self):
        script = os.path.join(self.directory.name, "flight.txt")
        with open(script, "w", encoding="ascii") as file:
            file.write("at 5 aim 30\nat 10 hold right\nat 12 hold pulse\nat 30 press figures\n")
        with serving("--drones", "1000") as server:
            result = run_client("--connect", server.address, "--headless", "--frames", "60",
                                "--width", "640", "--height", "360", "--script", script,
                                "--screenshot", self.picture, "--name", "Zoë")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(png_size(self.picture), (640, 360))
        # A picture of one colour would have some hundred bytes.
        self.assertGreater(os.path.getsize(self.picture), 20000)

    def test_an_address_without_a_server_fails_with_a_reason_and_a_picture(self):
        with serving("--drones", "0") as server:
            address = server.address
        result = run_client("--connect", address, "--headless", "--screenshot", self.picture)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Nobody answered", result.stderr)
        self.assertEqual(png_size(self.picture), (1280, 720))

    def test_an_unwritable_screenshot_is_a_failure(self):
        with serving("--drones", "0") as server:
            result = run_client("--connect", server.address, "--headless", "--frames", "5",
                                "--screenshot", os.path.join(self.directory.name, "no", "x.png"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write the screenshot", result.stderr)
        self.assertIn("x.png: No such file or directory", result.stderr)

    def start_client(self, server, *arguments):
        return subprocess.Popen([CLIENT, "--connect", server.address, "--headless", *arguments],
                                text=True, stderr=subprocess.PIPE)

    def wait_until_playing(self, server):
        """Players join one after the other: once this one plays, so do those before it."""
        self.assertEqual(run_client("--connect", server.address, "--headless", "--frames", "30",
                                    "--width", "320", "--height", "180").returncode, 0)

    def test_a_shutdown_of_the_server_is_named_as_the_reason(self):
        with serving("--drones", "200") as server:
            client = self.start_client(server)
            self.wait_until_playing(server)
            server.process.send_signal(signal.SIGTERM)
            _, errors = client.communicate(timeout=WAIT_S)
        self.assertEqual(client.returncode, 1)
        self.assertIn("shutting down", errors)

    def test_a_full_server_is_named_as_the_reason(self):
        with serving("--drones", "0", "--max-clients", "1") as server:
            # The second of the two is refused, and ends.
            clients = [self.start_client(server), self.start_client(server)]
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid
            refused = next(client for client in clients if client.pid == ended)
            _, errors = refused.communicate(timeout=WAIT_S)
            clients.remove(refused)
            clients[0].send_signal(signal.SIGINT)
            clients[0].communicate(timeout=WAIT_S)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("full", errors)

    def test_an_interrupt_is_a_normal_end(self):
        with serving("--drones", "200") as server:
            client = self.start_client(server)
            self.wait_until_playing(server)
            client.send_signal(signal.SIGINT)
            _, errors = client.communicate(timeout=WAIT_S)
        self.assertEqual((client.returncode, errors), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
