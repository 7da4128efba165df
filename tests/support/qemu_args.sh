#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# pvgpu-qemu-args: what it prints, and what it says about a QEMU that lacks something. Old and new ones are played by a
# script; a real one takes what was printed for it.
#
#   tests/support/qemu_args.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/none HOME=$work
unset PVGPU_CONFIG
mkdir run
passed=0 failed=0 skipped=0

# expect NAME CODE TEXT ARGUMENT...: ends with that code, and what it prints has the text.
expect() {
    local name=$1 code=$2 text=$3 got=0
    shift 3
    "$program" "$@" >said 2>&1 || got=$?
    if [ "$got" -eq "$code" ] && grep -qF -e "$text" said; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: code %d, expected %d and "%s"; it printed:\n' "$name" "$got" "$code" "$text"
        cat said
    fi
}

# play VERSION DEVICE...: a program that says it is QEMU.
play() {
    local version=$1 device
    shift
    printf '#!/bin/sh\n[ "$1" != -version ] || echo "QEMU emulator version %s (Debian)"\n' "$version"
    printf 'if [ "$1" = -device ]; then echo "Storage devices:"\n'
    for device in "$@"; do printf "echo 'name \"%s\", bus PCI'\n" "$device"; done
    echo 'fi'
}
play 7.2.22 ivshmem-doorbell ivshmem-plain intel-iommu >old
play 11.1.3 ivshmem-doorbell ivshmem-plain vfio-user-pci >new
play 11.1.3 vfio-user-pci >poor
play 11.1.3 ivshmem-doorbell >without
play 9.0.0 pvgpu >patched
printf '#!/bin/sh\nexit 0\n' >silent
chmod +x old new poor without patched silent

# ---- What this QEMU has ----

expect "vfio-user in a new one" 0 'vfio-user-pci' --link vfio-user --path a.sock --qemu ./new
expect "vfio-user in an old one" 4 'version 7.2.22) has no device vfio-user-pci: it came with QEMU 10.1; this one has' \
    --link vfio-user --path a.sock --qemu ./old
expect "what the old one has is said" 4 '--link ivshmem-doorbell' --link vfio-user --path a.sock --qemu ./old
expect "a new one without vfio-user" 4 'this QEMU was built without it' --link vfio-user --path a.sock --qemu ./without
expect "one without ivshmem" 4 'some distributions do; this one has --link vfio-user' \
    --link ivshmem-plain --path a --qemu ./poor
expect "an old one has ivshmem" 0 'ivshmem-doorbell,chardev=pvgpu,vectors=2' \
    --link ivshmem-doorbell --path a.sock --qemu ./old
expect "stock QEMU has no device for the pipe" 4 'no release of QEMU has it' --link pipe --qemu ./new
expect "one that was built with it has" 0 'backend_pipe=' --link pipe --qemu ./patched
expect "an IOMMU" 0 'q35,kernel-irqchip=split' --link ivshmem-doorbell --path a.sock --qemu ./old --iommu
expect "one without" 4 'intel-iommu' --link ivshmem-doorbell --path a.sock --qemu ./new --iommu
expect "no QEMU at all" 3 'No such file' --link pipe --qemu ./nothing
expect "something else" 3 'does not say that it is QEMU' --link pipe --qemu ./silent
expect "nothing is run" 0 'backend_pipe=' --link pipe --qemu ./nothing --no-check

# ---- What is connected ----

expect "the default endpoint" 0 "backend_pipe=$work/run/pvgpu/pvgpu.sock,shmem_size=268435456" --no-check
expect "the only other one" 0 "size=134217728" --no-check --link ivshmem-plain --path p --shmem-size 128M
cat >vms.toml <<TOML
shmem_size = "128M"
vfio_user = "v.sock"
ivshmem_plain = "p"
[[vm]]
name = "a"
link = "ivshmem-plain"
shmem_size = "64M"
[[vm]]
name = "b"
link = "ivshmem-doorbell"
path = "b,1.sock"
TOML
expect "several are not guessed" 2 'choose one of --link vfio-user, --link ivshmem-plain, --vm a, --vm b' \
    --no-check --config vms.toml
expect "one of a link" 0 '"path":"v.sock"' --no-check --config vms.toml --link vfio-user
expect "two of a link" 2 'choose one' --no-check --config vms.toml --link ivshmem-plain
expect "none of a link" 2 'no endpoint for pipe' --no-check --config vms.toml --link pipe
expect "a VM with its own size, at its own place" 0 'mem-path=/dev/shm/pvgpu-a,size=67108864' \
    --no-check --config vms.toml --vm a
expect "a comma in a path" 0 'path=b,,1.sock' --no-check --config vms.toml --vm b
expect "no such VM" 2 'no [[vm]] table of that name' --no-check --config vms.toml --vm c
expect "a VM of another link" 2 'its link is ivshmem-plain' --no-check --config vms.toml --vm a --link pipe
expect "no such file" 2 'nowhere.toml' --no-check --config nowhere.toml
PVGPU_VFIO_USER=e.sock expect "the environment" 0 '"path":"e.sock"' --no-check
expect "not there yet" 0 'note: v.sock is not there yet' --no-check --config vms.toml --link vfio-user
truncate -s 64M p
expect "the size of a file that is there" 0 'size=67108864' --no-check --link ivshmem-plain --path p
expect "and not another" 1 'p has 67108864 bytes and not 134217728' \
    --no-check --link ivshmem-plain --path p --shmem-size 128M
truncate -s 96M p
expect "no power of two" 1 'p has 100663296 bytes' --no-check --link ivshmem-plain --path p
rm p

# ---- Mistakes ----

expect "a wrong link" 2 'expected pipe, vfio-user, ivshmem-doorbell or ivshmem-plain, not "usb"' --link usb
expect "a wrong size" 2 'expected a power of two from 64M to 2G, not "3M"' --shmem-size 3M --no-check
expect "a wrong format" 2 'expected line, lines or libvirt' --format xml
expect "a wrong option" 2 'no such option' --lnk pipe
expect "a word" 2 'expected no argument' pipe
expect "no value" 2 'expected a value' --link
expect "a socket's path that is too long" 2 'too long for a socket' --no-check --link vfio-user \
    --path "/$(printf 'x%.0s' $(seq 120))"

# ---- Formats ----

ugly="/tmp/a b'c\"d\\e&<f.sock"
expect "JSON" 0 '"path":"/tmp/a b' --no-check --link vfio-user --path "$ugly"
# What a shell makes of the line is what the lines are.
same() {
    local -a one two
    eval "one=($("$program" --no-check "$@" 2>/dev/null))"
    mapfile -t two < <("$program" --no-check "$@" --format lines 2>/dev/null)
    if [ "${one[*]}" = "${two[*]}" ] && [ ${#one[@]} -eq ${#two[@]} ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: line and lines differ for %s\n' "$*"
    fi
}
for link in pipe vfio-user ivshmem-doorbell ivshmem-plain; do
    same --link $link --path "$ugly" --iommu
done
"$program" --no-check --link vfio-user --path "$ugly" --format libvirt >domain.xml 2>/dev/null
is_right_xml() {
    python3 - "$ugly" <<'PY'
import json, sys
import xml.etree.ElementTree as tree
values = [arg.get('value') for arg in tree.parse('domain.xml').getroot()]
assert values[0] == '-device', values
assert json.loads(values[1]) == {'driver': 'vfio-user-pci', 'socket': {'type': 'unix', 'path': sys.argv[1]}}, values
PY
}
if is_right_xml; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "FAILED: libvirt's XML"
    cat domain.xml
fi

# ---- A real one ----

if command -v qemu-system-x86_64 >/dev/null; then
    truncate -s 64M "memory,file"
    mapfile -t arguments < <("$program" --link ivshmem-plain --path "$PWD/memory,file" --iommu --format lines)
    qemu-system-x86_64 -accel tcg -nodefaults -display none -S -monitor stdio "${arguments[@]}" \
        <<<$'info pci\nquit' >said 2>&1 || true
    if grep -q '1af4:1110' said; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: a real QEMU does not take the arguments"
        cat said
    fi
else
    skipped=$((skipped + 1))
    echo "skipped: a real QEMU: there is none"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
