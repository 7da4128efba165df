#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Runs a scene end to end and leaves its frames as pictures: starts the backend, lets a small Linux VM (or, for the
# pipe link, a local program that plays the QEMU device) draw, captures every frame, ends everything, prints a summary.
#
#   tools/run-demo.sh [SCENE=cubes] [FRAMES=120] [WIDTH=640] [HEIGHT=360] [LINK=vfio-user] [OUT=out] [FORMAT=png]
#                     [RENDERER=d3d11] [INTERRUPTS=1] [ACCELERATOR=tcg] [BUILD=build/linux]
#
#   SCENE   clear, triangle or cubes       LINK    vfio-user (a VM in stock QEMU) or pipe (no VM)
#   ACCELERATOR=kvm: the VM runs on KVM
#   INTERRUPTS=0: the guest polls through sysfs instead of taking MSI-X interrupts through vfio-pci; intx: INTx
#
# Runs inside the Linux root: make run, or ./box tools/run-demo.sh. Exit code 0: every frame was drawn and captured.
set -euo pipefail

SCENE=cubes FRAMES=120 WIDTH=640 HEIGHT=360 LINK=vfio-user OUT=out FORMAT=png RENDERER=d3d11 INTERRUPTS=1 ACCELERATOR=tcg
BUILD=build/linux
for setting in "$@"; do
    case $setting in
        SCENE=*|FRAMES=*|WIDTH=*|HEIGHT=*|LINK=*|OUT=*|FORMAT=*|RENDERER=*|INTERRUPTS=*|ACCELERATOR=*|BUILD=*)
            declare "$setting" ;;
        *) echo "run-demo: $setting: expected one of SCENE= FRAMES= WIDTH= HEIGHT= LINK= OUT= FORMAT= RENDERER=" >&2
           exit 2 ;;
    esac
done

fail() {
    printf 'run-demo: %s\n' "$1" >&2
    exit 1
}

is_number() { case $1 in ''|*[!0-9]*|0*) return 1 ;; esac; }
for name in FRAMES WIDTH HEIGHT; do
    is_number "${!name}" || { echo "run-demo: $name=${!name}: expected a positive number" >&2; exit 2; }
done
case $SCENE in clear|triangle|cubes) ;; *) echo "run-demo: SCENE=$SCENE: expected clear, triangle or cubes" >&2; exit 2 ;; esac
case $ACCELERATOR in tcg|kvm) ;; *) echo "run-demo: ACCELERATOR=$ACCELERATOR: expected tcg or kvm" >&2; exit 2 ;; esac
export PVGPU_ACCELERATOR=$ACCELERATOR
case $LINK in vfio-user|pipe) ;; *) echo "run-demo: LINK=$LINK: expected vfio-user or pipe" >&2; exit 2 ;; esac

for program in pvgpu-backend pvgpu-capture pvgpu-demo; do
    [ -x "$BUILD/$program" ] || fail "$BUILD/$program is missing: make build"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/pvgpu-run.XXXXXX")
backend='' capture='' guest=''
cleanup() {
    for process in $guest $capture $backend; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
socket=$work/vm.sock

# Ends with a message that holds the end of a log.
fail_with_log() {
    printf 'run-demo: %s; the end of %s:\n' "$1" "$2" >&2
    tail -n 12 "$2" >&2
    exit 1
}

wait_for() { # what, command...
    local what=$1 tries=0
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -le 200 ] || fail_with_log "$what took longer than 10 s" "$work/backend.log"
        kill -0 "$backend" 2>/dev/null || fail_with_log "the backend ended" "$work/backend.log"
        sleep 0.05
    done
}

mkdir -p "$OUT"
rm -f "$OUT"/frame-*."$FORMAT"

case $LINK in
    vfio-user) endpoint=(--vfio-user "$socket") ;;
    pipe) endpoint=(--pipe-path "$socket") ;;
esac
"$BUILD/pvgpu-backend" "${endpoint[@]}" --renderer "$RENDERER" --shader-cache none >"$work/backend.log" 2>&1 &
backend=$!
wait_for "opening the endpoint" test -S "$socket"

# On a terminal the capture tool shows how far it is.
capture_command=("$BUILD/pvgpu-capture" --endpoint "$socket.frames" --out "$OUT" --frames "$FRAMES" --all
    --format "$FORMAT" --wait 120)
if [ -t 1 ]; then
    "${capture_command[@]}" 2>"$work/capture.log" &
else
    "${capture_command[@]}" --quiet >"$work/capture.log" 2>&1 &
fi
capture=$!

# The guest ends by itself; a bound for when it does not.
bounded=(timeout "${PVGPU_RUN_TIMEOUT:-300}")
demo=(--scene "$SCENE" --frames "$FRAMES" --width "$WIDTH" --height "$HEIGHT")
started=$(date +%s.%N)
case $LINK in
    vfio-user)
        guest_link=vfio
        case $INTERRUPTS in
            1) ;;
            intx) demo+=(--interrupts intx) ;;
            *) guest_link=sysfs ;;
        esac
        echo "run-demo: booting $(cat /opt/guest/version) in $(qemu-system-x86_64 --version | head -n 1)"
        "${bounded[@]}" tools/boot-vm.sh "$socket" "$guest_link" "$BUILD" "${demo[@]}" >"$work/guest.log" 2>&1 &
        guest=$! ;;
    pipe)
        "${bounded[@]}" "$BUILD/pvgpu-demo" --link pipe --pipe-path "$socket" "${demo[@]}" >"$work/guest.log" 2>&1 &
        guest=$! ;;
esac

guest_code=0
wait "$guest" || guest_code=$?
guest=''
ended=$(date +%s.%N)

capture_code=0
wait "$capture" || capture_code=$?
capture=''
kill -TERM "$backend"
backend_code=0
wait "$backend" || backend_code=$?
backend=''

summary=$(tr -d '\r' <"$work/guest.log" | sed -n 's/.*\(pvgpu-demo: frames=.*\)/\1/p' | tail -n 1)
[ "$guest_code" -eq 0 ] || fail_with_log "the guest ended with $guest_code" "$work/guest.log"
[ -n "$summary" ] || fail_with_log "the guest printed no summary" "$work/guest.log"
if [ "$LINK" = vfio-user ] && ! grep -q 'pvgpu-init: demo exited with 0' "$work/guest.log"; then
    fail_with_log "the scene failed inside the guest" "$work/guest.log"
fi
[ "$capture_code" -eq 0 ] || fail_with_log "capturing ended with $capture_code" "$work/capture.log"
[ "$backend_code" -eq 0 ] || fail_with_log "the backend ended with $backend_code" "$work/backend.log"

value() { printf '%s\n' "$summary" | sed -n "s/.* $1=\([0-9.]*\).*/\1/p"; }
adapter=$(sed -n 's/.*Renderer ready: //p' "$work/backend.log" | head -n 1)
session=$(sed -n 's/.*Session ended: //p' "$work/backend.log" | head -n 1)
awk -v scene="$SCENE" -v link="$LINK" -v frames="$(value frames)" -v seconds="$(value seconds)" \
    -v commands="$(value commands)" -v draws="$(value draws)" -v doorbells="$(value doorbells)" \
    -v interrupts="$(value interrupts)" -v total="$(awk "BEGIN{print $ended-$started}")" \
    -v size="${WIDTH}x$HEIGHT" -v adapter="$adapter" -v out="$OUT" -v format="$FORMAT" -v session="$session" 'BEGIN {
    if (seconds <= 0) seconds = 0.001
    printf "\n%s over %s, %s\n", scene, link, size
    printf "  adapter     %s\n", adapter
    printf "  frames      %d in %.2f s: %.1f frames/s (start to end of the guest: %.1f s)\n", frames, seconds, frames / seconds, total
    printf "  commands    %d: %.0f commands/s, %.0f draws/s\n", commands, commands / seconds, draws / seconds
    printf "  signals     %.2f doorbells and %.2f interrupts a frame\n", doorbells / frames, interrupts / frames
    printf "  backend     %s\n", session
    printf "  pictures    %s/frame-000001.%s to frame-%06d.%s\n", out, format, frames, format
}'
count=$(find "$OUT" -maxdepth 1 -name "frame-*.$FORMAT" | wc -l)
[ "$count" -eq "$FRAMES" ] || fail "$count of $FRAMES frames were captured"
