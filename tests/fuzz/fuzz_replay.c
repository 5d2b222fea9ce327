// SPDX-License-Identifier: MIT
// fuzz_replay.c -- runs a fuzz target without libFuzzer: over files, then over seeded mutations of
// them.
//
// Usage: fuzz_replay_TARGET CORPUS_DIRECTORY [MUTATIONS [SEED]]
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "fuzz/fuzz_target.h"

#define CORPUS_FILES_MAX 4096

typedef struct Input {
    size_t size;
    uint8_t bytes[FUZZ_INPUT_BYTES_MAX];
} Input;

static Input *corpus;
static size_t corpus_count;

// Copies the input into a block of its exact size, so that a sanitizer sees any byte beyond.
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int is_file_name(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

// In the order of names, so that a seed gives the same run on every machine.
static bool load_corpus(const char *directory) {
    struct dirent **entries;
    const int count = scandir(directory, &entries, is_file_name, alphasort);
    corpus = calloc(CORPUS_FILES_MAX, sizeof *corpus);
    for (int i = 0; i < count && i < CORPUS_FILES_MAX && corpus != NULL; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        FILE *file = fopen(path, "rb");
        if (file != NULL) {
            Input *input = &corpus[corpus_count++];
            input->size = fread(input->bytes, 1, sizeof input->bytes, file);
            fclose(file);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return corpus_count > 0;
}

static uint8_t random_byte(Rng *rng) {
    static const uint8_t EDGES[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    return rng_chance(rng, 0.3) ? EDGES[rng_below(rng, sizeof EDGES)] : (uint8_t)rng_next(rng);
}

static void change(Rng *rng, Input *input) {
    const uint32_t size = (uint32_t)input->size;
    const uint32_t at = size > 0 ? rng_below(rng, size) : 0;
    switch (rng_below(rng, 6)) {
    case 0: // cut
        input->size = rng_below(rng, size + 1);
        break;
    case 1: // grow
        for (uint32_t more = rng_below(rng, 8); more > 0 && input->size < sizeof input->bytes;
             more--) {
            input->bytes[input->size++] = random_byte(rng);
        }
        break;
    case 2: // another byte
        input->bytes[at] = random_byte(rng);
        break;
    case 3: // all bytes from some point on
        for (uint32_t i = at; i < size; i++) {
            input->bytes[i] = random_byte(rng);
        }
        break;
    case 4: { // a piece of another input
        const Input *other = &corpus[rng_below(rng, (uint32_t)corpus_count)];
        for (uint32_t i = at; i < size && i < other->size && i < at + 40; i++) {
            input->bytes[i] = other->bytes[i];
        }
        break;
    }
    default: // a bit
        input->bytes[at] ^= (uint8_t)(1u << rng_below(rng, 8));
        break;
    }
}

static void run_mutations(uint32_t mutations, uint64_t seed) {
    Rng rng = rng_seeded(seed);
    static Input input;
    for (uint32_t i = 0; i < mutations; i++) {
        input = corpus[rng_below(&rng, (uint32_t)corpus_count)];
        for (uint32_t changes = 1 + rng_below(&rng, 4); changes > 0; changes--) {
            change(&rng, &input);
        }
        run(input.bytes, input.size);
    }
}

int main(int argc, char **argv) {
    if (argc < 2 || !load_corpus(argv[1])) {
        fprintf(stderr, "usage: %s CORPUS_DIRECTORY [MUTATIONS [SEED]]\n", argv[0]);
        return 2;
    }
    const uint32_t mutations = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 20240501;
    for (size_t i = 0; i < corpus_count; i++) {
        run(corpus[i].bytes, corpus[i].size);
    }
    run_mutations(mutations, seed);
    printf("%zu inputs and %u mutations of them (seed %llu) without a finding\n", corpus_count,
           mutations, (unsigned long long)seed);
    free(corpus);
    return 0;
}
