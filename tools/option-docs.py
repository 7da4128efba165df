#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the documents show of the service's settings, from the service itself: --help in README.md, the reference in
# docs/configuration.md, and docs/pvgpu.toml.
#
#   tools/option-docs.py [--check] [PROGRAM]     --check: only say whether they are right
import subprocess
import sys

PROGRAM = "build/linux/pvgpu-backend"


def ask(option):
    return subprocess.run([PROGRAM, option], check=True, capture_output=True, text=True, encoding="utf-8").stdout


def between(text, begin, end, new):
    first = text.index(begin) + len(begin)
    return text[:first] + new + text[text.index(end, first):]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def readme():
    lines = ["    " + line if line else "" for line in ask("--help").splitlines()]
    return between(read("README.md"), "### Options\n\n", "\n\nEvery VM gets two processes", "\n".join(lines))


def reference():
    return between(read("docs/configuration.md"), "<!-- options:begin -->\n", "<!-- options:end -->",
                   ask("--print-reference"))


def main():
    global PROGRAM
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    if check:
        arguments.pop(0)
    if arguments:
        PROGRAM = arguments[0]
    wrong = []
    for path, make in (("README.md", readme), ("docs/configuration.md", reference),
                       ("docs/pvgpu.toml", lambda: ask("--print-example"))):
        text = make()
        try:
            same = text == read(path)
        except FileNotFoundError:
            same = False
        if same:
            continue
        wrong.append(path)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    for path in wrong:
        print(f"{path}: " + ("differs from what the program says; run: make docs" if check else "written"))
    return 1 if check and wrong else 0


sys.exit(main())
