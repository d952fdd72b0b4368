#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the codecs of event files one after the other, guided by coverage. What it finds stays in FOLDER/FORMAT-*;
# FOLDER/FORMAT.log says how many files were tried and how much of the code they reach.
#
# Needs Debian's clang-14, libclang-rt-14-dev and libomp-14-dev (LibRaw is linked with OpenMP).
#
#   cmake --preset fuzz -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 && cmake --build --preset fuzz
#   tests/data/events/fuzz.sh build/fuzz FOLDER SECONDS [FORMAT...]
set -euo pipefail

programs=$1/tests/data/events
folder=$2
seconds=$3
shift 3
formats=("$@")
[[ ${#formats[@]} -gt 0 ]] || formats=(evt2 evt2.1 evt3 dat aedat4 es text rosbag)

"$programs/event_fuzz_seeds" "$folder/seeds"
status=0
for format in "${formats[@]}"; do
  mkdir -p "$folder/$format"
  "$programs/event_fuzz_$format" "$folder/$format" "$folder/seeds/$format" -max_total_time="$seconds" -max_len=8192 \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$folder/$format-" \
    >"$folder/$format.log" 2>&1 || status=1
  echo "$format: $(grep -E '^#[0-9]+' "$folder/$format.log" | tail -1)"
done
exit "$status"
