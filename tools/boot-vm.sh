#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Boots the test VM on QEMU with the backend as its PCI device; becomes the QEMU process. The VM's console is standard
# output.
#
#   tools/boot-vm.sh LINK=vfio-user ENDPOINT=PATH [INTERRUPTS=1] [REBOOT=0] [QMP=PATH] [ACCELERATOR=tcg]
#                    [BUILD=build/linux] [DEMO-OPTION...]
#
#   LINK        vfio-user, ivshmem-doorbell or ivshmem-plain; pipe needs a PVGPU_QEMU with the pvgpu device
#   ENDPOINT    what the backend was given for that link: a socket, or the file of ivshmem-plain
#   INTERRUPTS  1: the VM has an IOMMU, and the program in it uses vfio-pci and takes MSI-X interrupts
#               intx: it takes the interrupt line through vfio-pci; uio: without an IOMMU, through uio_pci_generic
#               0: the program maps the BARs through sysfs and polls; always so on ivshmem-plain
#   REBOOT=1    the VM starts again whenever its program ends, instead of ending
#   QMP=PATH    QEMU takes commands on that socket, and the VM starts again as with REBOOT=1
#   ACCELERATOR=kvm uses KVM; tcg runs everywhere
#   BUILD       where pvgpu-demo-static and pvgpu-init are
#
# PVGPU_QEMU=PROGRAM is used instead of qemu-system-x86_64. PVGPU_QEMU_OPTIONS: more for its command line;
# PVGPU_DEVICE_OPTIONS: properties of the pvgpu device, as ,NAME=VALUE
set -euo pipefail

LINK='' ENDPOINT='' INTERRUPTS=1 REBOOT=0 QMP='' ACCELERATOR=tcg BUILD=build/linux
while [ $# -gt 0 ]; do
    case $1 in
        LINK=*|ENDPOINT=*|INTERRUPTS=*|REBOOT=*|QMP=*|ACCELERATOR=*|BUILD=*) declare "$1" ;;
        *) break ;;
    esac
    shift
done
[ -n "$LINK" ] && [ -n "$ENDPOINT" ] || { sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2; exit 2; }

# KVM only when asked for: a /dev/kvm that is there may still not run this guest (nested virtualisation that cannot
# emulate what it does to its memory leaves QEMU paused, without an exit code).
machine=(-machine q35 -accel "$ACCELERATOR")
# A timer that is late, on a machine that is busy, is no reason to panic.
append='console=ttyS0 panic=-1 quiet no_timer_check'
guest_link=sysfs modules='' iommu=()
case $LINK in
    vfio-user|ivshmem-doorbell|pipe) ;;
    ivshmem-plain) INTERRUPTS=0 ;;
    *) echo "boot-vm: LINK=$LINK: expected vfio-user, ivshmem-doorbell, ivshmem-plain or pipe" >&2; exit 2 ;;
esac
case $INTERRUPTS in
    1|intx)
        # Interrupts reach user space in the guest through vfio-pci.
        iommu=(--iommu)
        append="$append intel_iommu=on"
        guest_link=vfio modules=/opt/guest/modules
        [ "$INTERRUPTS" = 1 ] || guest_link='vfio --interrupts intx' ;;
    uio) guest_link=uio modules=/opt/guest/modules ;;
    0) ;;
    *) echo "boot-vm: INTERRUPTS=$INTERRUPTS: expected 1, intx, uio or 0" >&2; exit 2 ;;
esac
if [ "$LINK" = pipe ]; then
    # A QEMU that is not installed looks for its firmware elsewhere.
    device=(-L /usr/share/qemu -L /usr/share/seabios
        -device "pvgpu,id=pvgpu,backend_pipe=$ENDPOINT${PVGPU_DEVICE_OPTIONS:-}")
    [ ${#iommu[@]} -eq 0 ] || device=(-machine kernel-irqchip=split -device "intel-iommu,intremap=on" "${device[@]}")
else
    arguments=$("$BUILD/pvgpu-qemu-args" --no-check --link "$LINK" --path "$ENDPOINT" "${iommu[@]}" --format lines)
    mapfile -t device <<<"$arguments"
fi
[ "$REBOOT" = 1 ] || [ -n "$QMP" ] || machine+=(-no-reboot)
[ -z "$QMP" ] || machine+=(-qmp "unix:$QMP,server=on,wait=off")
initrd=$(mktemp "${TMPDIR:-/tmp}/pvgpu-initrd.XXXXXX")
"$(dirname "$0")/make-initramfs.sh" "$initrd" "$BUILD/pvgpu-demo-static" "$BUILD/pvgpu-init" "$modules" \
    "--link $guest_link $*"
# QEMU keeps the file open from here on.
exec 9<"$initrd"
rm -f "$initrd"
# shellcheck disable=SC2086 # several words
exec "${PVGPU_QEMU:-qemu-system-x86_64}" "${machine[@]}" -m 256 -nodefaults -display none -serial stdio \
    -kernel /opt/guest/vmlinux -initrd /dev/fd/9 -append "$append" "${device[@]}" ${PVGPU_QEMU_OPTIONS:-} </dev/null
