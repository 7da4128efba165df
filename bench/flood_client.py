#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A VM that does nothing but harm, as fast as one thread can, faster than any virtual processor.

    flood_client.py LINK BEHAVIOUR PATH SECONDS

LINK is pipe, vfio-user, ivshmem-doorbell or ivshmem-plain. Behaviours:

  silent     attaches and never answers or reads again
  doorbells  rings as fast as the host takes it
  registers  rewrites every word of the control region with noise, and rings now and then

Prints how many doorbells or rewrites it came to. It ends early, with a line, when the host ends the connection.
"""
import array, ctypes, mmap, os, random, socket, struct, sys, time

TOTAL, CONTROL, RING, HEAP = 64 << 20, 0x1000, 0x1000000, 0x1001000


def connect(path):
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    link.connect(path)
    return link


def read(link, count, fds=None):
    """`count` bytes; descriptors that came with them are added to `fds`."""
    data = b''
    while len(data) < count:
        part, sent, _, _ = socket.recv_fds(link, count - len(data), 16)
        if not part:
            sys.exit('flood_client: the host has ended the connection')
        data += part
        if fds is not None:
            fds.extend(sent)
    return data


class Pipe:
    def __init__(self, path):
        self.link = connect(path)
        self.name = '/pvgpu_shmem_f%x%x' % (os.getpid(), time.monotonic_ns())
        file = os.open('/dev/shm' + self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(file, TOTAL)
        self.memory = mmap.mmap(file, TOTAL)
        self.memory[0:0x20] = struct.pack('<IIQIIII', 0x50564750, 0x10000, 0x9D, CONTROL, RING, HEAP, TOTAL - HEAP)
        name = self.name.encode() + b'\0'
        self.link.sendall(struct.pack('<II', 1, 8 + len(name)))
        self.link.sendall(struct.pack('<Q', TOTAL) + name)
        read(self.link, 16)
        os.unlink('/dev/shm' + self.name)
        self.doorbells = struct.pack('<II', 3, 0) * 128

    def ring(self):
        self.link.sendall(self.doorbells)
        return 128


class VfioUser:
    def __init__(self, path):
        self.link = connect(path)
        self.id = 0
        self.ask(1, struct.pack('<HH', 0, 0) + b'{"capabilities":{}}\0')
        fds = []
        self.ask(5, struct.pack('<IIIIQQ', 32, 0, 2, 0, 0, 0), fds)  # GET_REGION_INFO of BAR2
        self.memory = mmap.mmap(fds[0], TOTAL)

    def ask(self, command, payload, fds=None):
        self.id = self.id + 1 & 0xFFFF
        self.link.sendall(struct.pack('<HHIII', self.id, command, 16 + len(payload), 0, 0) + payload)
        size = struct.unpack('<HHIII', read(self.link, 16, fds))[2]
        return read(self.link, size - 16, fds)

    def ring(self):
        self.ask(10, struct.pack('<QIII', 0x10, 0, 4, 1))  # REGION_WRITE of DOORBELL in BAR0
        return 1


class IvshmemDoorbell:
    def __init__(self, path):
        self.link = connect(path)
        self.doorbells = []
        while len(self.doorbells) < 2:
            fds = []
            number = struct.unpack('<q', read(self.link, 8, fds))[0]
            if number == -1:
                self.memory = mmap.mmap(fds[0], TOTAL)
            elif fds:
                self.doorbells += fds

    def ring(self):
        os.write(self.doorbells[0], struct.pack('<Q', 1))
        return 1


class IvshmemPlain:
    def __init__(self, path):
        self.memory = mmap.mmap(os.open(path, os.O_RDWR), TOTAL)

    def ring(self):
        time.sleep(0.001)  # there is nothing to ring
        return 0


LINKS = {'pipe': Pipe, 'vfio-user': VfioUser, 'ivshmem-doorbell': IvshmemDoorbell, 'ivshmem-plain': IvshmemPlain}


def silent(vm, end):
    time.sleep(max(0, end - time.monotonic()))
    return 0


def doorbells(vm, end):
    count = 0
    while time.monotonic() < end:
        for _ in range(64):
            count += vm.ring()
    return count


def registers(vm, end):
    noise = random.Random(1).randbytes(1 << 20)
    region = (ctypes.c_char * CONTROL).from_buffer(vm.memory)
    address, count = ctypes.addressof(region), 0
    source = ctypes.create_string_buffer(noise)
    while time.monotonic() < end:
        for _ in range(5000):
            # The words of the layout stay as they are: a region that is refused at once would cost nothing.
            ctypes.memmove(address + 0x20, ctypes.byref(source, count * 64 % (len(noise) - 0x400)), 0x160)
            count += 1
        vm.ring()
    return count


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in LINKS or sys.argv[2] not in ('silent', 'doorbells', 'registers'):
        sys.exit(__doc__)
    vm = LINKS[sys.argv[1]](sys.argv[3])
    try:
        print(globals()[sys.argv[2]](vm, time.monotonic() + float(sys.argv[4])), flush=True)
    except (BrokenPipeError, ConnectionResetError):
        print('the host has ended the connection', flush=True)
    os._exit(0)


if __name__ == '__main__':
    main()
