#!/usr/bin/env bash
# All tests, or some: unit (no machine), boot (real firmware, emulated processors), all (both, and the slow ones).
# The last line is `N passed, N failed`. Called through ./build.sh test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .build/state.sh

usage() { echo "usage: ./build.sh test [unit|boot|all] [--coverage]"; }

suites="unit boot" filter="Speed!=Slow" coverage=""
while [ $# -gt 0 ]; do
    case "$1" in
        unit | boot) suites=$1 ;;
        all) suites="unit boot fuzz" filter="" ;;
        --coverage) suites=unit coverage=yes ;;
        -h | --help) usage; exit 0 ;;
        *) echo "build.sh: test: unknown word '$1'; $(usage)" >&2; exit 2 ;;
    esac
    shift
done

mkdir -p out
passed=0 failed=0

# How a suite ended: "Passed!  - Failed: 0, Passed: 12, ..." or, of one that told each test, a line a figure.
count() {
    local p f
    f=$(grep -aoE '^ +Failed: +[0-9]+|- Failed: +[0-9]+' "$1" | tail -1 | tr -dc 0-9) || true
    p=$(grep -aoE '(^ +|, )Passed: +[0-9]+' "$1" | tail -1 | tr -dc 0-9) || true
    grep -aqE '^Passed!|^Test Run Successful' "$1" || f=${f:-1}
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-0}))
}

# Builds a suite while nobody else builds in this checkout.
compile() { # PROJECT LOG [options]
    local project=$1 log=$2 status=0
    shift 2
    lock
    dotnet build "$project" -v q --nologo -clp:NoSummary "$@" >"$log" 2>&1 9>&- || status=1
    unlock
    [ "$status" = 0 ] || { cat "$log"; failed=$((failed + 1)); }
    return "$status"
}

unit_suite() {
    local log=out/test-unit.log style
    echo "== unit tests and style" >&2
    compile tests/Unit/Unit.csproj $log || return 0
    style &
    style=$!
    tests tests/Unit/Unit.csproj minimal >$log
    tell $log
    if wait $style; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    # Tools that no test runs: they compile at least.
    compile tests/Bench/Bench.csproj out/test-bench.log || true
    compile tests/Fuzz/Fuzz.csproj out/test-fuzz-build.log || true
}

boot_suite() {
    local project=tests/Boot/Boot.csproj log=out/test-boot.log
    echo "== boot tests" >&2
    compile $project $log || return 0
    tests $project normal | tee $log | progress "$(tests $project quiet --list-tests | grep -c '^    ')"
    tell $log
}

tell() { # LOG
    grep -avE '^ *$|^(Test run|VSTest|Starting|A total)|^  Passed |^\[xUnit|^Build started|^ +1>' "$1" || true
    count "$1"
}

tests() { # PROJECT VERBOSITY [options]
    local project=$1 verbosity=$2
    shift 2
    dotnet test "$project" --no-build --nologo --logger "console;verbosity=$verbosity" ${filter:+--filter "$filter"} "$@" 2>&1 || true
}

# Each test takes seconds: a line on stderr as one ends.
progress() { # TOTAL
    local total=$1 done=0 line
    SECONDS=0
    while IFS= read -r line; do
        case "$line" in
            "  Passed "* | "  Failed "* | "  Skipped "*)
                done=$((done + 1))
                printf '%d done, %d left, %d:%02d %s\n' $done $((total - done)) $((SECONDS / 60)) $((SECONDS % 60)) "${line/MinusOne.Tests.Boot./}" >&2 ;;
        esac
    done
}

# Beside the unit tests, which leave a core idle at times. All projects at once take half the time that each alone does.
# What analyzers say is not asked again: in the build it is an error.
style() {
    local log=out/test-style.log
    {
        dotnet restore .build/Style.slnx &&
            dotnet format whitespace . --folder --exclude out --verify-no-changes &&
            ForStyle=true dotnet format style .build/Style.slnx --no-restore --verify-no-changes
    } >"$log" 2>&1 || { head -20 "$log"; return 1; }
}

fuzz() {
    local line log=out/test-fuzz.log
    echo "== fuzzing" >&2
    ./build.sh fuzz all --time 60 >"$log" || true
    cat "$log"
    for line in $(dotnet out/bin/Fuzz/Fuzz.dll); do
        if grep -aqE "^$line .* 0 crashes$" "$log"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
}

coverage() {
    rm -rf out/coverage
    compile tests/Unit/Unit.csproj out/test-unit.log -p:Coverage=true || return 0
    dotnet test tests/Unit/Unit.csproj --no-build -p:Coverage=true -v q --nologo --filter "Speed!=Slow" \
        --collect "XPlat Code Coverage" --results-directory out/coverage --settings tests/coverage.runsettings >out/test-unit.log 2>&1 || true
    grep -avE '^ *$|^(Test run|VSTest|Starting|A total)' out/test-unit.log || true
    count out/test-unit.log
    tests/coverage.sh "$(find out/coverage -name coverage.cobertura.xml | head -1)"
}

case " $suites " in *" boot "*) ./build.sh build >&2 ;; esac
if [ -n "$coverage" ]; then
    coverage
else
    for name in $suites; do
        case "$name" in
            unit) unit_suite ;;
            boot) boot_suite ;;
            fuzz) fuzz ;;
        esac
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
