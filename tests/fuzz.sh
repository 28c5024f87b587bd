#!/usr/bin/env bash
# Fuzzing: AFL++ makes inputs up and keeps those that reach new code, SharpFuzz tells it what they reach. One target for
# some seconds, or all; what was found stays in out/fuzz/TARGET and is where the next time begins. Called through
# ./build.sh fuzz.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .build/state.sh

readonly SHARPFUZZ=2.3.0
readonly CORPUS=$PWD/tests/Fuzz/corpus OUT=$PWD/out/fuzz
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 DOTNET_ROLL_FORWARD=Major

fail() { echo "build.sh: fuzz: $1" >&2; exit 2; }

seconds=60 wanted=
while [ $# -gt 0 ]; do
    case "$1" in
        --time) [ $# -gt 1 ] && [[ $2 =~ ^[1-9][0-9]*$ ]] || fail "--time wants seconds"; seconds=$2; shift ;;
        -h | --help) echo "usage: ./build.sh fuzz [TARGET|all] [--time S]"; exit 0 ;;
        -*) fail "unknown option '$1'; there is --time" ;;
        *) [ -z "$wanted" ] || fail "one target at a time, or all"; wanted=$1 ;;
    esac
    shift
done

# The copy under test is instrumented: calls that note which way was taken, in what came from hv/ and efi/.
compile() {
    mkdir -p "$OUT"
    dotnet build tests/Fuzz/Fuzz.csproj -v q --nologo -clp:NoSummary >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "compilation failed"; }
    [ -x "$OUT/tools/sharpfuzz" ] ||
        dotnet tool install SharpFuzz.CommandLine --version $SHARPFUZZ --tool-path "$OUT/tools" >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "there is no getting SharpFuzz.CommandLine $SHARPFUZZ"; }
    rm -rf "$OUT/bin" && cp -r out/bin/Fuzz "$OUT/bin"
    "$OUT/tools/sharpfuzz" "$OUT/bin/Unit.dll" MinusOne.Hv MinusOne.Efi >"$OUT/build.log" 2>&1 ||
        { cat "$OUT/build.log" >&2; fail "there is no instrumenting the code"; }
}

figure() { sed -n "s/^$1 *: *//p" "$OUT/$target/default/fuzzer_stats"; }

run() { # TARGET
    local target=$1 crashes
    afl-fuzz -V "$seconds" -i "$CORPUS/$target" -o "$OUT/$target" -t 10000 -m none \
        -- dotnet "$OUT/bin/Fuzz.dll" "$target" >"$OUT/$target.log" 2>&1 ||
        { tail -20 "$OUT/$target.log" >&2; fail "afl-fuzz did not run $target; see out/fuzz/$target.log"; }
    crashes=$(($(figure saved_crashes) + $(figure saved_hangs)))
    printf '%-14s %10s executions %6s new paths %4s crashes\n' "$target" "$(figure execs_done)" "$(figure corpus_found)" "$crashes"
    [ "$crashes" = 0 ] || { failed=1; echo "  play one again: dotnet out/bin/Fuzz/Fuzz.dll $target out/fuzz/$target/default/crashes/id*"; }
}

lock
compile 9>&-
unlock
targets=$(dotnet out/bin/Fuzz/Fuzz.dll)
[ -n "$wanted" ] || { echo "$targets"; exit 0; }
[ "$wanted" = all ] || { grep -qx -- "$wanted" <<<"$targets" || fail "no target '$wanted'; there are: "$targets; targets=$wanted; }
failed=0
for target in $targets; do run "$target"; done
exit $failed
