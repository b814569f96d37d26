#!/usr/bin/env bash
# Builds every fuzzing program with clang and runs each for SECONDS_EACH (60) on a corpus grown from goldens/checkpoints.
# Ends with 1 at the first finding; the input that causes it is left in BUILD (build-fuzz) as crash-*.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath -m "${BUILD:-build-fuzz}")
clang=${CLANG:-$(command -v clang++ || command -v clang++-14)}
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER="$clang" -DBFR_FUZZ=ON -DBFR_BENCHMARKS=OFF >"$build.log"
programs=(pickle zip safetensors npy tfjs checkpoint)
ninja -C "$build" -j "${JOBS:-2}" fuzz_seeds "${programs[@]/#/fuzz_}" >>"$build.log"
goldens=${BFR_GOLDENS:-tests/data/goldens}/checkpoints
"$build/tests/fuzz/fuzz_seeds" "$goldens" "$build/seeds"
for program in "${programs[@]}"; do
    mkdir -p "$build/corpus/$program"
    echo "fuzz_$program: ${SECONDS_EACH:-60} s"
    "$build/tests/fuzz/fuzz_$program" -max_total_time="${SECONDS_EACH:-60}" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="$build/crash-$program-" "$build/corpus/$program" "$build/seeds/$program" \
        >"$build/$program.log" 2>&1 || { tail -40 "$build/$program.log"; exit 1; }
    tail -1 "$build/$program.log"
done
