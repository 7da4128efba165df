#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plays QEMU on the vfio-user link.

    vfio_client.py SOCKET BEHAVIOUR

Prints what the host did; exit code 0 if that was what it must do. Behaviours: see the functions below.
"""
import ctypes, errno, mmap, os, select, socket, struct, sys, time

VERSION, DMA_MAP, DMA_UNMAP, GET_INFO, GET_REGION_INFO, GET_IRQ_INFO, SET_IRQS, READ, WRITE, RESET = 1, 2, 3, 4, 5, 7, 8, 9, 10, 13
NO_REPLY, ERROR = 0x10, 0x20
BAR0, BAR2, CONFIG = 0, 2, 7
DOORBELL, IRQ_PENDING, IRQ_ENABLE = 0x10, 0x14, 0x18
INTX, MSIX = 0, 2
CONTROL, RING = 0x1000, 0x1000000
NONE_TRIGGER, EVENTFD_TRIGGER, NONE_UNMASK = 0x21, 0x24, 0x11


def fail(text):
    sys.exit('vfio_client: ' + text)


class Client:
    def __init__(self, path, greet=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.id = 0
        self.memory = None
        self.producer = self.fence = 0
        if greet:
            self.call(VERSION, struct.pack('<HH', 0, 1) + b'{"capabilities":{"max_msg_fds":8}}\0')

    def close(self):
        self.socket.close()

    def message(self, command, payload=b'', flags=0):
        self.id = (self.id + 1) & 0xFFFF
        return struct.pack('<HHIII', self.id, command, 16 + len(payload), flags, 0) + payload

    def take(self, count):
        data = b''
        while len(data) < count:
            part, handles, _, _ = socket.recv_fds(self.socket, count - len(data), 1)
            self.handles += handles
            if not part:
                fail('the host closed the connection')
            data += part
        return data

    def answer(self):
        """The next reply: its number of an error, its payload."""
        self.handles = []
        number, _, size, flags, error = struct.unpack('<HHIII', self.take(16))
        if flags & ~ERROR != 1 or number != self.id:
            fail('reply %d to %d with flags %#x' % (number, self.id, flags))
        return (error if flags & ERROR else 0), self.take(size - 16)

    def ask(self, command, payload=b'', handles=()):
        data = self.message(command, payload)
        if socket.send_fds(self.socket, [data], list(handles)) != len(data):
            fail('the socket took a part only')
        return self.answer()

    def call(self, command, payload=b'', handles=()):
        error, reply = self.ask(command, payload, handles)
        if error:
            fail('command %d: %s' % (command, os.strerror(error)))
        return reply

    def read(self, region, offset, count):
        return int.from_bytes(self.call(READ, struct.pack('<QII', offset, region, count))[16:], 'little')

    def write_payload(self, region, offset, value, count=4):
        return struct.pack('<QII', offset, region, count) + value.to_bytes(count, 'little')

    def write(self, region, offset, value, count=4):
        self.call(WRITE, self.write_payload(region, offset, value, count))

    def set_irqs(self, index, flags, count, handles=()):
        self.call(SET_IRQS, struct.pack('<5I', 20, flags, index, 0, count), handles)

    def map_memory(self):
        size = struct.unpack_from('<Q', self.call(GET_REGION_INFO, struct.pack('<IIIIQQ', 32, 0, BAR2, 0, 0, 0)), 16)[0]
        self.memory = mmap.mmap(self.handles[0], size)
        os.close(self.handles[0])

    def submit_fence(self):
        """One FENCE in the ring; the doorbell is the caller's."""
        self.fence += 1
        at = CONTROL + self.producer % RING
        self.memory[at:at + 32] = struct.pack('<8I', 0x0301, 32, 0, 0, self.fence, 0, 0, 0)
        self.producer += 32
        # One store: struct.pack_into clears the bytes first, and the host may look in between.
        ctypes.c_uint64.from_buffer(self.memory, 0x20).value = self.producer

    def completed(self):
        return struct.unpack_from('<Q', self.memory, 0xE0)[0]

    def expect_end(self):
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            fail('the host keeps the connection')


def wait_signal(event):
    if not select.select([event], [], [], 30)[0]:
        fail('no interrupt within 30 s')
    return os.eventfd_read(event)


def good(client):
    """An interrupt for each fence: ten by MSI-X, ten by INTx with acknowledgement and unmasking."""
    client.map_memory()
    event = os.eventfd(0, os.EFD_NONBLOCK)
    client.set_irqs(MSIX, EVENTFD_TRIGGER, 1, [event])
    client.write(BAR0, IRQ_ENABLE, 3)
    for _ in range(10):
        client.submit_fence()
        client.write(BAR0, DOORBELL, 1)
        wait_signal(event)
    client.set_irqs(MSIX, NONE_TRIGGER, 0)
    client.write(BAR0, IRQ_PENDING, 3)
    client.set_irqs(INTX, EVENTFD_TRIGGER, 1, [event])
    for _ in range(10):
        client.submit_fence()
        client.write(BAR0, DOORBELL, 1)
        if wait_signal(event) != 1:
            fail('INTx came twice without being unmasked')
        if not client.read(CONFIG, 6, 2) & 8:
            fail('the status register does not show INTx')
        client.write(BAR0, IRQ_PENDING, client.read(BAR0, IRQ_PENDING, 4))
        client.set_irqs(INTX, NONE_UNMASK, 1)
    if client.completed() != 20:
        fail('%d of 20 fences' % client.completed())


def flood(client, seconds=0, register=DOORBELL):
    """Writes a register as fast as the socket takes it; an interrupt comes for every fence all the same."""
    client.map_memory()
    event = os.eventfd(0, os.EFD_NONBLOCK)
    client.set_irqs(MSIX, EVENTFD_TRIGGER, 1, [event])
    client.socket.setblocking(False)
    one = client.message(WRITE, client.write_payload(BAR0, register, 1), NO_REPLY)
    wave = one * 500
    begun, sent, left, interrupts = time.monotonic(), 0, b'', 0
    doorbell = client.message(WRITE, client.write_payload(BAR0, DOORBELL, 1), NO_REPLY)
    client.submit_fence()
    left = doorbell
    while interrupts < 300 or time.monotonic() < begun + seconds:
        readable, writable, _ = select.select([event, client.socket], [client.socket], [], 30)
        if not readable and not writable:
            fail('nothing moves: %d messages, %d interrupts' % (sent // len(one), interrupts))
        if client.socket in readable:
            fail('a reply, or the end')
        if event in readable:
            os.eventfd_read(event)
            interrupts += 1
            client.submit_fence()
            left += doorbell
        if writable:
            left = left or wave
            count = client.socket.send(left)
            sent, left = sent + count, left[count:]
    took = time.monotonic() - begun
    print('%d interrupts while %d register writes went out in %.1f s' % (interrupts, sent // len(one), took))
    if sent < 300 * len(one):
        fail('that is no flood')


def flood_of_resets(client):
    """Resets of the function instead: the same holds for what comes after."""
    for _ in range(20):
        client.socket.sendall(b''.join(client.message(RESET, flags=NO_REPLY) for _ in range(50)))
    good(client)


def refused(client):
    """A thousand requests that are refused."""
    for _ in range(1000):
        if client.ask(99)[0] != errno.EOPNOTSUPP:
            fail('an unknown command is taken')
    good(client)


def never_reads(client):
    """Asks and does not take the answers, until the host has enough of it."""
    client.socket.settimeout(60)
    ask = client.message(READ, struct.pack('<QII', 0, BAR2, 4096))
    try:
        while True:
            client.socket.sendall(ask)
    except (BrokenPipeError, ConnectionResetError):
        pass
    except TimeoutError:
        fail('the host keeps the connection')


def long_message(client):
    """A message of 4 GiB."""
    client.socket.sendall(struct.pack('<HHIII', 1, GET_INFO, 0xFFFFFFFF, 0, 0))
    client.expect_end()


def reply_first(client):
    """A reply, though nothing was asked."""
    client.socket.sendall(struct.pack('<HHIII', 1, GET_INFO, 16, 1, 0))
    client.expect_end()


def vanish(client):
    """Leaves in the middle of a message."""
    client.socket.sendall(client.message(DMA_MAP, bytes(32))[:20])


def handles(client):
    """As many descriptors as fit, on commands that want none."""
    for _ in range(100):
        if client.ask(GET_INFO, struct.pack('<4I', 16, 0, 0, 0), [0] * 64)[0] != errno.EINVAL:
            fail('descriptors are taken')
    good(client)


def garbage(client):
    """Not the protocol at all."""
    client.socket.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    client.expect_end()


def no_version(client):
    """Another command first."""
    client.socket.sendall(client.message(GET_INFO, struct.pack('<4I', 16, 0, 0, 0)))
    client.expect_end()


def identity(client):
    """Prints vendor and device, subsystem, class."""
    print('%04X:%04X %04X:%04X 0x%06X' % (client.read(CONFIG, 0, 2), client.read(CONFIG, 2, 2), client.read(CONFIG, 0x2C, 2),
                                          client.read(CONFIG, 0x2E, 2), client.read(CONFIG, 8, 4) >> 8))


def rest(client):
    """Does nothing wrong, until somebody else ends it."""
    client.socket.settimeout(120)
    client.expect_end()


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in globals():
        sys.exit(__doc__)
    client = Client(sys.argv[1], greet=sys.argv[2] not in ('garbage', 'no_version'))
    try:
        globals()[sys.argv[2]](client, *(int(word, 0) for word in sys.argv[3:]))
    finally:
        client.close()


if __name__ == '__main__':
    main()
