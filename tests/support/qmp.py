#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Gives a running QEMU one command over its control socket.

    qmp.py SOCKET COMMAND       such as system_reset, quit
"""
import json, socket, sys


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(sys.argv[1])
        lines = connection.makefile('r')
        lines.readline()  # the greeting
        for command in ('qmp_capabilities', sys.argv[2]):
            connection.sendall(json.dumps({'execute': command}).encode() + b'\n')
            answer = {}
            while 'return' not in answer and 'error' not in answer:  # events come between
                line = lines.readline()
                if not line:
                    sys.exit('qmp: QEMU closed the connection')
                answer = json.loads(line)
            if 'error' in answer:
                sys.exit('qmp: %s: %s' % (command, answer['error'].get('desc')))


if __name__ == '__main__':
    main()
