// SPDX-License-Identifier: MIT
#include "game/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "game/memory.h"

bool grid_create(Grid *grid, int32_t side, const SlotRanges *ranges) {
    *grid = (Grid){.cells_per_side = grid_column_at(side - 1) + 1};
    while (grid->cells_per_side >> grid->band_shift >= GRID_BANDS_MAX) {
        grid->band_shift++;
    }
    grid->band_count = ((grid->cells_per_side - 1) >> grid->band_shift) + 1;
    const size_t slot_count = ranges->first[ENTITY_KIND_COUNT];
    const size_t cell_count = (size_t)grid->cells_per_side * grid->cells_per_side;
    grid->piece_capacity = (uint32_t)(slot_count / GRID_PIECE_SLOTS) + ENTITY_KIND_COUNT;
    grid->cell_first = memory_allocate(cell_count + 1, sizeof *grid->cell_first);
    grid->items = memory_allocate(slot_count, sizeof *grid->items);
    grid->banded = memory_allocate(slot_count, sizeof *grid->banded);
    grid->pieces = memory_allocate(grid->piece_capacity, sizeof *grid->pieces);
    if (grid->cell_first == NULL || grid->items == NULL || grid->banded == NULL ||
        grid->pieces == NULL) {
        grid_destroy(grid);
        return false;
    }
    return true;
}

void grid_destroy(Grid *grid) {
    free(grid->cell_first);
    free(grid->items);
    free(grid->banded);
    free(grid->pieces);
    memset(grid, 0, sizeof *grid);
}

uint32_t grid_begin(Grid *grid, const GridSpan spans[ENTITY_KIND_COUNT]) {
    grid->piece_count = 0;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        for (uint32_t first = spans[kind].first; first < spans[kind].end;
             first += GRID_PIECE_SLOTS) {
            assert(grid->piece_count < grid->piece_capacity);
            const uint32_t left = spans[kind].end - first;
            GridPiece *piece = &grid->pieces[grid->piece_count++];
            piece->first = first;
            piece->end = first + (left < GRID_PIECE_SLOTS ? left : GRID_PIECE_SLOTS);
        }
    }
    return grid->piece_count;
}

static inline uint32_t band_at(int32_t y, uint32_t band_shift) {
    return (uint32_t)y >> GRID_CELL_SHIFT >> band_shift;
}

void grid_count_task(Grid *grid, uint32_t piece_index, const Motion *motions,
                     const uint16_t *generations) {
    GridPiece *piece = &grid->pieces[piece_index];
    uint32_t counts[GRID_BANDS_MAX] = {0};
    const uint32_t band_shift = grid->band_shift;
    for (uint32_t slot = piece->first; slot < piece->end; slot++) {
        counts[band_at(motions[slot].y, band_shift)] += generations[slot] != 0;
    }
    memcpy(piece->band_counts, counts, sizeof counts);
}

void grid_place(Grid *grid) {
    uint32_t place = 0;
    for (uint32_t band = 0; band < grid->band_count; band++) {
        grid->band_first[band] = place;
        for (uint32_t i = 0; i < grid->piece_count; i++) {
            const uint32_t count = grid->pieces[i].band_counts[band];
            grid->pieces[i].band_counts[band] = place;
            place += count;
        }
    }
    grid->band_first[grid->band_count] = place;
    grid->item_count = place;
    grid->cell_first[(size_t)grid->cells_per_side * grid->cells_per_side] = place;
}

void grid_band_task(Grid *grid, uint32_t piece_index, const Motion *motions,
                    const uint16_t *generations) {
    const GridPiece *piece = &grid->pieces[piece_index];
    uint32_t places[GRID_BANDS_MAX];
    memcpy(places, piece->band_counts, sizeof places);
    const uint32_t band_shift = grid->band_shift;
    for (uint32_t slot = piece->first; slot < piece->end; slot++) {
        if (generations[slot] != 0) {
            const Motion *motion = &motions[slot];
            grid->banded[places[band_at(motion->y, band_shift)]++] =
                (GridItem){motion->x, motion->y, motion->vx, motion->vy, slot};
        }
    }
}

void grid_sort_task(Grid *grid, uint32_t band) {
    const uint32_t first_cell = (band << grid->band_shift) * grid->cells_per_side;
    const uint32_t band_cells = grid->cells_per_side << grid->band_shift;
    const uint32_t all_cells = grid->cells_per_side * grid->cells_per_side;
    const uint32_t end_cell =
        first_cell + band_cells < all_cells ? first_cell + band_cells : all_cells;
    const uint32_t first = grid->band_first[band];
    const uint32_t end = grid->band_first[band + 1];
    uint32_t *cells = grid->cell_first;
    memset(&cells[first_cell], 0, (end_cell - first_cell) * sizeof *cells);
    for (uint32_t i = first; i < end; i++) {
        cells[grid_cell_at(grid, grid->banded[i].x, grid->banded[i].y)]++;
    }
    // Counts become the cells' ends; filling from the back then turns the ends into firsts and
    // keeps the order within a cell.
    uint32_t place = first;
    for (uint32_t cell = first_cell; cell < end_cell; cell++) {
        place += cells[cell];
        cells[cell] = place;
    }
    for (uint32_t i = end; i-- > first;) {
        const GridItem item = grid->banded[i];
        grid->items[--cells[grid_cell_at(grid, item.x, item.y)]] = item;
    }
}
