#!/usr/bin/env bash
# All tests, or some: unit (no machine), boot (real firmware, emulated processors), all (both, and the slow ones).
# The last line is `N passed, N failed`. Called through ./build.sh test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { echo "usage: ./build.sh test [unit|boot|all] [--coverage]"; }

suites="unit boot" filter="Speed!=Slow" coverage=""
while [ $# -gt 0 ]; do
    case "$1" in
        unit | boot) suites=$1 ;;
        all) suites="unit boot" filter="" ;;
        --coverage) suites=unit coverage=yes ;;
        -h | --help) usage; exit 0 ;;
        *) echo "build.sh: test: unknown word '$1'; $(usage)" >&2; exit 2 ;;
    esac
    shift
done

mkdir -p out
passed=0 failed=0

count() { # a line as `dotnet test` ends with: Passed! - Failed: 0, Passed: 12, ...
    local p f
    f=$(grep -oE 'Failed: +[0-9]+' "$1" | tail -1 | tr -dc 0-9)
    p=$(grep -oE 'Passed: +[0-9]+' "$1" | tail -1 | tr -dc 0-9)
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-1}))
}

suite() { # NAME PROJECT [options]
    local name=$1 project=$2 log=out/test-$1.log
    shift 2
    echo "== $name tests" >&2
    dotnet test "$project" -v q --nologo --logger "console;verbosity=minimal" ${filter:+--filter "$filter"} "$@" >"$log" 2>&1 || true
    grep -vE '^ *$|^(Test run|VSTest|Starting|A total)' "$log" || true
    count "$log"
}

style() {
    local project log=out/test-style.log
    echo "== style" >&2
    for project in efi/MinusOne.csproj efi/Stubs/Stubs.csproj guests/Guests.csproj guests/Kernel/Zero.csproj \
        guests/Kernel/User/Programs.csproj ovmf/Runner/Runner.csproj tests/Unit/Unit.csproj tests/Boot/Boot.csproj; do
        if ForStyle=true dotnet format "$project" --verify-no-changes --no-restore >"$log" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            head -20 "$log"
        fi
    done
}

coverage() {
    rm -rf out/coverage
    dotnet test tests/Unit/Unit.csproj -p:Coverage=true -v q --nologo --filter "Speed!=Slow" --collect "XPlat Code Coverage" \
        --results-directory out/coverage --settings tests/coverage.runsettings >out/test-unit.log 2>&1 || true
    grep -vE '^ *$|^(Test run|VSTest|Starting|A total)' out/test-unit.log || true
    count out/test-unit.log
    tests/coverage.sh "$(find out/coverage -name coverage.cobertura.xml | head -1)"
}

case " $suites " in *" boot "*) QUIET='' ./build.sh build >&2 ;; esac
if [ -n "$coverage" ]; then
    coverage
else
    for name in $suites; do
        case "$name" in
            unit) suite unit tests/Unit/Unit.csproj; style ;;
            boot) suite boot tests/Boot/Boot.csproj ;;
        esac
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
