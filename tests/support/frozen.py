#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The whole host stands still for a while, as when it is suspended: nobody is blamed for time that nobody had.

    frozen.py BUILD WORK-FOLDER MEMORY-FILE

A client that draws, its renderer, its session and the service are stopped in mid-frame, three times, for longer than
gpu_timeout. The session, which watches the renderer, goes on first; over ivshmem-plain, where its heartbeat wakes it at
once. Then they stand still while a command is published in part, for longer than it may stay so. Exit code 0 if the
client drew to its end, nothing was said of a lost device, and the command was executed.
"""
import contextlib, os, re, signal, sys, time

import raw_client, service

FENCE = 0x0301, 32, 0, 0
FRAMES, STOPPED_S, ROUNDS = 120, 3.5, 3


def child_of(process):
    return int(open('/proc/%d/task/%d/children' % (process, process)).read().split()[0])


def signal_all(processes, number):
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # a renderer that was taken for hanging
            os.kill(process, number)


def stand_still(watcher, others):
    signal_all([*others, watcher], signal.SIGSTOP)
    time.sleep(STOPPED_S)
    signal_all([watcher], signal.SIGCONT)
    time.sleep(0.3)  # it looks
    signal_all(others, signal.SIGCONT)


def a_picture(memory):
    """A client draws. Returns its exit code, or 1 if the service took the pause for a hang."""
    with service.Service('gpu_timeout = 1\nivshmem_plain = "%s"' % memory, pipe=False) as backend:
        if not backend.says('Renderer ready'):
            sys.exit(backend.log())
        with service.Demo('--link', 'ivshmem-plain', '--scene', 'cubes', '--width', '1600', '--height', '900', '--sync-interval', '1',
                          '--hold-seconds', '0', path=memory, frames=FRAMES) as demo:
            if not service.wait_for(lambda: re.search('frame [0-9]+ of', demo.said())):
                sys.exit('frozen: nothing is drawn\n' + backend.log())
            watcher = child_of(backend.process.pid)
            others = [backend.process.pid, child_of(watcher), demo.process.pid]
            for _ in range(ROUNDS):
                time.sleep(0.3)
                stand_still(watcher, others)
            code = demo.process.wait(timeout=120)
            print(demo.said())
        print(backend.log())
        return code or (1 if re.search('DEVICE_LOST|no progress', backend.log()) else 0)


def half_a_command():
    """A command of which only a part has been published has a second to be completed, too. Returns the error code."""
    with service.Service('renderer = "null"') as backend:
        if not backend.is_up():
            sys.exit(backend.log())
        client = raw_client.Client(service.SOCKET)
        try:
            client.handshake()
            client.expect_ack()
            client.submit(*FENCE, 1)
            client.wait_fence(1)
            session = child_of(backend.process.pid)
            client.submit(*FENCE, 2, published=16)
            time.sleep(0.05)
            stand_still(child_of(session), [session])
            client.publish(16)
            client.wait_fence(2)
            return client.error()[1]
        finally:
            client.close()
            print(backend.log())


def main():
    build, work, memory = sys.argv[1:]
    service.setup(build, work)
    sys.exit(a_picture(memory) or half_a_command())


main()
