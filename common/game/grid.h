// SPDX-License-Identifier: MIT
// grid.h -- every living entity, sorted by the cell that contains it.
//
// Flow:    positions by slot -> band, place, sort (below) -> cell_first, items -> think, interact,
//          interest
// Threads: band and sort are parallel-fors over their own pieces; grid_place() between them is
//          serial. At all other times the grid is read-only. Bands may be rebuilt, piece by piece,
//          at any time: the result of the last sort does not change.
// Order:   items by cell, row by row; by slot within a cell. So ships come first in a cell and
//          shards last, and the order depends on the positions only.
// Memory:  allocated by grid_create() for all slots; nothing grows.
// Source:  a two-level counting sort. One level alone would scatter every item to a random cache
//          line of an array of megabytes; bands of a few rows keep both levels inside the caches.
//          A piece bands its slots within memory of its own, so the first level needs no counts
//          of other pieces; the sort of a band reads one run from each piece.
#ifndef TICKSTORM_GAME_GRID_H
#define TICKSTORM_GAME_GRID_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"
#include "game/memory.h"

#define GRID_CELL_SHIFT  15   // side of a cell: 128 units
#define GRID_PIECE_SLOTS 2048 // slots per piece of the first task
#define GRID_BANDS_MAX   64

// The 16 bytes of an entity that the neighbour loops read, stored next to the others of its cell.
typedef struct GridItem {
    int32_t x, y;   // world units
    int16_t vx, vy; // world units per tick
    uint32_t slot;
} GridItem;

static_assert(sizeof(GridItem) == 16, "four items a cache line");

// Consecutive slots of one kind. The living slots among them are listed by band, and by slot within
// a band.
typedef struct GridPiece {
    alignas(MEMORY_LINE_BYTES) GridItem items[GRID_PIECE_SLOTS];
    uint32_t first, end;
    EntityKind kind;
} GridPiece;

// Start of each band's run within a piece's items, and the end of the last run.
typedef struct GridRuns {
    uint16_t first[GRID_BANDS_MAX + 1];
} GridRuns;

typedef struct Grid {
    // Constant.
    uint32_t cells_per_side;
    uint32_t band_shift; // rows per band: 1 << band_shift
    uint32_t band_count;
    uint32_t piece_count;
    uint32_t kind_pieces[ENTITY_KIND_COUNT + 1]; // pieces of kind k: [kind_pieces[k], [k + 1])
    // The result: the items of cell c are items[cell_first[c]] .. items[cell_first[c + 1] - 1].
    uint32_t *cell_first; // [cells_per_side^2 + 1]
    GridItem *items;
    uint32_t item_count;
    // Intermediate results.
    GridPiece *pieces;
    GridRuns *runs; // by piece; in an array of their own, since all of them are read at once
    uint32_t band_first[GRID_BANDS_MAX + 1]; // into items
} Grid;

bool grid_create(Grid *grid, int32_t side, const SlotRanges *ranges);
void grid_destroy(Grid *grid);

// Bands the living slots of a piece; all of them lie before `end`.
void grid_band_task(Grid *grid, uint32_t piece, uint32_t end, const Motion *motions,
                    const uint16_t *generations);

// Where each band begins. Serial; a few microseconds.
void grid_place(Grid *grid);

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
