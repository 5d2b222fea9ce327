#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Manual pages and completions, which the programs make from their tables of options.

Usage: manuals.py PROGRAM...     (paths)
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

PROGRAMS = []
COMMANDS = {"tickstorm-bots": ["merge", "search"]}
COLUMNS_MAX = 80


def output_of(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60,
                            **options)
    return result.stdout


def each():
    """Every program alone and with each of its commands."""
    for program in PROGRAMS:
        yield [program]
        for command in COMMANDS.get(pathlib.Path(program).name, []):
            yield [program, command]


def long_options(command):
    return re.findall(r"^ +(?:-\w, )?(--[\w-]+)", output_of([*command, "--help"]), re.MULTILINE)


class Help(unittest.TestCase):
    def test_no_line_is_too_wide(self):
        for command in each():
            for line in output_of([*command, "--help"]).splitlines():
                self.assertLessEqual(len(line), COLUMNS_MAX, line)

    def test_there_are_options(self):
        for command in each():
            self.assertGreater(len(long_options(command)), 2, command)


class ManualPages(unittest.TestCase):
    def test_the_formatter_prints_no_warning(self):
        for command in each():
            page = output_of([*command, "--help-man"])
            result = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-P-cbou"], input=page,
                                    capture_output=True, text=True, check=True, timeout=60)
            self.assertEqual(result.stderr, "", command)
            for section in ("NAME", "SYNOPSIS", "OPTIONS", "SEE ALSO"):
                self.assertRegex(result.stdout, rf"(?m)^{section}$", command)
            for option in long_options(command):
                self.assertIn(option, result.stdout, command)

    def test_a_page_is_named_after_program_and_command(self):
        for command in each():
            name = "-".join([pathlib.Path(command[0]).name, *command[1:]])
            page = output_of([*command, "--help-man"]).replace("\\-", "-")
            self.assertIn(f'.TH "{name}" 1 ', page)


def bash_completes(program, words):
    """The completions that bash offers for the last of these words."""
    script = output_of([program, "--completion", "bash"])
    name = "_" + pathlib.Path(program).name.replace("-", "_")
    array = " ".join(f"'{word}'" for word in words)
    script += f'\nCOMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; {name}\n'
    script += 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    return output_of(["bash", "-eu", "-c", script]).split()


class Completion(unittest.TestCase):
    def test_every_option_is_completed_by_bash(self):
        for command in each():
            for option in long_options(command):
                offers = bash_completes(command[0], [*command, option[:-1]])
                self.assertIn(option, offers, command)

    def test_choices_files_and_commands_are_completed_by_bash(self):
        for program in PROGRAMS:
            name = pathlib.Path(program).name
            if name == "tickstorm-server":
                self.assertEqual(bash_completes(program, [name, "--log-format", "j"]), ["json"])
                self.assertEqual(bash_completes(program, [name, "--port", ""]), [])
            if name in COMMANDS:
                self.assertEqual(bash_completes(program, [name, ""]), COMMANDS[name])
                self.assertIn("/etc/passwd", bash_completes(program, [name, "--json", "/etc/pas"]))
                self.assertNotIn("--stage", bash_completes(program, [name, "search", "--st"]))

    def test_only_options_are_offered(self):
        for program in PROGRAMS:
            self.assertEqual(bash_completes(program, [program, "--no-such-"]), [])

    @unittest.skipUnless(shutil.which("zsh"), "no zsh here")
    def test_zsh_accepts_the_completion(self):
        for program in PROGRAMS:
            script = output_of([program, "--completion", "zsh"])
            self.assertTrue(script.startswith("#compdef " + pathlib.Path(program).name))
            result = subprocess.run(["zsh", "-n"], input=script, capture_output=True, text=True,
                                    check=True, timeout=60)
            self.assertEqual(result.stderr, "")

    def test_another_shell_is_refused_in_one_line(self):
        for program in PROGRAMS:
            for arguments in (["--completion", "fish"], ["--completion"]):
                result = subprocess.run([program, *arguments], capture_output=True, text=True,
                                        check=False, timeout=60)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr.count("\n"), 1)


if __name__ == "__main__":
    PROGRAMS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
