// SPDX-License-Identifier: MIT
// fuzz_target.h -- the interface of a fuzz target: one function that accepts any bytes.
//
// Flow:    libFuzzer (preset `fuzz`) or fuzz_replay.c -> LLVMFuzzerTestOneInput() -> asserts
// Threads: the calling thread.
//
// The targets also link without libFuzzer, into a replayer: every test run covers the corpus and
// some thousand mutations of it, with any compiler. For longer runs:
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   cd build/fuzz/bin && ./fuzz_snapshot -max_len=1103 -max_total_time=3600
//       FRESH_DIRECTORY ../../../tests/fuzz/corpus/snapshot
//
// A finding is checked into the corpus as found-*, with the fix.
#ifndef TICKSTORM_TESTS_FUZZ_FUZZ_TARGET_H
#define TICKSTORM_TESTS_FUZZ_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

// The longest input that the targets look at.
#define FUZZ_INPUT_BYTES_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
