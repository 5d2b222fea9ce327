#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the golden vectors by common/wire/PROTOCOL.md alone and compares them with their meaning.

Usage: protocol_check.py [SOURCE_DIRECTORY]     exits 1 at the first difference.

Nothing here was taken from the C sources: where the two disagree, the document decides. The prefix
codes are read from the document itself.
"""
import json
import pathlib
import re
import sys

KINDS = ("ship", "drone", "missile", "shard")
VELOCITY_BITS = {"ship": (0, 7, 9, 16), "drone": (0, 6, 7, 16),
                 "missile": (0, 9, 10, 16), "shard": (0, 4, 8, 16)}
GAP_BITS = (8, 11, 14, 20)
GAP_FIRST = (0, 256, 2304, 18688)
EXACT, SKIP, REMOVE, FULL, OTHER, ESCAPE, PAIRS = range(7)
AGE_MAX = 64
BASELINE_SET_MAX = 448
PLACE_MAX = 2**20


class Refused(Exception):
    """The bytes are no valid message."""


class Bits:
    def __init__(self, data):
        if not 1 <= len(data) <= 1100:
            raise Refused("size")
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

    def in_classes(self, most=2**32 - 1):
        value = self.u((2, 6, 12, 32)[self.u(2)])
        if value > most:
            raise Refused("a class value out of range")
        return value

    def short(self, count):
        return self.s(16) if self.u(1) else self.s(count)

    def magnitude(self, size):
        if size == 0:
            return 0
        sign = self.u(1)
        value = (1 << (size - 1)) + self.u(size - 1)
        return -value if sign else value

    def symbol(self, code):
        word = ""
        while word not in code:
            word += str(self.u(1))
        return code[word]

    def text(self):
        return bytes(self.u(8) for _ in range(self.u(8))).hex()

    def generation(self):
        return self.u(12) if self.u(1) else self.u(4) + 1

    def finish(self):
        left = len(self.bits) - self.at
        if left > 7 or any(self.bits[self.at:]):
            raise Refused("bits left over")


# ---------------------------------------------------------------- prefix codes (section 7)

def read_codes(document):
    block = re.search(r"```tables\n(.*?)```", document, re.DOTALL).group(1)
    codes = {}
    for name, numbers in re.findall(r"^(\w+):([\d\s]+)", block, re.MULTILINE):
        codes[name] = make_code([int(number) for number in numbers.split()])
    return codes


def make_code(lengths):
    code, word, before = {}, 0, 0
    for length, number in sorted((length, i) for i, length in enumerate(lengths) if length):
        word <<= length - before
        code[format(word, f"0{length}b")] = number
        word, before = word + 1, length
    assert word == 1 << before, "a complete code"
    return code


# ---------------------------------------------------------------- entities (section 6)

def kind_of(slot, ranges):
    for kind, end in zip(KINDS, ranges):
        if slot < end:
            return kind
    raise Refused("a slot behind the last")


def direction(vx, vy):
    small, large = sorted((abs(vx), abs(vy)))
    if large == 0:
        return 0
    q = 256 * small // large
    t = (q * (8192 + 11 * (256 - q)) + 32768) // 65536
    if abs(vy) > abs(vx):
        t = 64 - t
    if vx < 0:
        t = 128 - t
    if vy < 0:
        t = 256 - t
    return t % 256


def status_of(bits, kind):
    health, first, second = bits.u(4), bits.u(1), bits.u(1)
    return health + (16 * first + 32 * second if kind == "ship" else 64 * first + 128 * second)


def place(value):
    if not -PLACE_MAX < value < PLACE_MAX:
        raise Refused("a place out of bounds")
    return value


def velocity(value):
    if not -2**15 <= value < 2**15:
        raise Refused("a velocity out of bounds")
    return value


def full_state(bits, kind, center):
    x, y = center[0] + bits.s(15), center[1] + bits.s(15)
    size = bits.u(2)
    width = VELOCITY_BITS[kind][size]
    step = 2 if kind == "drone" and size in (1, 2) else 1
    vx, vy = (bits.s(width) * step, bits.s(width) * step) if width else (0, 0)
    status = 15
    if kind in ("ship", "drone") and bits.u(1):
        status = status_of(bits, kind)
    angle = bits.u(8) if kind == "ship" else direction(vx, vy)
    return [place(x), place(y), vx, vy, angle, status]


class Window:
    """The values that follow from kind, slot, age and tick."""

    def __init__(self, codes, kind, slot, age, tick):
        self.age, self.kind = age, kind
        self.weight, self.step, self.grid, self.half = 0, 1, 1, 0
        residual = None
        if kind == "drone":
            last = (tick - 1 - slot // 4) % 8 + 1
            steers = (age - last) // 8 + 1 if age >= last else 0
            self.weight = 2 * last + 8 * (steers - 1) if steers else 0
            self.step, self.grid = 2, 16
            self.half = 8 if steers >= 2 and steers % 2 == 0 else 0
            table = f"DRONE_{min(steers, 3)}"
            sent = table
            residual = f"RESIDUAL_DRONE_{min(steers, 3)}" if steers >= 2 else None
        elif kind == "ship":
            self.weight = age + 1
            table = "SHIP_NEAR" if age <= 6 else "SHIP_FAR"
            sent, residual = table + "_SENT", "RESIDUAL_" + table
        else:
            table, sent = "STILL", None
        self.table, self.sent = codes[table], codes.get(sent)
        self.residual = codes.get(residual)
        self.angle = codes["ANGLE"]


def change(bits, window, symbol):
    if symbol == EXACT:
        return 0, 0, 0, 0
    if symbol == ESCAPE:
        return tuple(bits.magnitude(bits.u(5)) for _ in range(4))
    classes, has_residual = divmod(symbol - PAIRS, 2)
    dx, dy = (bits.magnitude(size) * window.step for size in divmod(classes, 8))
    if not has_residual:
        return dx, dy, 0, 0
    rx, ry = (bits.magnitude(size) * window.grid
              for size in divmod(bits.symbol(window.residual), 8))
    return dx, dy, rx, ry


def other(bits, window, state):
    if window.kind == "drone":
        state[5] = status_of(bits, "drone")
    else:
        if bits.u(1):
            state[5] = status_of(bits, "ship")
        state[4] = (state[4] + bits.magnitude(bits.symbol(window.angle))) % 256


def changed_state(bits, window, symbol, old):
    state = list(old)
    if symbol == OTHER:
        other(bits, window, state)
        symbol = bits.symbol(window.sent)
        if symbol in (SKIP, REMOVE, FULL, OTHER):
            raise Refused("a mark behind OTHER")
    dx, dy, rx, ry = change(bits, window, symbol)
    for axis, (d, r) in enumerate(((dx, rx), (dy, ry))):
        half = window.half if d // 2 % 2 else 0
        state[axis] = place(old[axis] + old[2 + axis] * window.age + d * window.weight // 2 +
                            half + r)
        state[2 + axis] = velocity(old[2 + axis] + d)
    if window.kind != "ship":
        state[4] = direction(state[2], state[3])
    return state


# ---------------------------------------------------------------- verification (section 6)

def mix(value):
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31


def checksum(entities, tick):
    total = 0
    for slot, generation, age, x, y, vx, vy, angle, status in entities:
        if age < AGE_MAX:
            who = slot + generation * 2**20 + (tick - age) % 2**32 * 2**32
            motion = vx % 2**16 + vy % 2**16 * 2**16 + angle * 2**32 + status * 2**40
            total += mix(x % 2**32 + y % 2**32 * 2**32 ^ mix(motion ^ mix(who))) % 2**32
    return total % 2**32


# ---------------------------------------------------------------- messages (section 5)

def hello(bits, _):
    if bits.u(32) != 0x4D545354 or bits.u(32) != 3:
        raise Refused("magic or version")
    flags = bits.u(8)
    if flags > 1:
        raise Refused("an unknown flag")
    return {"type": 1, "wants_verify": flags, "name": bits.text()}


def welcome(bits, _):
    message = {"type": 2, "player_index": bits.u(32), "tick": bits.u(32),
               "tick_rate_hz": bits.u(16), "snapshot_rate_hz": bits.u(16),
               "ranges": [bits.u(32) for _ in range(4)], "seed": bits.u(64)}
    for name in ("side_units", "asteroid_count", "nest_count", "spawn_radius_units"):
        message[name] = bits.u(32)
    message["name"] = bits.text()
    return message


def input_message(bits, _):
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


def player(bits):
    index = bits.u(20)
    if index >= 32000:
        raise Refused("no player")
    return {"index": index, "name": bits.text()}


def event(bits, tick):
    age = bits.u(9)
    kind = bits.u(3)
    if kind > 4:
        raise Refused("an event type")
    out = {"tick": (tick - age) % 2**32, "event_type": kind, "player": player(bits)}
    if kind == 0:
        out["cause"] = bits.u(3)
        if out["cause"] > 3:
            raise Refused("a cause")
        out["killer"] = player(bits) if bits.u(1) else None
    elif kind == 1:
        out["text"] = bits.text()
    elif kind == 3:
        out["reason"] = bits.u(8)
    return out


def score_row(bits):
    return {"player": player(bits), "score": bits.in_classes(), "kills": bits.in_classes(),
            "deaths": bits.in_classes()}


def events(bits, _):
    message = {"type": 6, "tick": bits.u(32), "scores": None}
    if bits.u(1):
        count = bits.u(4)
        if count > 10:
            raise Refused("too many scores")
        message["scores"] = [score_row(bits) for _ in range(count)]
    message["events"] = [event(bits, message["tick"]) for _ in range(bits.u(7))]
    return message


def chat(bits, _):
    return {"type": 7, "text": bits.text()}


def verify_request(bits, _):
    return {"type": 8, "sequence": bits.u(16)}


def verify_detail(bits, _):
    message = {"type": 9, "sequence": bits.u(16), "baseline_set_count": bits.u(9),
               "first": bits.u(9)}
    count = bits.u(9)
    if message["baseline_set_count"] > BASELINE_SET_MAX or count > 224:
        raise Refused("too many entries")
    message["entries"] = [[bits.u(20), bits.u(1), bits.u(16)] for _ in range(count)]
    return message


def receive_request(_, __):
    return {"type": 10}


def receive_report(bits, _):
    message = {"type": 11}
    for name in ("judged", "lost", "received", "overtaken", "duplicated"):
        message[name] = bits.u(32)
    message["jitter_pairs"] = bits.u(32)
    message["jitter_squares_us2"] = bits.u(64)
    if message["lost"] > message["judged"] or message["overtaken"] > message["received"]:
        raise Refused("counts that do not fit together")
    return message


def own_ship(bits):
    ship = [bits.s(25), bits.s(25), bits.short(13), bits.short(13), bits.u(16), bits.short(8),
            bits.short(11)]
    ship += [bits.in_classes() for _ in range(3)]
    ship.append(bits.generation())
    if bits.u(1):
        return ship + [bits.in_classes(most) for most in (65535, 65535, 255, 255)]
    return ship + [0, 0, 0, 0]


def snapshot_header(bits):
    message = {"type": 5, "tick": bits.u(32), "sequence": bits.u(16), "baseline": bits.u(5),
               "has_checksum": bits.u(1), "has_input": bits.u(1), "input_tick": 0,
               "input_margin_q4": 0, "echo_time_ms": 0, "echo_hold_us_q4": 0, "starved_count": 0}
    if message["has_input"]:
        message["input_tick"] = bits.u(32) if bits.u(1) else (message["tick"] + bits.s(9)) % 2**32
        message["input_margin_q4"] = bits.s(16)
        message["echo_time_ms"] = bits.u(16)
        message["echo_hold_us_q4"] = bits.in_classes(65535)
        message["starved_count"] = bits.in_classes(65535)
    message["tick_us_q4"] = bits.in_classes(65535)
    message["client_count"] = bits.in_classes(65535)
    message["own"] = own_ship(bits)
    message["center"] = [message["own"][0] >> 4, message["own"][1] >> 4]
    if not bits.u(1):
        message["center"] = [bits.s(21), bits.s(21)]
    return message


def enters(bits, context, center):
    entries, slot = [], -1
    for _ in range(bits.u(9)):
        size = bits.u(2)
        slot += 1 + GAP_FIRST[size] + bits.u(GAP_BITS[size])
        generation = bits.generation()
        kind = kind_of(slot, context.ranges)
        if generation == 0:
            raise Refused("generation 0")
        entries.append([slot, generation, 0] + full_state(bits, kind, center))
    return entries


def snapshot(bits, context):
    message = snapshot_header(bits)
    tick, center = message["tick"], message["center"]
    baseline_tick, baseline = context.baseline_before(message)
    entities = []
    for slot, generation, old_age, *old in baseline:
        kind = kind_of(slot, context.ranges)
        age = min(AGE_MAX, old_age + (tick - baseline_tick) % 2**32)
        window = Window(context.codes, kind, slot, age, tick)
        symbol = bits.symbol(window.table)
        if symbol == SKIP:
            entities.append([slot, generation, age] + old)
        elif symbol == FULL:
            entities.append([slot, generation, 0] + full_state(bits, kind, center))
        elif symbol != REMOVE:
            if age == AGE_MAX:
                raise Refused("a baseline that is too old")
            entities.append([slot, generation, 0] + changed_state(bits, window, symbol, old))
    entities = sorted(entities + enters(bits, context, center))
    if len(entities) > BASELINE_SET_MAX or len({entry[0] for entry in entities}) < len(entities):
        raise Refused("a baseline set that cannot be")
    message["new_baseline_set"] = entities
    message["checksum"] = bits.u(32) if message["has_checksum"] else 0
    if message["has_checksum"] and checksum(entities, tick) != message["checksum"]:
        sys.exit("the checksum differs from what the document says")
    return message


READERS = {1: hello, 2: welcome, 4: input_message, 5: snapshot, 6: events,
           7: chat, 8: verify_request, 9: verify_detail,
           10: receive_request, 11: receive_report}


class Context:
    """A reader's state from earlier messages: the ranges, and the baselines of a session."""

    def __init__(self, codes):
        self.codes = codes
        self.ranges = None
        self.baselines = {}

    def baseline_before(self, header):
        if header["baseline"] == 0:
            return header["tick"], []
        sequence = (header["sequence"] - header["baseline"]) % 2**16
        if sequence not in self.baselines:
            raise Refused("a baseline that is not held")
        return self.baselines[sequence]


def decode(data, context):
    bits = Bits(data)
    reader = READERS.get(bits.u(8))
    if reader is None:
        raise Refused("a type")
    message = reader(bits, context)
    bits.finish()
    return message


def check_line(vector, context):
    """The first difference, or None."""
    context.ranges = vector.get("ranges")
    data = bytes.fromhex(vector["bytes"])
    if vector.get("is_lost"):
        return None
    if "baseline_set" in vector:
        header = vector["means"]
        sequence = (header["sequence"] - header["baseline"]) % 2**16
        context.baselines = {sequence: (vector["baseline_tick"], vector["baseline_set"])}
    try:
        message = decode(data, context)
    except Refused as refusal:
        return None if vector["means"] is None else f"the document refuses it: {refusal}"
    if vector["means"] is None:
        return f"the document takes what shall be refused: {vector['why']}"
    if message["type"] == 5:
        context.baselines[message["sequence"]] = (message["tick"], message["new_baseline_set"])
    for name, expected in vector["means"].items():
        if message[name] != expected:
            return f"{name}: the document says {message[name]}, the writer meant {expected}"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    codes = read_codes((root / "common/wire/PROTOCOL.md").read_text(encoding="utf-8"))
    count = 0
    for path in sorted((root / "tests/wire/vectors").glob("*.jsonl")):
        context = Context(codes)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            difference = check_line(json.loads(line), context)
            if difference is not None:
                sys.exit(f"{path.name}:{number}: {difference}")
            count += 1
    if count == 0:
        sys.exit("no vectors found")
    print(f"{count} vectors read by the document alone, all as meant")


if __name__ == "__main__":
    main()
