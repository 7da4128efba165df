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

    def submit(self, *words, published=32):
        """One 32-byte command, of which so much is published, then the doorbell."""
        data = struct.pack('<8I', *(list(words) + [0] * (8 - len(words))))
        producer = struct.unpack_from('<Q', self.memory, 0x20)[0]
        self.memory[CONTROL + producer % RING:CONTROL + producer % RING + 32] = data
        self.publish(published)

    def publish(self, count):
        # One store: struct.pack_into clears the bytes first, and the host may look in between.
        ctypes.c_uint64.from_buffer(self.memory, 0x20).value += count
        self.send(DOORBELL)

    def error(self):
        """Status, error code and argument."""
        return struct.unpack_from('<3I', self.memory, 0x120)

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
    status, code, argument = client.error()
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


def twice(client):
    """A second handshake."""
    client.handshake()
    client.expect_ack()
    client.handshake()
    client.expect_end()


def endless_name(client):
    """A name without an end."""
    client.send(HANDSHAKE, struct.pack('<Q', TOTAL) + b'/pvgpu_shmem_'.ljust(64, b'a'))
    client.expect_end()


def large_claim(client):
    """Claims more memory than there is: what is there is used."""
    client.handshake(size=4 * TOTAL)
    client.expect_ack()
    client.submit(0x0301, 32, 0, 0, 3, 0)
    client.wait_fence(3)


def huge_claim(client):
    """Claims more memory than a device can have."""
    client.handshake(size=1 << 63)
    client.expect_end()


def long_doorbell(client):
    """A doorbell with a payload of 4 GiB."""
    client.handshake()
    client.expect_ack()
    client.socket.sendall(struct.pack('<II', DOORBELL, 0xFFFFFFFF))
    client.expect_end()


def goodbye_first(client):
    """Leaves as the first thing."""
    client.send(SHUTDOWN)
    client.expect_end()


def pieces(client):
    """Everything byte by byte, slowly: as good as in one piece."""
    payload = struct.pack('<Q', TOTAL) + client.name.encode() + b'\0'
    for byte in struct.pack('<II', HANDSHAKE, len(payload)) + payload:
        client.socket.sendall(bytes([byte]))
        time.sleep(0.01)
    client.expect_ack()
    for byte in struct.pack('<II', DOORBELL, 0):
        client.socket.sendall(bytes([byte]))
        time.sleep(0.01)
    client.submit(0x0301, 32, 0, 0, 2, 0)
    client.wait_fence(2)


def never_reads(client, fences=3000):
    """Reads no interrupt while fences complete: they go on completing, and what it finds at last is whole messages."""
    client.handshake()
    client.expect_ack()
    for fence in range(1, fences + 1):
        client.submit(0x0301, 32, 0, 0, fence, 0)
        client.wait_fence(fence)
    client.socket.settimeout(1)
    found = 0
    while True:
        try:
            message = client.read(12)
        except TimeoutError:
            break
        if not message or struct.unpack('<III', message)[:2] != (IRQ, 4):
            fail('no interrupt: %r' % message)
        found += 1
    print('%d fences, %d interrupts' % (fences, found))
    if not 0 < found < fences:
        fail('interrupts were not merged')
    client.submit(0x0301, 32, 0, 0, fences + 1, 0)
    client.wait_fence(fences + 1)
    client.socket.settimeout(10)
    if client.read(12) != struct.pack('<III', IRQ, 4, 0):
        fail('no interrupt afterwards')


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


def trickle(client):
    """A byte now and then, for ever: given up like one that says nothing."""
    client.socket.settimeout(0.5)
    message = struct.pack('<IIQ', HANDSHAKE, 72, TOTAL) + client.name.encode().ljust(64, b'\0')
    for byte in message[:40]:
        try:
            client.socket.sendall(bytes([byte]))
            if not client.socket.recv(1):
                return
            fail('an answer to half a message')
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return
    fail('the host keeps the connection')


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
