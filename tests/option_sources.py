#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files, variables and flags of the real programs: each is read as it looks, or refused.

Usage: option_sources.py SERVER BOTS CLIENT BENCH HOSTILE     (paths)
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from real_server import RealServer

SERVER, BOTS, CLIENT, BENCH, HOSTILE = sys.argv[1:6]
WAIT_S = 60  # a bound against hanging, never a measure
DEAD = "127.0.0.1:9"
LONG = "a" * 197


def run(*command, **variables):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TICKSTORM_")}
    return subprocess.run([os.fsencode(str(word)) for word in command], env=clean | variables,
                          capture_output=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, text, name="file.ini"):
        path = pathlib.Path(self.folder.name, name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def assert_refused(self, result, code, *words):
        errors = result.stderr.decode(errors="replace")
        self.assertEqual(result.returncode, code, errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertTrue(errors.endswith("\n"), errors)
        for word in words:
            self.assertIn(word, errors)

    def dumped(self, *arguments, **variables):
        """The values of a dumped configuration, as written there."""
        result = run(SERVER, *arguments, "--dump-config", **variables)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        lines = [line for line in result.stdout.decode().splitlines() if " = " in line]
        return dict(line.split(" = ", 1) for line in lines if not line.startswith(";"))


# Files that are not text, with the line that is reported. %s stands for a line of the program.
BROKEN = {
    "a NUL": (b"%s\n\0more = 1\n", 2),
    "a NUL at the end": (b"%s\0", 1),
    "CR alone": (b"%s\rmore = 1\r", 1),
    "CR CR LF": (b"%s\r\r\n", 1),
    "UTF-16, little end first": ("\ufeff[server]\nport = 9\n".encode("utf-16-le"), 1),
    "UTF-16, big end first": ("\ufeff[server]\nport = 9\n".encode("utf-16-be"), 1),
    "UTF-16 without a mark": ("[server]\n".encode("utf-16-le"), 1),
    "Latin 1": (b"%s\n; caf\xe9\n", 2),
    "half a character": (b"%s\n; \xe2\x82", 2),
    "an escape sequence": (b"%s\n; \x1b[2K\n", 2),
    "a second mark": (b"\xef\xbb\xbf\xef\xbb\xbf%s\n", 1),
    "a form feed": (b"\x0c%s\n", 1),
}


def broken(first):
    for name, (text, line) in BROKEN.items():
        yield name, text.replace(b"%s", first), line


class Files(Case):
    """The kinds of files that a user writes."""

    # Command with the flag that takes the file, exit code, and the first line of a good file.
    KINDS = {
        "config": ([SERVER, "--check-config", "--config"], 2, b"[server]"),
        "arena": ([SERVER, "--unpaced", "--ticks", "1", "--arena"], 1, b"[arena]"),
        "checked arena": ([SERVER, "--check-config", "--arena"], 2, b"[arena]"),
        "scenario": ([BOTS, "--connect", DEAD, "--scenario"], 2, b"[load]"),
        "search": ([BOTS, "search", "--connect", DEAD, "--scenario"], 2, b"[load]"),
        "script": ([CLIENT, "--connect", DEAD, "--headless", "--script"], 2, b"at 1 hold up"),
    }

    def test_a_file_that_is_not_text_is_refused_with_its_line(self):
        for kind, (command, code, first) in self.KINDS.items():
            for name, text, line in broken(first):
                with self.subTest(kind=kind, text=name):
                    path = self.write(text)
                    self.assert_refused(run(*command, path), code, f"{path}:{line}: ")

    def test_an_unreadable_file_is_refused_with_its_name(self):
        fifo = pathlib.Path(self.folder.name, "fifo")
        os.mkfifo(fifo)
        huge = self.write(b"; " + b"x" * (1 << 20) + b"\n", "huge")
        unreadable = self.write("", "unreadable")
        unreadable.chmod(0)
        loop = pathlib.Path(self.folder.name, "loop")
        loop.symlink_to(loop)
        paths = ["/nowhere/file", "/", "/dev/zero", fifo, huge, loop, "", self.folder.name]
        if os.getuid() != 0:
            paths.append(unreadable)
        for kind, (command, code, _) in self.KINDS.items():
            for path in paths:
                with self.subTest(kind=kind, path=path):
                    self.assert_refused(run(*command, path), code, f"'{path}'")

    def test_a_pipe_with_a_writer_is_read_as_a_file(self):
        script = '"$@" --check-config --config <(printf "[server]\\nport = 9x\\n")'
        result = run("bash", "-c", script, "bash", SERVER)
        self.assert_refused(result, 2, "port: '9x'", ":2: ")

    def test_a_name_with_a_line_end_is_reported_in_one_line(self):
        for kind, (command, code, _) in self.KINDS.items():
            with self.subTest(kind=kind):
                self.assert_refused(run(*command, "/nowhere/a\nb\x1b[2K"), code, "/nowhere/a?b?[2K")


class Configurations(Case):
    def port_of(self, text):
        return self.dumped("--config", self.write(text))["port"]

    def refuse(self, text, line, *words):
        with self.subTest(text=text):
            path = self.write(text)
            self.assert_refused(run(SERVER, "--check-config", "--config", path), 2,
                                f"{path}:{line}: ", *words)

    def test_a_line_of_any_length_is_one_line(self):
        for length in (*range(180, 215), 4095, 70000):
            with self.subTest(length=length):
                comment = ";" + "a" * (length - 1)
                self.assertEqual(self.port_of(f"[server]\n{comment}port = 9\n"), "7777")
                self.assertEqual(self.port_of(f"[server]\n{' ' * length}port = 9\n"), "9")
                self.assertEqual(self.port_of(f"[server]\nport ={' ' * length}9\n"), "9")
                self.assertEqual(self.port_of(f"[server]\nport = 9 ;{'x' * length}port = 8\n"), "9")

    def test_a_line_that_looks_like_a_key_is_read_as_one(self):
        for text in ("[server]\nport=9", "[server]\r\nport = 9\r\n", "\ufeff[server]\nport = 9\n",
                     "[server]\nbind = 127.0.0.1\n   port = 9\n", "  [server]\n\tport\t=\t9\t\n",
                     "[ server ]\nport = 9 # nine\n", "[server];x\nport = 9 ; nine\n",
                     "[server]\n#port = 8\n;port = 8\nport = 9\n", '[server]\nport = "9"\n',
                     "[server]\n[game]\n[server]\nport = 9\n"):
            with self.subTest(text=text):
                self.assertEqual(self.port_of(text), "9")
        self.assertEqual(self.port_of(""), "7777")
        self.assertEqual(self.dumped("--config", "/dev/null")["port"], "7777")

    def test_a_malformed_line_is_refused(self):
        self.refuse("[server] port = 9\n", 1, "]")
        self.refuse("[server\nport = 9\n", 1, "[section]")
        self.refuse("port = 9\n", 1, "'port'")
        self.refuse("[server]\nport 9\n", 2, "key = value")
        self.refuse("[server]\nport: 9\n", 2, "key = value")
        self.refuse("[server]\nport = 8\n  9\n", 3, "key = value")
        self.refuse("[server]\nport = 9 9\n", 2, "'9 9'")
        self.refuse("[server]\nport =\n", 2, "''")
        self.refuse("[server]\nport = 8\nport = 9\n", 3, "line 2")
        self.refuse("[server]\nport = 8\n[server]\nport = 8\n", 4, "line 2")
        self.refuse("[server]\nPort = 9\n", 2, "'Port'", "'port'")
        self.refuse("[server]\nmax_clients = 9\n", 2, "'max-clients'")
        self.refuse("[servers]\n", 1, "'server'")
        self.refuse("[game]\nport = 9\n", 2, "[server]")
        self.refuse("[server]\nticks = 9\n", 2, "command line")
        self.refuse('[server]\nbind = "x\n', 2, "quote")
        self.refuse('[server]\nbind = "x" y\n', 2, "quote")
        self.refuse("[server]\nbind = " + "x" * 4096 + "\n", 2, "4095")
        self.refuse("[server]\n\nbind = a..b\n", 3, "bind: 'a..b'")
        self.refuse("[server]\nbind = ::1%no\n", 2, "bind: ", "address")
        self.refuse("[http]\nhttp-bind = localhost\n", 2, "http-bind: 'localhost'")
        self.refuse('[server]\nbind = ""\n', 2, "the host is missing")
        self.refuse("[log]\nlog-level = loud\n[server]\nprot = 9\n", 2, "'loud'")

    def test_a_dumped_configuration_loads_to_the_same(self):
        names = ["a;b", "a ;b", "a #b", ";", "#", " x ", "\tx", 'q"uo"te', '"', "a=b",
                 "back\\slash", "[x]", "caf\u00e9", "line\nend", "x" * 200]
        for name in names:
            with self.subTest(name=name):
                arena = self.write("[arena]\nname = hall\n", name)
                first = run(SERVER, "--arena", arena, "--dump-config")
                self.assertEqual(first.returncode, 0, first.stderr)
                again = run(SERVER, "--config", self.write(first.stdout, "dump"), "--dump-config")
                self.assertEqual((again.stdout, again.stderr), (first.stdout, b""))
        arena = os.fsencode(self.folder.name) + b"/\xff\x80"
        with open(arena, "wb") as file:
            file.write(b"[arena]\n")
        first = run(SERVER, "--arena", os.fsdecode(arena), "--dump-config")
        again = run(SERVER, "--config", self.write(first.stdout, "dump"), "--dump-config")
        self.assertEqual((again.stdout, again.returncode), (first.stdout, 0))

    def test_extreme_values_are_dumped_and_loaded(self):
        everything = ["--seed", str(2**64 - 1), "--drones", "0", "--drain-timeout", "1ns",
                      "--tick-rate", "240", "--snapshot-rate", "240", "--max-clients", "4000",
                      "--port", "0", "--budget", "200", "--log-level", "debug", "--workers", "64"]
        first = run(SERVER, *everything, "--dump-config")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn(b"seed = 18446744073709551615\n", first.stdout)
        self.assertIn(b"drain-timeout = 0.000000001s\n", first.stdout)
        again = run(SERVER, "--config", self.write(first.stdout), "--dump-config")
        self.assertEqual((again.stdout, again.stderr), (first.stdout, b""))

    def test_bounds_are_the_same_from_every_source(self):
        for section, key, good, bad in (
                ("game", "seed", str(2**64 - 1), str(2**64)),
                ("game", "drones", "500000", "500001"),
                ("server", "port", "65535", "65536"), ("server", "drain-timeout", "5s", "5001ms"),
                ("game", "budget", "1100", "1101"), ("server", "workers", "64", "65")):
            variable = f"TICKSTORM_{section}_{key}".upper().replace("-", "_")
            for value, code in ((good, 0), (bad, 2)):
                with self.subTest(key=key, value=value):
                    path = self.write(f"[{section}]\n{key} = {value}\n")
                    by_file = run(SERVER, "--check-config", "--config", path)
                    by_variable = run(SERVER, "--check-config", **{variable: value})
                    by_flag = run(SERVER, "--check-config", f"--{key}", value)
                    for result in (by_file, by_variable, by_flag):
                        self.assertEqual(result.returncode, code, result.stderr)
                    if code != 0:
                        self.assert_refused(by_file, 2, f"{path}:2: {key}: ")
                        self.assert_refused(by_variable, 2, f"{variable}: ")
                        self.assert_refused(by_flag, 2, f"--{key}: ")
        for key in ("seed = 18446744073709551615", "drones = 500000"):
            arena = self.write(f"[arena]\n{key}\n")
            self.assertIn(key.split()[2], self.dumped("--arena", arena).values())
        arena = self.write("[arena]\ndrones = 500001\n")
        self.assert_refused(run(SERVER, "--check-config", "--arena", arena), 2, f"{arena}:2: ")


class Arenas(Case):
    def test_a_line_is_read_as_it_looks(self):
        arena = self.write("[arena]\nname = X\n    drones = 100\n")
        self.assertEqual(self.dumped("--arena", arena)["drones"], "100")
        arena = self.write(f"[arena]\n;{LONG}drones = 9\ndrones = 100\n")
        self.assertEqual(self.dumped("--arena", arena)["drones"], "100")
        for text, line in (("[arena] drones = 10\n", 1), ("[arena]\ndrone = 10\n", 2),
                           ("[arena]\ndrones = 1\ndrones = 2\n", 3), ("[game]\ndrones = 1\n", 1),
                           ("drones = 1\n", 1), ("[arena]\n\nname = " + "n" * 32 + "\n", 3)):
            with self.subTest(text=text):
                path = self.write(text)
                result = run(SERVER, "--unpaced", "--ticks", "1", "--arena", path)
                self.assert_refused(result, 1, f"{path}:{line}: ")


class Scenarios(Case):
    def test_a_search_skips_the_keys_of_a_run_and_no_others(self):
        for text, line in (("[load]\nbots = 5\n[foo]\nbots = 5\n", 3), ("[load]\njson = x\n", 2),
                           ("[load]\nspawn-rate = 5\nbots = 5\nwarm-up = 5s\n", 4)):
            with self.subTest(text=text):
                path = self.write(text)
                result = run(BOTS, "search", "--connect", DEAD, "--scenario", path)
                self.assert_refused(result, 2, f"{path}:{line}: ")

    def test_a_long_comment_hides_no_key(self):
        path = self.write(f"[load]\n;{LONG}bots = many\nbots = few\n")
        self.assert_refused(run(BOTS, "--connect", DEAD, "--scenario", path), 2, f"{path}:3: ")


class Scripts(Case):
    def test_a_bad_line_is_reported_with_its_number(self):
        for text, line in ((f"#{LONG * 2}\nat 1 hop\n", 2),
                           ("\ufeffat 1 hold up\r\nat 2 hop\r\n", 2),
                           ("  at 1 hold up\nat 1 hold up" + " " * 300 + "now\n", 2)):
            with self.subTest(text=text):
                path = self.write(text)
                result = run(CLIENT, "--connect", DEAD, "--headless", "--script", path)
                self.assert_refused(result, 2, f"{path}:{line}: ")


class WinningValues(Case):
    SERVICE = "tcp://10.96.12.7:7777"  # an orchestrator sets it for a service of that name

    def test_a_bad_variable_is_ignored_where_a_flag_wins(self):
        config = self.write("[server]\nport = many\nmax-clients = none\n[game]\nseed = -1\n")
        values = self.dumped("--config", config, "--port", "7777", "--seed=5",
                             TICKSTORM_SERVER_PORT=self.SERVICE, TICKSTORM_SERVER_MAX_CLIENTS="12",
                             TICKSTORM_GAME_SEED="x")
        self.assertEqual([values[key] for key in ("port", "max-clients", "seed")],
                         ["7777", "12", "5"])
        self.assert_refused(run(SERVER, "--check-config", TICKSTORM_SERVER_PORT=self.SERVICE), 2,
                            "TICKSTORM_SERVER_PORT: ", self.SERVICE)
        path = self.write("[server]\nport = 1\nport = 2\n")
        self.assert_refused(run(SERVER, "--check-config", "--config", path, "--port", "3"), 2,
                            f"{path}:3: ")

    def test_a_winning_bad_address_is_reported_with_its_source(self):
        self.assert_refused(run(SERVER, "--check-config", TICKSTORM_SERVER_BIND="a..b"), 2,
                            "TICKSTORM_SERVER_BIND: 'a..b'")
        config = self.write("[server]\nbind = a..b\n[http]\nhttp-bind = x\n")
        values = self.dumped("--config", config, "--bind", "::1", TICKSTORM_HTTP_HTTP_BIND="::1")
        self.assertEqual((values["bind"], values["http-bind"]), ("::1", "::1"))
        for program in CLIENT, BOTS:
            section = "CLIENT" if program == CLIENT else "TARGET"
            variable = f"TICKSTORM_{section}_CONNECT"
            self.assert_refused(run(program, **{variable: "a:7k"}), 2, f"{variable}: 'a:7k'")
            self.assert_refused(run(program, "--connect", "c:7k", **{variable: "a:7k"}), 2,
                                "--connect: 'c:7k'")

    def test_a_server_starts_beside_a_service_of_its_name(self):
        os.environ["TICKSTORM_SERVER_PORT"] = self.SERVICE
        self.addCleanup(os.environ.pop, "TICKSTORM_SERVER_PORT")
        with RealServer(SERVER, "--drones", "10", http=False, deadline_s=WAIT_S) as server:
            self.assertGreater(server.port, 0)

    def test_empty_variables_are_unset(self):
        names = ("SERVER_PORT", "SERVER_BIND", "GAME_ARENA", "GAME_SEED", "GAME_DRONES",
                 "LOG_LOG_LEVEL", "SERVER_DRAIN_TIMEOUT", "HTTP_HTTP_BIND")
        empty = {f"TICKSTORM_{name}": "" for name in names}
        self.assertEqual(self.dumped(**empty), self.dumped())

    def test_the_other_programs_check_only_the_winner_too(self):
        for command, flags, variables in (
                ([CLIENT, "--connect"], ["--width", "640"], {"TICKSTORM_CLIENT_WIDTH": "wide"}),
                ([CLIENT, "--connect"], ["--loss", "1%"], {"TICKSTORM_CLIENT_LOSS": "most"}),
                ([BOTS, "--connect"], ["-c", "3"], {"TICKSTORM_LOAD_BOTS": "many"}),
                ([BOTS, "--connect"], ["-c", "3"], {"TICKSTORM_LOAD_STAGE": "soon"}),
                ([BOTS, "--connect"], ["--stage", "1s:3"], {"TICKSTORM_LOAD_SPAWN_RATE": "fast"}),
                ([BOTS, "search", "--connect"], ["--max", "50"], {"TICKSTORM_SEARCH_MAX": "all"})):
            with self.subTest(command=command, variables=variables):
                # The overridden variable is not reported, but the unknown flag is.
                good = run(*command, DEAD, *flags, "--no-such-flag", **variables)
                self.assert_refused(good, 2, "--no-such-flag")
                self.assert_refused(run(*command, DEAD, **variables), 2, *variables)


class Numbers(Case):
    """Every program understands a number alike, or refuses it in one line."""

    BAD = ("", " ", "x", "1x", " 5", "5 ", "+5", "-5", "-0", "0x10", "1,000", "5.", "1e3", "nan",
           "inf", "99999999999999999999", "18446744073709551616", "5\n", "\uff15", "10kk", "1_000")

    def test_counts(self):
        for command in ([SERVER, "--check-config", "--port"], [SERVER, "--check-config", "--seed"],
                        [BOTS, "--connect", DEAD, "--bots"], [BOTS, "search", "--from"],
                        [CLIENT, "--connect", DEAD, "--frames"], [BENCH, "--list", "--repetitions"],
                        [BENCH, "--list", "--workers"], [HOSTILE, "--seed"]):
            for value in self.BAD:
                with self.subTest(command=command, value=value):
                    self.assert_refused(run(*command, value), 2, command[-1])

    def test_rates_percentages_and_durations(self):
        fraction_is_fine = {"5.", "1e3"}
        for command in ([BOTS, "--connect", DEAD, "--spawn-rate"], [HOSTILE, "--rate"],
                        [CLIENT, "--connect", DEAD, "--loss"],
                        [CLIENT, "--connect", DEAD, "--latency"],
                        [SERVER, "--check-config", "--drain-timeout"],
                        [BOTS, "search", "--precision"]):
            for value in sorted(set(self.BAD) - fraction_is_fine):
                with self.subTest(command=command, value=value):
                    self.assert_refused(run(*command, value), 2, command[-1])

    def test_numbers_do_not_depend_on_the_locale(self):
        for locale in ("de_DE.UTF-8", "C", "tr_TR.UTF-8"):
            with self.subTest(locale=locale):
                values = self.dumped("--drain-timeout", "1.5s", LC_ALL=locale)
                self.assertEqual(values["drain-timeout"], "1500ms")
                result = run(SERVER, "--check-config", "--drain-timeout", "1,5s", LC_ALL=locale)
                self.assert_refused(result, 2, "--drain-timeout")

    def test_flags_are_read_in_order_and_end_at_two_dashes(self):
        self.assertEqual(self.dumped("--port", "x", "--port=1", "--port", "2")["port"], "2")
        self.assert_refused(run(SERVER, "--port", "2", "--port="), 2, "--port: ''")
        self.assert_refused(run(SERVER, "--check-config", "--", "--port"), 2, "'--port'")
        self.assertEqual(run(SERVER, "--check-config", "--").returncode, 0)
        self.assertEqual(run(BENCH, "--list", "--", "sim").returncode, 0)
        self.assert_refused(run(SERVER, "--prot", "2"), 2, "'--port'")


class Reload(Case):
    def test_a_bad_file_keeps_the_configuration(self):
        path = self.write("[log]\nlog-level = info\n")
        with RealServer(SERVER, "--config", path, "--drones", "10", http=False,
                        deadline_s=WAIT_S) as server:
            for text, words in ((b"[log]\nlog-level = error\n\0", ":3: "),
                                (b"[log] log-level = error\n", ":1: "),
                                (b"[log]\nlog-level = error\nlog-level = error\n", ":3: ")):
                path.write_bytes(text)
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_log(f"the new one is bad: {path}{words}")
            path.write_bytes(b"[log]\n  log-format = json\n")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("log-format: 'text' -> 'json'")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
