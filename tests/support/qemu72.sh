#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The QEMU of Debian 12 inside the Linux root, with its own libraries: what "qemu-system-x86_64" is there. Needs
# ./box --with=qemu72.
root=/roots/qemu72
libraries=$root/usr/lib/x86_64-linux-gnu
QEMU_MODULE_DIR=$libraries/qemu exec "$libraries/ld-linux-x86-64.so.2" \
    --library-path "$libraries:$libraries/pulseaudio" "$root/usr/bin/qemu-system-x86_64" \
    -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
