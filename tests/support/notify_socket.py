#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Plays the service manager for a program: gives it a NOTIFY_SOCKET and a watchdog, waits for READY=1 and two times
# WATCHDOG=1, ends it as a manager does, and waits for STOPPING=1.
#
#   notify_socket.py SOCKET PROGRAM ARGUMENT...
import os
import signal
import socket
import subprocess
import sys

path, command = sys.argv[1], sys.argv[2:]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(path)
manager.settimeout(10)
environment = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
program = subprocess.Popen(command, env=environment)
said = []


def wait_for(state, times=1):
    while said.count(state) < times:
        said.extend(manager.recv(4096).decode().splitlines())


try:
    wait_for("READY=1")
    wait_for("WATCHDOG=1", 3)
    program.send_signal(signal.SIGTERM)
    wait_for("STOPPING=1")
    code = program.wait(10)
finally:
    program.kill()
print(" ".join(said), "exit code", code)
in_order = said.index("READY=1") < said.index("STOPPING=1") and said[-1] == "STOPPING=1"
sys.exit(0 if code == 0 and in_order else 1)
