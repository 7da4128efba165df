#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Draws mutants of shaders that the check accepts ("make mutants COUNT=20000"):
#
#   tests/mutants/run.sh [COUNT=500] [SEED=1] [STAGES="vs ps gs hs ds cs"] [JOBS=2]
#
# COUNT accepted mutants of each stage, JOBS stages at a time. Inside the Linux root, after "make build". What a process
# does not survive is kept in build/mutants/STAGE. Fails if any mutant ended a process; hangs are counted (README.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

COUNT=500 SEED=1 STAGES='vs ps gs hs ds cs' JOBS=$(nproc)
for setting in "$@"; do
    case $setting in
        COUNT=*|SEED=*|STAGES=*|JOBS=*) declare "$setting" ;;
        *) echo "mutants: unknown setting '$setting'; known: COUNT= SEED= STAGES= JOBS=" >&2; exit 2 ;;
    esac
done

program=build/linux/tests/mutants/mutants
[ -x $program ] || { echo "mutants: $program is missing; run: make build" >&2; exit 3; }
# Every mutant is compiled anew; a thread for each process is enough for 16 by 16 texels.
export DXVK_SHADER_CACHE=0 DXVK_STATE_CACHE=0 MESA_SHADER_CACHE_DISABLE=true LP_NUM_THREADS=${LP_NUM_THREADS:-1}
for stage in $STAGES; do
    mkdir -p "build/mutants/$stage"
    printf '%s\n' "$stage"
done | xargs -P "$JOBS" -I{} sh -c "$program {} $COUNT $SEED build/mutants/{} >build/mutants/{}/report || [ \$? -eq 1 ]"

bad=0
for stage in $STAGES; do
    cat "build/mutants/$stage/report"
    grep -q ' 0 failed' "build/mutants/$stage/report" || bad=1
done
exit "$bad"
