#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A row of an option table compiles only when its field has the type that the row stores.

Usage: option_row_types.py COMPILER ROOT
"""
import re
import subprocess
import sys
import unittest

COMPILER, ROOT = sys.argv[1:3]
FIELD_TYPES = {
    "FLAG": "bool",
    "COUNT": "uint64_t",
    "OPTIONAL_COUNT": "OptionalCount",
    "NUMBER": "double",
    "PERCENT": "double",
    "RATE": "double",
    "DURATION": "uint64_t",
    "TEXT": "const char *",
    "CHOICE": "const char *",
    "LIST": "OptionList",
}
OTHER_TYPES = ["int", "uint32_t", "float", "char *", "char"]


def compile_rows(rows):
    """The errors of a table with these rows, each of a macro and the type of its field."""
    fields = "".join(f"{field_type} field_{i}; " for i, (_, field_type) in enumerate(rows))
    table = ", ".join(f"OPTION_ROW_{row}(Sample, field_{i}, .name = \"{i}\")"
                      for i, (row, _) in enumerate(rows))
    source = (f'#include "base/option_table.h"\ntypedef struct Sample {{ {fields} }} Sample;\n'
              f"const Option ROWS[] = {{ {table} }};\n")
    command = [COMPILER, "-std=c11", "-fsyntax-only", f"-I{ROOT}/common", "-x", "c", "-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, timeout=60)
    errors = [line for line in result.stderr.splitlines() if "error: " in line]
    assert (result.returncode == 0) == (not errors), result.stderr
    return errors


class OptionRowTypes(unittest.TestCase):
    def test_every_type_of_option_has_a_row(self):
        with open(f"{ROOT}/common/base/option_table.h", encoding="utf-8") as header:
            text = header.read()
        types = re.search(r"typedef enum OptionType \{(.*?)\}", text, re.DOTALL).group(1)
        self.assertEqual(set(re.findall(r"OPTION_(\w+),", types)), set(FIELD_TYPES))

    def test_a_row_compiles_with_a_field_of_its_type(self):
        self.assertEqual(compile_rows(list(FIELD_TYPES.items())), [])

    def test_a_row_does_not_compile_with_a_field_of_another_type(self):
        for row, field_type in FIELD_TYPES.items():
            others = sorted({*FIELD_TYPES.values(), *OTHER_TYPES} - {field_type})
            with self.subTest(row=row):
                errors = compile_rows([(row, other) for other in others])
                mismatches = [line for line in errors if "generic" in line.lower()]
                self.assertEqual(len(mismatches), len(others), errors)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
