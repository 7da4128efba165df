#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Boots the test VM on stock QEMU with the backend as its PCI device; becomes the QEMU process. The VM's console is
# standard output.
#
#   tools/boot-vm.sh SOCKET LINK BUILD [DEMO-OPTION...]
#
#   SOCKET  the backend's --vfio-user socket
#   LINK    vfio: the guest program uses vfio-pci and takes MSI-X interrupts, or INTx with the demo's --interrupts intx;
#           sysfs: it maps the BARs and polls
#   BUILD   where pvgpu-demo-static and pvgpu-init are
#
# PVGPU_ACCELERATOR=kvm uses KVM; the default is tcg, which runs everywhere.
# PVGPU_QMP=PATH: QEMU takes commands on that socket (QMP), and goes on when the machine restarts.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2; exit 2; }
socket=$1 link=$2 build=$3
shift 3

# KVM only when asked for: a /dev/kvm that is there may still not run this guest (nested virtualisation that cannot
# emulate what it does to its memory leaves QEMU paused, without an exit code).
accelerator=${PVGPU_ACCELERATOR:-tcg}
machine=(-M q35 -accel "$accelerator")
append='console=ttyS0 panic=-1 quiet'
modules=''
if [ "$link" = vfio ]; then
    # Interrupts reach user space in the guest through vfio-pci, which wants an IOMMU; vfio-user wants caching-mode.
    machine=(-M "q35,kernel-irqchip=split" -accel "$accelerator" -device "intel-iommu,intremap=on,caching-mode=on")
    append="$append intel_iommu=on"
    modules=/opt/guest/modules
fi
initrd=$(mktemp "${TMPDIR:-/tmp}/pvgpu-initrd.XXXXXX")
"$(dirname "$0")/make-initramfs.sh" "$initrd" "$build/pvgpu-demo-static" "$build/pvgpu-init" "$modules" \
    "--link $link $*"
# QEMU keeps the file open from here on.
exec 9<"$initrd"
rm -f "$initrd"
restart=(-no-reboot)
[ -z "${PVGPU_QMP:-}" ] || restart=(-qmp "unix:$PVGPU_QMP,server=on,wait=off")
exec qemu-system-x86_64 "${machine[@]}" -m 256 "${restart[@]}" -nodefaults -display none -serial stdio \
    -kernel /opt/guest/vmlinux -initrd /dev/fd/9 -append "$append" \
    -device "{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"$socket\"}}" </dev/null
