#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Long runs of the fuzz targets with libFuzzer ("make fuzz"):
#
#   fuzz/run.sh [TIME=60] [TARGET=NAME] [JOBS=2]
#
# TIME is seconds for each target, JOBS how many processes fuzz one target at a time. Inside the Linux root. Corpora
# grow in build/fuzz-corpus/NAME and begin with fuzz/seeds/NAME; what ends a target is kept in build/fuzz-findings/NAME.
# Afterwards the corpora are replayed in a build that counts lines. Ends with a table; fails if anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

TIME=60 TARGET='' JOBS=$(nproc)
for setting in "$@"; do
    case $setting in
        TIME=*|TARGET=*|JOBS=*) declare "$setting" ;;
        *) echo "fuzz: unknown setting '$setting'; known: TIME= TARGET= JOBS=" >&2; exit 2 ;;
    esac
done

targets=$(basename -s .c -a fuzz/fuzz_*.c | sed 's/^fuzz_//' | grep -vx null)
if [ -n "$TARGET" ]; then
    grep -qx "$TARGET" <<<"$targets" || { echo "fuzz: there is no target '$TARGET'; known: ${targets//$'\n'/ }" >&2; exit 2; }
    targets=$TARGET
fi

# Folders whose lines the targets are there for; the rest of src/ needs a GPU or other processes.
FOLDERS='shm wire render gpu'

build() {
    local programs
    # shellcheck disable=SC2086 # several words
    programs=$(printf "fuzz/fuzz-%s " $targets)
    [ -f build/fuzz/build.ninja ] || CC=clang CXX=clang++ meson setup build/fuzz -Dfuzz=true -Db_sanitize=address,undefined \
        -Db_lundef=false >/dev/null
    [ -f build/fuzz-coverage/build.ninja ] || CC=gcc CXX=g++ meson setup build/fuzz-coverage -Db_coverage=true >/dev/null
    # shellcheck disable=SC2086 # several words
    ninja -C build/fuzz $programs && ninja -C build/fuzz-coverage $programs
}

# A last line of libFuzzer has "cov: N" (edges) and "exec/s: N".
last_number() { # LOG NAME
    sed -nE "s/^(.*[[:space:]])?$2:[[:space:]]+([0-9]+).*/\2/p" "$1" | tail -n 1
}

fuzz_one() { # NAME: fuzzes for TIME seconds; leaves a row for the table in build/fuzz-logs/NAME.row
    local name=$1 corpus=build/fuzz-corpus/$1 findings=build/fuzz-findings/$1 logs=build/fuzz-logs/$1
    local job pids=() before after units executions=0 edges=0 code=0
    mkdir -p "$corpus" "$findings" "$logs"
    rm -f "$logs"/*
    before=$(find "$findings" -type f | wc -l)
    for job in $(seq "$JOBS"); do
        # Each process reads what the others add to the corpus. Entropic scheduling costs more than it finds at this rate. -max_len: as fuzz/driver.c has it.
        build/fuzz/fuzz/fuzz-"$name" "$corpus" fuzz/seeds/"$name" -max_total_time="$TIME" -max_len=4096 -reload=5 -entropic=0 \
            -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$findings/" \
            >"$logs/$job.log" 2>&1 &
        pids+=($!)
    done
    for job in "${pids[@]}"; do
        wait "$job" || code=$?
    done
    for job in "$logs"/*.log; do
        units=$(last_number "$job" 'stat::number_of_executed_units') # none if the process was killed
        executions=$((executions + ${units:-0}))
        job=$(last_number "$job" cov)
        [ "${job:-0}" -gt "$edges" ] && edges=$job
    done
    after=$(find "$findings" -type f | wc -l)
    if [ "$code" -ne 0 ] && [ "$after" -eq "$before" ]; then
        echo "fuzz: $name ended with $code and left no input; see $logs" >&2
        after=$((before + 1))
    fi
    echo "$name $executions $((executions / TIME)) $edges $(find "$corpus" -type f | wc -l) $((after - before))" >"$logs/row"
    [ "$code" -eq 0 ]
}

explain_findings() { # NAME
    local name=$1 file
    find "build/fuzz-findings/$name" -type f -newer build/fuzz-logs/start | while read -r file; do
        echo "fuzz: found $file; again with: ./box build/fuzz/fuzz/fuzz-$name $file"
        grep -hE '^(fuzz: |  rule broken|SUMMARY|ERROR|==[0-9]+==ERROR|.*runtime error)' build/fuzz-logs/"$name"/*.log |
            sort -u | head -n 8 | sed 's/^/      /'
    done
}

# Lines of src/ that the corpora reach: "covered total" for each folder, all targets of this run together or one.
count_lines() { # NAME...
    local name root=build/fuzz-coverage
    find $root -name '*.gcda' -delete
    for name; do
        # A target that ends by a finding has counted nothing.
        { $root/fuzz/fuzz-"$name" fuzz/seeds/"$name" build/fuzz-corpus/"$name" || true; } >/dev/null 2>&1
    done
    # gcov names sources as the compiler saw them: ../src/FOLDER/FILE.c. Without -o it finds its notes beside the data.
    find "$PWD/$root/src" -name '*.gcda' -print0 | (cd $root && xargs -0 -r gcov -n 2>/dev/null || true) | awk -v folders="$FOLDERS" '
        /^File / { file = $2; gsub(/\x27/, "", file); sub(/^.*\.\.\/src\//, "", file); next }
        /^Lines executed:/ && file ~ /\.c$/ {
            split(file, part, "/"); split($0, number, /[:%]| of /)
            if (file !~ /d3d11/) { total[part[1]] += number[4]; covered[part[1]] += number[2] * number[4] / 100 }
            file = ""
        }
        END {
            count = split(folders, names, " ")
            for (i = 1; i <= count; i++) {
                printf "%s %d %d\n", names[i], covered[names[i]] + 0.5, total[names[i]]
                c += covered[names[i]]; t += total[names[i]]
            }
            printf "all %d %d\n", c + 0.5, t
        }'
}

percent() { # COVERED TOTAL
    awk -v c="$1" -v t="$2" 'BEGIN { if (t) printf "%.1f %%", 100 * c / t; else printf "unknown" }'
}

mkdir -p build/fuzz-logs
build >build/fuzz-logs/build.log 2>&1 || { tail -n 30 build/fuzz-logs/build.log >&2; exit 3; }
touch build/fuzz-logs/start
bad=0
for name in $targets; do
    echo "fuzz: $name for $TIME s, $JOBS at a time"
    fuzz_one "$name" || bad=1
    explain_findings "$name"
done

echo
printf '%-10s %12s %8s %8s %8s %10s %10s\n' target executions exec/s edges corpus findings lines
for name in $targets; do
    read -r _ executions rate edges corpus findings <"build/fuzz-logs/$name/row"
    read -r _ covered total < <(count_lines "$name" | grep '^all ')
    printf '%-10s %12d %8d %8d %8d %10d %10s\n' "$name" "$executions" "$rate" "$edges" "$corpus" "$findings" \
        "$(percent "$covered" "$total")"
    [ "$findings" -eq 0 ] || bad=1
done
echo
echo "lines of src/ that all of these reach together, by folder (without gpu/d3d11):"
# shellcheck disable=SC2086 # several words
count_lines $targets | while read -r folder covered total; do
    printf '  %-8s %6d of %6d  %s\n' "$folder" "$covered" "$total" "$(percent "$covered" "$total")"
done
[ "$bad" -eq 0 ] || echo "fuzz: something was found; inputs are in build/fuzz-findings"
exit "$bad"
