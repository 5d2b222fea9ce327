# SPDX-License-Identifier: MIT
"""A real server for tests of the swarm's programs, on ports that nobody else has."""
import re
import signal
import socket
import subprocess

ATTEMPTS = 20


def free_tcp_port():
    """A port that was free just now: another program may take it before the server does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RealServer:
    """Runs until stop(). address is HOST:PORT, metrics the URL of its figures."""

    def __init__(self, program, deadline_s, *arguments):
        self.deadline_s = deadline_s
        for _ in range(ATTEMPTS):
            self.process = subprocess.Popen(
                [program, "--port", "0", "--bind", "127.0.0.1", "--http-port",
                 str(free_tcp_port()), "--log-level", "error", *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            ready = self.process.stdout.readline()
            if ready:
                break
            errors = self.process.communicate(timeout=deadline_s)[1]
            assert "the port is taken" in errors, errors
        found = re.match(r"ready port=(\d+) http=(\d+)", ready)
        assert found, f"no ready line: {ready!r}"
        self.address = f"127.0.0.1:{found[1]}"
        self.metrics = f"http://127.0.0.1:{found[2]}/metrics"

    def stop(self):
        """Ends it in order."""
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=self.deadline_s)
        assert self.process.returncode == 0, f"exit {self.process.returncode}: {errors}"
