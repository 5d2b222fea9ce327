# SPDX-License-Identifier: MIT
"""Bots that join a real server and leave once all are in, even on a busy machine."""
import signal
import subprocess

from real_server import wait_until

DEADLINE_S = 60  # generous, since machines that test are busy


def join(server, program, count, *arguments, deadline_s=DEADLINE_S):
    """Fails unless the server has `count` players at the same time before the deadline."""
    with subprocess.Popen([program, "--connect", server.address, "--quiet", "-c", str(count), "-d",
                           "10m", "-r", "100/s", *arguments], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as bots:
        try:
            wait_until(lambda: bots.poll() is not None or
                       server.metric("tickstorm_clients") == count, f"{count} players", deadline_s)
            assert bots.poll() is None, f"the bots ended with {bots.returncode}"
            bots.send_signal(signal.SIGINT)
            bots.wait(DEADLINE_S)
        finally:
            bots.kill()
    wait_until(lambda: server.metric("tickstorm_clients") == 0, "everybody left")
