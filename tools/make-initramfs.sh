#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Packs the initramfs of the test VM.
#
#   tools/make-initramfs.sh OUT.cpio DEMO INIT [MODULES-DIR|''] [ARGS]
#
# DEMO and INIT are static Linux programs. MODULES-DIR: kernel modules that init may load (*.ko, uncompressed).
# ARGS: one string, the demo's arguments.
set -euo pipefail

if [ $# -lt 3 ] || [ $# -gt 5 ]; then
    sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2
    exit 2
fi
out=$1 demo=$2 init=$3 modules=${4:-} arguments=${5:-}

for program in "$demo" "$init"; do
    [ -f "$program" ] || { echo "make-initramfs: $program is missing" >&2; exit 1; }
    # A dynamic program would fail in the VM with nothing but "No such file or directory".
    if LC_ALL=C grep -qa '/ld-linux' "$program"; then
        echo "make-initramfs: $program is not static" >&2
        exit 1
    fi
done

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/etc" "$tree/modules"
install -m 755 "$demo" "$tree/bin/pvgpu-demo"
install -m 755 "$init" "$tree/init"
printf '%s\n' "$arguments" >"$tree/etc/pvgpu-args"
if [ -n "$modules" ]; then
    find "$modules" -maxdepth 1 -name '*.ko' -exec install -m 644 -t "$tree/modules" {} +
fi
# Equal contents give equal bytes: sorted names, one owner, one time.
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio -o --quiet -H newc -R 0:0 --reproducible) >"$out.new"
mv "$out.new" "$out"
