#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the real programs on the loopback interface and checks the promises that scripts rely on.

Usage: end_to_end.py SERVER BOTS     (paths of tickstorm-server and tickstorm-bots)
"""
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer, wait_until

SERVER = ""
BOTS = ""
INTERRUPTED = 105  # the bots' exit code for it
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy


def run_server(*arguments):
    return subprocess.run([SERVER, *arguments], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)


def serving(*arguments, **options):
    return RealServer(SERVER, *arguments, **options)


def start_bots(port, *arguments):
    return subprocess.Popen([BOTS, "--connect", f"127.0.0.1:{port}", "--quiet", *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def interrupt(bots):
    """Ends a swarm early; returns its stdout and stderr."""
    bots.send_signal(signal.SIGINT)
    return bots.communicate(timeout=DEADLINE_S)


class CommandLine(unittest.TestCase):
    def check_failure(self, code, *arguments):
        result = run_server(*arguments)
        self.assertEqual(result.returncode, code, arguments)
        self.assertEqual(result.stdout, "", arguments)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr

    def test_usage_errors_exit_2_with_one_line(self):
        for arguments in (["--nonsense"], ["--port", "70000"], ["--workers", "many"],
                          ["--unpaced"], ["--snapshot-rate", "7"], ["--max-clients", "5000"],
                          ["stray"], ["--budget"], ["--bind", "a..b"], ["--http-bind", "x"],
                          ["--check-config", "--bind", "a..b"], ["--config", "/"]):
            self.check_failure(2, *arguments)

    def test_the_first_bad_line_of_a_configuration_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write("[server]\nport = 1\nworkers = many\nprot = 2\n")
            file.flush()
            self.assertIn(f"{file.name}:3: workers:", self.check_failure(2, "--config", file.name))

    def test_an_arena_that_cannot_be_used_exits_1_with_one_line(self):
        self.check_failure(1, "--arena", "/nowhere/at/all.ini")
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write("[arena]\nside = enormous\n")
            file.flush()
            self.assertIn(file.name, self.check_failure(1, "--arena", file.name))
            self.check_failure(2, "--check-config", "--arena", file.name)

    def test_a_port_in_use_exits_1_with_a_reason(self):
        with serving(http=False) as server:
            result = run_server("--bind", "127.0.0.1", "--port", str(server.port))
            self.assertEqual(result.returncode, 1)
            self.assertIn("taken", result.stderr)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = run_server("--port", "0", "--http-port", str(taken.getsockname()[1]))
            self.assertEqual(result.returncode, 1)
            self.assertIn("HTTP", result.stderr)

    def test_a_dumped_configuration_can_be_read(self):
        dump = run_server("--dump-config", "--drones", "77", "--budget", "900")
        self.assertEqual(dump.returncode, 0)
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write(dump.stdout)
            file.flush()
            again = run_server("--config", file.name, "--dump-config")
            self.assertEqual(again.stdout, dump.stdout)
            self.assertEqual(run_server("--config", file.name, "--check-config").returncode, 0)

    def test_the_hash_is_the_same_for_any_number_of_workers_across_the_wrap_of_ticks(self):
        hashes = set()
        for workers in "123":
            result = run_server("--ticks", "200", "--unpaced", "--hash", "--seed", "7",
                                "--first-tick", str(2**32 - 100), "--drones", "500",
                                "--workers", workers, "--log-level", "error")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"\Ahash tick=100 value=[0-9a-f]{16}\n\Z")
            hashes.add(result.stdout)
        self.assertEqual(len(hashes), 1)
        self.check_failure(2, "--first-tick", str(2**32))

    def test_the_hash_is_the_same_for_any_number_of_workers(self):
        lines = set()
        for workers in (1, 2, 3, 8):
            result = run_server("--ticks", "200", "--unpaced", "--hash", "--seed", "7",
                                "--drones", "3000", "--workers", str(workers))
            self.assertEqual(result.returncode, 0)
            self.assertRegex(result.stdout, r"\Ahash tick=200 value=[0-9a-f]{16}\n\Z")
            lines.add(result.stdout)
        self.assertEqual(len(lines), 1)

    def test_a_server_with_a_tick_limit_ends_by_itself(self):
        result = run_server("--ticks", "30", "--port", "0", "--hash", "--drones", "100")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout,
                         r"\Aready port=\d+ http=0 .*\nhash tick=30 value=\w{16}\n\Z")


class Operating(unittest.TestCase):
    def test_a_swarm_plays_and_the_metrics_count(self):
        with serving("--drones", "1000", "--max-clients", "64") as server, \
                tempfile.NamedTemporaryFile(suffix=".json") as report_file:
            self.assertEqual(server.get("/readyz")[0], 200)
            bots = start_bots(server.port, "-c", "50", "-d", "60s", "-r", "50/s",
                              "--json", report_file.name)
            wait_until(lambda: server.metric("tickstorm_clients") == 50, "50 players")
            self.assertEqual(server.get("/livez")[0], 200)
            status = json.loads(server.get("/status.json")[1])
            self.assertEqual(status["max_clients"], 64)
            self.assertGreater(status["entities"]["drones"], 0)
            ticks = server.metric("tickstorm_ticks_total")
            wait_until(lambda: server.metric("tickstorm_ticks_total") > ticks + 300, "5 s of play")
            out, err = interrupt(bots)
            self.assertEqual(bots.returncode, INTERRUPTED, out + err)
            report = json.loads(pathlib.Path(report_file.name).read_text())
            self.assertEqual(report["connections"]["ok"], 50)
            self.assertEqual(report["connections"]["dropped"], 0)
            self.assertEqual(report["snapshots"]["decode_errors"], 0)
            self.assertGreater(report["snapshots"]["received"], 50)
            self.assertGreater(report["entities"]["updates"], 1000)
            for sample in ("tickstorm_ticks_total", "tickstorm_snapshots_total",
                           "tickstorm_entity_updates_total", "tickstorm_snapshot_bytes_sum",
                           "tickstorm_tick_duration_seconds_count",
                           "tickstorm_tick_start_lag_seconds_count",
                           'tickstorm_net_bytes_total{direction="in"}',
                           'tickstorm_net_bytes_total{direction="out"}',
                           'tickstorm_net_packets_total{direction="in"}',
                           'tickstorm_net_packets_total{direction="out"}',
                           'tickstorm_net_loop_idle_seconds_total{loop="0"}',
                           'tickstorm_worker_busy_seconds_total{worker="0"}',
                           "process_cpu_seconds_total", "process_resident_memory_bytes"):
                self.assertGreater(server.metric(sample), 0, sample)
            for phase in ("pop_inputs", "index", "think", "interact", "commit", "publish",
                          "interest", "encode", "hand_over"):
                sample = f'tickstorm_tick_phase_duration_seconds_sum{{phase="{phase}"}}'
                self.assertGreater(server.metric(sample), 0, sample)
            self.assertEqual(server.metric('tickstorm_client_connects_total{result="ok"}'), 50)
            wait_until(lambda: server.metric("tickstorm_clients") == 0, "everybody left")
            self.assertEqual(
                server.metric('tickstorm_client_disconnects_total{reason="client_left"}'), 50)
            self.assertEqual(server.stop()[0], 0)

    def test_players_play_on_across_the_wrap_of_ticks(self):
        with serving("--drones", "300", "--log-level", "error", "--hash", "--verify-interval", "1",
                     "--first-tick", str(2**32 - 150)) as server:
            bots = start_bots(server.port, "-c", "10", "-d", "6s", "-r", "100/s", "--verify",
                              "--json", "-", "--threshold", "prediction.corrections<50")
            output, _ = bots.communicate(timeout=DEADLINE_S)
            report = json.loads(output)
            code, end, _ = server.stop()
        self.assertEqual(code, 0)
        self.assertRegex(end, r"\Ahash tick=\d{2,6} value=")  # it has wrapped
        self.assertEqual(bots.returncode, 0, report["failures"])
        self.assertEqual(report["connections"]["ok"], 10)
        self.assertEqual(report["connections"]["dropped"], 0)
        self.assertEqual(report["snapshots"]["decode_errors"], 0)
        self.assertEqual(report["snapshots"]["verify_mismatches"], 0)
        self.assertGreater(report["snapshots"]["verify_checks"], 10 * 6 * 20 * 0.7)
        self.assertGreater(report["prediction"]["checks"], 10 * 6 * 20 * 0.5)
        self.assertGreater(report["input_ack_ms"]["count"], 10 * 6 * 20 * 0.7)

    def test_several_net_threads_share_the_port(self):
        with serving("--drones", "300", "--net-threads", "3") as server:
            bots = start_bots(server.port, "-c", "30", "-d", "60s", "-r", "50/s")
            joined = 'tickstorm_client_connects_total{result="ok"}'
            wait_until(lambda: server.metric(joined) == 30, "30 players")
            out, err = interrupt(bots)
            self.assertEqual(bots.returncode, INTERRUPTED, out + err)
            self.assertEqual(server.metric(joined), 30)
            self.assertEqual(server.stop(signal.SIGINT)[0], 0)

    def test_the_share_of_checksums_follows_the_verify_interval(self):
        for flags, least, most in (((), 0.08, 0.2), (("--verify-interval", "1"), 0.99, 1)):
            with serving("--drones", "300", *flags) as server, \
                    tempfile.TemporaryDirectory() as directory:
                report = pathlib.Path(directory, "report.json")
                bots = start_bots(server.port, "-c", "5", "-d", "2s", "--verify",
                                  "--json", str(report))
                bots.communicate(timeout=DEADLINE_S)
                self.assertEqual(bots.returncode, 0)
                snapshots = json.loads(report.read_text())["snapshots"]
                share = snapshots["verify_checks"] / snapshots["received"]
                self.assertTrue(least <= share <= most, share)
                self.assertEqual(snapshots["verify_mismatches"], 0)
        with serving("--drones", "300", "--verify-interval", "0") as server:
            bots = start_bots(server.port, "-c", "2", "-d", "1s", "--verify")
            out, err = bots.communicate(timeout=DEADLINE_S)
            self.assertEqual(bots.returncode, 1)
            self.assertIn("no checksums", out + err)

    def test_a_full_server_refuses_bots(self):
        with serving("--drones", "100", "--max-clients", "5") as server:
            bots = start_bots(server.port, "-c", "9", "-d", "60s", "-r", "50/s")
            sample = 'tickstorm_client_connects_total{result="server_full"}'
            wait_until(lambda: server.metric(sample) == 4, "4 refusals")
            interrupt(bots)
            self.assertEqual(server.metric(sample), 4)
            self.assertEqual(server.stop()[0], 0)

    def test_a_signal_sends_players_away_and_exits_0(self):
        with serving("--drones", "100") as server:
            bots = start_bots(server.port, "-c", "5", "-d", "60s", "-r", "50/s")
            wait_until(lambda: server.metric("tickstorm_clients") == 5, "5 players")
            code, _, err = server.stop()
            self.assertEqual(code, 0, err)
            self.assertNotIn("second signal", err)
            out, err = bots.communicate(timeout=DEADLINE_S)  # without connections they end
            self.assertIn("server_shutdown", out + err)

    def test_a_hang_up_reads_the_configuration_again(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            def write(text):
                file.seek(0)
                file.truncate()
                file.write(text)
                file.flush()
            write("[log]\nlog-level = info\n")
            with serving("--config", file.name) as server:
                write("[log]\nlog-level = debug\n[game]\nbudget = 900\n")
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_log("budget: '1100' -> '900' (needs a restart)")
                server.wait_for_log("'info' -> 'debug'")
                write("[log]\nlog-level = loud\n")
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_log("kept as it was")
                # Not before its first tick is over.
                wait_until(lambda: server.get("/livez")[0] == 200, "alive")
                self.assertEqual(server.stop()[0], 0)

    def test_a_second_signal_ends_the_drain(self):
        with serving("--drones", "100", "--drain-timeout", "5s") as server:
            bots = start_bots(server.port, "-c", "5", "-d", "60s", "-r", "50/s")
            wait_until(lambda: server.metric("tickstorm_clients") == 5, "5 players")
            bots.send_signal(signal.SIGSTOP)  # they will not acknowledge the goodbye
            server.process.send_signal(signal.SIGTERM)
            server.wait_for_log("shutting down")
            code, _, err = server.stop()
            self.assertEqual(code, 0, err)
            self.assertIn("second signal", err)
            bots.kill()
            bots.communicate()


if __name__ == "__main__":
    SERVER, BOTS = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
