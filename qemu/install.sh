#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts the pvgpu device into a QEMU source tree (7.2 or later), or brings it up to date there.
#
#   qemu/install.sh QEMU-SOURCE-TREE
#
# What it does, all of it below hw/display of the tree: copies the device's sources and the protocol header, and appends
# a marked block to meson.build, Kconfig and trace-events. Run again, it replaces what it put there before; files that
# are the same are left alone, so that nothing is compiled again without need. It writes nowhere else. Afterwards
# configure and build QEMU as usual: the device is built for every target with PCI (CONFIG_PVGPU).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2; exit 2; }
display=$1/hw/display

die() {
    printf 'install: %s\n' "$1" >&2
    exit 1
}

for file in meson.build Kconfig trace-events; do
    [ -f "$display/$file" ] || die "$1 is no QEMU source tree: hw/display/$file is missing"
done

# Before QEMU 8.0 the device's part of the build description had another name.
if grep -q '^system_ss\.add' "$display/meson.build"; then
    sources=system_ss
elif grep -q '^softmmu_ss\.add' "$display/meson.build"; then
    sources=softmmu_ss
else
    die "hw/display/meson.build has neither system_ss nor softmmu_ss: this version of QEMU is not known"
fi

changed=0

# put FILE DESTINATION
put() {
    if cmp -s "$1" "$2"; then
        return
    fi
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2"
    changed=$((changed + 1))
    printf 'install: wrote %s\n' "$2"
}

# append FILE: the block from standard input, between marks; one that is there already is replaced.
append() {
    {
        sed '/^# pvgpu: begin/,/^# pvgpu: end/d' "$1"
        echo "# pvgpu: begin (put here by PVGPU's qemu/install.sh)"
        cat
        echo '# pvgpu: end'
    } >"$1.pvgpu-new"
    if cmp -s "$1.pvgpu-new" "$1"; then
        rm "$1.pvgpu-new"
        return
    fi
    mv "$1.pvgpu-new" "$1"
    changed=$((changed + 1))
    printf 'install: added to %s\n' "$1"
}

for file in pvgpu.c pvgpu-compat.h pvgpu-channel.h pvgpu-channel-os.h pvgpu-channel.c pvgpu-channel-posix.c \
    pvgpu-channel-windows.c; do
    put "$here/$file" "$display/$file"
done
put "$here/../include/pvgpu/protocol.h" "$display/pvgpu/protocol.h"

# "rt" is where older C libraries keep shm_open().
append "$display/meson.build" <<BLOCK
pvgpu_files = files('pvgpu.c', 'pvgpu-channel.c')
if host_machine.system() == 'windows'
  pvgpu_files += files('pvgpu-channel-windows.c')
else
  pvgpu_files += files('pvgpu-channel-posix.c')
endif
$sources.add(when: 'CONFIG_PVGPU', if_true: [pvgpu_files, cc.find_library('rt', required: false)])
BLOCK

append "$display/Kconfig" <<'BLOCK'
config PVGPU
    bool
    default y if PCI_DEVICES
    depends on PCI
BLOCK

sed '/^# SPDX/d; /^# Appended/d; /^$/d' "$here/trace-events" | append "$display/trace-events"

if [ $changed -eq 0 ]; then
    printf 'install: %s is up to date\n' "$1"
fi
