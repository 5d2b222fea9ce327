// SPDX-License-Identifier: MIT
// grid.h -- who is where: every living entity, sorted by the cell that it is in.
//
// Flow:    positions by slot -> count, band, sort (below) -> cell_first, items -> think, interact,
//          interest
// Threads: each of the three tasks is a parallel-for over its own pieces and ends before the next
//          begins; grid_place() between the first two is serial. Outside of them the grid is
//          read-only.
// Order:   items by cell, row by row; by slot within a cell. So ships come first in a cell and
//          shards last, and the order depends on nothing but the positions.
// Memory:  allocated by grid_create() for all slots; nothing grows.
// Source:  a two-level counting sort. One level alone would scatter every item to a random cache
//          line of an array of megabytes; bands of a few rows keep both levels inside the caches.
#ifndef TICKSTORM_GAME_GRID_H
#define TICKSTORM_GAME_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"

#define GRID_CELL_SHIFT  15 // side of a cell: 128 units
#define GRID_CELL_UNITS  ((1 << GRID_CELL_SHIFT) / UNIT)
#define GRID_PIECE_SLOTS 2048 // slots per piece of the first two tasks
#define GRID_BANDS_MAX   64

// An entity as the neighbour loops want it: 16 bytes, next to the others of its cell.
typedef struct GridItem {
    int32_t x, y;   // world units
    int16_t vx, vy; // world units per tick
    uint32_t slot;
} GridItem;

static_assert(sizeof(GridItem) == 16, "four items a cache line");

// The slots [first, end) of one kind that may hold anything living.
typedef struct GridSpan {
    uint32_t first, end;
} GridSpan;

// A piece of the first two tasks: part of one span.
typedef struct GridPiece {
    uint32_t first, end;
    uint32_t band_counts[GRID_BANDS_MAX]; // living slots per band; then where they go
} GridPiece;

typedef struct Grid {
    // Constant.
    uint32_t cells_per_side;
    uint32_t band_shift; // rows per band: 1 << band_shift
    uint32_t band_count;
    uint32_t piece_capacity;
    // The result: the items of cell c are items[cell_first[c]] .. items[cell_first[c + 1] - 1].
    uint32_t *cell_first; // [cells_per_side^2 + 1]
    GridItem *items;
    uint32_t item_count;
    // On the way there.
    GridPiece *pieces;
    uint32_t piece_count;
    GridItem *banded;                        // items by band, by slot within
    uint32_t band_first[GRID_BANDS_MAX + 1]; // into banded, and into items
} Grid;

bool grid_create(Grid *grid, int32_t side, const SlotRanges *ranges);
void grid_destroy(Grid *grid);

// Cuts the spans into pieces; returns how many. Serial.
uint32_t grid_begin(Grid *grid, const GridSpan spans[ENTITY_KIND_COUNT]);

// Counts a piece's living slots by band.
void grid_count_task(Grid *grid, uint32_t piece, const Motion *motions,
                     const uint16_t *generations);

// Turns counts into places, in piece order. Serial; a few microseconds.
void grid_place(Grid *grid);

// Copies a piece's living slots to their bands.
void grid_band_task(Grid *grid, uint32_t piece, const Motion *motions, const uint16_t *generations);

// Sorts a band's items by cell; pieces are the bands, [0, band_count).
void grid_sort_task(Grid *grid, uint32_t band);

static inline uint32_t grid_column_at(int32_t x) {
    return (uint32_t)x >> GRID_CELL_SHIFT;
}

static inline uint32_t grid_cell_at(const Grid *grid, int32_t x, int32_t y) {
    return grid_column_at(y) * grid->cells_per_side + grid_column_at(x);
}

// The columns (or rows) of cells that the interval center +- reach meets; both ends included.
typedef struct GridInterval {
    uint32_t low, high;
} GridInterval;

static inline GridInterval grid_interval(const Grid *grid, int32_t center, int32_t reach) {
    const int32_t low = center - reach;
    const uint32_t high = grid_column_at(center + reach);
    return (GridInterval){low < 0 ? 0 : grid_column_at(low),
                          high < grid->cells_per_side ? high : grid->cells_per_side - 1};
}

#endif
