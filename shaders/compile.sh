#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Remakes the compiled shaders: generated/ beside shaders/*.hlsl (the demo's), shaders/exact/*.hlsl (exactness suite)
# and shaders/corpus/*.hlsl (valid shaders for the DXBC validator). Each generated/ has one C header per blob, the
# manifest that ties each to its source, and all.h with a table of them. Needs vkd3d-compiler 2.x:
# `./box --root=shaders shaders/compile.sh [FOLDER...]` has it. Only needed when a shader changes.
#
# NAME_STAGE.hlsl is compiled as STAGE_5_0 (vs, ps, gs, hs, ds, cs), its entry point is main. A line
# "// profiles: ps_4_0 ps_5_0" asks for other profiles; each blob's name then ends in the model, as in NAME_ps_40.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v vkd3d-compiler >/dev/null || {
    echo "compile.sh: vkd3d-compiler is missing; run: ./box --root=shaders shaders/compile.sh" >&2
    exit 3
}
exec python3 compile.py "${@:-.}"
