#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the house rules that a compiler does not: layers, names, form, banned calls.

Usage: tidy.py [ROOT]     prints one line a finding (file:line: what) and exits 1 if there are any.
       tidy.py --self-test   proves that every rule can fail.
"""
import collections
import pathlib
import re
import sys

# Which rooms a room may include from, besides itself. The order is that of the README's picture.
LAYERS = {
    "common/base": [],
    "common/game": ["common/base"],
    "common/wire": ["common/base", "common/game"],
    "common/net": ["common/base", "common/game", "common/wire"],
    "server": ["common"],
    "client/core": ["common"],
    "client/view": ["common", "client/core"],
    "client/draw": ["common"],
    "client/input": ["common"],
    "client/picture": ["common", "client/core", "client/view", "client/draw", "client/input"],
    "client/shell": ["common", "client/core", "client/view", "client/draw", "client/input",
                     "client/picture"],
    "client": ["common", "client/shell"],
    "tools/swarm": ["common", "client/core"],
    "tools/bench": ["common", "server", "client/core", "tests"],
    "tests": ["common", "server", "client", "tools", "tests"],
}

# Who may include a library's header.
LIBRARIES = {
    "enet/": ["common/net"],
    "uv.h": ["server", "tools/swarm"],
    "SDL": ["client/draw", "client/input", "client/picture", "client/shell", "tests/client"],
    "microhttpd.h": ["server"],
}

# The world's rules are integers only: nothing that could differ between two machines.
BANNED_IN_GAME = re.compile(
    r"\b(float|double|clock_\w+|time|gettimeofday|fopen|printf|fprintf|rand|random|math\.h)\b"
    r"(?=\s*[(>a-z*;])")
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|rand|srand|atoi|atol|usleep)\s*\(")
# base/log.h's log_print() and log_text() say it on stderr: nobody who reads slowly holds them up.
BESIDE_THE_LOG = re.compile(r"\bperror\s*\(|\bv?fprintf\s*\(\s*stderr\b|"
                            r"\b(fputs|fputc|putc|fwrite)\s*\([^;]*\bstderr\s*\)")
LOG_ROOMS = ("common/", "server/", "client/", "tools/swarm/")
# A thread says at its start which one it is, or no function that it calls could refuse it.
THREAD_START = re.compile(r"\b(pthread_create|uv_thread_create|thrd_create)\s*\(")
WALL_CLOCK = re.compile(r"\b(gettimeofday|time)\s*\(|CLOCK_REALTIME")
# Log lines are stamped with it, and pictures named after it.
WALL_CLOCK_ALLOWED = {"common/base/log.c", "client/shell/screenshot.c"}
# Words of this house that the field has a term for. An identifier bears the field's term.
RETIRED = {
    "agenda": "priority", "arrivals": "sequence window", "former": "previous",
    "glide": "error smoothing", "glided": "error smoothing", "newcomer": "enter",
    "outbound": "uplink report", "pace": "send rate", "question": "verify request",
    "reception": "receive statistics", "rested": "throttled", "roster": "baseline set",
    "take": "pop, push, consume, record or acquire", "tell": "send", "told": "sent",
    "took": "pop, push, consume, record or acquire", "trial": "scripted world",
    "untold": "unsent", "urgency": "priority", "urgent": "priority",
}
# The same for words that are plain English elsewhere: retired together or in some rooms only.
RETIRED_PHRASES = re.compile(
    r"\bnet_link|due_list|event_feed|socket_ring|view_rings|former_ages|whole_state|delta_whole")
RETIRED_IN = {
    "server/": {"ask": "request", "asked": "requested", "reference": "baseline",
                "base": "baseline", "whole": "full state"},
    "common/wire/": {"reference": "baseline", "base": "baseline", "whole": "full state"},
    "client/core/": {"reference": "baseline", "whole": "full state"},
}
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//.*|/\*.*?\*/')


def room_of(path):
    """The longest layer that a path lies in, or None."""
    rooms = [room for room in LAYERS if path == room or path.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def target_of(path, name, files):
    """The project file that an include names, or None for a library's header."""
    folder = path.rsplit("/", 1)[0]
    for candidate in (f"common/{name}", name, f"tests/{name}", f"{folder}/{name}"):
        if candidate in files:
            return candidate
    return None


def check_include(path, kind, name, files):
    if name.startswith("../") or "/../" in name:
        yield "includes through '../'"
    if name.endswith(".c"):
        yield f"includes a .c file: {name}"
    for prefix, rooms in LIBRARIES.items():
        if kind == "<" and name.startswith(prefix):
            if not any(path == r or path.startswith(r + "/") for r in rooms) \
                    and not path.startswith("tests/"):
                yield f"{name} may only be included in {', '.join(rooms)}"
    target = target_of(path, name, files) if kind == '"' else None
    room = room_of(path)
    if target and room:
        allowed = [room] + LAYERS[room]
        other = room_of(target)
        if not any(other == a or (other or "").startswith(a + "/") for a in allowed):
            yield f"{room} may not include from {other}: {name}"


def check_own_header(path, includes, files):
    """foo.c includes its own foo.h first."""
    own = path[:-2] + ".h"
    if path.endswith(".c") and own in files and includes:
        if not own.endswith(includes[0]):
            yield 1, f"does not include its own header first ({own})"


def check_form(path, text):
    lines = text.split("\n")
    if not any("SPDX-License-Identifier: MIT" in line for line in lines[:3]):
        yield 1, "no SPDX line on top"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield len(lines), "does not end with one newline"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "trailing blanks"
        if "\t" in line:
            yield number, "a tab"
        if len(line) > 100:
            yield number, f"{len(line)} columns (100 at most)"
        if UNFINISHED.search(line) and not path.endswith("tidy.py"):
            yield number, "a mark of unfinished work"
    if path.endswith(".h"):
        stem = path.removeprefix("common/").removeprefix("tools/").removesuffix(".h")
        guard = "TICKSTORM_" + re.sub(r"\W", "_", stem).upper() + "_H"
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield 1, f"no include guard {guard}"


def check_calls(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        code = STRING_OR_COMMENT.sub("", line)
        if match := BANNED.search(code):
            yield number, f"banned call {match.group(1)}()"
        if path.startswith("common/game/") and (match := BANNED_IN_GAME.search(code)):
            yield number, f"'{match.group(1)}' in the world's rules"
        if path.startswith(LOG_ROOMS) and BESIDE_THE_LOG.search(code):
            yield number, "writes to stderr beside the log"
        if path.startswith(LOG_ROOMS) and THREAD_START.search(code) \
                and "thread_role_enter(" not in text:
            yield number, "starts a thread that enters no role (base/thread_role.h)"
        if WALL_CLOCK.search(code) and path not in WALL_CLOCK_ALLOWED \
                and not path.startswith("tests/"):
            yield number, "reads the wall clock"


def words_of(identifier):
    """The words of an identifier in lower case, each also without a plural's s."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", identifier).lower().split("_")
    return set(words) | {word[:-1] for word in words if word.endswith("s")}


def check_words(path, text):
    """Identifiers bear the field's terms, not retired ones."""
    retired = dict(RETIRED)
    for room, words in RETIRED_IN.items():
        if path.startswith(room):
            retired |= words
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("#ifndef TICKSTORM_", "#define TICKSTORM_")) or INCLUDE.match(line):
            continue
        for identifier in IDENTIFIER.findall(STRING_OR_COMMENT.sub("", line)):
            for word in sorted(words_of(identifier) & retired.keys()):
                yield number, f"{identifier}: '{word}' is retired, say {retired[word]}"
            if match := RETIRED_PHRASES.search(identifier.lower()):
                yield number, f"{identifier}: '{match.group(0)}' is retired"


def check_tree(files):
    """files: path -> text. Yields (path, line, finding)."""
    sources = {p: t for p, t in files.items() if p.endswith((".c", ".h"))}
    names = collections.defaultdict(list)
    for path in sources:
        names[path.rsplit("/", 1)[-1]].append(path)
    for name, paths in sorted(names.items()):
        if len(paths) > 1 and name != "main.c":
            yield paths[1], 1, f"the name {name} is taken by {paths[0]}"
    for path, text in sorted(files.items()):
        for line, finding in check_form(path, text):
            yield path, line, finding
        if path not in sources:
            continue
        for line, finding in check_calls(path, text):
            yield path, line, finding
        for line, finding in check_words(path, text) if not path.startswith("tests/") else ():
            yield path, line, finding
        includes = []
        for number, line in enumerate(text.split("\n"), 1):
            if match := INCLUDE.match(line):
                if match.group(1) == '"':
                    includes.append(match.group(2))
                for finding in check_include(path, match.group(1), match.group(2), sources):
                    yield path, number, finding
        for line, finding in check_own_header(path, includes, sources):
            yield path, line, finding


def read_tree(root):
    files = {}
    for folder in ("common", "server", "client", "tools", "tests", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            is_checked = path.suffix in (".c", ".h", ".def", ".py", ".sh", ".cmake") \
                or path.name in ("CMakeLists.txt", "run")
            if path.is_file() and is_checked:
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


def self_test():
    """One bad file per rule; each must be found, and the good one must not."""
    spdx = "// SPDX-License-Identifier: MIT\n"
    guarded = "#ifndef TICKSTORM_{0}_H\n#define TICKSTORM_{0}_H\n#endif\n"
    good = {
        "common/base/a.h": spdx + guarded.format("BASE_A"),
        "common/base/a.c": spdx + '#include "base/a.h"\n',
        "common/game/g.h": spdx + guarded.format("GAME_G"),
        "client/view/v.h": spdx + guarded.format("CLIENT_VIEW_V"),
        "client/picture/p.h": spdx + guarded.format("CLIENT_PICTURE_P"),
        "client/shell/s.h": spdx + guarded.format("CLIENT_SHELL_S"),
    }
    bad = {
        "upwards": ("common/base/b.c", spdx + '#include "game/g.h"\n'),
        "core sees view": ("client/core/b.c", spdx + '#include "client/view/v.h"\n'),
        "swarm sees view": ("tools/swarm/load/b.c", spdx + '#include "client/view/v.h"\n'),
        "view sees picture": ("client/view/b.c", spdx + '#include "client/picture/p.h"\n'),
        "draw sees picture": ("client/draw/b.c", spdx + '#include "client/picture/p.h"\n'),
        "input sees picture": ("client/input/b.c", spdx + '#include "client/picture/p.h"\n'),
        "picture sees shell": ("client/picture/b.c", spdx + '#include "client/shell/s.h"\n'),
        "parent": ("server/b.c", spdx + '#include "../common/base/a.h"\n'),
        "c file": ("server/b.c", spdx + '#include "b2.c"\n'),
        "library": ("server/b.c", spdx + "#include <enet/enet.h>\n"),
        "own header": ("common/base/a.c", spdx + '#include "base/z.h"\n#include "base/a.h"\n'),
        "spdx": ("server/b.c", "int x;\n"),
        "newline": ("server/b.c", spdx + "int x;"),
        "blanks": ("server/b.c", spdx + "int x; \n"),
        "tab": ("server/b.c", spdx + "\tint x;\n"),
        "columns": ("server/b.c", spdx + "//" + "x" * 100 + "\n"),
        "unfinished": ("server/b.c", spdx + "// TO" + "DO: later\n"),
        "guard": ("server/b.h", spdx + "#ifndef X_H\n#define X_H\n#endif\n"),
        "banned": ("server/b.c", spdx + "void f(char *s) { strcpy(s, s); }\n"),
        "float": ("common/game/b.c", spdx + "static double x;\n"),
        "wall clock": ("server/b.c", spdx + "long f(void) { return time(0); }\n"),
        "stderr": ("server/b.c", spdx + 'void f(void) { fprintf(stderr, "x"); }\n'),
        "stderr's variadic": ("tools/swarm/b.c",
                              spdx + "void f(void) { vfprintf(stderr, a, b); }\n"),
        "stderr's text": ("common/base/a.c", spdx + '#include "base/a.h"\n'
                          'void f(void) { fputs("x", stderr); }\n'),
        "thread role": ("server/b.c", spdx + "void f(void) { pthread_create(a, b, c, d); }\n"),
        "perror": ("client/shell/b.c", spdx + 'void f(void) { perror("x"); }\n'),
        "retired word": ("server/b.c", spdx + "int RosterEntry;\n"),
        "retired plural": ("tools/swarm/b.c", spdx + "void f(void) { newcomers_first(); }\n"),
        "retired phrase": ("common/base/b.c", spdx + "int due_list;\n"),
        "retired in a room": ("common/wire/b.c", spdx + "int base_tick;\n"),
        "same name": ("server/a.c", spdx + "int x;\n"),
    }
    failures = [f"good tree: {f}" for f in check_tree(good)]
    for rule, (path, text) in bad.items():
        if not list(check_tree({**good, path: text})):
            failures.append(f"the rule '{rule}' found nothing")
    return failures


def main(arguments):
    if arguments == ["--self-test"]:
        failures = self_test()
        print("\n".join(failures) or "every rule can fail")
        return 1 if failures else 0
    root = pathlib.Path(arguments[0] if arguments else ".").resolve()
    findings = list(check_tree(read_tree(root)))
    for path, line, finding in findings:
        print(f"{path}:{line}: {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
