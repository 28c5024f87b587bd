#!/usr/bin/env bash
# Reads a Cobertura report: `line coverage of hv/: NN.N %`, and the ten files with the most lines that no unit test reached.
set -euo pipefail

awk '
    match($0, /filename="[^"]*"/) {
        file = substr($0, RSTART + 10, RLENGTH - 11)
        if (!sub(/^.*\/hv\//, "hv/", file) && file !~ /^hv\//) file = ""
    }
    file != "" && match($0, /<line number="[0-9]+"/) {
        key = file SUBSEP substr($0, RSTART + 14, RLENGTH - 15)
        if (!(key in seen)) { seen[key] = 1; lines[file]++; total++ }
        if ($0 !~ / hits="0"/ && !(key in hit)) { hit[key] = 1; reached[file]++; covered++ }
    }
    END {
        if (total == 0) { print "no line of hv/ in this report" > "/dev/stderr"; exit 1 }
        printf "line coverage of hv/: %.1f %%\n", 100 * covered / total
        for (file in lines)
            printf "%6d not reached, %5.1f %%  %s\n", lines[file] - reached[file], 100 * reached[file] / lines[file], file | "sort -rn | head -10"
    }' "$1"
