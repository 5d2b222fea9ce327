# SPDX-License-Identifier: MIT
"""A real tickstorm-server for tests and measurements, on free ports."""
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ATTEMPTS = 20
SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)
READY = re.compile(r"ready port=(\d+) http=(\d+) tick_rate=(\d+) workers=(\d+)\n")


def wait_until(condition, what, deadline_s=60):
    """Generous, since machines that test are busy."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def free_tcp_port():
    """A port that was free just now: another program may bind it before the server does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def total(reading, name):
    """The sum over all label values of a metric in a reading."""
    return sum(v for k, v in reading.items() if k == name or k.startswith(name + "{"))


class RealServer:
    """Runs until stop(), or until the end of a with-block, which kills it.

    address is HOST:PORT; ready_s is the time to its ready line. http: whether it answers get() and
    metric(). environment: instead of this process's. log: a file for its log, stderr: a descriptor
    for it; by default wait_for_log() and stop() return it.
    """

    def __init__(self, program, *arguments, http=True, log=None, stderr=subprocess.PIPE,
                 environment=None, deadline_s=60):
        self.deadline_s = deadline_s
        self.environment = environment
        self.log = log and pathlib.Path(log)
        self.stderr = stderr
        for _ in range(ATTEMPTS):
            if self._start(program, free_tcp_port() if http else 0, arguments):
                return
        raise AssertionError(f"{ATTEMPTS} ports were taken")

    def _start(self, program, http_port, arguments):
        """False: another program has bound the port first."""
        begun = time.monotonic()
        command = [program, "--port", "0", "--bind", "127.0.0.1", "--http-port", str(http_port)]
        errors = open(self.log, "w", encoding="utf-8") if self.log else self.stderr
        self.process = subprocess.Popen([*command, *map(str, arguments)], text=True,
                                        stdout=subprocess.PIPE, stderr=errors,
                                        env=self.environment)
        if self.log:
            errors.close()  # the server has it
        line = self.process.stdout.readline()
        self.ready_s = time.monotonic() - begun
        found = READY.fullmatch(line)
        if found:
            self.port, self.http_port = int(found[1]), int(found[2])
            assert self.http_port == http_port
            self.address = f"127.0.0.1:{self.port}"
            self.metrics = f"http://127.0.0.1:{self.http_port}/metrics"
            return True
        self.process.kill()
        _, errors = self.process.communicate()
        errors = self.log.read_text(encoding="utf-8") if self.log else errors
        assert "the port is taken" in (errors or ""), f"no ready line: {line!r} {errors}"
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdout.close()
        if self.process.stderr:
            self.process.stderr.close()
        self.process.wait()

    def get(self, path):
        """Status and body of a request."""
        url = f"http://127.0.0.1:{self.http_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=self.deadline_s) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, sample):
        """The value of one sample, named as in the text."""
        text = self.get("/metrics")[1]
        found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
        assert found, f"no sample {sample}"
        return float(found[1])

    def scrape(self):
        """One reading of /metrics: {'name{labels}': value}, with the monotonic time under 'now'."""
        text = self.get("/metrics")[1]
        reading = {"now": time.monotonic()}
        for name, labels, value in SAMPLE.findall(text):
            reading[name + labels] = float(value)
        return reading

    def wait_for_log(self, words):
        """Reads the log up to the line with these words."""
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(f"the log ended without '{words}'")

    def stop(self, how=signal.SIGTERM):
        """The exit code and the rest of stdout and stderr."""
        self.process.send_signal(how)
        out, errors = self.process.communicate(timeout=self.deadline_s)
        return self.process.returncode, out, errors
