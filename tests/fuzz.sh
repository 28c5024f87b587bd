#!/usr/bin/env bash
# Fuzzing: inputs are made up, and those kept that reach new code; SharpFuzz's instrumentation tells which do. AFL++ makes
# them for some seconds; with --count, our own campaign makes so many, without leaving the process. What was found stays
# in out/fuzz/TARGET and is where the next time begins. Called through ./build.sh fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .build/state.sh

readonly SHARPFUZZ=2.3.0
readonly CORPUS=$PWD/tests/Fuzz/corpus OUT=$PWD/out/fuzz
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 DOTNET_ROLL_FORWARD=Major
# A target allocates megabytes and frees them: giving them back to the system each time takes most of its time.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=1073741824 MALLOC_TOP_PAD_=16777216

usage() {
    cat <<'HELP'
usage: ./build.sh fuzz [TARGET|all] [--time S | --count N [--seed S]]

  --time S    AFL++ makes inputs up for S seconds a target (default: 60)
  --count N   N executions a target within one process: some ten times as many a second; of packets, some eighty each
  --seed S    of --count: the same seed makes the same inputs up, as long as code and beginning are the same

Without a target: which there are. Crashes are in out/fuzz/TARGET/crashes (of --time: out/fuzz/TARGET/default/crashes).
HELP
}

fail() { echo "build.sh: fuzz: $1" >&2; exit 2; }

seconds=60 count='' seed='' wanted=
while [ $# -gt 0 ]; do
    case "$1" in
        --time) [ $# -gt 1 ] && [[ $2 =~ ^[1-9][0-9]*$ ]] || fail "--time wants seconds"; seconds=$2; shift ;;
        --count) [ $# -gt 1 ] && [[ $2 =~ ^[1-9][0-9]{0,14}$ ]] || fail "--count wants a number"; count=$2; shift ;;
        --seed) [ $# -gt 1 ] && [[ $2 =~ ^[0-9]{1,9}$ ]] || fail "--seed wants a number of up to nine digits"; seed=$2; shift ;;
        -h | --help) usage; exit 0 ;;
        -*) fail "unknown option '$1'; there are --time, --count and --seed" ;;
        *) [ -z "$wanted" ] || fail "one target at a time, or all"; wanted=$1 ;;
    esac
    shift
done
[ -z "$seed" ] || [ -n "$count" ] || fail "--seed goes with --count: AFL++ has its own chance"

# The copy under test is instrumented: calls that note which way was taken, in what came from hv/ and efi/. The notes'
# numbers are drawn by chance, so that a copy is kept as long as nothing is newer.
compile() {
    mkdir -p "$OUT"
    dotnet build tests/Fuzz/Fuzz.csproj -v q --nologo -clp:NoSummary >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "compilation failed"; }
    [ -x "$OUT/tools/sharpfuzz" ] ||
        dotnet tool install SharpFuzz.CommandLine --version $SHARPFUZZ --tool-path "$OUT/tools" >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "there is no getting SharpFuzz.CommandLine $SHARPFUZZ"; }
    [ ! -e "$OUT/bin/made" ] || [ -n "$(find out/bin/Fuzz -newer "$OUT/bin/made" -print -quit)" ] || return 0
    rm -rf "$OUT/bin" && cp -r out/bin/Fuzz "$OUT/bin"
    "$OUT/tools/sharpfuzz" "$OUT/bin/Unit.dll" MinusOne.Hv MinusOne.Efi >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "there is no instrumenting the code"; }
    touch "$OUT/bin/made"
}

figure() { sed -n "s/^$1 *: *//p" "$OUT/$target/default/fuzzer_stats"; }

tell_how_to_repeat() { failed=1; echo "  play one again: dotnet out/bin/Fuzz/Fuzz.dll $1 out/fuzz/$2"; }

run() { # TARGET
    local target=$1 crashes
    afl-fuzz -V "$seconds" -i "$CORPUS/$target" -o "$OUT/$target" -t 10000 -m none \
        -- dotnet "$OUT/bin/Fuzz.dll" "$target" >"$OUT/$target.log" 2>&1 ||
        { tail -20 "$OUT/$target.log" >&2; fail "afl-fuzz did not run $target; see out/fuzz/$target.log"; }
    crashes=$(($(figure saved_crashes) + $(figure saved_hangs)))
    printf '%-14s %10s executions %6s new paths %4s crashes\n' "$target" "$(figure execs_done)" "$(figure corpus_found)" "$crashes"
    [ "$crashes" = 0 ] || tell_how_to_repeat "$target" "$target/default/crashes/id*"
}

# What ends the process or does not come to an end leaves its input in `current`: its length, and the bytes.
run_in_process() { # TARGET
    local target=$1 status=0 folder=$OUT/$1
    dotnet "$OUT/bin/Fuzz.dll" "$target" --count "$count" --seed "${seed:-$(($(date +%s) % 1000000))}" "$folder" \
        "$CORPUS/$target" "$folder/default/queue" 2>"$folder.log" || status=$?
    [ "$status" != 0 ] || return 0
    head -20 "$folder.log"
    if [ -s "$folder/current" ]; then
        tail -c +5 "$folder/current" | head -c "$(od -An -tu4 -N4 "$folder/current" | tr -d ' ')" >"$folder/crashes/last"
        printf '%-14s ended with status %d %30s crashes\n' "$target" "$status" 1
    fi
    tell_how_to_repeat "$target" "$target/crashes/*"
}

lock
compile 9>&-
unlock
targets=$(dotnet out/bin/Fuzz/Fuzz.dll)
[ -n "$wanted" ] || { echo "$targets"; exit 0; }
[ "$wanted" = all ] || { grep -qx -- "$wanted" <<<"$targets" || fail "no target '$wanted'; there are: "$targets; targets=$wanted; }
failed=0

# Two at a time: a fuzzer is one process, and a machine has as many processors at least.
running=()
for target in $targets; do
    (
        if [ -n "$count" ]; then run_in_process "$target"; else run "$target"; fi
        exit $failed
    ) &
    running+=($!)
    if [ "${#running[@]}" = 2 ]; then
        wait "${running[0]}" || failed=1
        running=("${running[@]:1}")
    fi
done
for one in "${running[@]}"; do
    wait "$one" || failed=1
done
exit $failed
