// SPDX-License-Identifier: MIT
// rng.h -- random numbers from a seed: a hash for the world, a stream for everything else.
//
// Flow:    world:   rng_hash(seed, tick, entity, purpose) -> 64 bits; no state, so no order matters
//          others:  Rng stream (bots, impairment, tests), each with one owner
// Threads: pure functions; an Rng belongs to one thread.
// Source:  the mixer is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable
//          Pseudorandom Number Generators", OOPSLA 2014).
#ifndef TICKSTORM_BASE_RNG_H
#define TICKSTORM_BASE_RNG_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t rng_mix(uint64_t value) {
    value += 0x9e3779b97f4a7c15ull;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

// 64 random bits that depend only on the arguments.
static inline uint64_t rng_hash(uint64_t seed, uint64_t tick, uint64_t id, uint64_t purpose) {
    return rng_mix(seed ^ rng_mix(tick ^ rng_mix(id ^ (purpose << 48))));
}

// Maps 32 random bits to [0, bound) without a division. Bias is below bound / 2^32.
static inline uint32_t rng_scale(uint32_t bits, uint32_t bound) {
    return (uint32_t)(((uint64_t)bits * bound) >> 32);
}

typedef struct Rng {
    uint64_t state;
} Rng;

static inline Rng rng_seeded(uint64_t seed) {
    return (Rng){rng_mix(seed)};
}

static inline uint64_t rng_next(Rng *rng) {
    const uint64_t value = rng_mix(rng->state);
    rng->state += 0x9e3779b97f4a7c15ull;
    return value;
}

// Uniform in [0, bound); bound > 0.
static inline uint32_t rng_below(Rng *rng, uint32_t bound) {
    return rng_scale((uint32_t)(rng_next(rng) >> 32), bound);
}

// Uniform in [low, high], both included.
static inline int32_t rng_range(Rng *rng, int32_t low, int32_t high) {
    assert(low <= high);
    return low + (int32_t)rng_below(rng, (uint32_t)(high - low) + 1);
}

// Uniform in [0, 1). Not for the world.
static inline double rng_unit(Rng *rng) {
    return (double)(rng_next(rng) >> 11) * 0x1.0p-53;
}

// True with the given probability, 0..1. Not for the world.
static inline bool rng_chance(Rng *rng, double probability) {
    return rng_unit(rng) < probability;
}

#endif
