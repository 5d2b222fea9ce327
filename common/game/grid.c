// SPDX-License-Identifier: MIT
#include "game/grid.h"

#include <stdlib.h>
#include <string.h>

#include "game/memory.h"

static uint32_t pieces_of(uint32_t slot_count) {
    return (slot_count + GRID_PIECE_SLOTS - 1) / GRID_PIECE_SLOTS;
}

static void cut_pieces(Grid *grid, const SlotRanges *ranges) {
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        uint32_t first = ranges->first[kind];
        for (uint32_t i = grid->kind_pieces[kind]; i < grid->kind_pieces[kind + 1]; i++) {
            const uint32_t left = ranges->first[kind + 1] - first;
            GridPiece *piece = &grid->pieces[i];
            piece->kind = (EntityKind)kind;
            piece->first = first;
            piece->end = first + (left < GRID_PIECE_SLOTS ? left : GRID_PIECE_SLOTS);
            first = piece->end;
        }
    }
}

bool grid_create(Grid *grid, int32_t side, const SlotRanges *ranges) {
    *grid = (Grid){.cells_per_side = grid_column_at(side - 1) + 1};
    while (grid->cells_per_side >> grid->band_shift >= GRID_BANDS_MAX) {
        grid->band_shift++;
    }
    grid->band_count = ((grid->cells_per_side - 1) >> grid->band_shift) + 1;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        grid->kind_pieces[kind + 1] =
            grid->kind_pieces[kind] + pieces_of(ranges->first[kind + 1] - ranges->first[kind]);
    }
    grid->piece_count = grid->kind_pieces[ENTITY_KIND_COUNT];
    const size_t slot_count = ranges->first[ENTITY_KIND_COUNT];
    const size_t cell_count = (size_t)grid->cells_per_side * grid->cells_per_side;
    grid->cell_first = memory_allocate(cell_count + 1, sizeof *grid->cell_first);
    grid->items = memory_allocate(slot_count, sizeof *grid->items);
    grid->pieces = memory_allocate(grid->piece_count, sizeof *grid->pieces);
    grid->runs = memory_allocate(grid->piece_count, sizeof *grid->runs);
    if (grid->cell_first == NULL || grid->items == NULL || grid->pieces == NULL ||
        grid->runs == NULL) {
        grid_destroy(grid);
        return false;
    }
    cut_pieces(grid, ranges);
    return true;
}

void grid_destroy(Grid *grid) {
    free(grid->cell_first);
    free(grid->items);
    free(grid->pieces);
    free(grid->runs);
    memset(grid, 0, sizeof *grid);
}

static inline uint32_t band_at(int32_t y, uint32_t band_shift) {
    return (uint32_t)y >> GRID_CELL_SHIFT >> band_shift;
}

void grid_band_task(Grid *grid, uint32_t piece_index, uint32_t end, const Motion *motions,
                    const uint16_t *generations) {
    GridPiece *piece = &grid->pieces[piece_index];
    GridRuns *runs = &grid->runs[piece_index];
    const uint32_t slot_end = piece->end < end ? piece->end : end;
    const uint32_t band_shift = grid->band_shift;
    uint32_t places[GRID_BANDS_MAX] = {0};
    for (uint32_t slot = piece->first; slot < slot_end; slot++) {
        places[band_at(motions[slot].y, band_shift)] += generations[slot] != 0;
    }
    uint32_t place = 0;
    for (uint32_t band = 0; band < grid->band_count; band++) {
        const uint32_t count = places[band];
        runs->first[band] = (uint16_t)place;
        places[band] = place;
        place += count;
    }
    runs->first[grid->band_count] = (uint16_t)place;
    for (uint32_t slot = piece->first; slot < slot_end; slot++) {
        if (generations[slot] != 0) {
            const Motion *motion = &motions[slot];
            piece->items[places[band_at(motion->y, band_shift)]++] =
                (GridItem){motion->x, motion->y, motion->vx, motion->vy, slot};
        }
    }
}

void grid_place(Grid *grid) {
    uint32_t counts[GRID_BANDS_MAX] = {0};
    for (uint32_t i = 0; i < grid->piece_count; i++) {
        const uint16_t *first = grid->runs[i].first;
        for (uint32_t band = 0; band < grid->band_count; band++) {
            counts[band] += (uint32_t)first[band + 1] - first[band];
        }
    }
    uint32_t place = 0;
    for (uint32_t band = 0; band < grid->band_count; band++) {
        grid->band_first[band] = place;
        place += counts[band];
    }
    grid->band_first[grid->band_count] = place;
    grid->item_count = place;
    grid->cell_first[(size_t)grid->cells_per_side * grid->cells_per_side] = place;
}

// Rewrites each line with its own content, because the piece's next banding overwrites the line. A
// core acquires a line for writing in 2 ns when another core has written it, in 10 ns when another
// core has only read it (measured on two cores of an EPYC without a shared cache).
static inline void give_back(GridItem *item) {
    *(volatile uint32_t *)&item->slot = item->slot;
}

void grid_sort_task(Grid *grid, uint32_t band) {
    const uint32_t first_cell = (band << grid->band_shift) * grid->cells_per_side;
    const uint32_t band_cells = grid->cells_per_side << grid->band_shift;
    const uint32_t all_cells = grid->cells_per_side * grid->cells_per_side;
    const uint32_t end_cell =
        first_cell + band_cells < all_cells ? first_cell + band_cells : all_cells;
    uint32_t *cells = grid->cell_first;
    memset(&cells[first_cell], 0, (end_cell - first_cell) * sizeof *cells);
    for (uint32_t i = 0; i < grid->piece_count; i++) {
        const GridPiece *piece = &grid->pieces[i];
        const uint16_t *run = &grid->runs[i].first[band];
        for (uint32_t k = run[0]; k < run[1]; k++) {
            cells[grid_cell_at(grid, piece->items[k].x, piece->items[k].y)]++;
        }
    }
    // Counts become the cells' ends; filling from the back then turns the ends into firsts and
    // keeps the order within a cell.
    uint32_t place = grid->band_first[band];
    for (uint32_t cell = first_cell; cell < end_cell; cell++) {
        place += cells[cell];
        cells[cell] = place;
    }
    for (uint32_t i = grid->piece_count; i-- > 0;) {
        GridPiece *piece = &grid->pieces[i];
        const uint16_t *run = &grid->runs[i].first[band];
        for (uint32_t k = run[1]; k-- > run[0];) {
            const GridItem item = piece->items[k];
            give_back(&piece->items[k]);
            grid->items[--cells[grid_cell_at(grid, item.x, item.y)]] = item;
        }
    }
}
