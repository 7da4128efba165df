#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles the pvgpu device's files once more, with more warnings than QEMU asks for, and fails if there is one in them.

    qemu/check-warnings.py BUILD-FOLDER

BUILD-FOLDER is QEMU's, built; the commands are the ones that its ninja would run. What the compiler says of QEMU's own
headers is not looked at. Callbacks have parameters that they do not use, and QEMU's lists end with empty entries, so
those two warnings are off.
"""
import json
import re
import shlex
import subprocess
import sys

OURS = re.compile(r'hw/display/pvgpu[^/]*\.[ch]$|hw/display/pvgpu/[^/]*\.h$')
EXTRA = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-missing-field-initializers', '-fsyntax-only',
         '-fdiagnostics-color=never']


def commands(folder):
    text = subprocess.run(['ninja', '-C', folder, '--quiet', '-t', 'compdb'], check=True, capture_output=True,
                          text=True).stdout
    for entry in json.loads(text):
        if OURS.search(entry['file']) and entry['file'].endswith('.c'):
            yield entry


def without_outputs(words):
    """The command without what it writes: the object, and the list of headers."""
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ('-o', '-MQ', '-MF'):
            skip = True
        elif word not in ('-MD', '-c'):
            kept.append(word)
    return kept


def complaints(entry):
    words = without_outputs(shlex.split(entry['command']))
    done = subprocess.run(words + EXTRA, cwd=entry['directory'], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines()
            if re.search(r':\d+:\d+: (warning|error)', line) and OURS.search(line.split(':', 1)[0])]
    if done.returncode != 0 and not ours:
        ours = done.stderr.splitlines()[-5:]
    return ours


def main():
    found, files = [], 0
    for entry in commands(sys.argv[1]):
        files += 1
        found += complaints(entry)
    for line in found:
        print(line)
    if files == 0:
        print('warnings: the device is not part of this build')
        return 1
    print(f'warnings: {len(found)} in {files} files of the device')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
