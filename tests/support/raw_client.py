#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plays a badly behaved QEMU device on the pipe link, byte by byte.

    raw_client.py SOCKET BEHAVIOUR

Prints what the host did; exit code 0 if that was what it must do. Behaviours: see the functions below.
"""
import ctypes, mmap, os, socket, struct, sys, time

CONTROL, RING, HEAP, TOTAL = 0x1000, 0x1000000, 0x1001000, 64 << 20
HANDSHAKE, ACK, DOORBELL, IRQ, SHUTDOWN = 1, 2, 3, 4, 5


def fail(text):
    sys.exit('raw_client: ' + text)


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.name = '/pvgpu_shmem_%x%x' % (os.getpid(), time.monotonic_ns())
        self.file = os.open('/dev/shm' + self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(self.file, TOTAL)
        self.memory = mmap.mmap(self.file, TOTAL)
        self.memory[0:0x20] = struct.pack('<IIQIIII', 0x50564750, 0x10000, 0x9D, CONTROL, RING, HEAP, TOTAL - HEAP)

    def close(self):
        os.unlink('/dev/shm' + self.name)
        self.socket.close()

    def send(self, kind, payload=b''):
        self.socket.sendall(struct.pack('<II', kind, len(payload)))
        if payload:
            self.socket.sendall(payload)

    def handshake(self, name=None, size=TOTAL):
        self.send(HANDSHAKE, struct.pack('<Q', size) + (name or self.name).encode() + b'\0')

    def read(self, count):
        data = b''
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                return None
            data += part
        return data

    def expect_ack(self):
        if self.read(16) != struct.pack('<IIQ', ACK, 8, 0x9D):
            fail('no acknowledgement of exactly 8 bytes')

    def expect_end(self, seconds=5):
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            fail('the host keeps the connection')

    def submit(self, *words):
        """One 32-byte command, then the doorbell."""
        data = struct.pack('<8I', *(list(words) + [0] * (8 - len(words))))
        producer = struct.unpack_from('<Q', self.memory, 0x20)[0]
        self.memory[CONTROL + producer % RING:CONTROL + producer % RING + 32] = data
        # One store: struct.pack_into clears the bytes first, and the host may look in between.
        ctypes.c_uint64.from_buffer(self.memory, 0x20).value = producer + 32
        self.send(DOORBELL)

    def wait_fence(self, value, seconds=10):
        end = time.monotonic() + seconds
        while struct.unpack_from('<Q', self.memory, 0xE0)[0] < value:
            if time.monotonic() > end:
                fail('fence %d does not complete' % value)
            time.sleep(0.001)


def good(client):
    """Everything as it should be: a fence completes, the error of an unknown opcode is reported."""
    client.handshake()
    client.expect_ack()
    client.submit(0x0301, 32, 0, 0, 7, 0)
    client.wait_fence(7)
    client.submit(0x7777, 32)
    client.submit(0x0301, 32, 0, 0, 8, 0)
    client.wait_fence(8)
    status, code, argument = struct.unpack_from('<3I', client.memory, 0x120)
    if not status & 2 or code != 1 or argument != 0x7777:
        fail('status %#x, error %d, argument %#x' % (status, code, argument))
    client.send(SHUTDOWN)
    client.expect_end()


def truncate(client):
    """The shared memory shrinks while the host uses it: that session ends, nothing else."""
    client.handshake()
    client.expect_ack()
    client.submit(0x0301, 32, 0, 0, 1, 0)
    client.wait_fence(1)
    os.ftruncate(client.file, 0)
    try:
        client.send(DOORBELL)
    except BrokenPipeError:
        return  # it had looked already
    client.expect_end()


def wrong_name(client):
    """A name that is not ours to open."""
    client.handshake('/etc/passwd')
    client.expect_end()


def too_small(client):
    """Claims far less than the ring needs."""
    client.handshake(size=4096)
    client.expect_end()


def bad_layout(client):
    """The ring reaches beyond the mapping."""
    struct.pack_into('<I', client.memory, 0x14, 0xFFFFFFF0)
    client.handshake()
    client.expect_end()


def long_payload(client):
    """A payload length of 4 GiB."""
    client.socket.sendall(struct.pack('<II', HANDSHAKE, 0xFFFFFFFF))
    client.expect_end()


def garbage(client):
    """Not our protocol at all."""
    client.socket.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    client.expect_end()


def doorbell_first(client):
    """A doorbell before the handshake."""
    client.send(DOORBELL)
    client.expect_end()


def vanish(client):
    """Leaves in the middle of a message."""
    client.socket.sendall(b'\1\0\0')


def silent(client):
    """Says nothing: the host gives up on it within 10 s and some."""
    client.expect_end(15)


def rest(client):
    """Does nothing wrong and draws nothing, until somebody else ends it."""
    client.handshake()
    client.expect_ack()
    client.expect_end(60)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in globals():
        sys.exit(__doc__)
    client = Client(sys.argv[1])
    try:
        globals()[sys.argv[2]](client)
    finally:
        client.close()


if __name__ == '__main__':
    main()
