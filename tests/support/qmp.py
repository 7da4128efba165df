#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Talks to QEMU's monitor.

    qmp.py SOCKET get PROPERTY [PATH]          prints a property of the device /machine/peripheral/pvgpu, or of PATH
    qmp.py SOCKET wait PROPERTY VALUE [PATH]   until the property is that, at most 60 s
    qmp.py SOCKET run COMMAND [JSON]           one command with its arguments; prints what it returns, or fails with the error
    qmp.py SOCKET unplug ID                    device_del, until the device is gone; at most 120 s
"""
import json
import socket
import sys
import time

DEVICE = '/machine/peripheral/pvgpu'


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile('r', encoding='utf-8')
        self.events = []
        self.read()
        self.run('qmp_capabilities')

    def read(self):
        line = self.lines.readline()
        if not line:
            raise SystemExit('qmp: QEMU has closed the monitor')
        return json.loads(line)

    def run(self, command, arguments=None):
        message = {'execute': command}
        if arguments:
            message['arguments'] = arguments
        self.socket.sendall(json.dumps(message).encode() + b'\n')
        while True:
            answer = self.read()
            if 'event' in answer:
                self.events.append(answer)
            elif 'error' in answer:
                raise SystemExit('qmp: %s: %s' % (command, answer['error']['desc']))
            else:
                return answer['return']

    def get(self, name, path=DEVICE):
        return self.run('qom-get', {'path': path, 'property': name})

    def wait(self, name, value, path=DEVICE):
        for _ in range(600):
            now = text(self.get(name, path))
            if now == value:
                return
            time.sleep(0.1)
        raise SystemExit('qmp: %s is %s and not %s' % (name, now, value))

    def unplug(self, name):
        self.run('device_del', {'id': name})
        self.socket.settimeout(120)
        while not any(event['event'] == 'DEVICE_DELETED' and event['data'].get('device') == name
                      for event in self.events):
            answer = self.read()
            if 'event' in answer:
                self.events.append(answer)


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def main():
    monitor, verb, rest = Monitor(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if verb == 'get':
        print(text(monitor.get(*rest)))
    elif verb == 'wait':
        monitor.wait(*rest)
    elif verb == 'run':
        print(text(monitor.run(rest[0], json.loads(rest[1]) if len(rest) > 1 else None)))
    elif verb == 'unplug':
        monitor.unplug(rest[0])
    else:
        raise SystemExit(__doc__)


if __name__ == '__main__':
    main()
