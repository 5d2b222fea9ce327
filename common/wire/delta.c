// SPDX-License-Identifier: MIT
#include "wire/delta.h"

#include "game/tuning.h"
#include "wire/delta_tables.h"
#include "wire/fields.h"
#include "wire/prefix_code.h"

// How drones move, as the prediction relies on it: a drone steers in the ticks t = slot / 4 modulo
// STEER_TICKS, and its velocity counts in steps of 2 published units.
#define STEER_TICKS   DRONE_THINK_INTERVAL_TICKS
#define STEER_GROUP   (1u << DRONE_THINK_GROUP_SHIFT)
#define STEER_STEP    (DRONE_VELOCITY_STEP >> RECORD_SHIFT)
#define RESIDUAL_GRID (STEER_TICKS * STEER_STEP)
static_assert(STEER_TICKS == 8 && STEER_GROUP == 4 && STEER_STEP == 2,
              "FIELDS, tables and PROTOCOL.md rely on it");

#define ESCAPE_CLASS_BITS 5

static_assert(DELTA_SYMBOL_COUNT == PREFIX_SYMBOLS_MAX, "the largest code has every symbol");

// Built once, before anything can use them, and never written again.
static PrefixCode symbol_codes[DELTA_TABLE_COUNT];
static PrefixCode residual_codes[DELTA_RESIDUAL_COUNT];
static PrefixCode angle_code;

__attribute__((constructor)) static void build_codes(void) {
    for (uint32_t i = 0; i < DELTA_TABLE_COUNT; i++) {
        prefix_code_build(&symbol_codes[i], DELTA_LENGTHS[i], DELTA_SYMBOL_COUNT);
    }
    for (uint32_t i = 0; i < DELTA_RESIDUAL_COUNT; i++) {
        prefix_code_build(&residual_codes[i], DELTA_RESIDUAL_LENGTHS[i], DELTA_RESIDUAL_SYMBOLS);
    }
    prefix_code_build(&angle_code, DELTA_ANGLE_LENGTHS, DELTA_ANGLE_SYMBOLS);
}

// ------------------------------------------------------------------ prediction

// What follows from the window alone.
typedef struct Plan {
    DeltaTable table;
    DeltaTable told_table; // behind status and angle
    int32_t residual_table;
    int32_t age;
    int32_t weight_x2; // twice the mean time for which the change of velocity has been at work
    int32_t grid;      // that residuals are multiples of
    bool is_even;      // an even number of steers: see predict()
    const KindFields *fields;
} Plan;

static Plan make_plan(EntityKind kind, DeltaWindow window) {
    const int32_t age = (int32_t)window.age;
    Plan plan = {.age = age, .grid = 1, .residual_table = -1, .fields = &FIELDS[kind]};
    if (kind == ENTITY_DRONE) {
        // The last steer carried the world into the tick that began `last` ticks ago; before it
        // they lie STEER_TICKS apart.
        const int32_t last =
            (int32_t)((window.tick - 1 - window.slot / STEER_GROUP) & (STEER_TICKS - 1)) + 1;
        const int32_t steers = age >= last ? (age - last) / STEER_TICKS + 1 : 0;
        const int32_t most = steers < 3 ? steers : 3;
        plan.table = (DeltaTable)((int32_t)DELTA_TABLE_DRONE_0 + most);
        plan.told_table = plan.table;
        plan.residual_table = most - 2 + (int32_t)DELTA_RESIDUAL_DRONE_2;
        plan.weight_x2 = steers > 0 ? 2 * last + STEER_TICKS * (steers - 1) : 0;
        plan.grid = RESIDUAL_GRID;
        plan.is_even = steers > 0 && steers % 2 == 0;
    } else if (kind == ENTITY_SHIP) {
        const bool is_near = age <= DELTA_SHIP_NEAR_TICKS;
        plan.table = is_near ? DELTA_TABLE_SHIP_NEAR : DELTA_TABLE_SHIP_FAR;
        plan.told_table = is_near ? DELTA_TABLE_SHIP_NEAR_TOLD : DELTA_TABLE_SHIP_FAR_TOLD;
        plan.residual_table = is_near ? DELTA_RESIDUAL_SHIP_NEAR : DELTA_RESIDUAL_SHIP_FAR;
        plan.weight_x2 = age + 1;
    } else {
        plan.table = DELTA_TABLE_STILL;
        plan.told_table = DELTA_TABLE_STILL;
    }
    return plan;
}

// One coordinate. With an even number of steers n and a change of velocity that is the sum of n
// changes, the sum over changes of (its time - the mean time) is a multiple of half the grid, and
// odd exactly when the change has an odd number of steps: then half a grid is added, so that a
// residual is a multiple of the whole.
static int64_t predict(const Plan *plan, int32_t base, int32_t base_velocity, int32_t change) {
    const bool is_odd = plan->is_even && (change >> (STEER_STEP / 2) & 1) != 0;
    return (int64_t)base + (int64_t)base_velocity * plan->age +
           (((int64_t)change * plan->weight_x2) >> 1) + (is_odd ? plan->grid / 2 : 0);
}

// ------------------------------------------------------------------ numbers in classes

static inline uint32_t magnitude_of(int32_t value) {
    return value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
}

// How many bits the magnitude has; also how many follow: the sign, and all but the highest.
static inline uint32_t class_of(int32_t value) {
    const uint32_t magnitude = magnitude_of(value);
    return magnitude == 0 ? 0 : 32u - (uint32_t)__builtin_clz(magnitude);
}

static inline void put(DeltaBits *bits, uint64_t value, uint32_t count) {
    const uint32_t at = bits->count;
    bits->count += count;
    if (bits->count > DELTA_BITS_MAX || count == 0) {
        return;
    }
    if (at >= 64) {
        bits->words[1] |= value << (at - 64);
    } else {
        bits->words[0] |= value << at;
        bits->words[1] |= at == 0 ? 0 : value >> (64 - at);
    }
}

static inline void put_magnitude(DeltaBits *bits, int32_t value, uint32_t class) {
    const uint64_t low = magnitude_of(value) & ((1ull << class) / 2 - (class > 0));
    put(bits, (uint64_t)(value < 0) | low << 1, class);
}

static int32_t read_magnitude(BitReader *reader, uint32_t class) {
    if (class == 0) {
        return 0;
    }
    const uint32_t raw = bit_read(reader, class);
    const int32_t magnitude = (int32_t)(1u << (class - 1) | raw >> 1);
    return (raw & 1) != 0 ? -magnitude : magnitude;
}

static inline void put_symbol(DeltaBits *bits, const PrefixCode *code, uint32_t symbol) {
    put(bits, code->bits[symbol], code->lengths[symbol]);
}

// ------------------------------------------------------------------ encoding

// Status and angle, where they changed.
static void put_other(DeltaBits *bits, const Plan *plan, const EntityRecord *base,
                      const EntityRecord *record) {
    const uint32_t before = fields_pack_status(plan->fields, base->status);
    const uint32_t status = fields_pack_status(plan->fields, record->status);
    if (!plan->fields->has_angle) {
        put(bits, status, FIELDS_STATUS_BITS);
        return;
    }
    const bool has_changed = status != before;
    put(bits, has_changed ? status << 1 | 1 : 0, has_changed ? 1 + FIELDS_STATUS_BITS : 1);
    const int32_t turn = bits_to_signed((uint32_t)(record->angle - base->angle) & 0xff, 8);
    const uint32_t class = class_of(turn);
    put_symbol(bits, &angle_code, class);
    put_magnitude(bits, turn, class);
}

static bool has_other(const Plan *plan, const EntityRecord *base, const EntityRecord *record) {
    const KindFields *fields = plan->fields;
    return (fields->has_status && fields_pack_status(fields, base->status) !=
                                      fields_pack_status(fields, record->status)) ||
           (fields->has_angle && base->angle != record->angle);
}

// A change of state in numbers: x, y of each.
typedef struct Change {
    int32_t velocity[2];
    int32_t residual[2];
} Change;

static bool is_multiple(const int32_t pair[2], int32_t step) {
    return ((pair[0] | pair[1]) & (step - 1)) == 0;
}

// The pair symbol for a change, or ESCAPE when its code knows none. Scales the change to the steps
// in which its numbers are sent.
static uint32_t choose_symbol(const Plan *plan, DeltaTable table, Change *change) {
    const int32_t step = 1 << plan->fields->velocity_shift;
    const bool has_residual = (change->residual[0] | change->residual[1]) != 0;
    if (!is_multiple(change->velocity, step) || !is_multiple(change->residual, plan->grid)) {
        return DELTA_ESCAPE;
    }
    const uint32_t vx = class_of(change->velocity[0] / step);
    const uint32_t vy = class_of(change->velocity[1] / step);
    if (vx >= DELTA_CLASSES || vy >= DELTA_CLASSES) {
        return DELTA_ESCAPE;
    }
    const uint32_t symbol =
        (vx | vy) == 0 && !has_residual
            ? (uint32_t)DELTA_EXACT
            : DELTA_PAIRS + (vx * DELTA_CLASSES + vy) * 2 + (has_residual ? 1 : 0);
    if (symbol_codes[table].lengths[symbol] == 0) {
        return DELTA_ESCAPE;
    }
    if (has_residual) {
        const uint32_t rx = class_of(change->residual[0] / plan->grid);
        const uint32_t ry = class_of(change->residual[1] / plan->grid);
        if (plan->residual_table < 0 || rx >= DELTA_CLASSES || ry >= DELTA_CLASSES ||
            residual_codes[plan->residual_table].lengths[rx * DELTA_CLASSES + ry] == 0) {
            return DELTA_ESCAPE;
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        change->velocity[axis] /= step;
        change->residual[axis] /= plan->grid;
    }
    return symbol;
}

static void put_change(DeltaBits *bits, const Plan *plan, DeltaTable table, Change change) {
    const uint32_t symbol = choose_symbol(plan, table, &change);
    put_symbol(bits, &symbol_codes[table], symbol);
    const bool is_escape = symbol == DELTA_ESCAPE;
    for (int axis = 0; axis < 2; axis++) {
        const uint32_t class = class_of(change.velocity[axis]);
        put(bits, class, is_escape ? ESCAPE_CLASS_BITS : 0);
        put_magnitude(bits, change.velocity[axis], class);
    }
    if (!is_escape && (change.residual[0] | change.residual[1]) != 0) {
        put_symbol(bits, &residual_codes[plan->residual_table],
                   class_of(change.residual[0]) * DELTA_CLASSES + class_of(change.residual[1]));
    }
    for (int axis = 0; axis < 2; axis++) {
        const uint32_t class = class_of(change.residual[axis]);
        put(bits, class, is_escape ? ESCAPE_CLASS_BITS : 0);
        put_magnitude(bits, change.residual[axis], class);
    }
}

DeltaBits delta_encode(EntityKind kind, DeltaWindow window, const EntityRecord *base,
                       const EntityRecord *record) {
    assert(window.age >= 1 && window.age < DELTA_AGE_MAX);
    assert(base->generation == record->generation);
    const Plan plan = make_plan(kind, window);
    Change change = {.velocity = {record->vx - base->vx, record->vy - base->vy}};
    const int64_t rx = record->x - predict(&plan, base->x, base->vx, change.velocity[0]);
    const int64_t ry = record->y - predict(&plan, base->y, base->vy, change.velocity[1]);
    DeltaBits bits = {0};
    if (rx != (int32_t)rx || ry != (int32_t)ry || rx == INT32_MIN || ry == INT32_MIN) {
        return bits;
    }
    change.residual[0] = (int32_t)rx;
    change.residual[1] = (int32_t)ry;
    DeltaTable table = plan.table;
    if (has_other(&plan, base, record)) {
        put_symbol(&bits, &symbol_codes[table], DELTA_OTHER);
        put_other(&bits, &plan, base, record);
        table = plan.told_table;
    }
    put_change(&bits, &plan, table, change);
    return bits.count <= DELTA_BITS_MAX ? bits : (DeltaBits){0};
}

DeltaBits delta_mark(EntityKind kind, DeltaWindow window, DeltaSymbol symbol) {
    assert(symbol == DELTA_SKIP || symbol == DELTA_REMOVE || symbol == DELTA_WHOLE);
    DeltaBits bits = {0};
    put_symbol(&bits, &symbol_codes[make_plan(kind, window).table], symbol);
    return bits;
}

// ------------------------------------------------------------------ decoding

static void read_other(BitReader *reader, const Plan *plan, EntityRecord *record) {
    const KindFields *fields = plan->fields;
    reader->has_failed |= !fields->has_status;
    if (!fields->has_angle || bit_read(reader, 1) != 0) {
        record->status = fields_unpack_status(fields, bit_read(reader, FIELDS_STATUS_BITS));
    }
    if (fields->has_angle) {
        const uint32_t class = prefix_code_read(&angle_code, reader);
        record->angle = (uint8_t)(record->angle + read_magnitude(reader, class));
    }
}

static Change read_change(BitReader *reader, const Plan *plan, uint32_t symbol) {
    Change change = {0};
    if (symbol == DELTA_ESCAPE) {
        for (int axis = 0; axis < 2; axis++) {
            change.velocity[axis] = read_magnitude(reader, bit_read(reader, ESCAPE_CLASS_BITS));
        }
        for (int axis = 0; axis < 2; axis++) {
            change.residual[axis] = read_magnitude(reader, bit_read(reader, ESCAPE_CLASS_BITS));
        }
        return change;
    }
    const int32_t step = 1 << plan->fields->velocity_shift;
    const uint32_t classes = (symbol - DELTA_PAIRS) >> 1;
    change.velocity[0] = read_magnitude(reader, classes / DELTA_CLASSES) * step;
    change.velocity[1] = read_magnitude(reader, classes % DELTA_CLASSES) * step;
    if (((symbol - DELTA_PAIRS) & 1) != 0) {
        // Only codes with a table of residuals have such symbols.
        const uint32_t residual = prefix_code_read(&residual_codes[plan->residual_table], reader);
        change.residual[0] = read_magnitude(reader, residual / DELTA_CLASSES) * plan->grid;
        change.residual[1] = read_magnitude(reader, residual % DELTA_CLASSES) * plan->grid;
    }
    return change;
}

static int16_t take_velocity(BitReader *reader, int32_t base, int32_t change) {
    const int64_t value = (int64_t)base + change;
    reader->has_failed |= value != (int16_t)value;
    return (int16_t)value;
}

static int32_t take_place(BitReader *reader, int64_t predicted, int32_t residual) {
    const int64_t value = predicted + residual;
    reader->has_failed |= value <= -DELTA_PLACE_MAX || value >= DELTA_PLACE_MAX;
    return (int32_t)value;
}

static void apply_change(BitReader *reader, const Plan *plan, const Change *change,
                         EntityRecord *record) {
    record->x = take_place(reader, predict(plan, record->x, record->vx, change->velocity[0]),
                           change->residual[0]);
    record->y = take_place(reader, predict(plan, record->y, record->vy, change->velocity[1]),
                           change->residual[1]);
    record->vx = take_velocity(reader, record->vx, change->velocity[0]);
    record->vy = take_velocity(reader, record->vy, change->velocity[1]);
    // The base pointed where it flew already.
    if (!plan->fields->has_angle && (change->velocity[0] | change->velocity[1]) != 0) {
        record->angle = fields_direction(record->vx, record->vy);
    }
}

DeltaSymbol delta_decode(BitReader *reader, EntityKind kind, DeltaWindow window,
                         const EntityRecord *base, EntityRecord *record) {
    const Plan plan = make_plan(kind, window);
    uint32_t symbol = prefix_code_read(&symbol_codes[plan.table], reader);
    if (symbol == DELTA_SKIP || symbol == DELTA_REMOVE || symbol == DELTA_WHOLE) {
        return (DeltaSymbol)symbol;
    }
    if (window.age >= DELTA_AGE_MAX) {
        reader->has_failed = true;
        return DELTA_SKIP;
    }
    *record = *base;
    DeltaSymbol told = symbol == DELTA_EXACT ? DELTA_EXACT : DELTA_OTHER;
    if (symbol == DELTA_OTHER) {
        read_other(reader, &plan, record);
        symbol = prefix_code_read(&symbol_codes[plan.told_table], reader);
        reader->has_failed |= symbol != DELTA_EXACT && symbol < DELTA_ESCAPE;
    }
    Change change = {0};
    if (symbol >= DELTA_ESCAPE) {
        change = read_change(reader, &plan, symbol);
    }
    apply_change(reader, &plan, &change, record);
    return told;
}
