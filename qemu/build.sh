#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds a small QEMU (x86-64, TCG and KVM, the q35 machine) with the pvgpu device, from Debian's sources.
#
#   qemu/build.sh VERSION [OUTPUT]
#
#   VERSION  the beginning of a version number (7.2, 10.0), or "newest": the highest of that kind in Debian 12, 13, 13's
#            backports and sid whose sources the mirror still has
#   OUTPUT   the program; build/qemu/VERSION/qemu-system-x86_64 when not given
#
# Everything happens in a private root (./box --root=qemu). Sources and build trees stay in the user's cache folder, as
# pvgpu/qemu-sources and pvgpu/qemu-VERSION-KEY (about 500 MB each; the key is of sources and settings): a change of the
# device compiles the device again and nothing else. To look for newer sources remove pvgpu/qemu-sources/VERSION.chosen.
#
# The device's own files must compile without a warning; QEMU's are not looked at.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
project=$(dirname "$here")
: "${JOBS:=2}"

say() { printf 'qemu-device: [%4ds] %s\n' $SECONDS "$1"; }
die() {
    printf 'qemu-device: %s\n' "$1" >&2
    exit 1
}

# ---- Outside of the root: where things are, and into it -----------------------------------------------------------------

if [ "${PVGPU_BOX:-}" != qemu ]; then
    if [ $# -lt 1 ] || [ $# -gt 2 ]; then
        sed -n '4,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0" >&2
        exit 2
    fi
    case $1 in newest | [0-9]*) ;; *) die "VERSION=$1: a version number such as 7.2, or newest, is expected" ;; esac
    cache=${XDG_CACHE_HOME:-${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.cache}/pvgpu
    output=$(realpath -m "${2:-$project/build/qemu/$1/qemu-system-x86_64}")
    mkdir -p "$cache" "$(dirname "$output")"
    # A root of the same project: one with other build dependencies may hold other libraries.
    "$project/box" --root=qemu --setup
    exec nice "$project/box" --root=qemu --bind="$cache" --bind="$(dirname "$output")" "$here/build.sh" "$1" "$output" \
        "$cache"
fi

# ---- Inside -------------------------------------------------------------------------------------------------------------

version=$1 output=$2 cache=$3
sources=$cache/qemu-sources
mkdir -p "$sources"
exec 9>"$cache/qemu-$version.lock"
flock 9

# Package lists of our own: those of the root have neither sources nor other suites, and cannot be written.
apt_options=(-q -o "Dir::Etc::sourcelist=$sources/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$sources/apt/lists" -o "Dir::State::status=$sources/apt/status" -o "Dir::Cache=$sources/apt/cache"
    -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3)

update_lists() {
    local suite mirror
    mkdir -p "$sources/apt/lists/partial" "$sources/apt/cache/archives/partial"
    : >"$sources/apt/status"
    # The mirror that the root was made from.
    mirror=$(sed -n 's/^deb \(\[.*\] \)\{0,1\}\([^ ]*\) sid .*/\2/p' /etc/apt/sources.list.d/*.list | head -n 1)
    for suite in bookworm trixie trixie-backports sid; do
        printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" $suite
    done >"$sources/apt/sources.list"
    apt-get "${apt_options[@]}" update >>"$log" 2>&1 || die "Debian's lists of sources cannot be fetched; log: $log"
}

# The versions of that kind that the lists name, highest first.
known_versions() {
    apt-cache "${apt_options[@]}" showsrc --only-source qemu | awk -v kind="$version" '
        $1 != "Version:" { next }
        { upstream = $2; sub(/^[0-9]+:/, "", upstream) }
        kind == "newest" || (index(upstream, kind) == 1 && substr(upstream, length(kind) + 1, 1) !~ /[0-9]/) { print $2 }
    ' | sort -urV
}

# Downloads, and leaves in VERSION.chosen what: the name of a .dsc file. apt compares with the hashes of the signed lists.
choose_sources() {
    local candidate
    say "looking for the sources of QEMU $version"
    update_lists
    for candidate in $(known_versions); do
        if (cd "$sources" && apt-get "${apt_options[@]}" source --only-source --download-only "qemu=$candidate") >>"$log" 2>&1
        then
            say "sources of $candidate are here"
            echo "qemu_${candidate#*:}.dsc" >"$sources/$version.chosen"
            return
        fi
        say "$candidate is in the lists, but not on the mirror"
    done
    die "no sources of QEMU $version on the mirror; log: $log"
}

log=$sources/$version.log
: >"$log"
if [ ! -f "$sources/$version.chosen" ] || [ ! -f "$sources/$(cat "$sources/$version.chosen")" ]; then
    choose_sources
fi
dsc=$sources/$(cat "$sources/$version.chosen")

# Only what the test VM needs. QEMU's own warnings are no errors: its old versions know nothing of new compilers.
settings=(--target-list=x86_64-softmmu --without-default-features --without-default-devices --with-devices-x86_64=pvgpu
    --enable-system --enable-tcg --enable-kvm --disable-werror --disable-debug-info --disable-install-blobs
    --prefix=/usr --firmwarepath=/usr/share/qemu:/usr/share/seabios)
devices='CONFIG_Q35=y
CONFIG_VTD=y
CONFIG_PCIE_PORT=y
CONFIG_PVGPU=y'

key=$(cat "$dsc" - <<<"${settings[*]}" | sha256sum | cut -c1-12)
tree=$cache/qemu-$version-$key
log=$tree/log
mkdir -p "$tree"
printf 'build of %s, %s\n' "$(basename "$dsc")" "$(date)" >"$log"

if [ ! -d "$tree/source" ]; then
    say "unpacking $(basename "$dsc" .dsc)"
    rm -rf "$tree/source.new"
    # Not the signature of the .dsc, whose keys are not here: its hash is in the signed lists.
    dpkg-source --no-check -x "$dsc" "$tree/source.new" >>"$log" 2>&1 || die "unpacking failed; log: $log"
    mv "$tree/source.new" "$tree/source"
fi
# Such a machine has ACPI tables for CXL, which since 10.2 do not link without CXL's devices.
if grep -q cxl_fmws_get_all_sorted "$tree/source/hw/acpi/cxl.c"; then
    devices="$devices
CONFIG_PXB=y
CONFIG_CXL=y
CONFIG_CXL_MEM_DEVICE=y"
fi
devices_file=$tree/source/configs/devices/x86_64-softmmu/pvgpu.mak
[ "$devices" = "$(cat "$devices_file" 2>/dev/null)" ] || printf '%s\n' "$devices" >"$devices_file"

"$here/install.sh" "$tree/source" | tee -a "$log" | sed 's/^/qemu-device: /'

if [ ! -f "$tree/build/build.ninja" ]; then
    say "configuring"
    rm -rf "$tree/build"
    mkdir "$tree/build"
    # Versions that build with parts from elsewhere are told not to.
    grep -q -- '--disable-download' "$tree/source/configure" && settings+=(--disable-download)
    (cd "$tree/build" && ../source/configure "${settings[@]}") >>"$log" 2>&1 || die "configuring failed; log: $log"
fi

say "compiling, at first some ten minutes and more; log: $log"
code=0
nice ninja -C "$tree/build" -j "$JOBS" qemu-system-x86_64 2>&1 | tee -a "$log" | "$project/tools/ninja-progress.sh" |
    grep -E '^\[|hw/display/pvgpu|FAILED|rror|undefined' | cut -c1-200 || code=${PIPESTATUS[0]}
[ "$code" -eq 0 ] || die "compiling failed; log: $log"

say "looking for warnings in the device's files"
"$here/check-warnings.py" "$tree/build" 2>&1 | tee -a "$log"

cp "$tree/build/qemu-system-x86_64" "$output.new"
strip "$output.new"
mv "$output.new" "$output"
say "$("$output" --version | head -n 1) with the pvgpu device: $output"
