#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Decodes messages by common/wire/PROTOCOL.md alone and compares with what their writer meant.

Usage: check_protocol.py DUMP_MESSAGES [SEED]     exits 1 at the first difference.

Nothing here was taken from the C sources: where the two disagree, the document decides.
"""
import json
import subprocess
import sys

RANGES = [4000, 24000, 32000, 37000]  # of the sample world: first drone, missile, shard; end
GAP_BITS = [6, 8, 10, 20]
GAP_FIRST = [0, 64, 320, 1344]
VELOCITY_BITS = {
    "ship": [0, 7, 9, 16],
    "drone": [0, 7, 8, 16],
    "missile": [0, 9, 10, 16],
    "shard": [0, 4, 8, 16],
}


class Refused(Exception):
    pass


class Bits:
    def __init__(self, data):
        self.bits = [byte >> i & 1 for byte in data for i in range(8)]
        self.at = 0

    def u(self, count):
        if self.at + count > len(self.bits):
            raise Refused("ends early")
        value = sum(self.bits[self.at + i] << i for i in range(count))
        self.at += count
        return value

    def s(self, count):
        value = self.u(count)
        return value - (1 << count) if value >> (count - 1) else value

    def in_classes(self):
        return self.u([2, 6, 12, 32][self.u(2)])

    def text(self):
        return bytes(self.u(8) for _ in range(self.u(8))).hex()

    def generation(self):
        if self.u(1) == 0:
            return self.u(4) + 1
        generation = self.u(12)
        if generation == 0:
            raise Refused("generation 0")
        return generation

    def finish(self):
        left = len(self.bits) - self.at
        if left > 7 or any(self.bits[self.at:]):
            raise Refused("bits left over")


def hello(bits):
    if bits.u(32) != 0x4D545354 or bits.u(32) != 1:
        raise Refused("magic or version")
    return {"type": 1, "name": bits.text()}


def welcome(bits):
    message = {"type": 2, "player_index": bits.u(32), "tick": bits.u(32),
               "tick_rate_hz": bits.u(16), "snapshot_rate_hz": bits.u(16),
               "ranges": [bits.u(32) for _ in range(4)], "seed": bits.u(64)}
    for name in ("side_units", "asteroid_count", "nest_count", "spawn_radius_units"):
        message[name] = bits.u(32)
    message["name"] = bits.text()
    return message


def player_info(bits):
    return {"type": 3, "player_index": bits.u(20), "name": bits.text()}


def input_message(bits):
    message = {"type": 4, "has_snapshot": bits.u(1), "snapshot_sequence": 0, "snapshot_bits": 0}
    if message["has_snapshot"]:
        message["snapshot_sequence"] = bits.u(16)
        message["snapshot_bits"] = bits.u(32)
    message["send_time_ms"] = bits.u(16)
    message["view_tick_q8"] = bits.u(32)
    message["newest_tick"] = bits.u(32)
    count = bits.u(5) + 1
    inputs = [[bits.u(6), bits.u(16)]]
    while len(inputs) < count:
        buttons, aim = inputs[-1]
        if bits.u(1):
            buttons = bits.u(6)
            if bits.u(1):
                aim = bits.u(16)
        inputs.append([buttons, aim])
    message["inputs"] = inputs
    return message


def direction(vx, vy):
    a, b = sorted((abs(vx), abs(vy)))
    if b == 0:
        return 0
    q = 256 * a // b
    t = (q * (8192 + 11 * (256 - q)) + 32768) // 65536
    if abs(vy) > abs(vx):
        t = 64 - t
    if vx < 0:
        t = 128 - t
    if vy < 0:
        t = 256 - t
    return t % 256


def kind_of(slot):
    kinds = ("ship", "drone", "missile", "shard")
    for kind, end in zip(kinds, RANGES):
        if slot < end:
            return kind
    raise Refused("slot behind the last")


def entity(bits, next_slot, center):
    gap_class = bits.u(2)
    slot = next_slot + GAP_FIRST[gap_class] + bits.u(GAP_BITS[gap_class])
    generation = bits.generation()
    kind = kind_of(slot)
    health, flags = 15, 0
    if kind in ("ship", "drone") and bits.u(1):
        health, flags = bits.u(4), bits.u(2)
    # In a record a ship's flags are worth 16 and 32, a drone's 64 and 128.
    status = health | flags << (4 if kind == "ship" else 6)
    angle = bits.u(8) if kind == "ship" else None
    x, y = center[0] + bits.s(15), center[1] + bits.s(15)
    width = VELOCITY_BITS[kind][bits.u(2)]
    vx, vy = (bits.s(width), bits.s(width)) if width else (0, 0)
    if angle is None:
        angle = direction(vx, vy)
    return [slot, generation, x, y, vx, vy, angle, status]


def own_ship(bits):
    ship = [bits.s(25), bits.s(25), bits.s(16), bits.s(16), bits.u(16), bits.s(16), bits.s(16)]
    ship += [bits.in_classes() for _ in range(4)]
    ship.append(bits.u(12))
    return ship + [bits.in_classes() for _ in range(3)]


def snapshot(bits):
    message = {"type": 5, "tick": bits.u(32), "sequence": bits.u(16), "has_input": bits.u(1)}
    fields = (("input_tick", 32), ("input_margin_q4", -16), ("echo_time_ms", 16),
              ("echo_hold_us_q4", 16), ("starved_count", 16))
    for name, width in fields:
        message[name] = 0
        if message["has_input"]:
            message[name] = bits.s(-width) if width < 0 else bits.u(width)
    message["tick_us_q4"] = bits.u(16)
    message["client_count"] = bits.u(16)
    message["own"] = own_ship(bits)
    center = [message["own"][0] >> 4, message["own"][1] >> 4]
    if not bits.u(1):
        center = [bits.s(21), bits.s(21)]
    message["center"] = center
    removal_count, entity_count = bits.u(6), bits.u(8)
    slot_bits = max(1, (RANGES[3] - 1).bit_length())
    removals = []
    for _ in range(removal_count):
        slot = bits.u(slot_bits)
        kind_of(slot)
        removals.append(slot + bits.generation() * 2**20)
    message["removals"] = removals
    message["entities"] = entities = []
    for _ in range(entity_count):
        entities.append(entity(bits, entities[-1][0] + 1 if entities else 0, center))
    return message


READERS = {1: hello, 2: welcome, 3: player_info, 4: input_message, 5: snapshot}


def decode(data):
    bits = Bits(data)
    reader = READERS.get(bits.u(8))
    if reader is None:
        raise Refused("type")
    message = reader(bits)
    bits.finish()
    return message


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    dump = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True).stdout
    count = 0
    for line in dump.splitlines():
        data, fields = line.split(" ", 1)
        expected = json.loads(fields)
        decoded = decode(bytes.fromhex(data))
        if decoded != expected:
            for name in expected:
                if decoded.get(name) != expected[name]:
                    print(f"message {count}, {name}: document says {decoded.get(name)}, "
                          f"writer meant {expected[name]}")
            sys.exit(1)
        count += 1
    print(f"{count} messages read by the document alone, all as meant")
    sys.exit(0 if count > 0 else 1)


if __name__ == "__main__":
    main()
