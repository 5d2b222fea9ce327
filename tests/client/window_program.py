# SPDX-License-Identifier: MIT
"""tickstorm-client in a real window on a virtual display: keys, mouse, chat, resizing, pictures.

    python3 window_program.py PATH/tickstorm-client PATH/tickstorm-server

Exits with 77 where Xvfb or xdotool is not installed. Pictures are saved with the client's own F12;
every wait is for a condition, with a bound against hanging.
"""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

CLIENT, SERVER = sys.argv[1], sys.argv[2]
SKIPPED = 77
WAIT_S = 60
WIDTH, HEIGHT = 640, 360  # small: pictures are decoded in Python
SCREEN = 960, 600


def unfilter(kind, row, before, step):
    """Undoes the filter of a PNG row (RFC 2083, 6) in place."""
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        up = before[i]
        corner = before[i - step] if i >= step else 0
        if kind == 4:
            guess = left + up - corner
            near = sorted((abs(guess - side), order, side)
                          for order, side in enumerate((left, up, corner)))
            row[i] = value + near[0][2] & 255
        elif kind:
            row[i] = value + (left, up, (left + up) // 2)[kind - 1] & 255


class Picture:
    """A PNG file of three bytes a pixel, as the client writes it."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[-8:-4] == b"IEND", "not (yet) a PNG file"
        self.width, self.height, depth, color = struct.unpack(">IIBB", data[16:26])
        assert (depth, color) == (8, 2), "not RGB"
        packed = b""
        at = 8
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
            at += size + 12
        stride = 3 * self.width
        lines = zlib.decompress(packed)
        self.rows = []
        before = bytearray(stride)
        for y in range(self.height):
            row = bytearray(lines[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
            unfilter(lines[y * (stride + 1)], row, before, 3)
            self.rows.append(row)
            before = row

    def pixels(self, left=0.0, top=0.0, right=1.0, bottom=1.0):
        """The colours of a part of the picture, given in shares of its sides."""
        for row in self.rows[int(top * self.height):int(bottom * self.height)]:
            for x in range(int(left * self.width), int(right * self.width)):
                yield tuple(row[3 * x:3 * x + 3])

    def share(self, is_wanted, *part):
        pixels = list(self.pixels(*part))
        return sum(map(is_wanted, pixels)) / len(pixels)


def is_bright(pixel):
    return min(pixel) > 170


def is_lit(pixel):
    return sum(pixel) > 60


def is_help_yellow(pixel):
    return pixel[0] > 200 and pixel[1] > 190 and pixel[2] < 110


class Window(unittest.TestCase):
    def start(self, *command, **options):
        process = subprocess.Popen(command, **options)
        self.addCleanup(process.wait, WAIT_S)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, what, find):
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            found = find()
            if found:
                return found
            time.sleep(0.05)
        return self.fail(f"{what} did not come about within {WAIT_S} s")

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, text=True,
                              capture_output=True, timeout=WAIT_S, check=False).stdout

    def try_picture(self, path):
        try:
            return Picture(path)
        except (AssertionError, OSError, IndexError, struct.error, zlib.error):
            return None

    def save_picture(self):
        """Presses F12 and reads the saved picture."""
        known = set(glob.glob(os.path.join(self.home, "*.png")))
        self.xdotool("key", "F12")
        path = self.wait_for("a screenshot", lambda: next(
            iter(set(glob.glob(os.path.join(self.home, "*.png"))) - known), None))
        return self.wait_for("a whole screenshot", lambda: self.try_picture(path))

    def picture_when(self, what, is_wanted):
        def look():
            picture = self.save_picture()
            return picture if is_wanted(picture) else None
        return self.wait_for(what, look)

    def grab_focus(self):
        self.xdotool("windowfocus", self.window)
        return self.xdotool("getwindowfocus", "-f").strip() == self.window

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = directory.name
        display, write_end = os.pipe()
        self.start("Xvfb", "-displayfd", str(write_end), "-nolisten", "tcp",
                   "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24",
                   pass_fds=[write_end], stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(display) as number:
            name = ":" + number.readline().strip()
        # Leaks of display drivers are not ours.
        self.environment = {**os.environ, "DISPLAY": name, "HOME": self.home,
                            "SDL_AUDIODRIVER": "dummy", "ASAN_OPTIONS": "detect_leaks=0"}
        self.environment.pop("SDL_VIDEODRIVER", None)
        self.environment.pop("WAYLAND_DISPLAY", None)
        server = self.start(SERVER, "--port", "0", "--http-port", "0", "--drones", "1500",
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(server.stdout.close)
        port = re.match(r"ready port=(\d+) ", server.stdout.readline()).group(1)
        self.client = self.start(CLIENT, "--connect", f"127.0.0.1:{port}", "--name", "Ada",
                                 "--width", str(WIDTH), "--height", str(HEIGHT),
                                 env=self.environment, text=True, stderr=subprocess.PIPE)
        self.addCleanup(self.client.stderr.close)
        # A window has its name before it is on the screen; until then it cannot have the focus, and
        # keys would be lost.
        self.window = self.wait_for("a window", lambda: self.xdotool(
            "search", "--onlyvisible", "--name", "^Tickstorm$")).split()[0]
        self.wait_for("the focus", self.grab_focus)
        # The health bar is drawn in the game, not with the notice before it.
        self.picture_when("the game", lambda picture: picture.share(
            lambda pixel: pixel[1] > 120 and pixel[0] < 80, 0, 0.87, 0.25, 1) > 0.02)

    def test_a_player_sees_flies_fires_talks_and_leaves(self):
        self.xdotool("mousemove", "--window", self.window, WIDTH * 3 // 4, HEIGHT // 2)
        self.xdotool("keydown", "d", "mousedown", 1)
        fight = self.save_picture()
        self.xdotool("keyup", "d", "mouseup", 1)
        self.assertEqual((fight.width, fight.height), (WIDTH, HEIGHT))
        self.assertGreater(fight.share(is_lit), 0.02)
        self.assertLess(fight.share(is_bright), 0.5)
        self.assertGreater(len(set(fight.pixels())), 500)

        # The pulse flies towards the mouse: to the right of the ship in the middle.
        self.xdotool("mousedown", 1)
        self.picture_when("a beam to the right", lambda picture: picture.share(
            lambda pixel: pixel[2] > 150 and pixel[2] > pixel[0], 0.55, 0.48, 0.9, 0.52) > 0.05)
        self.xdotool("mouseup", 1)

        self.xdotool("key", "F1")
        help_page = self.picture_when("the help", lambda picture: picture.share(
            is_help_yellow, 0.25, 0.2, 0.5, 0.75) > 0.02)
        self.assertGreater(help_page.share(is_bright, 0.48, 0.25, 0.8, 0.75), 0.01)
        self.xdotool("key", "F1")

        # The key that opens the line does not appear in it; while it is open keys do not fly.
        news = (0, 0.72, 0.25, 0.85)
        self.picture_when("no help", lambda picture: picture.share(is_bright, *news) < 0.01)
        self.xdotool("key", "t")
        self.xdotool("type", "--delay", 20, "WWWW over here WWWW")
        self.xdotool("key", "Return")
        self.picture_when("the line among the news", lambda picture: picture.share(
            is_bright, *news) > 0.01)

        self.xdotool("windowsize", "--sync", self.window, 560, 400)
        small = self.picture_when("the smaller picture", lambda picture: (
            picture.width, picture.height) == (560, 400))
        self.assertGreater(small.share(is_lit), 0.02)

        self.xdotool("key", "F11")
        whole = self.picture_when("the whole screen", lambda picture: (
            picture.width, picture.height) == SCREEN)
        self.assertGreater(whole.share(is_lit), 0.02)

        self.xdotool("key", "Escape")
        _, errors = self.client.communicate(timeout=WAIT_S)
        self.assertEqual((self.client.returncode, errors), (0, ""))


if __name__ == "__main__":
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed: no window to test")
            sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
