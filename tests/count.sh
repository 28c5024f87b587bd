#!/usr/bin/env bash
# How large hv/ is: lines and files of each room, and of the trusted core: Memory, Processor, one backend, Exits without
# Emulate, Guests and Turns.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lines() { find "$@" -name '*.cs' -exec cat {} + | wc -l; }

printf '%-12s %7s %7s\n' room lines files
for room in X86 Seam Memory Processor Vmx Audit Devices Exits Loading Guests Turns Console Report Trace Lessons; do
    printf '%-12s %7d %7d\n' "$room" "$(lines "hv/$room")" "$(find "hv/$room" -name '*.cs' | wc -l)"
done

emulate=$(lines hv/Exits/Emulate)
core=$(lines hv/Memory hv/Processor hv/Vmx hv/Exits hv/Guests hv/Turns)
small=$(find hv -name '*.cs' -exec wc -l {} \; | awk '$1 < 20' | wc -l)
printf '%-12s %7d\n' 'core' $((core - emulate))
printf '%-12s %7d %7d, %d of them under 20 lines\n' 'all of hv' "$(lines hv)" "$(find hv -name '*.cs' | wc -l)" "$small"
