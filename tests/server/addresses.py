#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs at every kind of address: servers with several, IPv6, names with more than one
address, and a machine without IPv6.

Usage: addresses.py SERVER BOTS CLIENT HOSTILE     (paths of the programs)

Runs in a network namespace of its own where the system allows one; else some tests are skipped.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from real_server import RealServer, free_tcp_port

SERVER, BOTS, CLIENT, HOSTILE = "", "", "", ""
DEADLINE_S = 60  # for anything to happen; generous, since machines that test are busy
INSIDE = "TICKSTORM_TEST_NAMESPACE"  # set in the namespace
FAR = "TICKSTORM_TEST_FAR"  # in it: a process in the namespace at the other end of the cable
# A socket can be bound to most of these, but no client can reach it there.
NOBODYS = ("224.0.0.1", "239.255.255.250", "255.255.255.255", "127.255.255.255", "0.0.0.1",
           "::ffff:224.0.0.1", "ff02::1", "ff0e::7")
HOSTS = """127.0.0.1 localhost
::1 localhost
2001:db8:77::1 refused-first
10.77.0.1 refused-first
2001:db8:77::55 silent-first
10.77.0.1 silent-first
"""


def run(command, *arguments, far=False):
    prefix = ["nsenter", "-t", os.environ[FAR], "-n"] if far else []
    return subprocess.run([*prefix, command, *arguments], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)


class Server(RealServer):
    """A server that ends in order with its with-block; `errors` has its log then."""

    def __init__(self, *arguments, http=False):
        super().__init__(SERVER, "--drones", "100", *arguments, http=http)

    def __exit__(self, *_):
        code, _, self.errors = self.stop()
        super().__exit__()
        assert code == 0, self.errors


class Case(unittest.TestCase):
    def assert_all_play(self, host, port, *arguments, bots=3, far=False):
        """host: as written in --connect."""
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report.json"
            result = run(BOTS, "--connect", f"{host}:{port}", "--bots", str(bots), "-d", "500ms",
                         "-q", "--json", str(report), *arguments, far=far)
            said = f"{host}: {result.stdout}{result.stderr}"
            read = json.loads(report.read_text(encoding="utf-8"))
        # Figures that fail on a busy machine say nothing about addresses.
        self.assertEqual(read["connections"]["ok"], bots, said)
        self.assertEqual(read["snapshots"]["decode_errors"], 0, said)
        self.assertGreater(read["snapshots"]["received"], 0, said)
        return read

    def assert_one_line(self, result, code, words):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(words, result.stderr)


class LoopbackTest(Case):
    def test_a_server_on_all_of_ipv4_replies_from_the_address_of_the_request(self):
        with Server("--bind", "0.0.0.0") as server:
            for host in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
                self.assert_all_play(host, server.port)

    def test_a_server_on_one_address_is_reached_there(self):
        for bind, host in (("127.0.0.2", "127.0.0.2"), ("::ffff:127.0.0.3", "127.0.0.3"),
                           ("::1", "[::1]"), ("[::1]", "[::1]")):
            with Server("--bind", bind) as server:
                self.assert_all_play(host, server.port)

    def test_all_of_ipv6_includes_all_of_ipv4_on_several_threads(self):
        with Server("--bind", "::", "--net-threads", "2") as server:
            for host in ("[::1]", "127.0.0.1", "127.0.0.3", "[::ffff:127.0.0.2]", "localhost"):
                self.assert_all_play(host, server.port, bots=40)

    def test_ipv6_only_leaves_ipv4_to_another_server(self):
        with Server("--bind", "::", "--ipv6-only") as server:
            self.assert_all_play("[::1]", server.port)
            nobody = run(BOTS, "--connect", f"127.0.0.1:{server.port}", "-c", "1", "-q", "-d", "5s",
                         "--connect-timeout", "400ms")
            self.assert_one_line(nobody, 1, "nobody answered")
            with Server("--bind", "0.0.0.0", "--port", str(server.port)):
                self.assert_all_play("127.0.0.2", server.port)

    def test_impairment_and_attacks_work_over_ipv6(self):
        with Server("--bind", "::1") as server:
            attack = subprocess.Popen([HOSTILE, "--address", "::1", "--port", str(server.port),
                                       "--datagrams", "20k"], stdout=subprocess.PIPE, text=True)
            read = self.assert_all_play("[::1]", server.port, "--latency", "20ms", "--jitter",
                                        "5ms", "--dup", "2%", bots=20)
            self.assertIn(f"sent to [::1]:{server.port}", attack.communicate(timeout=DEADLINE_S)[0])
            self.assertEqual(attack.returncode, 0)
            self.assertGreater(read["rtt_ms"]["p50"], 38)
        self.assert_one_line(run(HOSTILE, "--address", "192.0.2.1"), 2, "loopback")

    def test_an_attack_on_a_port_without_a_server_names_the_cause(self):
        self.assert_one_line(run(HOSTILE, "--port", "9", "-n", "2000"), 1,
                             "is a server listening on 127.0.0.1:9?")

    def test_http_listens_on_either_family_or_both(self):
        for bind, hosts in (("::1", ("[::1]",)), ("::", ("[::1]", "127.0.0.1")),
                            ("[::]", ("127.0.0.1", "[::1]")), ("127.0.0.2", ("127.0.0.2",))):
            with Server("--bind", "::", "--http-bind", bind, http=True) as server:
                for host in hosts:
                    url = f"http://{host}:{server.http_port}/metrics"
                    with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
                        self.assertIn("tickstorm_ticks_total", answer.read().decode())
                read = self.assert_all_play("[::1]", server.port, "--server-metrics", url)
                self.assertIsNotNone(read["server"])

    def test_the_client_plays_over_ipv6(self):
        with Server("--bind", "::") as server:
            for host in ("[::1]", "localhost", "127.0.0.2"):
                result = run(CLIENT, "--connect", f"{host}:{server.port}", "--headless", "--width",
                             "320", "--height", "180", "--frames", "5")
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_malformed_address_is_a_usage_error_in_one_line(self):
        for text in ("::1", "::1:7777", "[::1", "[::1]", "[::1]7777", "[::1]:0", "[::1]:65536",
                     "::1]:7", "[]:7777", "[127.0.0.1]:7777", "[fe80::1]:7777", "[::1%lo]:7777",
                     "[fe80::1%nowhere]:7777", "localhost", "localhost:", ":7777", "a b:7777",
                     "[zz]:7777", "http://localhost:7777", "127.0.0.1:7777/"):
            self.assert_one_line(run(BOTS, "--connect", text), 2, "is not HOST:PORT")
            self.assert_one_line(run(CLIENT, "--connect", text), 2, "is not HOST:PORT")
        for text in ("[::1", "::1]", "[::1]:7777", "127.0.0.1:7777", "fe80::1", "fe80::1%nowhere",
                     "::1%lo", "1:2:3", "", "[127.0.0.1]", "a..b"):
            self.assert_one_line(run(SERVER, "--bind", text), 2, "--bind")
            self.assert_one_line(run(SERVER, "--http-bind", text), 2, "--http-bind")

    def test_a_foreign_address_is_a_failure_in_one_line(self):
        for text in ("192.0.2.77", "2001:db8::77", *NOBODYS):
            result = run(SERVER, "--bind", text, "--port", "0")
            self.assert_one_line(result, 1, "not an address of this machine")
            result = run(SERVER, "--port", "0", "--http-port", str(free_tcp_port()),
                         "--http-bind", text)
            self.assertEqual(result.returncode, 1)
            self.assertIn("not an address of this machine", result.stderr)
        self.assert_one_line(run(BOTS, "--connect", "nobody.invalid:7777"), 1, "nobody knows")
        result = run(CLIENT, "--connect", "nobody.invalid:7777", "--headless")
        self.assert_one_line(result, 1, "nobody knows")

    def test_a_port_in_use_is_refused_for_the_other_family(self):
        for first, second in (("::", "0.0.0.0"), ("0.0.0.0", "::"), ("::", "::1"),
                              ("127.0.0.1", "::"), ("::1", "[::1]")):
            for threads in ("1", "2"):
                with Server("--bind", first, "--net-threads", threads) as server:
                    result = run(SERVER, "--bind", second, "--port", str(server.port),
                                 "--net-threads", threads)
                    self.assertEqual(result.returncode, 1, (first, second, threads))
                    self.assertIn("the port is taken", result.stderr)


@unittest.skipUnless(INSIDE in os.environ, "no network namespace can be had")
class NamespaceTest(Case):
    """The server's end of a cable has two addresses of each family."""

    def link_local(self):
        shown = subprocess.run(["ip", "-6", "-o", "addr", "show", "dev", "near", "scope", "link"],
                               capture_output=True, text=True, check=True).stdout
        return re.search(r"(fe80::\S+)/64", shown)[1]

    def test_players_of_another_machine_join_at_each_address(self):
        with Server("--bind", "0.0.0.0") as server:
            for host in ("10.77.0.1", "10.77.0.2"):
                self.assert_all_play(host, server.port, far=True)
        with Server("--bind", "::", "--net-threads", "2") as server:
            for host in ("10.77.0.1", "10.77.0.2", "[2001:db8:77::1]", "[2001:db8:77::2]"):
                self.assert_all_play(host, server.port, far=True, bots=20)

    def test_a_broadcast_address_is_refused(self):
        subprocess.run(["ip", "addr", "add", "10.78.0.1/20", "brd", "+", "dev", "near"], check=True)
        result = run(SERVER, "--bind", "10.78.15.255", "--port", "0")
        self.assert_one_line(result, 1, "not an address of this machine")
        with Server("--bind", "10.78.0.1") as server:
            self.assert_all_play("10.78.0.1", server.port)

    def test_a_link_local_address_is_served_with_its_interface(self):
        address = self.link_local()
        for bind in ("::", f"{address}%near", f"[{address}%near]"):
            with Server("--bind", bind) as server:
                self.assert_all_play(f"[{address}%far]", server.port, far=True)

    def test_the_first_address_of_a_name_that_responds_is_used(self):
        with Server("--bind", "10.77.0.1") as server:
            self.assert_all_play("refused-first", server.port, far=True)
            self.assert_all_play("silent-first", server.port, "--connect-timeout", "2s", far=True)
            result = run(CLIENT, "--connect", f"refused-first:{server.port}", "--headless",
                         "--width", "320", "--height", "180", "--frames", "5", far=True)
            self.assertEqual(result.returncode, 0, result.stderr)
        with Server("--bind", "127.0.0.1") as server:
            self.assert_all_play("localhost", server.port)

    def test_a_system_without_ipv6_is_served_over_ipv4_with_a_warning(self):
        switch = pathlib.Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")
        switch.write_text("1", encoding="ascii")
        try:
            with Server("--bind", "::") as server:
                self.assert_all_play("127.0.0.2", server.port)
                self.assert_all_play("localhost", server.port)
                gone = run(BOTS, "--connect", f"[::1]:{server.port}", "-c", "1", "-q", "-d", "5s",
                           "--connect-timeout", "400ms")
                self.assert_one_line(gone, 1, "no route")
            warnings = [line for line in server.errors.splitlines() if "IPv6" in line]
            self.assertEqual(len(warnings), 1, server.errors)
            self.assertIn("IPv4 only", warnings[0])
            with Server("--bind", "0.0.0.0") as server:
                self.assert_all_play("127.0.0.1", server.port)
            self.assertNotIn("IPv6", server.errors)
            self.assert_one_line(run(SERVER, "--bind", "::1", "--port", "0"), 1,
                                 "not an address of this machine")
        finally:
            switch.write_text("0", encoding="ascii")
            add_ipv6_addresses()  # the system dropped them


def add_ipv6_addresses():
    for address in ("2001:db8:77::1/64", "2001:db8:77::2/64", "fe80::77/64"):
        subprocess.run(["ip", "addr", "add", address, "dev", "near", "nodad"], check=True)


def lay_cable():
    """Connects this namespace to that of a waiting process; returns the process."""
    # pylint: disable=consider-using-with
    far = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
    far.stdout.readline()
    os.environ[FAR] = str(far.pid)
    at_far = ["nsenter", "-t", str(far.pid), "-n"]
    for words in (["ip", "link", "set", "lo", "up"],
                  ["ip", "link", "add", "near", "type", "veth", "peer", "name", "far"],
                  ["ip", "link", "set", "far", "netns", str(far.pid)],
                  ["ip", "addr", "add", "10.77.0.1/24", "dev", "near"],
                  ["ip", "addr", "add", "10.77.0.2/24", "dev", "near"],
                  ["ip", "link", "set", "near", "addrgenmode", "none"],
                  ["ip", "link", "set", "near", "up"],
                  [*at_far, "ip", "link", "set", "lo", "up"],
                  [*at_far, "ip", "addr", "add", "10.77.0.9/24", "dev", "far"],
                  [*at_far, "ip", "addr", "add", "2001:db8:77::9/64", "dev", "far", "nodad"],
                  [*at_far, "ip", "link", "set", "far", "addrgenmode", "none"],
                  [*at_far, "ip", "addr", "add", "fe80::99/64", "dev", "far", "nodad"],
                  [*at_far, "ip", "link", "set", "far", "up"]):
        subprocess.run(words, check=True)
    add_ipv6_addresses()
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write(HOSTS)
        hosts.flush()
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
    return far


def enter_namespace():
    """Starts this program again in a namespace; returns here where that is forbidden."""
    try_it = "ip link add near type veth peer name far"
    for command in (["unshare", "-nm"], ["unshare", "-rnm"]):
        try:
            allowed = subprocess.run([*command, "sh", "-c", try_it], capture_output=True,
                                     check=False).returncode == 0
        except FileNotFoundError:
            return
        if allowed:
            os.environ[INSIDE] = "1"
            os.execvp(command[0], [*command, sys.executable, *sys.argv])


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter_namespace()
    SERVER, BOTS, CLIENT, HOSTILE = sys.argv[1:5]
    FAR_END = lay_cable() if INSIDE in os.environ else None
    PROGRAM = unittest.main(argv=[sys.argv[0], *sys.argv[5:]], exit=False)
    if FAR_END:
        FAR_END.stdin.close()
        FAR_END.wait()
    sys.exit(not PROGRAM.result.wasSuccessful())
