#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# What the programs print, for docs/command-line.md: runs each command that is shown there, and rewrites the blocks
#
#   <!-- output:begin NAME -->
#   <!-- output:end -->
#
# with the command and what it printed. Runs inside the Linux root, where /run is empty and private, as user 1000: so
# paths and names are those of a user's machine, and none of this one.
#
#   tools/doc-output.sh [FOLDER=build/linux]        make docs-output
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=docs/command-line.md
build=$(realpath "${1:-build/linux}")

fail() {
    printf 'doc-output: %s\n' "$1" >&2
    exit 1
}
[ "${PVGPU_BOX:-}" = linux ] || fail "this runs in the private root alone: make docs-output"
[ "$(id -u)" -eq 1000 ] || exec unshare --user --map-user=1000 --map-group=1000 -- "$0" "$@"

export XDG_RUNTIME_DIR=/run/user/1000 PATH=$build:$PATH
unset DISPLAY WAYLAND_DISPLAY XDG_CONFIG_HOME XDG_CONFIG_DIRS PVGPU_DEBUG PVGPU_LOG RUST_LOG
mkdir -p "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
work=$(mktemp -d) started=()
cleanup() {
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/blocks" "$work/here"
export HOME=$work/here

# block NAME COMMAND FILE: what stands in the page.
block() {
    { printf '    $ %s\n' "$2"; sed 's/^/    /; s/ *$//' "$3"; } >"$work/blocks/$1"
}

# show NAME CODE COMMAND: runs it; it must end with that code.
show() {
    local code=0
    (cd "$work/here" && bash -o pipefail -c "$3") >"$work/said" 2>&1 || code=$?
    # shellcheck disable=SC2016 # shown as it stands
    [ "$code" -eq 0 ] || printf '$ echo $?\n%d\n' "$code" >>"$work/said"
    [ "$code" -eq "$2" ] || { cat "$work/said" >&2; fail "$3: ended with $code, expected $2"; }
    block "$1" "$3" "$work/said"
}

# until_true COMMAND...: waits for what another program does.
until_true() {
    for _ in $(seq 600); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    cat "$work"/*.log >&2
    fail "this did not come true: $*"
}

# ---- Without a service ----

show version 0 'pvgpu-backend --version'
show list-adapters 0 'pvgpu-backend --list-adapters'
show list-adapters-json 0 'pvgpu-backend --list-adapters --json'
show check 0 'pvgpu-backend --check'
show check-failed 1 'pvgpu-backend --vfio-user /run/user/1000/vms/vm1.sock --adapter radeon --check'
show check-json 0 'pvgpu-backend --renderer null --check --json | head -n 11'
show capabilities 0 'pvgpu-backend --print-capabilities'

printf '# The lab machine\nwidth = 1280\nbufer_count = 3\n' >"$work/here/typo.toml"
show typo-file 2 'cat typo.toml; pvgpu-backend --config typo.toml'
printf '# The lab machine\nwidth = 1280\nbuffer_count = 7\n' >"$work/here/value.toml"
show typo-value 2 'pvgpu-backend --config value.toml'
show typo-option 2 'pvgpu-backend --widht 1280'
show typo-variable 2 'PVGPU_HEIGHT=tall pvgpu-backend'
printf 'buffer_count = 3\n' >"$work/here/pvgpu.toml"
show dump-config 0 'PVGPU_WIDTH=1280 pvgpu-backend --no-vsync --dump-config | head -n 14'
rm "$work/here/pvgpu.toml"
show no-display 5 'pvgpu-backend --presentation-mode windowed'
show ctl-no-service 3 'pvgpu-ctl list'
show qemu-args 0 'pvgpu-qemu-args --link vfio-user --path /run/user/1000/pvgpu/vm1.sock'
show qemu-args-libvirt 0 'pvgpu-qemu-args --link ivshmem-doorbell --path /run/user/1000/pvgpu/vm1.sock --format libvirt'
show qemu-args-lacks 4 'pvgpu-qemu-args'

# ---- With a service, and two VMs that draw ----

# start NAME COMMAND: in the background.
start() {
    (cd "$work/here" && exec bash -c "exec $2") >"$work/$1.log" 2>&1 &
    started+=($!)
}
is_running() { pvgpu-ctl stats "$1" --json | grep -q '"state": "running"'; }
has_drawn() { pvgpu-ctl stats "$1" | awk -v least="$2" '$1 == "presents" && $2 >= least { drawn = 1 } END { exit !drawn }'; }

start backend 'pvgpu-backend'
until_true grep -q 'Listening for' "$work/backend.log"
# One after the other, since the order of arrival gives the names.
start vm1 'pvgpu-demo --pipe-path /run/user/1000/pvgpu/pvgpu.sock --scene cubes --frames 100000 --sync-interval 1'
until_true is_running vm1
start vm2 'pvgpu-demo --pipe-path /run/user/1000/pvgpu/pvgpu.sock --scene triangle --frames 100000 --sync-interval 1'
until_true has_drawn vm2 60
head -n 12 "$work/backend.log" >"$work/said"
block start 'pvgpu-backend' "$work/said"
show ctl-list 0 'pvgpu-ctl list'
show ctl-top 0 'pvgpu-ctl top --count 2'
show ctl-stats 0 'pvgpu-ctl stats vm1'
show ctl-service 0 'pvgpu-ctl service'
show ctl-screenshot 0 'pvgpu-ctl screenshot vm1 vm1.png'
show ctl-log-level 0 'pvgpu-ctl log-level info,pvgpu_backend::frames=debug; pvgpu-ctl log-level'
show ctl-no-vm 1 'pvgpu-ctl disconnect vm9'
show capture 0 'pvgpu-capture --frames 2 --out shots'
show check-in-use 1 'pvgpu-backend --check'

# ---- The page ----

awk -v blocks="$work/blocks" '
    function file(name) { return blocks "/" name }
    /^<!-- output:end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- output:begin [a-z-]+ -->$/ {
        inside = 1
        count = 0
        while ((getline line < file($3)) > 0) { print line; count++ }
        if (!count) { print "doc-output: no command makes the block " $3 > "/dev/stderr"; bad = 1 }
    }
    END { exit bad }' "$page" >"$work/page"
for name in "$work/blocks"/*; do
    grep -qxF -- "<!-- output:begin ${name##*/} -->" "$page" || fail "$page has no place for ${name##*/}"
done
cat "$work/page" >"$page"
