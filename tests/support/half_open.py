#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs a command twice: alone, and while many connections to the service's endpoint have said nothing, or not enough.

    half_open.py SOCKET COUNT SERVICE-PROCESS COMMAND...

Prints how long each took. Exit code 0 if the command succeeded both times, and the connections got no session, no more
of the service's handles than there are places for them, and gave those back.
"""
import glob, os, resource, socket, subprocess, sys, time

HANDSHAKE = b'\1\0\0\0\x2e\0\0\0'
# Nothing, a byte, half a header, a header whose payload is missing.
STARTS = [b'', HANDSHAKE[:1], HANDSHAKE[:4], HANDSHAKE]
PLACES = 256


def fail(text):
    sys.exit('half_open: ' + text)


def sessions(service):
    """How many processes the service has started that are sessions."""
    count = 0
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            words = open(path).read().rpartition(')')[2].split()
            command = open(os.path.dirname(path) + '/cmdline', 'rb').read().split(b'\0')
        except OSError:
            continue
        count += int(words[1]) == service and b'session' in command
    return count


def handles(service):
    return len(os.listdir('/proc/%d/fd' % service))


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def timed(command):
    start = time.monotonic()
    result = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120)
    if result.returncode:
        fail('%s ended with %d' % (command[0], result.returncode))
    return time.monotonic() - start


def half_open(path, start):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)  # waits for a place in the endpoint's queue
    if start:
        try:
            peer.sendall(start)
        except (BrokenPipeError, ConnectionResetError):
            pass  # others came, and this one has gone already
    return peer


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    path, count, service, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + 100, hard), hard))
    alone = timed(command)
    wait_until(lambda: not sessions(service), 20)
    before = handles(service)
    start = time.monotonic()
    peers = [half_open(path, STARTS[i % len(STARTS)]) for i in range(count)]
    connected = time.monotonic() - start
    beside = timed(command)
    wait_until(lambda: not sessions(service), 5)  # the command's own takes a moment to end
    started, used = sessions(service), handles(service) - before
    print('%.2f s alone; %.2f s beside %d connections that say too little (made in %.2f s; %d sessions, %d handles)' %
          (alone, beside, count, connected, started, used))
    if started or used > PLACES:
        fail('they got what is for VMs')
    for peer in peers:
        peer.close()
    wait_until(lambda: handles(service) <= before, 20)
    if handles(service) > before:
        fail('%d handles are left of them' % (handles(service) - before))


if __name__ == '__main__':
    main()
