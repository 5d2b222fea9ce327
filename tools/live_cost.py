#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a client costs in vivo: CPU of the real server and the real bots, beside each other.

For each number of bots it starts tickstorm-server and tickstorm-bots on loopback, waits until all
bots play, and measures for some seconds. The unit is one snapshot sent and one input received. The
floor is what the kernel alone takes to send and to receive a datagram (tickstorm-bench udp_floor),
measured in the same round. Figures are medians over the rounds. Threads are CPU time; phases are
time on the clock of the sim thread, whose workers help in the parallel ones.

  tools/live_cost.py                             250, 1,000 and 2,000 bots, 20,000 drones
  tools/live_cost.py --bots 600 --rounds 5       one load, five rounds
  tools/live_cost.py --against OTHER/build/release/bin
                                                 both builds in turns, and their ratios
  tools/live_cost.py --json cost.json            all rounds, for a script
"""
import argparse
import collections
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

from real_server import RealServer, total, wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETTLE_S = 3  # after the last join: views fill, the first acknowledgements arrive
PHASE = 'tickstorm_tick_phase_duration_seconds_sum{phase="'
DELTA = 'tickstorm_deltas_total{source="'
PROGRAMS = ("tickstorm-server", "tickstorm-bots", "tickstorm-bench")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def counts(text):
    return [int(count) for count in text.split(",")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--against", type=pathlib.Path, metavar="BIN",
                        help="the programs of another build, measured in turns")
    parser.add_argument("--bots", type=counts, default="250,1000,2000", metavar="N,N...",
                        help="loads, separated by commas")
    parser.add_argument("--drones", type=int, default=20000)
    parser.add_argument("--seconds", type=float, default=15, help="measured time of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bots-flags", default="", help="further flags for tickstorm-bots")
    parser.add_argument("--server-flags", default="", help="further flags for tickstorm-server")
    parser.add_argument("--json", type=pathlib.Path, help="write all rounds here")
    options = parser.parse_args()
    if options.seconds <= 0 or options.rounds < 1 or min(options.bots) < 1:
        parser.error("bots, rounds and seconds are above 0")
    for directory in filter(None, (options.bin, options.against)):
        for name in PROGRAMS:
            if not os.access(directory / name, os.X_OK):
                parser.error(f"no {name} in {directory}: build it, or name another --bin")
    return options


def cpu_of_threads(pid):
    """{(thread id, name): (user, system)} in seconds. A thread that has ended is left out."""
    threads = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            text = (task / "stat").read_text(encoding="utf-8")
        except OSError:
            continue
        name, fields = text[text.index("(") + 1:text.rindex(")")], text.rsplit(")", 1)[1].split()
        threads[int(task.name), name] = (int(fields[11]) / TICKS_PER_S,
                                         int(fields[12]) / TICKS_PER_S)
    return threads


def cpu_between(first, last):
    """Per thread name, and in all: [user, system] seconds."""
    names = collections.defaultdict(lambda: [0.0, 0.0])
    for thread, (user, system) in last.items():
        before = first.get(thread, (0, 0))
        for name in (thread[1], "all"):
            names[name][0] += user - before[0]
            names[name][1] += system - before[1]
    return dict(names)


def measure_floor(directory):
    """ns of CPU for a datagram sent plus one received, by the kernel alone."""
    result = subprocess.run([directory / "tickstorm-bench", "udp_floor", "--repetitions", "5",
                             "--json", "-"], capture_output=True, text=True, check=True)
    figures = json.loads(result.stdout)
    return sum(figure["median"] for figure in figures if figure["unit"] == "ns/datagram")


def measure_load(options, directory, bots, work):
    """One round: the figures of a server and its bots."""
    arguments = ["--max-clients", bots + 16, "--drones", options.drones,
                 *shlex.split(options.server_flags)]
    report_path = work / "report.json"
    with RealServer(directory / "tickstorm-server", *arguments, log=work / "server.log") as server:
        swarm = subprocess.Popen(
            [directory / "tickstorm-bots", "--connect", server.address, "--bots", str(bots),
             "--spawn-rate", "500/s", "--quiet", "--json", report_path, "--duration",
             f"{int(bots / 500 + SETTLE_S + options.seconds + 5)}s",
             *shlex.split(options.bots_flags)], stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: swarm.poll() is not None
                       or server.metric("tickstorm_clients") == bots, "all bots play")
            time.sleep(SETTLE_S)
            readings = []
            for wait_s in (options.seconds, 0):
                readings.append((server.scrape(), cpu_of_threads(server.process.pid),
                                 cpu_of_threads(swarm.pid)))
                time.sleep(wait_s)
            if swarm.wait(timeout=120) not in (0, 1):
                sys.exit(f"tickstorm-bots ended with {swarm.returncode}")
        finally:
            if swarm.poll() is None:
                swarm.kill()
        server.stop()
    report = json.loads(report_path.read_text(encoding="utf-8"))
    return figures_of(readings, report, bots)


def figures_of(readings, report, bots):
    """The figures of a round from two readings and the bots' report."""
    (first, server_first, bots_first), (last, server_last, bots_last) = readings
    change = {name: last[name] - first.get(name, 0) for name in last}
    snapshots = max(1, change["tickstorm_snapshots_total"])
    elapsed_s = change["now"]

    def us(seconds):
        return seconds * 1e6 / snapshots

    server = cpu_between(server_first, server_last)
    swarm = cpu_between(bots_first, bots_last)["all"]
    by_prefix = {prefix: {name[len(prefix):-2]: value for name, value in change.items()
                          if name.startswith(prefix)} for prefix in (PHASE, DELTA)}
    return {
        "bots": bots,
        "passed": report["passed"],
        "snapshots_per_bot_s": snapshots / elapsed_s / bots,
        "server_us": us(sum(server["all"])),
        "server_user_us": us(server["all"][0]),
        "server_system_us": us(server["all"][1]),
        "bots_us": us(sum(swarm)),
        "tick_ms": change["tickstorm_tick_duration_seconds_sum"] * 1e3
                   / max(1, change["tickstorm_ticks_total"]),
        "skipped": change["tickstorm_ticks_skipped_total"],
        "bytes": change["tickstorm_snapshot_bytes_sum"] / snapshots,
        "updates": change["tickstorm_entity_updates_total"] / snapshots,
        "threads_us": {name: us(sum(cpu)) for name, cpu in sorted(server.items())
                       if name != "all"},
        "phases_us": {name: us(value) for name, value in by_prefix[PHASE].items()},
        "deltas": {name: value / snapshots for name, value in by_prefix[DELTA].items()},
        "datagrams": total(change, "tickstorm_net_packets_total") / snapshots,
    }


def median_of(rounds, *path):
    values = []
    for figures in rounds:
        for key in path:
            figures = figures[key]
        values.append(figures)
    return statistics.median(values)


def spread_of(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def print_build(name, rounds):
    """One build at one load."""
    cost, floor = median_of(rounds, "server_us"), median_of(rounds, "floor_us")
    good = sum(figures["passed"] for figures in rounds)
    print(f"  {name}: {good} of {len(rounds)} rounds passed, "
          f"{median_of(rounds, 'snapshots_per_bot_s'):.1f} snapshots/s per bot, "
          f"tick {median_of(rounds, 'tick_ms'):.2f} ms, "
          f"skipped {median_of(rounds, 'skipped'):.0f}")
    print(f"    server  {cost:6.2f} us a snapshot and input: "
          f"user {median_of(rounds, 'server_user_us'):.2f}, "
          f"system {median_of(rounds, 'server_system_us'):.2f}; "
          f"{cost / floor:.1f} times the floor of {floor:.2f}")
    print(f"    bots    {median_of(rounds, 'bots_us'):6.2f} us")
    for title, key, digits in (("threads", "threads_us", 2), ("phases", "phases_us", 2),
                               ("deltas", "deltas", 1)):
        parts = [f"{part} {median_of(rounds, key, part):.{digits}f}"
                 for part in rounds[0][key]]
        print(f"    {title}  " + ", ".join(parts))
    print(f"    {median_of(rounds, 'bytes'):.0f} bytes and {median_of(rounds, 'updates'):.0f} "
          f"entities a snapshot, {median_of(rounds, 'datagrams'):.2f} datagrams in and out")


def print_ratios(ours, others):
    """This build divided by the other one, round by round."""
    for name, key in (("server", "server_us"), ("bots", "bots_us")):
        ratios = [a[key] / b[key] for a, b in zip(ours, others)]
        print(f"  {name}, this build by the other: {spread_of(ratios)}")


def main():
    options = parse_arguments()
    builds = {"this build": options.bin}
    if options.against:
        builds["other build"] = options.against
    results = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for bots in options.bots:
            for k in range(options.rounds):
                floor_us = measure_floor(options.bin) / 1e3
                order = list(builds.items())
                for name, directory in order if k % 2 == 0 else order[::-1]:
                    figures = measure_load(options, directory, bots, pathlib.Path(folder))
                    results[bots, name].append(figures | {"floor_us": floor_us})
            print(f"{bots} bots, {options.drones} drones, {options.rounds} rounds of "
                  f"{options.seconds:g} s:", flush=True)
            for name in builds:
                print_build(name, results[bots, name])
            if options.against:
                print_ratios(*(results[bots, name] for name in builds))
    if options.json:
        rows = [{"build": name, **figures} for (_, name), rounds in results.items()
                for figures in rounds]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
