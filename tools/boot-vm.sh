#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Boots the test VM on QEMU with the backend as its PCI device; becomes the QEMU process. The VM's console is standard
# output.
#
#   tools/boot-vm.sh LINK=vfio-user ENDPOINT=PATH [INTERRUPTS=1] [REBOOT=0] [ACCELERATOR=tcg] [BUILD=build/linux]
#                    [DEMO-OPTION...]
#
#   LINK        vfio-user, ivshmem-doorbell or ivshmem-plain; pipe needs a PVGPU_QEMU with the pvgpu device
#   ENDPOINT    what the backend was given for that link: a socket, or the file of ivshmem-plain
#   INTERRUPTS  1: the VM has an IOMMU, and the program in it uses vfio-pci and takes MSI-X interrupts
#               0: the program maps the BARs through sysfs and polls; always so on ivshmem-plain
#   REBOOT=1    the VM starts again whenever its program ends, instead of ending
#   ACCELERATOR=kvm uses KVM; tcg runs everywhere
#   BUILD       where pvgpu-demo-static and pvgpu-init are
#
# PVGPU_QEMU=PROGRAM is used instead of qemu-system-x86_64. PVGPU_QEMU_OPTIONS: more for its command line;
# PVGPU_DEVICE_OPTIONS: properties of the pvgpu device, as ,NAME=VALUE
set -euo pipefail

LINK='' ENDPOINT='' INTERRUPTS=1 REBOOT=0 ACCELERATOR=tcg BUILD=build/linux
while [ $# -gt 0 ]; do
    case $1 in
        LINK=*|ENDPOINT=*|INTERRUPTS=*|REBOOT=*|ACCELERATOR=*|BUILD=*) declare "$1" ;;
        *) break ;;
    esac
    shift
done
[ -n "$LINK" ] && [ -n "$ENDPOINT" ] || { sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2; exit 2; }

# KVM only when asked for: a /dev/kvm that is there may still not run this guest (nested virtualisation that cannot
# emulate what it does to its memory leaves QEMU paused, without an exit code).
machine=(-M q35 -accel "$ACCELERATOR")
# A timer that is late, on a machine that is busy, is no reason to panic.
append='console=ttyS0 panic=-1 quiet no_timer_check'
guest_link=sysfs modules=''
case $LINK in
    vfio-user)
        device=(-device "{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"$ENDPOINT\"}}") ;;
    ivshmem-doorbell)
        device=(-chardev "socket,path=$ENDPOINT,id=pvgpu" -device ivshmem-doorbell,vectors=2,chardev=pvgpu) ;;
    ivshmem-plain)
        INTERRUPTS=0
        # QEMU ends with a failed assertion if the size is not the file's, or no power of two.
        bytes=$(stat -Lc %s "$ENDPOINT")
        device=(-object "memory-backend-file,id=pvgpu,share=on,mem-path=$ENDPOINT,size=$bytes"
            -device ivshmem-plain,memdev=pvgpu) ;;
    pipe)
        # A QEMU that is not installed looks for its firmware elsewhere.
        device=(-L /usr/share/qemu -L /usr/share/seabios
            -device "pvgpu,id=pvgpu,backend_pipe=$ENDPOINT${PVGPU_DEVICE_OPTIONS:-}") ;;
    *) echo "boot-vm: LINK=$LINK: expected vfio-user, ivshmem-doorbell, ivshmem-plain or pipe" >&2; exit 2 ;;
esac
if [ "$INTERRUPTS" = 1 ]; then
    # Interrupts reach user space in the guest through vfio-pci, which wants an IOMMU; vfio-user wants caching-mode.
    machine=(-M "q35,kernel-irqchip=split" -accel "$ACCELERATOR" -device "intel-iommu,intremap=on,caching-mode=on")
    append="$append intel_iommu=on"
    guest_link=vfio modules=/opt/guest/modules
fi
[ "$REBOOT" = 1 ] || machine+=(-no-reboot)
initrd=$(mktemp "${TMPDIR:-/tmp}/pvgpu-initrd.XXXXXX")
"$(dirname "$0")/make-initramfs.sh" "$initrd" "$BUILD/pvgpu-demo-static" "$BUILD/pvgpu-init" "$modules" \
    "--link $guest_link $*"
# QEMU keeps the file open from here on.
exec 9<"$initrd"
rm -f "$initrd"
# shellcheck disable=SC2086 # several words
exec "${PVGPU_QEMU:-qemu-system-x86_64}" "${machine[@]}" -m 256 -nodefaults -display none -serial stdio \
    -kernel /opt/guest/vmlinux -initrd /dev/fd/9 -append "$append" "${device[@]}" ${PVGPU_QEMU_OPTIONS:-} </dev/null
