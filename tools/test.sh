#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs missing packages, builds, and runs every test: with gcc and clang, warnings as errors,
# plain and under AddressSanitizer + UndefinedBehaviorSanitizer; those with threads also under
# ThreadSanitizer. Debug and sanitized builds also check all state in every tick
# (TICKSTORM_VALIDATE). Tests that wait for clocks (label real_time) run once plain and once
# sanitized. CI runs this script.
#
# Usage: tools/test.sh [--quick]     --quick: one compiler, plain and sanitized, for daily work
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/dependencies.sh

quick=false
for argument in "$@"; do
    case "$argument" in
    --quick) quick=true ;;
    -h | --help)
        sed -n '3,10s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "tools/test.sh: unknown option '$argument' (try --help)" >&2
        exit 2
        ;;
    esac
done

ensure_packages build test

jobs=$(nproc)
passed=0
failed=0
failures=()

# leg NAME COMPILER BUILD_TYPE SANITIZE [ctest arguments]: builds and tests one configuration.
leg() {
    local name=$1 compiler=$2 build_type=$3 sanitize=$4
    shift 4
    local directory=build/test/$name
    echo "== $name: $compiler $build_type${sanitize:+, sanitizers $sanitize}"
    local validate=OFF
    [ -n "$sanitize" ] || [ "$build_type" = Debug ] && validate=ON
    mkdir -p "$directory"
    cmake -G Ninja -S . -B "$directory" -DCMAKE_C_COMPILER="$compiler" \
        -DCMAKE_BUILD_TYPE="$build_type" -DTICKSTORM_SANITIZE="$sanitize" \
        -DTICKSTORM_VALIDATE="$validate" -DTICKSTORM_WERROR=ON >"$directory/configure.log" || {
        cat "$directory/configure.log"
        return 1
    }
    cmake --build "$directory" --parallel "$jobs" -- --quiet
    local runner=()
    # ThreadSanitizer of gcc 12 and clang 14 cannot place its shadow where the kernel uses more than
    # 28 bits of randomness for mappings, so randomisation is switched off for its programs.
    [ "$sanitize" = thread ] && runner=(setarch "$(uname -m)" -R)
    local junit=$PWD/$directory/results.xml
    if ! "${runner[@]}" ctest --test-dir "$directory" --output-on-failure --parallel "$jobs" \
        --no-tests=error --output-junit "$junit" "$@"; then
        failures+=("$name")
    fi
    local total bad
    total=$(sed -n 's/.*<testsuite[^>]* tests="\([0-9]*\)".*/\1/p' "$junit" | head -n 1)
    total=${total:-$(grep -o 'tests="[0-9]*"' "$junit" | head -n 1 | tr -dc 0-9)}
    bad=$(grep -o 'failures="[0-9]*"' "$junit" | head -n 1 | tr -dc 0-9)
    passed=$((passed + total - bad))
    failed=$((failed + bad))
}

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

leg gcc-release gcc Release ""
leg clang-asan clang RelWithDebInfo address,undefined
if ! $quick; then
    # Tests that wait for clocks have run plain and sanitized: another compiler adds minutes, no
    # insight.
    leg gcc-debug gcc Debug "" --label-exclude real_time
    leg clang-release clang Release "" --label-exclude real_time
    leg gcc-asan gcc RelWithDebInfo address,undefined --label-exclude real_time
    leg gcc-tsan gcc RelWithDebInfo thread --label-regex threads
fi

echo
[ ${#failures[@]} -eq 0 ] || echo "Legs with failures: ${failures[*]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ ${#failures[@]} -eq 0 ]
