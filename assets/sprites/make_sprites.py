#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the sprite sheet: sprites.png and its index sprites.txt, from this file alone.

Every shape is a signed distance field, so edges are anti-aliased exactly; rocks are height fields
lit from the upper left. Needs the Python 3 standard library only; takes some seconds.

    python3 make_sprites.py [DIRECTORY]
"""
import math
import os
import random
import struct
import sys
import zlib

# The Okabe-Ito palette: distinguishable with every common kind of colour blindness.
ORANGE = (230, 159, 0)
SKY = (86, 180, 233)
GREEN = (0, 158, 115)
YELLOW = (240, 228, 66)
BLUE = (0, 114, 178)
VERMILLION = (213, 94, 0)
PURPLE = (204, 121, 167)
INK = (9, 12, 20)
STEEL = (178, 190, 206)
WHITE = (255, 255, 255)


def mix(a, b, t):
    t = min(1.0, max(0.0, t))
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def scale(color, factor):
    return tuple(min(255.0, c * factor) for c in color)


def smooth(low, high, x):
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


# Signed distances, negative inside, in the sprite's coordinates: -1..1 on both axes, +x ahead.
def circle(x, y, cx, cy, r):
    return math.hypot(x - cx, y - cy) - r


def ellipse(x, y, cx, cy, rx, ry):
    k = math.hypot((x - cx) / rx, (y - cy) / ry)
    g = math.hypot((x - cx) / rx**2, (y - cy) / ry**2)
    return (k - 1) * k / g if g > 1e-9 else -min(rx, ry)


def capsule(x, y, ax, ay, bx, by, r):
    px, py, dx, dy = x - ax, y - ay, bx - ax, by - ay
    t = min(1.0, max(0.0, (px * dx + py * dy) / (dx * dx + dy * dy)))
    return math.hypot(px - dx * t, py - dy * t) - r


def polygon(x, y, points):
    distance, sign = 1e9, 1.0
    count = len(points)
    for i in range(count):
        ax, ay = points[i]
        bx, by = points[i - 1]
        ex, ey, wx, wy = bx - ax, by - ay, x - ax, y - ay
        t = min(1.0, max(0.0, (wx * ex + wy * ey) / (ex * ex + ey * ey)))
        distance = min(distance, (wx - ex * t) ** 2 + (wy - ey * t) ** 2)
        above, below, left = y >= ay, y < by, ex * wy > ey * wx
        if (above and below and left) or (not above and not below and not left):
            sign = -sign
    return sign * math.sqrt(distance)


def mirrored(points):
    """A shape given by its lower half (y >= 0), nose to tail."""
    return points + [(px, -py) for px, py in reversed(points) if py != 0]


class Picture:
    """One sprite in the making: straight RGBA, composed in layers."""

    def __init__(self, name, width, height, radius):
        self.name, self.width, self.height, self.radius = name, width, height, radius
        self.color = [(0.0, 0.0, 0.0)] * (width * height)
        self.alpha = [0.0] * (width * height)

    def at(self, i):
        unit = 2.0 / self.width
        x = (i % self.width + 0.5) * unit - 1.0
        y = (i // self.width + 0.5) * unit - self.height / self.width
        return x, y

    def put(self, i, color, coverage):
        below = self.alpha[i]
        alpha = coverage + below * (1 - coverage)
        # Where nothing is drawn the colour still is the shape's, so that filtering at the rim
        # never pulls in black.
        weight = coverage / alpha if alpha > 0 else (0.0 if below > 0 else 1.0)
        if below == 0 and coverage == 0 and self.color[i] != (0.0, 0.0, 0.0):
            return
        self.color[i] = mix(self.color[i], color, weight)
        self.alpha[i] = alpha

    def fill(self, distance, shade, opacity=1.0, soft=0.0):
        """Fills where distance(x, y) < 0; shade is a colour or a function of (x, y, distance)."""
        pixel = 2.0 / self.width
        width = max(pixel, soft)
        for i in range(self.width * self.height):
            x, y = self.at(i)
            d = distance(x, y)
            coverage = min(1.0, max(0.0, 0.5 - d / width)) * opacity
            if coverage > 0 or d < 0.2:
                self.put(i, shade(x, y, d) if callable(shade) else shade, coverage)

    def bytes(self):
        out = bytearray()
        for (r, g, b), a in zip(self.color, self.alpha):
            out += bytes(int(min(255, max(0, v + 0.5))) for v in (r, g, b, a * 255))
        return bytes(out)


def body_shade(base, width):
    """A rounded hull: bright along the spine, darker to the sides, a dark rim as outline."""

    def shade(x, y, d):
        ridge = 1.12 - 0.62 * min(1.0, abs(y) / width)
        rim = smooth(-0.075, -0.02, d)
        return mix(scale(base, ridge), INK, rim * 0.85)

    return shade


def ship(name, accent, hull):
    p = Picture(name, 128, 128, 54)
    wing = mirrored([(0.10, 0.0), (0.06, 0.22), (-0.34, 0.80), (-0.72, 0.86), (-0.60, 0.40),
                     (-0.58, 0.0)])
    p.fill(lambda x, y: polygon(x, y, wing) - 0.02, body_shade(mix(hull, accent, 0.35), 1.0))
    stripe = [(-0.12, 0.46), (-0.36, 0.80), (-0.56, 0.83), (-0.38, 0.50)]
    p.fill(lambda x, y: polygon(x, abs(y), stripe),
           lambda x, y, d: scale(accent, 1.15 - 0.3 * abs(y)))
    for side in (-1, 1):
        p.fill(lambda x, y, s=side: capsule(x, y, -0.30, s * 0.30, -0.76, s * 0.30, 0.105),
               body_shade(scale(hull, 0.72), 0.9))
        p.fill(lambda x, y, s=side: capsule(x, y, -0.80, s * 0.30, -0.83, s * 0.30, 0.075),
               lambda x, y, d: mix(WHITE, accent, smooth(-0.07, 0.0, d)))
    hull_shape = mirrored([(0.92, 0.0), (0.66, 0.11), (0.10, 0.26), (-0.52, 0.22), (-0.70, 0.0)])
    p.fill(lambda x, y: polygon(x, y, hull_shape) - 0.03, body_shade(hull, 0.34))
    p.fill(lambda x, y: polygon(x, y, mirrored([(0.93, 0.0), (0.70, 0.10), (0.62, 0.0)])) - 0.01,
           lambda x, y, d: scale(accent, 1.05 - abs(y)))
    p.fill(lambda x, y: ellipse(x, y, 0.22, 0.0, 0.27, 0.125), INK)
    p.fill(lambda x, y: ellipse(x, y, 0.22, 0.0, 0.235, 0.095),
           lambda x, y, d: mix(scale(accent, 0.45), mix(accent, WHITE, 0.75),
                               smooth(-0.05, 0.4, x + y * 1.6)))
    p.fill(lambda x, y: max(abs(y) - 0.012, abs(x + 0.27) - 0.22), INK, 0.55)
    return p


def drone(name, base, eye, is_angry):
    """A round beetle with a visor; when angry, mandibles open and the visor glows."""
    p = Picture(name, 96, 96, 36)
    spread = 0.40 if is_angry else 0.20
    for side in (-1, 1):
        p.fill(lambda x, y, s=side: capsule(x, y, 0.42, s * 0.34, 0.88, s * spread, 0.085),
               body_shade(scale(base, 0.8), 0.9))
        p.fill(lambda x, y, s=side: capsule(x, y, -0.2, s * 0.45, -0.72, s * 0.74, 0.10),
               body_shade(scale(base, 0.62), 1.0))
    p.fill(lambda x, y: ellipse(x, y, -0.06, 0.0, 0.66, 0.58), body_shade(base, 0.72))
    p.fill(lambda x, y: max(abs(y) - 0.022, abs(x + 0.34) - 0.34), INK, 0.65)
    p.fill(lambda x, y: max(circle(x, y, 0.08, 0.0, 0.50), 0.24 - x), INK)
    p.fill(lambda x, y: max(circle(x, y, 0.08, 0.0, 0.42), 0.31 - x, abs(y) - 0.30),
           lambda x, y, d: mix(scale(eye, 0.75), mix(eye, WHITE, 0.6), smooth(-0.02, -0.1, d)))
    if is_angry:
        for side in (-1, 1):
            p.fill(lambda x, y, s=side: capsule(x, y, -0.34, s * 0.26, 0.0, s * 0.34, 0.035), eye)
    return p


def hunter(name, base, eye, is_angry):
    """A barbed dart: no roundness anywhere, so that its shape alone differs from a drone."""
    p = Picture(name, 96, 96, 38)
    spread = 0.90 if is_angry else 0.74
    blade = mirrored([(0.90, 0.0), (0.16, 0.26), (0.02, 0.40), (0.30, 0.66), (-0.30, spread),
                      (-0.84, spread - 0.08), (-0.34, 0.34), (-0.62, 0.0)])
    p.fill(lambda x, y: polygon(x, y, blade) - 0.015, body_shade(base, 0.95))
    p.fill(lambda x, y: polygon(x, y, mirrored([(0.62, 0.0), (0.0, 0.17), (-0.44, 0.0)])), INK)
    p.fill(lambda x, y: polygon(x, y, mirrored([(0.50, 0.0), (0.0, 0.115), (-0.34, 0.0)])),
           lambda x, y, d: mix(scale(eye, 0.8), mix(eye, WHITE, 0.65), smooth(-0.01, -0.07, d)))
    if is_angry:
        for side in (-1, 1):
            p.fill(lambda x, y, s=side: capsule(x, y, -0.66, s * 0.74, -0.16, s * 0.66, 0.045), eye)
    return p


def missile():
    p = Picture("missile", 64, 64, 22)
    for side in (-1, 1):
        fin = [(-0.30, 0.12), (-0.82, 0.46), (-0.66, 0.12)]
        p.fill(lambda x, y, s=side: polygon(x, y * s, fin) - 0.03, body_shade(VERMILLION, 0.9))
    p.fill(lambda x, y: capsule(x, y, -0.62, 0, 0.46, 0, 0.20), body_shade((236, 236, 228), 0.26))
    p.fill(lambda x, y: max(capsule(x, y, -0.62, 0, 0.46, 0, 0.15), 0.30 - x),
           lambda x, y, d: scale(YELLOW, 1.05 - abs(y)))
    return p


def shard():
    """A cut crystal: four facets around its long axis."""
    p = Picture("shard", 64, 64, 24)
    outline = mirrored([(0.86, 0.0), (0.22, 0.42), (-0.34, 0.42), (-0.80, 0.0)])

    def facet(x, y, d):
        tone = 0.95 if y < 0 else 0.62
        if x > 0.22:
            tone += 0.28
        elif x < -0.34:
            tone -= 0.16
        color = mix(scale(GREEN, tone), (170, 255, 224), 0.42 if y < -0.02 else 0.18)
        return mix(color, INK, smooth(-0.09, -0.03, d) * 0.8)

    p.fill(lambda x, y: polygon(x, y, outline) - 0.03, facet)
    p.fill(lambda x, y: capsule(x, y, -0.34, -0.12, 0.3, -0.12, 0.035), WHITE, 0.75)
    return p


def nest():
    """A ring of six pods around a dark well: where drones come from."""
    p = Picture("nest", 256, 256, 104)
    p.fill(lambda x, y: circle(x, y, 0, 0, 0.62), lambda x, y, d: mix(
        (48, 24, 52), (20, 10, 26), smooth(0.6, 0.1, math.hypot(x, y))), 0.96)
    for ring, width in ((0.60, 0.060), (0.30, 0.030)):
        p.fill(lambda x, y, r=ring, w=width: abs(circle(x, y, 0, 0, r)) - w,
               lambda x, y, d: mix(scale(PURPLE, 0.78 - 0.22 * (x + y)), INK,
                                   smooth(-0.035, 0.0, d) * 0.7))
    for i in range(6):
        angle = math.tau * i / 6 + math.tau / 12
        c, s = math.cos(angle), math.sin(angle)
        p.fill(lambda x, y, c=c, s=s: capsule(x, y, 0.30 * c, 0.30 * s, 0.60 * c, 0.60 * s, 0.028),
               scale(PURPLE, 0.55))
        p.fill(lambda x, y, c=c, s=s: circle(x, y, 0.74 * c, 0.74 * s, 0.185),
               lambda x, y, d, c=c, s=s: mix(
                   scale(PURPLE, 0.80 - 0.9 * (x - 0.74 * c + y - 0.74 * s)), INK,
                   smooth(-0.06, -0.01, d) * 0.85))
        p.fill(lambda x, y, c=c, s=s: circle(x, y, 0.70 * c, 0.70 * s, 0.065), INK, 0.85)
        p.fill(lambda x, y, c=c, s=s: circle(x, y, 0.70 * c, 0.70 * s, 0.038), YELLOW, 0.9)
    p.fill(lambda x, y: circle(x, y, 0, 0, 0.15), lambda x, y, d: mix(
        mix(PURPLE, WHITE, 0.35), (70, 20, 80), smooth(0.0, 0.15, math.hypot(x, y))), 1.0, 0.12)
    return p


def value_noise(rng):
    """Smooth noise of period 64 in 0..1, from its own table."""
    table = [rng.random() for _ in range(64 * 64)]

    def noise(x, y):
        ix, iy = math.floor(x), math.floor(y)
        fx, fy = x - ix, y - iy
        fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
        row, below = (iy % 64) * 64, ((iy + 1) % 64) * 64
        left, right = ix % 64, (ix + 1) % 64
        top = table[row + left] + (table[row + right] - table[row + left]) * fx
        bottom = table[below + left] + (table[below + right] - table[below + left]) * fx
        return top + (bottom - top) * fy

    return noise


def asteroid(index):
    rng = random.Random(4200 + index)
    size = 256
    p = Picture(f"asteroid_{index}", size, size, 110)
    noise = value_noise(rng)
    waves = [(k, rng.uniform(0.2, 1.0) * 0.085 / k**0.75, rng.uniform(0, math.tau))
             for k in range(2, 10)]
    craters = []
    for _ in range(26):
        r = 0.045 + 0.17 * rng.random() ** 2.4
        angle, distance = rng.uniform(0, math.tau), 0.80 * math.sqrt(rng.random())
        cx, cy = distance * math.cos(angle), distance * math.sin(angle)
        if all(math.hypot(cx - ox, cy - oy) > r + other for ox, oy, other in craters):
            craters.append((cx, cy, r))
    unit = 128 / 110

    def rim(angle):
        return 0.985 + sum(a * math.sin(k * angle + phase) for k, a, phase in waves)

    def height(x, y):
        d = math.hypot(x, y) / rim(math.atan2(y, x))
        h = math.sqrt(max(0.0, 1.0 - min(d, 1.0) ** 2.6)) * 0.62
        frequency, weight = 2.6, 0.20
        for _ in range(5):
            h += weight * (noise(x * frequency + 31, y * frequency + 17) - 0.5)
            frequency, weight = frequency * 2.03, weight * 0.52
        for cx, cy, r in craters:
            t = math.hypot(x - cx, y - cy) / r
            if t < 1.35:
                bowl = -0.62 * r * (1 - t * t) if t < 1 else 0.0
                lip = 0.26 * r * math.exp(-((t - 1.0) / 0.17) ** 2)
                h += bowl + lip
        return h

    heights = [height(*(c * unit for c in p.at(i))) for i in range(size * size)]
    tint = rng.choice([(150, 138, 124), (132, 134, 142), (152, 128, 110), (124, 128, 126)])
    light = (-0.55, -0.62, 0.56)
    for i in range(size * size):
        x, y = (c * unit for c in p.at(i))
        d = (math.hypot(x, y) - rim(math.atan2(y, x))) * 110
        if d > 3:
            continue
        row, column = i // size, i % size
        left = heights[i - 1] if column > 0 else heights[i]
        right = heights[i + 1] if column < size - 1 else heights[i]
        up = heights[i - size] if row > 0 else heights[i]
        down = heights[i + size] if row < size - 1 else heights[i]
        step = 2 * 2.0 / size * unit
        nx, ny, nz = -(right - left) / step, -(down - up) / step, 1.0
        length = math.sqrt(nx * nx + ny * ny + nz * nz)
        diffuse = max(0.0, (nx * light[0] + ny * light[1] + nz * light[2]) / length)
        grain = 0.90 + 0.22 * noise(x * 23 + 5, y * 23 + 9)
        stain = noise(x * 1.7 + 3, y * 1.7 + 40)
        base = mix(tint, scale(tint, 0.74), smooth(0.35, 0.75, stain))
        lit = 0.15 + 1.0 * diffuse
        color = tuple(b * lit * grain + c for b, c in zip(base, (3, 6, 14)))
        rim_light = smooth(-9, -1, d) * max(0.0, -(x * light[0] + y * light[1])) * 0.10
        color = mix(color, (120, 160, 220), rim_light)
        p.color[i] = color
        p.alpha[i] = min(1.0, max(0.0, 0.5 - d))
    return p


def radial(name, size, radius, profile):
    """White, with an opacity that depends on the distance from the middle only."""
    p = Picture(name, size, size, radius)
    for i in range(size * size):
        d = math.hypot(*p.at(i))
        p.color[i] = (255.0, 255.0, 255.0)
        p.alpha[i] = min(1.0, max(0.0, profile(d)))
    return p


def spark():
    p = Picture("spark", 32, 32, 15)
    for i in range(32 * 32):
        x, y = p.at(i)
        core = math.exp(-(x * x + y * y) * 16)
        cross = math.exp(-abs(x) * 7 - abs(y) * 34) + math.exp(-abs(y) * 7 - abs(x) * 34)
        fade = smooth(1.0, 0.6, math.hypot(x, y))
        p.color[i] = (255.0, 255.0, 255.0)
        p.alpha[i] = min(1.0, core + 0.7 * cross) * fade
    return p


def beam():
    """A stroke's cross-section: bright in the middle, soft to the sides, the same all along."""
    p = Picture("beam", 32, 32, 16)
    for i in range(32 * 32):
        _, y = p.at(i)
        p.color[i] = (255.0, 255.0, 255.0)
        p.alpha[i] = min(1.0, math.exp(-y * y * 22) + 0.35 * math.exp(-y * y * 5)) * \
            smooth(1.0, 0.75, abs(y))
    return p


def smoke():
    rng = random.Random(77)
    noise = value_noise(rng)
    p = Picture("smoke", 64, 64, 30)
    for i in range(64 * 64):
        x, y = p.at(i)
        d = math.hypot(x, y) + 0.35 * (noise(x * 2.5 + 9, y * 2.5 + 9) - 0.5)
        p.color[i] = (255.0, 255.0, 255.0)
        p.alpha[i] = 0.85 * smooth(0.92, 0.15, d) * (0.6 + 0.4 * noise(x * 5 + 20, y * 5 + 3))
    return p


def arrow():
    p = Picture("arrow", 32, 32, 14)
    head = mirrored([(0.86, 0.0), (-0.66, 0.66), (-0.34, 0.0)])
    p.fill(lambda x, y: polygon(x, y, head) - 0.10, INK)
    p.fill(lambda x, y: polygon(x, y, head) - 0.02, WHITE)
    return p


def white():
    p = Picture("white", 8, 8, 4)
    p.color, p.alpha = [(255.0, 255.0, 255.0)] * 64, [1.0] * 64
    return p


def reticle():
    p = Picture("reticle", 64, 64, 28)
    for i in range(64 * 64):
        p.color[i] = (255.0, 255.0, 255.0)
    p.fill(lambda x, y: abs(circle(x, y, 0, 0, 0.62)) - 0.04, WHITE, 0.9)
    for ax, ay in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        p.fill(lambda x, y, ax=ax, ay=ay: capsule(x, y, ax * 0.46, ay * 0.46, ax * 0.84, ay * 0.84,
                                                  0.045), WHITE, 0.95)
    p.fill(lambda x, y: circle(x, y, 0, 0, 0.06), WHITE)
    return p


def all_pictures():
    yield from (asteroid(i) for i in range(6))
    yield nest()
    yield ship("ship_own", SKY, (206, 220, 236))
    yield ship("ship_other", ORANGE, (190, 184, 172))
    yield radial("glow", 128, 62, lambda d: max(0.0, 1 - d) ** 2.2)
    yield radial("ring", 128, 56, lambda d: math.exp(-((d - 0.86) / 0.045) ** 2)
                 * smooth(1.0, 0.95, d))
    yield radial("shield", 128, 56, lambda d: (math.exp(-((d - 0.88) / 0.035) ** 2)
                                               + 0.38 * smooth(0.35, 0.9, d) * (d < 0.9)
                                               + 0.38 * smooth(0.98, 0.9, d) * (d >= 0.9)))
    yield drone("drone", PURPLE, YELLOW, False)
    yield drone("drone_angry", mix(PURPLE, VERMILLION, 0.75), WHITE, True)
    yield hunter("hunter", VERMILLION, YELLOW, False)
    yield hunter("hunter_angry", VERMILLION, WHITE, True)
    yield missile()
    yield shard()
    yield smoke()
    yield reticle()
    yield spark()
    yield beam()
    yield arrow()
    yield white()


def pack(pictures, width, gap):
    """Rows of falling height. Returns where each picture goes and the sheet's height."""
    places, x, y, row = [], gap, gap, 0
    for p in pictures:
        if x + p.width + gap > width:
            x, y, row = gap, y + row + gap, 0
        places.append((x, y))
        x, row = x + p.width + gap, max(row, p.height)
    return places, y + row + gap


def write_png(path, width, height, rows):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    # Filter 2 (difference to the row above) suits soft gradients well.
    raw, above = bytearray(), bytes(width * 4)
    for row in rows:
        raw += b"\x02" + bytes((a - b) & 255 for a, b in zip(row, above))
        above = row
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(bytes(raw), 9)))
        file.write(chunk(b"IEND", b""))


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    pictures = list(all_pictures())
    width = 1040
    places, height = pack(pictures, width, 2)
    sheet = [bytearray(width * 4) for _ in range(height)]
    lines = ["# SPDX-License-Identifier: MIT",
             "# Regions of sprites.png, written by make_sprites.py:",
             "# name x y width height radius (pixels; radius: of the body that is drawn)"]
    for p, (x, y) in zip(pictures, places):
        data = p.bytes()
        for row in range(p.height):
            sheet[y + row][x * 4:(x + p.width) * 4] = data[row * p.width * 4:
                                                           (row + 1) * p.width * 4]
        lines.append(f"{p.name} {x} {y} {p.width} {p.height} {p.radius}")
    write_png(os.path.join(directory, "sprites.png"), width, height, [bytes(r) for r in sheet])
    with open(os.path.join(directory, "sprites.txt"), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
