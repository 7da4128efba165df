#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Says VERSION to a vfio-user endpoint as QEMU does, and leaves. Exit code 0 if it was answered.

    vfio_hello.py SOCKET
"""
import socket, struct, sys

VERSION, REPLY = 1, 1


def main():
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(60)
    peer.connect(sys.argv[1])
    text = b'{"capabilities":{"max_msg_fds":16}}\0'
    peer.sendall(struct.pack('<HHIIIHH', 7, VERSION, 16 + 4 + len(text), 0, 0, 0, 0))
    peer.sendall(text)
    header = peer.recv(16, socket.MSG_WAITALL)
    if len(header) < 16 or struct.unpack('<HHIII', header)[:2] != (7, VERSION) or header[8] & 15 != REPLY:
        sys.exit('vfio_hello: answered by %r' % header)


if __name__ == '__main__':
    main()
