// SPDX-License-Identifier: MIT
#include "game/grid.h"

#include <string.h>

#include "support.h"

enum { SLOTS = 9000, SIDE = 7000 * UNIT };

static Motion motions[SLOTS];
static uint16_t generations[SLOTS];
static const SlotRanges ranges = {{0, 100, 8000, 8500, SLOTS}};

static void build(Grid *grid) {
    for (uint32_t i = grid->piece_count; i-- > 0;) { // backwards: their order must not matter
        grid_band_task(grid, i, SLOTS, motions, generations);
    }
    grid_place(grid);
    for (uint32_t i = grid->band_count; i-- > 0;) {
        grid_sort_task(grid, i);
    }
}

static uint32_t scatter(Rng *rng, int32_t low, int32_t high, uint32_t living_percent) {
    uint32_t living = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        const bool is_living = rng_below(rng, 100) < living_percent;
        generations[slot] = is_living;
        motions[slot] = (Motion){0};
        if (is_living) {
            motions[slot] = (Motion){.x = rng_range(rng, low, high),
                                     .y = rng_range(rng, low, high),
                                     .vx = (int16_t)slot,
                                     .vy = (int16_t) - (int32_t)slot};
        }
        living += is_living;
    }
    return living;
}

static void check(const Grid *grid, uint32_t living) {
    static bool seen[SLOTS];
    memset(seen, 0, sizeof seen);
    const uint32_t cell_count = grid->cells_per_side * grid->cells_per_side;
    assert_int_equal(grid->item_count, living);
    assert_int_equal(grid->cell_first[0], 0);
    assert_int_equal(grid->cell_first[cell_count], living);
    for (uint32_t cell = 0; cell < cell_count; cell++) {
        for (uint32_t i = grid->cell_first[cell]; i < grid->cell_first[cell + 1]; i++) {
            const GridItem *item = &grid->items[i];
            const Motion *motion = &motions[item->slot];
            assert_true(generations[item->slot] != 0 && !seen[item->slot]);
            seen[item->slot] = true;
            assert_true(item->x == motion->x && item->y == motion->y);
            assert_true(item->vx == motion->vx && item->vy == motion->vy);
            assert_int_equal(grid_cell_at(grid, item->x, item->y), cell);
            assert_true(i == grid->cell_first[cell] || item[-1].slot < item->slot);
        }
    }
}

static void everyone_is_in_their_cell_once_and_in_slot_order(void **state) {
    (void)state;
    Rng rng = test_rng();
    Grid grid;
    assert_true(grid_create(&grid, SIDE, &ranges));
    for (int round = 0; round < 5; round++) {
        const uint32_t living = scatter(&rng, 0, SIDE - 1, 20 * (uint32_t)round + 10);
        build(&grid);
        check(&grid, living);
    }
    grid_destroy(&grid);
}

static void a_crowd_in_one_cell_and_an_empty_world_are_indexed(void **state) {
    (void)state;
    Rng rng = test_rng();
    Grid grid;
    assert_true(grid_create(&grid, SIDE, &ranges));
    const int32_t corner = SIDE - 1;
    uint32_t living = scatter(&rng, corner - 1000, corner, 100);
    build(&grid);
    check(&grid, living);
    assert_int_equal(grid.cell_first[grid.cells_per_side * grid.cells_per_side - 1], 0);
    living = scatter(&rng, 0, corner, 0);
    build(&grid);
    check(&grid, living);
    grid_destroy(&grid);
}

static void bands_cover_the_largest_and_the_smallest_arena(void **state) {
    (void)state;
    const int32_t sides[] = {2000 * UNIT, 8192 * UNIT, 8193 * UNIT, 60000 * UNIT};
    Rng rng = test_rng();
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        Grid grid;
        assert_true(grid_create(&grid, sides[i], &ranges));
        assert_true(grid.band_count >= 1 && grid.band_count <= GRID_BANDS_MAX);
        assert_true(grid.band_count << grid.band_shift >= grid.cells_per_side);
        const uint32_t living = scatter(&rng, 0, sides[i] - 1, 50);
        build(&grid);
        check(&grid, living);
        grid_destroy(&grid);
    }
}

static void intervals_stay_inside_the_grid(void **state) {
    (void)state;
    Grid grid;
    assert_true(grid_create(&grid, SIDE, &ranges));
    const GridInterval low = grid_interval(&grid, 10, 5000);
    assert_int_equal(low.low, 0);
    assert_int_equal(low.high, 0);
    const GridInterval high = grid_interval(&grid, SIDE - 1, 1 << GRID_CELL_SHIFT);
    assert_int_equal(high.high, grid.cells_per_side - 1);
    assert_int_equal(high.low, grid.cells_per_side - 2);
    grid_destroy(&grid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_is_in_their_cell_once_and_in_slot_order),
        cmocka_unit_test(a_crowd_in_one_cell_and_an_empty_world_are_indexed),
        cmocka_unit_test(bands_cover_the_largest_and_the_smallest_arena),
        cmocka_unit_test(intervals_stay_inside_the_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
