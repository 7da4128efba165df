#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What the service tells before it serves: adapters, the choice among them, checks, capabilities.
. "$(dirname "$0")/lib.sh"
build=build/linux
ninja -C "$build" -j "$jobs" >/dev/null
work=$(mktemp -d /tmp/pvgpu-adapters.XXXXXX)
program=$PWD/$build/pvgpu-backend
backend=''
cleanup() {
    [ -z "$backend" ] || kill -9 "$backend" 2>/dev/null || true
    chmod -R u+w "$work" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/place" "$work/home"
socket=$work/place/vm.sock

run() { # expected code, arguments...: the outputs are in $work/out and $work/err
    local expected=$1 code=0
    shift
    timeout 100 "$program" "$@" >"$work/out" 2>"$work/err" || code=$?
    cat "$work/out" "$work/err"
    [ "$code" -eq "$expected" ]
}
said() { grep -qF -e "$1" "$work/out"; }
one_error() { # expected code, expected text, arguments...
    local expected=$1 text=$2
    shift 2
    run "$expected" "$@" && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -e "$text" "$work/err"
}
is_json() { # condition in Python on `x`
    python3 -c 'import json, sys; x = json.load(open(sys.argv[1], encoding="utf-8")); assert eval(sys.argv[2]), x' \
        "$work/out" "$1"
}

# ---- The list ----

rows() { grep -cE '^[* ] +[0-9]+  (discrete|integrated|software) ' "$work/out"; }
table() { # expected rows, chosen index or nothing
    [ "$(rows)" -eq "$1" ] && [ "$(wc -l <"$work/out")" -eq $((2 + 2 * $1)) ] && [ ! -s "$work/err" ] &&
        [ "$(grep -oE '^\* +[0-9]+ ' "$work/out" | tr -dc 0-9)" = "$2" ]
}
list_is_shown() { run 0 --list-adapters && table "$(rows)" "$(grep -oE '^\* +[0-9]+' "$work/out" | tr -dc 0-9)" && [ "$(rows)" -ge 1 ]; }
check "--list-adapters shows a table and marks one" list_is_shown
keys="{'index', 'name', 'kind', 'dedicated_bytes', 'shared_bytes', 'feature_level', 'usable', 'failure', 'driver',
       'vendor_id', 'device_id', 'luid', 'chosen'}"
list_is_json() {
    run 0 --list-adapters --json && [ ! -s "$work/err" ] &&
        is_json "all(set(a) == $keys and a['name'] and a['kind'] in ('discrete', 'integrated', 'software') for a in x)" &&
        is_json "[a['index'] for a in x] == list(range(len(x))) and sum(a['chosen'] for a in x) == 1" &&
        is_json "all(a['feature_level'] in ('11_0', '11_1', '12_0', '12_1') and not a['failure'] for a in x if a['usable'])"
}
check "--list-adapters --json is parsed, and complete" list_is_json
only_ours() { DXVK_LOG_LEVEL=debug run 0 --list-adapters --json && is_json 'len(x) > 0'; }
check "a talkative library does not spoil the JSON" only_ours
leaves_nothing() {
    mkdir "$work/readonly"
    chmod 555 "$work/readonly"
    (cd "$work/readonly" && HOME=$work/home XDG_CACHE_HOME='' run 0 --list-adapters &&
        HOME=$work/home run 0 --check --pipe-path "$socket") &&
        [ -z "$(find "$work/readonly" "$work/home" "$work/place" -mindepth 1)" ]
}
check "listing and checking leave no file" leaves_nothing
full_output() {
    local code=0
    "$program" "$@" >/dev/full 2>"$work/err" || code=$?
    cat "$work/err"
    [ "$code" -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ]
}
check "a list that nobody takes: code 1" full_output --list-adapters
check "the same as JSON" full_output --list-adapters --json

# ---- The choice ----

check "an index out of range: one line with the count, code 2" one_error 2 'there is no adapter 200; this host has ' \
    --adapter-index 200 --pipe-path "$socket"
check "an unknown name: one line with the names, code 2" one_error 2 'no adapter has "no such" in its name; this host has 0 "' \
    --adapter 'no such' --pipe-path "$socket"
check "the same in one process" one_error 2 'no adapter has "no such"' --adapter 'no such' --single-process --pipe-path "$socket"
check "index and name: code 2" one_error 2 'not both' --adapter x --adapter-index 0
check "--json alone: code 2" one_error 2 'expected --list-adapters or --check' --json

# Twice the same driver makes two adapters.
lavapipe=$(find /usr/share/vulkan/icd.d -name 'lvp_icd*.json' | head -n 1)
two() { VK_DRIVER_FILES=$lavapipe:$work/second.json "$@"; }
two_adapters() { # expected mark, expected reason, arguments...
    local mark=$1 reason=$2
    shift 2
    two run 0 --list-adapters "$@" && table 2 "$mark" && said "$reason"
}
serves_with() { # expected line in the log, arguments...
    local line=$1 code=0
    shift
    VK_DRIVER_FILES=$lavapipe:$work/second.json "$program" --pipe-path "$socket" "$@" >"$work/log" 2>&1 &
    backend=$!
    for _ in $(seq 200); do [ -S "$socket" ] && break; sleep 0.05; done
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames 5 || code=1
    kill -TERM "$backend"
    wait "$backend" || code=1
    backend=''
    cat "$work/log"
    grep -qF -e "$line" "$work/log" && return $code
}
if [ -n "$lavapipe" ]; then
    cp "$lavapipe" "$work/second.json"
    check "of two equal adapters the first" two_adapters 0 'chosen: the first of 2 software ones with the most memory'
    check "the second by its index" two_adapters 1 'chosen: asked for by index' --adapter-index 1
    check "by a name that both have" two_adapters 0 'chosen: the first of several equal ones of that name' --adapter LLVMpipe
    check "none by another name" two_adapters '' 'None is chosen: no adapter has "radeon" in its name' --adapter radeon
    check "an index beyond two" two one_error 2 'there is no adapter 2; this host has 2: 0 "' --adapter-index 2 --pipe-path "$socket"
    check "the service draws on the first of two and says so" serves_with 'adapter 0 of 2: '
    check "the service draws on the second of two and says so" serves_with 'adapter 1 of 2: ' --adapter-index 1
    check "the service draws on one that was named" serves_with 'the first of several equal ones of that name' --adapter llvmpipe
else
    skip "several adapters" "there is no lavapipe to make them of"
fi

# ---- What can be missing ----

mkdir "$work/broken"
: >"$work/broken/libdxvk_d3d11.so.0"
: >"$work/broken/libdxvk_d3d11.so"
without_library() { LD_LIBRARY_PATH=$work/broken "$@"; }
check "no library: one line with the package, code 4" without_library one_error 4 'Debian package libdxvk-d3d11-0' --list-adapters
check "no library, an adapter asked for: code 4" without_library one_error 4 'Debian package libdxvk-d3d11-0' \
    --adapter-index 0 --pipe-path "$socket"
without_driver() { VK_DRIVER_FILES=$work/none.json "$@"; }
check "no driver: one line with the package, code 4" without_driver one_error 4 'Debian package mesa-vulkan-drivers' --list-adapters

# ---- The check ----

checked() { # expected code (0: all ok, 1: not all), expected part of a line that is so, arguments...
    local expected=$1 line=$2 result=' ok: '
    shift 2
    run "$expected" --check "$@" && [ ! -s "$work/err" ] || return 1
    if [ "$expected" -eq 0 ]; then
        if said ' FAILED: '; then return 1; fi
    else
        result=' FAILED: '
    fi
    grep -F -e "$result" "$work/out" | grep -qF -e "$line"
}
check "--check on a good host: code 0" checked 0 "$socket can be opened" --pipe-path "$socket"
all_are_told() {
    local what
    for what in configuration display library adapter endpoint permissions memory; do
        [ "$(grep -cE "^$what +ok: " "$work/out")" -ge 1 ] || return 1
    done
}
check "it tells of everything" all_are_told
check_is_json() {
    run "$1" --check --json --pipe-path "$2" &&
        is_json "all(set(c) == {'check', 'ok', 'text'} for c in x) and all(c['ok'] for c in x) == ($1 == 0)"
}
check "--check of windows without a display: code 1" checked 1 'neither DISPLAY nor WAYLAND_DISPLAY is set' \
    --pipe-path "$socket" --presentation-mode windowed
check "--check --json of a good host" check_is_json 0 "$socket"
check "--check --json of a bad endpoint" check_is_json 1 "$work/none/vm.sock"
strange=$work/none/$(printf 'a"\\\x1b\xff').sock
check "--check --json of a path that is no text" check_is_json 1 "$strange"
check "both links" checked 0 "$work/place/user.sock can be opened" --pipe-path "$socket" --vfio-user "$work/place/user.sock"
memory=/dev/shm/pvgpu-check.$$
check "a file that is not there yet" checked 0 "$memory can be made" --ivshmem-plain "$memory" --renderer null
nothing_was_made() { [ -z "$(find /dev/shm -name "pvgpu-check.$$*")" ]; }
check "looking makes no file" nothing_was_made
truncate -s 64M "$memory"
chmod 640 "$memory"
check "a file that is there" checked 0 "$memory is there and can be used" --ivshmem-plain "$memory" --renderer null --shmem-size 64M
as_it_was() { [ "$(stat -c '%a %s' "$memory")" = '640 67108864' ]; }
check "looking changes no file" as_it_was
check "a file of another size" checked 1 "it has 67108864 bytes instead of 134217728" --ivshmem-plain "$memory" --renderer null --shmem-size 128M
rm "$memory"
ln -s /dev/null "$memory"
check "a symbolic link" checked 1 'it is a symbolic link; choose another with --ivshmem-plain' --ivshmem-plain "$memory" --renderer null
rm "$memory"
printf '[[vm]]\nname = "check.%s"\nlink = "ivshmem-plain"\n' $$ | tr . - >"$work/plain.toml"
check "the file of a table" checked 0 "/dev/shm/pvgpu-check-$$ can be made" --config "$work/plain.toml" --renderer null
check "an ivshmem server's socket" checked 0 "$work/place/d.sock can be opened" --ivshmem-doorbell "$work/place/d.sock" --renderer null
check "an endpoint for frames" checked 0 "$work/place/f can be opened" --pipe-path "$socket" --frames-path "$work/place/f"
check "the null renderer needs no library" without_library checked 0 'not needed by the null renderer' --renderer null --pipe-path "$socket"
check "no library" without_library checked 1 'Debian package libdxvk-d3d11-0' --pipe-path "$socket"
check "no driver" without_driver checked 1 'Debian package mesa-vulkan-drivers' --pipe-path "$socket"
check "an index out of range" checked 1 'there is no adapter 77' --pipe-path "$socket" --adapter-index 77
check "an unknown name" checked 1 'no adapter has "no such"' --pipe-path "$socket" --adapter 'no such'
check "a missing folder" checked 1 "its folder $work/none does not exist: make it" --pipe-path "$work/none/vm.sock"
touch "$work/file"
check "a folder that is none" checked 1 "is no folder" --pipe-path "$work/file/vm.sock"
mkdir -m 777 "$work/open"
check "a folder that is open to everybody" checked 1 "is open to everybody" --pipe-path "$work/open/vm.sock"
chmod 1777 "$work/open"
check "a folder like /tmp" checked 0 "$work/open/vm.sock can be opened" --pipe-path "$work/open/vm.sock"
mkdir "$work/foreign"
if chown 1234 "$work/foreign" 2>/dev/null; then
    check "a folder of somebody else's" checked 1 "belongs to another user" --pipe-path "$work/foreign/vm.sock"
else
    skip "a folder of somebody else's" "needs root to give one away"
fi
# Root may write everywhere, so somebody else has to try.
as_nobody() {
    local plain=$program
    printf '#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups "%s" "$@"\n' "$plain" >"$work/nobody"
    chmod 755 "$work" "$work/nobody"
    program=$work/nobody
    "$@" || { program=$plain; return 1; }
    program=$plain
}
if [ "$(id -u)" -ne 0 ]; then
    check "a folder that takes no files" checked 1 "does not let this user make files" --pipe-path "$work/readonly/vm.sock"
elif setpriv --reuid 65534 --regid 65534 --clear-groups "$program" --version >/dev/null 2>&1; then
    check "a folder that takes no files" as_nobody checked 1 "does not let this user make files" --pipe-path "$work/readonly/vm.sock"
else
    skip "a folder that takes no files" "root may write everywhere, and cannot become somebody else here"
fi
check "a path that is too long" checked 1 'is too long' --pipe-path "$work/place/$(printf 'x%.0s' $(seq 200))"
touch "$work/place/taken"
check "a file in its place" checked 1 'not a socket' --pipe-path "$work/place/taken"
rm "$work/place/taken"
default_endpoint() { # expected code, expected line, runtime folder
    XDG_RUNTIME_DIR=$3 checked "$1" "$2" && [ ! -e "$3/pvgpu" ]
}
mkdir "$work/runtime"
check "the default endpoint, whose folder is not made" default_endpoint 0 'in a folder that will be made' "$work/runtime"
check "no place for the default endpoint" default_endpoint 1 'does not exist' "$work/none"
printf '[[vm]]\nname = "one"\npath = "%s"\n[[vm]]\nname = "two"\nadapter = "no such"\npath = "%s"\n' \
    "$work/place/one" "$work/none/two" >"$work/vms.toml"
check "VMs of a file: an adapter" checked 1 'no adapter has "no such"' --config "$work/vms.toml"
vms_are_told() { said "$work/place/one can be opened" && said "its folder $work/none does not exist"; }
check "VMs of a file: endpoints" vms_are_told
small_memory() { # of a VM, behind a /dev/shm with room for one page
    unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=4k tmpfs /dev/shm && exec "$@"' sh \
        "$program" --check --pipe-path "$socket" >"$work/out" 2>&1 && return 1
    cat "$work/out"
    said 'less than a VM needs'
}
if unshare --mount --map-root-user mount -t tmpfs tmpfs /dev/shm 2>/dev/null; then
    check "too little shared memory" small_memory
else
    skip "too little shared memory" "this user cannot mount in a namespace of its own"
fi
while_in_use() {
    local code=0
    "$program" --pipe-path "$socket" --renderer null >"$work/log" 2>&1 &
    backend=$!
    for _ in $(seq 200); do grep -q 'Listening for' "$work/log" && break; sleep 0.05; done
    checked 1 "$socket is in use by process $backend" --pipe-path "$socket" || code=1
    said "$socket.frames is in use by process $backend" || code=1
    "$build/pvgpu-demo" --link pipe --pipe-path "$socket" --scene triangle --frames 5 || code=1
    kill -TERM "$backend"
    wait "$backend" || code=1
    backend=''
    return $code
}
check "an endpoint in use: the holder is named, and not disturbed" while_in_use
nothing_left() { [ -z "$(find "$work/place" "$work/open" "$work/foreign" "$work/runtime" -mindepth 1)" ]; }
check "no check has left anything" nothing_left

check "configuration that the documents show is accepted" python3 tests/support/docs.py settings "$build"

# ---- Capabilities ----

capabilities() {
    run 0 --print-capabilities && [ ! -s "$work/err" ] &&
        is_json "x['type'] == 'gpu' and x['features'] == [] and x['protocols'] == ['1.0']" &&
        is_json "'pipe' in x['links'] and x['renderers'] == ['d3d11', 'null'] and x['presentations'] == ['headless', 'windowed', 'dual'] and x['version']"
}
check "--print-capabilities" capabilities
needs_no_library() { without_library capabilities; }
check "it needs no library" needs_no_library
finish
