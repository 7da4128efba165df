#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Builds for this system and installs ("make install"):
#
#   tools/install.sh [PREFIX=/usr/local] [DESTDIR=]
#
# Not inside the private root, whose libraries are newer than those of many systems: with this system's own compiler and
# libraries. Those that are needed are named when they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PREFIX=/usr/local DESTDIR=''
for setting in "$@"; do
    case $setting in
        PREFIX=*|DESTDIR=*) declare "$setting" ;;
        *) echo "install: unknown setting '$setting'; known: PREFIX= DESTDIR=" >&2; exit 2 ;;
    esac
done

missing=()
for pair in meson:meson ninja:ninja-build pkg-config:pkgconf cc:gcc c++:g++; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
if [ ${#missing[@]} -eq 0 ]; then
    for pair in dxvk-d3d11:libdxvk-native-dev sdl3:libsdl3-dev tomlplusplus:libtomlplusplus-dev; do
        pkg-config --exists "${pair%%:*}" || missing+=("${pair#*:}")
    done
fi
if [ ${#missing[@]} -gt 0 ]; then
    echo "install: this system lacks packages; on Debian 13 or later: apt-get install ${missing[*]} libstb-dev" >&2
    exit 3
fi

[ -f build/install/build.ninja ] || meson setup build/install --buildtype=release -Db_ndebug=true --prefix="$PREFIX" >/dev/null
meson configure build/install --prefix="$PREFIX"
ninja -C build/install | tools/ninja-progress.sh
DESTDIR=$DESTDIR meson install -C build/install --no-rebuild --quiet
echo "install: done, below ${DESTDIR%/}$PREFIX; at run time: libdxvk-d3d11-0 and a Vulkan driver"
