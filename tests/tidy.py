#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the house rules that a compiler does not: layers, cycles, names, form, banned calls.

Usage: tidy.py [ROOT]     prints one line a finding (file:line: what) and exits 1 if there are any.
       tidy.py --self-test   proves that every rule can fail.
"""
import collections
import pathlib
import re
import sys

# Which rooms a room may include from, besides itself; "a" stands for all rooms below "a/" too. The
# order is that of ARCHITECTURE.md's table. The self-test tries every pair that is not listed.
LAYERS = {
    "common/base": [],
    "common/game": ["common/base"],
    "common/wire": ["common/base", "common/game"],
    "common/net": ["common/base", "common/game", "common/wire"],
    "server/operate": ["common"],
    "server/replication": ["common", "server/operate"],
    "server/sim": ["common", "server/operate", "server/replication"],
    "server/net": ["common", "server/operate", "server/sim"],
    "server": ["common", "server"],
    "client/core": ["common"],
    "client/view": ["common", "client/core"],
    "client/draw": ["common"],
    "client/input": ["common"],
    "client/picture": ["common", "client/core", "client/view", "client/draw", "client/input"],
    "client/shell": ["common", "client/core", "client/view", "client/draw", "client/input",
                     "client/picture"],
    "client": ["common", "client/shell"],
    "tools/swarm/measure": ["common"],
    "tools/swarm/load": ["common", "client/core", "tools/swarm/measure"],
    "tools/swarm/report": ["common", "tools/swarm/measure"],
    "tools/swarm/search": ["common", "tools/swarm/measure", "tools/swarm/report"],
    "tools/swarm": ["common", "tools/swarm"],
    "tools/scenes": ["common"],
    "tools/bench": ["common", "server", "client/core", "tools/scenes", "tests"],
    "tools/delta_tables": ["common", "tools/scenes"],
    "tests": ["common", "server", "client", "tools", "tests"],
}

# Where a room enters another by some headers only.
DOORS = {
    ("server/net", "server/sim"): ["server/sim/sim_queues.h"],
    ("server/net", "server/operate"): ["server/operate/metrics.h"],
    ("server/sim", "server/operate"): ["server/operate/metrics.h",
                                       "server/operate/metric_labels.h"],
    ("server/replication", "server/operate"): ["server/operate/metric_labels.h"],
}

FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 6
# Callbacks whose type a library prescribes.
PARAMETERS_PRESCRIBED = {("server/operate/http.c", "handle_request")}  # libmicrohttpd

# Who may include a library's header.
LIBRARIES = {
    "enet/": ["common/net"],
    "uv.h": ["server", "tools/swarm"],
    "SDL": ["client/draw", "client/input", "client/picture", "client/shell", "tests/client"],
    "microhttpd.h": ["server/operate"],
    "liburing.h": ["tools/swarm/load"],
    "curl/": ["tools/swarm/measure"],
}

# The world's rules are integers only: nothing that could differ between two machines.
BANNED_IN_GAME = re.compile(
    r"\b(float|double|clock_\w+|time|gettimeofday|fopen|printf|fprintf|rand|random|math\.h)\b"
    r"(?=\s*[(>a-z*;])")
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|rand|srand|atoi|atol|usleep)\s*\(")
# base/log.h's log_print() and log_text() say it on stderr: nobody who reads slowly holds them up.
BESIDE_THE_LOG = re.compile(r"\bperror\s*\(|\bv?fprintf\s*\(\s*stderr\b|"
                            r"\b(fputs|fputc|putc|fwrite)\s*\([^;]*\bstderr\s*\)")
# A row of an option table says with its columns what is special about it.
OPTION_IDENTITY = re.compile(r"\bstrn?cmp\s*\(\s*\w*option\w*\s*(->|\.)\s*name\b|"
                             r"\boption\s*->\s*offset\s*[!=]=")
LOG_ROOMS = ("common/", "server/", "client/", "tools/swarm/")
# A thread says at its start which one it is, or no function that it calls could refuse it.
THREAD_START = re.compile(r"\b(pthread_create|uv_thread_create|thrd_create)\s*\(")
# Parentheses around the name of an object; types need them. Macros may have them for parameters.
SIZEOF_OBJECT = re.compile(
    r"\bsizeof\((?!(?:const|struct|enum|union|unsigned|int|char|float|double|long|short|bool|void|"
    r"_Atomic|FILE|DIR)\b|\w+_t\b)([*&]?(?:[a-z_]\w*|[A-Z][A-Z0-9_]+\b))")
# A function that asserts its thread or its owner on entry (base/thread_role.h), inline or not.
BOUND = re.compile(r"^(?!static (?!inline))[A-Za-z][^\n;={}]*?\b(\w+)\([^{};]*\)\s*\{\n"
                   r"    ASSERT_\w+\(", re.M)
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
    "client/": {"asked": "requested", "reference": "baseline", "ruling": "server state",
                "whole": "full state"},
}
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# Of a file's opening comment.
LABEL = re.compile(r"// (Flow|Threads|Order|Memory|Units|Trust|Errors|Source|Usage|Warm-up):")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//.*|/\*.*?\*/')


def module_of(path):
    """A .c and its .h are one module; other files are one each."""
    return path[:-2] if path.endswith((".c", ".h")) else path


def room_of(path):
    """The longest layer that a path lies in, or None."""
    rooms = [room for room in LAYERS if path == room or path.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def may_enter(room, other):
    """Whether files of a room may include headers of another."""
    return other == room or any(other == a or (other or "").startswith(a + "/")
                                for a in LAYERS[room])


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
        other = room_of(target)
        if not may_enter(room, other):
            yield f"{room} may not include from {other}: {name}"
        elif target not in DOORS.get((room, other), [target]):
            yield f"{room} enters {other} by {', '.join(DOORS[room, other])} only, not by {name}"


def check_own_header(path, includes, files):
    """foo.c includes its own foo.h first."""
    own = path[:-2] + ".h"
    if path.endswith(".c") and own in files and includes:
        if not own.endswith(includes[0]):
            yield 1, f"does not include its own header first ({own})"


def check_opening(lines):
    """What follows a label of a file's opening comment is indented, so that labels stand out."""
    is_labelled = False
    for number, line in enumerate(lines, 1):
        if not line.startswith("//"):
            return
        if LABEL.match(line):
            is_labelled = True
        elif line == "//":
            is_labelled = False
        elif is_labelled and not line.startswith("//  "):
            yield number, "continues the line above without indentation"


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
    yield from check_opening(lines)
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
        if not path.startswith("common/base/") and OPTION_IDENTITY.search(code):
            yield number, "compares an option's name or offset: add a column to Option"
        if path.startswith(LOG_ROOMS) and BESIDE_THE_LOG.search(code):
            yield number, "writes to stderr beside the log"
        if path.startswith(LOG_ROOMS) and THREAD_START.search(code) \
                and "thread_role_enter(" not in text:
            yield number, "starts a thread that enters no role (base/thread_role.h)"
        if (match := SIZEOF_OBJECT.search(code)) and not line.startswith("#"):
            yield number, f"sizeof {match.group(1)} needs no parentheses"
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


# ---- cycles

def cycles_of(edges):
    """The sets of two or more nodes that reach each other (Tarjan). edges: node -> nodes."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            first = stack.index(node)
            if len(stack) - first > 1:
                found.append(sorted(stack[first:]))
            del stack[first:]

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


def edges_between(includes, name_of):
    """Edges between what the files belong to. includes: path -> project files."""
    edges = collections.defaultdict(set)
    for path, targets in includes.items():
        edges[name_of(path)] |= {name_of(target) for target in targets} - {name_of(path)}
    return edges


CYCLES = [("headers", lambda path: path), ("modules", module_of), ("rooms", room_of)]


def may_be_circle(kind, circle):
    """The rules of the world are modules that call each other."""
    return kind == "modules" and all(name.startswith("common/game/") for name in circle)


def check_cycles(includes):
    """No circle of headers, none of rooms, and none of modules but for those of the world."""
    for path, targets in sorted(includes.items()):
        if path in targets:
            yield path, 1, "includes itself"
    for kind, name_of in CYCLES:
        for circle in cycles_of(edges_between(includes, name_of)):
            if not may_be_circle(kind, circle):
                yield circle[0], 1, f"a circle of {kind}: {', '.join(circle)}"


# ---- functions

# The head of a function: its type, then its name and what is between the parentheses.
FUNCTION_HEAD = re.compile(
    r"(?!typedef\b)[A-Za-z_][\w\s*]*?[\s*](\w+)\((.*)\)\s*[;{]$", re.DOTALL)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)\s*", re.DOTALL)


def heads_of(lines):
    """(first line, last line, text) of all that starts at the margin and ends with ; or {."""
    first = None
    for number, line in enumerate(lines, 1):
        code = STRING_OR_COMMENT.sub("", line).rstrip()
        if first is None and re.match(r"[A-Za-z_]", line):
            first, text = number, []
        if first is not None:
            text.append(code)
            if code.endswith((";", "{")):
                yield first, number, "\n".join(text)
                first = None


def count_parameters(text):
    depth = commas = 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        commas += letter == "," and depth == 0
    return 0 if text.strip() in ("", "void") else commas + 1


def check_functions(path, text):
    """Functions end at a line that is a brace alone: clang-format sees to it."""
    lines = text.split("\n")
    for first, last, head in heads_of(lines):
        match = FUNCTION_HEAD.match(ATTRIBUTE.sub("", head))
        if match is None:
            continue
        name, count = match.group(1), count_parameters(match.group(2))
        if count > PARAMETERS_MAX and (path, name) not in PARAMETERS_PRESCRIBED:
            yield first, f"{name}() has {count} parameters ({PARAMETERS_MAX} at most)"
        if head.endswith("{") and "}" in lines[last:]:
            length = lines.index("}", last) + 2 - first
            if length > FUNCTION_LINES_MAX:
                yield first, f"{name}() has {length} lines ({FUNCTION_LINES_MAX} at most)"


def check_bound_functions(sources):
    """Functions that are bound to a thread are called from others by a test (thread_rules.h)."""
    tables = "\n".join(text for path, text in sources.items()
                       if path.startswith("tests/") and '"thread_rules.h"' in text)
    tested = set(IDENTIFIER.findall(tables))
    for path, text in sorted(sources.items()):
        for match in BOUND.finditer(text) if not path.startswith("tests/") else ():
            if match.group(1) not in tested:
                line = text.count("\n", 0, match.start()) + 1
                yield path, line, f"{match.group(1)}() has no row in a table of thread_rules.h"


def check_tree(files):
    """files: path -> text. Yields (path, line, finding)."""
    sources = {p: t for p, t in files.items() if p.endswith((".c", ".h"))}
    names = collections.defaultdict(list)
    for path in sources:
        names[path.rsplit("/", 1)[-1]].append(path)
    for name, paths in sorted(names.items()):
        if len(paths) > 1 and name != "main.c":
            yield paths[1], 1, f"the name {name} is taken by {paths[0]}"
    yield from check_bound_functions(sources)
    included = {}
    for path, text in sorted(files.items()):
        for line, finding in check_form(path, text):
            yield path, line, finding
        if path not in sources:
            continue
        for line, finding in check_calls(path, text):
            yield path, line, finding
        for line, finding in check_words(path, text):
            yield path, line, finding
        for line, finding in check_functions(path, text):
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
        targets = (target_of(path, name, sources) for name in includes)
        included[path] = {target for target in targets if target}
    yield from check_cycles(included)


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
        "library of a room": ("tools/swarm/report/b.c", spdx + "#include <liburing.h>\n"),
        "own header": ("common/base/a.c", spdx + '#include "base/z.h"\n#include "base/a.h"\n'),
        "spdx": ("server/b.c", "int x;\n"),
        "newline": ("server/b.c", spdx + "int x;"),
        "blanks": ("server/b.c", spdx + "int x; \n"),
        "tab": ("server/b.c", spdx + "\tint x;\n"),
        "columns": ("server/b.c", spdx + "//" + "x" * 100 + "\n"),
        "unfinished": ("server/b.c", spdx + "// TO" + "DO: later\n"),
        "opening": ("server/b.c", spdx + "// b.c -- it.\n//\n// Flow:    here and\n// there\n"),
        "guard": ("server/b.h", spdx + "#ifndef X_H\n#define X_H\n#endif\n"),
        "banned": ("server/b.c", spdx + "void f(char *s) { strcpy(s, s); }\n"),
        "float": ("common/game/b.c", spdx + "static double x;\n"),
        "sizeof": ("server/b.c", spdx + "int f(int *a) { return sizeof(*a); }\n"),
        "wall clock": ("server/b.c", spdx + "long f(void) { return time(0); }\n"),
        "stderr": ("server/b.c", spdx + 'void f(void) { fprintf(stderr, "x"); }\n'),
        "stderr's variadic": ("tools/swarm/b.c",
                              spdx + "void f(void) { vfprintf(stderr, a, b); }\n"),
        "stderr's text": ("common/base/a.c", spdx + '#include "base/a.h"\n'
                          'void f(void) { fputs("x", stderr); }\n'),
        "thread row": ("server/b.c", spdx + "void f(void) {\n    ASSERT_SIM_THREAD();\n}\n"),
        "thread row of an inline": ("server/b.h", spdx + guarded.format("SERVER_B").replace(
            "#endif", "static inline void f(void) {\n    ASSERT_SIM_THREAD();\n}\n#endif")),
        "thread role": ("server/b.c", spdx + "void f(void) { pthread_create(a, b, c, d); }\n"),
        "perror": ("client/shell/b.c", spdx + 'void f(void) { perror("x"); }\n'),
        "option by name": ("server/b.c", spdx +
                           'bool f(void) { return strcmp(option->name, "bind") == 0; }\n'),
        "option by offset": ("server/b.c", spdx +
                             "bool f(void) { return option->offset == 8; }\n"),
        "retired word": ("server/b.c", spdx + "int RosterEntry;\n"),
        "retired plural": ("tools/swarm/b.c", spdx + "void f(void) { newcomers_first(); }\n"),
        "retired phrase": ("common/base/b.c", spdx + "int due_list;\n"),
        "retired in a test": ("tests/wire/b.c", spdx + "void a_roster_is_full(void);\n"),
        "retired in a room": ("common/wire/b.c", spdx + "int base_tick;\n"),
        "retired in the client": ("client/view/b.c", spdx + "int ruling;\n"),
        "seven parameters": ("server/b.h", spdx + guarded.format("SERVER_B").replace(
            "#endif", "int f(int a, int b, int (*c)(int, int), int d,\n      int e, int g,\n"
            "      int h);\n#endif")),
        "seven of a definition": ("server/b.c", spdx + "static void f(int a, int b, int c, int d, "
                                  "int e,\n              int g, int h) {\n}\n"),
        "61 lines": ("server/b.c", spdx + "void f(void) {\n" + "    f();\n" * 59 + "}\n"),
        "same name": ("server/a.c", spdx + "int x;\n"),
    }
    failures = [f"good tree: {f}" for f in check_tree(good)]
    for rule, (path, text) in bad.items():
        if not list(check_tree({**good, path: text})):
            failures.append(f"the rule '{rule}' found nothing")
    return failures + self_test_layers() + self_test_cycles() + self_test_functions()


def header(path, *names):
    """A header that includes others, as its file name and its text."""
    stem = path.removeprefix("common/").removeprefix("tools/").removesuffix(".h")
    guard = f"TICKSTORM_{re.sub(r'[^A-Za-z0-9]', '_', stem).upper()}_H"
    lines = "".join(f'#include "{name.removeprefix("common/")}"\n' for name in names)
    return {path: f"// SPDX-License-Identifier: MIT\n#ifndef {guard}\n#define {guard}\n"
                  f"{lines}#endif\n"}


def self_test_layers():
    """From every room into every other one: found where it is not allowed."""
    failures = []
    for room in LAYERS:
        for other in LAYERS:
            target = DOORS.get((room, other), [f"{other}/other.h"])[0]
            found = list(check_tree(header(target) | header(f"{room}/b.h", target)))
            if bool(found) == may_enter(room, other):
                failures.append(f"{room} into {other}: {found}")
    for room, other in DOORS:
        target = f"{other}/other.h"
        if not list(check_tree(header(target) | header(f"{room}/b.h", target))):
            failures.append(f"{room} into {other} beside the door found nothing")
    return failures


def self_test_cycles():
    a, b = "common/wire/a.h", "common/wire/b.h"
    bad = {
        "itself": header(a, a),
        "headers": header(a, b) | header(b, a),
        "modules": module_and_part("common/wire"),
        "rooms": header("tests/a.h", "tools/bench/b.h") | header("tools/bench/b.h")
        | header("tools/bench/c.h", "tests/d.h") | header("tests/d.h"),
    }
    return [f"the circle '{kind}' was not found" for kind, tree in bad.items()
            if not list(check_tree(tree))] + \
        [f"the world's modules: {found}" for found in check_tree(module_and_part("common/game"))]


def module_and_part(room):
    """a.c includes its part b.h, which includes a.h."""
    name, part = f"{room}/a.h", f"{room}/b.h"
    lines = "".join(f'#include "{path.removeprefix("common/")}"\n' for path in (name, part))
    return header(name) | header(part, name) | {
        f"{room}/a.c": f"// SPDX-License-Identifier: MIT\n{lines}"}


def self_test_functions():
    spdx = "// SPDX-License-Identifier: MIT\n"
    good = {
        "60 lines": "void f(void) {\n" + "    f();\n" * 58 + "}\n",
        "six parameters": "void f(int a, int b, int (*c)(int, int), int d, int e, int g);\n",
        "a call of seven": "int x = f(1, 2, 3, 4, 5, 6, 7);\n",
        "a table": "static const int T[] = {\n" + "    1,\n" * 70 + "};\n",
    }
    return [f"{name}: {f}" for name, text in good.items()
            for f in check_tree({"server/b.c": spdx + text})]


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
