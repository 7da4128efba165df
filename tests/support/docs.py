#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What is checked about the documents, each from the project's folder:
#
#   docs.py links              relative links of all pages lead somewhere, to a heading as well ("page.md#heading")
#   docs.py messages           what docs/troubleshooting.md quotes is printed by our programs
#   docs.py outputs            every block of docs/command-line.md is filled by tools/doc-output.sh, and names no folder of
#                              the machine
#   docs.py settings FOLDER    configuration that pages show is accepted by FOLDER/pvgpu-backend
#
# Exit code 1 and a line for each mistake: page, line, what is wrong.
import os
import re
import subprocess
import sys
import tempfile

mistakes = 0


def complain(page, number, text):
    global mistakes
    mistakes += 1
    print(f"{page}:{number}: {text}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pages():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            capture_output=True, text=True).stdout.split()
    if listed:
        return [path for path in listed if os.path.exists(path)]
    return ["README.md"] + ["docs/" + name for name in sorted(os.listdir("docs")) if name.endswith(".md")]


def lines_of(page):
    """Number, text and kind of each line: None for prose, "" for indented code, else the language of a fence."""
    fence = None
    for number, line in enumerate(read(page).splitlines(), 1):
        mark = re.match(r"```(\w*)", line)
        if mark:
            fence = None if fence is not None else mark[1] or "text"
        elif fence is not None:
            yield number, line, fence
        else:
            yield number, line, "" if line.startswith("    ") else None


# ---- Links ----

def anchors(page):
    """Of the headings, as GitHub makes them: https://docs.github.com/ "Section links"."""
    found = set()
    for _, line, kind in lines_of(page):
        heading = re.match(r"#{1,6} +(.*)", line) if kind is None else None
        if not heading:
            continue
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1])
        base = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        name, count = base, 0
        while name in found:
            count += 1
            name = f"{base}-{count}"
        found.add(name)
    return found


def links():
    count = 0
    for page in pages():
        for number, line, kind in lines_of(page):
            if kind is not None:
                continue
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                if not os.path.exists(path):
                    complain(page, number, f"{target}: there is no {path}")
                elif anchor and anchor not in anchors(path):
                    complain(page, number, f"{target}: {path} has no heading of that name")
    return count


# ---- Messages ----

GAP = "\0"
LEAST = 8  # characters that tell a message from others


def source_texts():
    """The string literals of our programs, with a gap for each conversion."""
    texts = set()
    for folder in ("src", "tools", "lib", "guest"):
        for place, _, names in os.walk(folder):
            for name in names:
                if not name.endswith((".c", ".h", ".cpp", ".inc")):
                    continue
                source = re.sub(r'"\s*PRI\w+\s*"', "u", read(os.path.join(place, name)))
                source = re.sub(r'"\s*PVGPU_[A-Z_]+\s*"', "%s", source)
                source = re.sub(r'(?<!\\)"\s+"', "", source)
                for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', source):
                    literal = re.sub(r"(?:0x)?%(?!%)[-#0 +]*[\d.*]*(?:hh|h|ll|l|z)?[a-zA-Z]?", GAP, literal)
                    texts.add(literal.replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "").replace("%%", "%"))
    return texts


def is_printed(message, texts):
    """In one text, or in two, of which the second is printed for a conversion of the first."""
    if any(message in text for text in texts):
        return True
    cuts = [at for at, letter in enumerate(message) if letter == GAP]
    return any(min(len(part) for part in parts) >= LEAST and all(any(part in text for text in texts) for part in parts)
               for parts in ((message[:at], message[at + 1:]) for at in cuts))


def messages():
    page, count = "docs/troubleshooting.md", 0
    texts = source_texts()
    for number, line, kind in lines_of(page):
        if kind != "":
            continue
        count += 1
        message = re.sub(r"<[^<>]*>", GAP, line.strip()).strip(GAP + " ")
        if len(message) < LEAST:
            complain(page, number, "too short to be told from others")
        elif not is_printed(message, texts):
            complain(page, number, f"no program of ours prints this: {line.strip()}")
    return count


# ---- Output ----

def outputs():
    page, count, name, filled = "docs/command-line.md", 0, None, False
    made = set(re.findall(r"^(?:show|block) ([a-z0-9-]+) ", read("tools/doc-output.sh"), re.MULTILINE))
    shown = set(re.findall(r"^<!-- output:begin ([a-z0-9-]+) -->$", read(page), re.MULTILINE))
    for other in sorted(made ^ shown):
        complain(page, 1, f"the block {other} " + ("has no place" if other in made else "is made by no command"))
    for number, line in enumerate(read(page).splitlines(), 1):
        begin = re.match(r"<!-- (?:output|help):begin ([a-z0-9-]+) -->$", line)
        if begin:
            name, filled = begin[1], False
        elif re.match(r"<!-- (?:output|help):end -->$", line):
            if not filled:
                complain(page, number, f"the block {name} is empty; run: make docs docs-output")
            count += 1
            name = None
        elif name:
            filled = True
            if re.search(r"/(home|root|tmp|build)/", line):
                complain(page, number, "names a folder of the machine on which it ran")
    return count


# ---- Settings ----

def snippets(page):
    """The first line's number and the text of each fence of TOML."""
    begin, text = 0, []
    for number, line, kind in list(lines_of(page)) + [(0, "", None)]:
        if begin and (kind != "toml" or number != begin + len(text)):
            yield begin, "\n".join(text) + "\n"
            begin, text = 0, []
        if kind == "toml":
            begin = begin or number
            text.append(line)


def settings(folder):
    count = 0
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "snippet.toml")
        for page in pages():
            for number, text in snippets(page):
                count += 1
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                done = subprocess.run([f"{folder}/pvgpu-backend", "--config", path, "--dump-config"],
                                      capture_output=True, text=True)
                if done.returncode:
                    complain(page, number, done.stderr.strip().replace(path, "here"))
    return count


def main():
    checks = {"links": links, "messages": messages, "outputs": outputs, "settings": settings}
    found = checks[sys.argv[1]](*sys.argv[2:])
    print(f"{found} {sys.argv[1]}, {mistakes} mistakes")
    # Pages without any would mean that they are not read as they are written.
    return 1 if mistakes or not found else 0


sys.exit(main())
