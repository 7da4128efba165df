#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the documents show of the programs' options and the service's settings, from the programs themselves: --help in
# docs/command-line.md, the reference in docs/configuration.md, docs/pvgpu.toml, and parts of the manual pages.
#
#   tools/option-docs.py [--check] [FOLDER=build/linux]     --check: only say whether they are right
import os
import re
import subprocess
import sys

FOLDER = "build/linux"


def ask(program, option):
    return subprocess.run([f"{FOLDER}/{program}", option], check=True, capture_output=True, text=True,
                          encoding="utf-8").stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def between(text, begin, end, new):
    first = text.index(begin) + len(begin)
    return text[:first] + new + text[text.index(end, first):]


def command_line():
    text = read("docs/command-line.md")
    for program in re.findall(r"^<!-- help:begin ([a-z-]+) -->$", text, re.MULTILINE):
        if os.path.exists(f"{FOLDER}/{program}"):
            lines = ("    " + line if line else "" for line in ask(program, "--help").splitlines())
            text = between(text, f"<!-- help:begin {program} -->\n", "<!-- help:end -->", "\n".join(lines) + "\n")
    return text


def configuration():
    return between(read("docs/configuration.md"), "<!-- options:begin -->\n", "<!-- options:end -->",
                   ask("pvgpu-backend", "--print-reference"))


# ---- Manual pages ----

def mdoc(text):
    """Text as roff takes it: no escapes, no control lines."""
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in ".'" else text


def part(text, name, lines):
    return between(text, f'.\\" {name}:begin\n', f'.\\" {name}:end', "".join(line + "\n" for line in lines))


def tables():
    """The rows of the reference: those of the service, and those of [[vm]] tables."""
    found = []
    for line in ask("pvgpu-backend", "--print-reference").splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if line.startswith("| Key"):
            found.append([])
        elif cells and cells[0].startswith("`"):
            found[-1].append(cells)
    return found


def items(rows):
    for key, kind, default, vm, meaning in rows:
        yield f".It Cm {key.strip('`')} Pq {kind}{', VM' if vm else ''}"
        yield mdoc(meaning) + ("" if meaning.endswith(".") else ".")
        if default:
            yield f"Default: {mdoc(default.strip('`'))}."


def actions():
    """Options that are no settings: those without a default and without an argument."""
    lines = ask("pvgpu-backend", "--help").splitlines()
    for line, following in zip(lines, lines[1:] + [""]):
        match = re.match(r"  --([a-z-]+) {2,}(.*)", line)
        if match and "(default:" not in following:
            yield f".It Fl -{match[1]}"
            yield mdoc(match[2]) + "."


def page_of_service():
    return part(read("dist/man/pvgpu-backend.8"), "actions", actions())


def page_of_file():
    rows = tables()
    text = part(read("dist/man/pvgpu.toml.5"), "keys", items(rows[0]))
    return part(text, "vm-keys", items(rows[1]))


def page_of(program):
    path = f"dist/man/{program}.1"
    return lambda: part(read(path), "help", [mdoc(line) for line in ask(program, "--help").splitlines()])


def main():
    global FOLDER
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    if check:
        arguments.pop(0)
    if arguments:
        FOLDER = arguments[0]
    documents = [("docs/command-line.md", command_line), ("docs/configuration.md", configuration),
                 ("docs/pvgpu.toml", lambda: ask("pvgpu-backend", "--print-example")),
                 ("dist/man/pvgpu-backend.8", page_of_service), ("dist/man/pvgpu.toml.5", page_of_file)]
    for program in ("pvgpu-capture", "pvgpu-view"):
        if os.path.exists(f"{FOLDER}/{program}"):
            documents.append((f"dist/man/{program}.1", page_of(program)))
    wrong = []
    for path, make in documents:
        text = make()
        if os.path.exists(path) and text == read(path):
            continue
        wrong.append(path)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    for path in wrong:
        print(f"{path}: " + ("differs from what the programs say; run: make docs" if check else "written"))
    return 1 if check and wrong else 0


sys.exit(main())
