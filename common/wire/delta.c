// SPDX-License-Identifier: MIT
#include "wire/delta.h"

#include "game/tuning.h"
#include "wire/delta_tables.h"
#include "wire/fields.h"
#include "wire/prefix_code.h"

// How drones move, as the prediction relies on it: a drone steers in the ticks t = slot / 4 modulo
// STEER_TICKS, and its velocity counts in steps of 2 published units.
#define STEER_TICKS         DRONE_THINK_INTERVAL_TICKS
#define STEER_GROUP         (1u << DRONE_THINK_GROUP_SHIFT)
#define STEER_STEP          (DRONE_VELOCITY_STEP >> RECORD_SHIFT)
#define RESIDUAL_GRID_SHIFT 4 // residuals are multiples of STEER_TICKS * STEER_STEP
static_assert(STEER_TICKS == 8 && STEER_GROUP == 4 && STEER_STEP == 2 &&
                  1 << RESIDUAL_GRID_SHIFT == STEER_TICKS * STEER_STEP,
              "FIELDS, tables and PROTOCOL.md rely on it");

#define ESCAPE_CLASS_BITS 5

static_assert(DELTA_SYMBOL_COUNT == PREFIX_SYMBOLS_MAX, "the largest code has every symbol");

// Built before anything can use them, and never written again.
static PrefixCode symbol_codes[DELTA_TABLE_COUNT];
static PrefixCode residual_codes[DELTA_RESIDUAL_COUNT];
static PrefixCode angle_code;

static void build_codes(void) {
    for (uint32_t i = 0; i < DELTA_TABLE_COUNT; i++) {
        prefix_code_build(&symbol_codes[i], DELTA_LENGTHS[i], DELTA_SYMBOL_COUNT);
    }
    for (uint32_t i = 0; i < DELTA_RESIDUAL_COUNT; i++) {
        prefix_code_build(&residual_codes[i], DELTA_RESIDUAL_LENGTHS[i], DELTA_RESIDUAL_SYMBOLS);
    }
    prefix_code_build(&angle_code, DELTA_ANGLE_LENGTHS, DELTA_ANGLE_SYMBOLS);
}

// ------------------------------------------------------------------ prediction

// All values that depend on the window alone.
typedef struct Plan {
    const PrefixCode *code;
    const PrefixCode *sent_code;     // of the symbol after status and angle
    const PrefixCode *residual_code; // NULL: no symbol of the code has residuals
    const KindFields *fields;
    int16_t age;
    int16_t weight_x2;  // twice the mean time since the change of velocity
    uint8_t grid_shift; // residuals are multiples of 1 << that
    bool is_even;       // an even number of steers: see predict()
} Plan;

// All plans, made with the codes: 30 KB, of which those for the usual age stay in the cache.
static Plan drone_plans[DELTA_AGE_MAX + 1]
                       [STEER_TICKS]; // by age and ticks since the last steer - 1
static Plan plain_plans[ENTITY_KIND_COUNT][DELTA_AGE_MAX + 1]; // plans of the other kinds, by age

// The last steer took effect in the tick that began `last` ticks ago; earlier steers are
// STEER_TICKS apart.
static Plan make_drone_plan(int32_t age, int32_t last) {
    const int32_t steers = age >= last ? (age - last) / STEER_TICKS + 1 : 0;
    const int32_t most = steers < 3 ? steers : 3;
    const PrefixCode *code = &symbol_codes[DELTA_TABLE_DRONE_0 + most];
    return (Plan){
        .code = code,
        .sent_code = code,
        .residual_code = most < 2 ? NULL : &residual_codes[DELTA_RESIDUAL_DRONE_2 + most - 2],
        .fields = &FIELDS[ENTITY_DRONE],
        .age = (int16_t)age,
        .weight_x2 = (int16_t)(steers > 0 ? 2 * last + STEER_TICKS * (steers - 1) : 0),
        .grid_shift = RESIDUAL_GRID_SHIFT,
        .is_even = steers > 0 && steers % 2 == 0,
    };
}

static Plan make_plain_plan(EntityKind kind, int32_t age) {
    Plan plan = {.code = &symbol_codes[DELTA_TABLE_STILL],
                 .sent_code = &symbol_codes[DELTA_TABLE_STILL],
                 .fields = &FIELDS[kind],
                 .age = (int16_t)age};
    if (kind == ENTITY_SHIP) {
        const bool is_near = age <= DELTA_SHIP_NEAR_TICKS;
        plan.code = &symbol_codes[is_near ? DELTA_TABLE_SHIP_NEAR : DELTA_TABLE_SHIP_FAR];
        plan.sent_code =
            &symbol_codes[is_near ? DELTA_TABLE_SHIP_NEAR_SENT : DELTA_TABLE_SHIP_FAR_SENT];
        plan.residual_code =
            &residual_codes[is_near ? DELTA_RESIDUAL_SHIP_NEAR : DELTA_RESIDUAL_SHIP_FAR];
        plan.weight_x2 = (int16_t)(age + 1);
    }
    return plan;
}

static void build_plans(void) {
    for (int32_t age = 0; age <= DELTA_AGE_MAX; age++) {
        for (int32_t last = 1; last <= STEER_TICKS; last++) {
            drone_plans[age][last - 1] = make_drone_plan(age, last);
        }
        for (uint32_t kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
            plain_plans[kind][age] = make_plain_plan((EntityKind)kind, age);
        }
    }
}

static inline const Plan *plan_for(EntityKind kind, DeltaWindow window) {
    assert(window.age <= DELTA_AGE_MAX);
    return kind == ENTITY_DRONE
               ? &drone_plans[window.age]
                             [(window.tick - 1 - window.slot / STEER_GROUP) & (STEER_TICKS - 1)]
               : &plain_plans[kind][window.age];
}

__attribute__((constructor)) static void build(void) {
    build_codes();
    build_plans();
}

// One coordinate. With an even number of steers n and a change of velocity that is the sum of n
// changes, the sum over changes of (its time - the mean time) is a multiple of half the grid, and
// odd exactly when the change has an odd number of steps: then half a grid is added, so that a
// residual is a multiple of the full grid.
static int64_t predict(const Plan *plan, int32_t baseline, int32_t baseline_velocity,
                       int32_t change) {
    const bool is_odd = plan->is_even && (change >> (STEER_STEP / 2) & 1) != 0;
    return (int64_t)baseline + (int64_t)baseline_velocity * plan->age +
           (((int64_t)change * plan->weight_x2) >> 1) + (is_odd ? 1 << plan->grid_shift >> 1 : 0);
}

// ------------------------------------------------------------------ numbers in classes

static inline uint32_t magnitude_of(int32_t value) {
    return value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
}

// The number of bits of the magnitude. As many bits follow the class: the sign, and all bits but
// the highest.
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

// Writes status and angle, if they changed.
static void put_other(DeltaBits *bits, const Plan *plan, const EntityRecord *baseline,
                      const EntityRecord *record) {
    const uint32_t before = fields_pack_status(plan->fields, baseline->status);
    const uint32_t status = fields_pack_status(plan->fields, record->status);
    if (!plan->fields->has_angle) {
        put(bits, status, FIELDS_STATUS_BITS);
        return;
    }
    const bool has_changed = status != before;
    put(bits, has_changed ? status << 1 | 1 : 0, has_changed ? 1 + FIELDS_STATUS_BITS : 1);
    const int32_t turn = bits_to_signed((uint32_t)(record->angle - baseline->angle) & 0xff, 8);
    const uint32_t class = class_of(turn);
    put_symbol(bits, &angle_code, class);
    put_magnitude(bits, turn, class);
}

static bool has_other(const Plan *plan, const EntityRecord *baseline, const EntityRecord *record) {
    const KindFields *fields = plan->fields;
    return (fields->has_status && fields_pack_status(fields, baseline->status) !=
                                      fields_pack_status(fields, record->status)) ||
           (fields->has_angle && baseline->angle != record->angle);
}

// A change of state in numbers: x, y of each.
typedef struct Change {
    int32_t velocity[2];
    int32_t residual[2];
} Change;

// A number in the steps of a pair: its class, and the bits that follow.
typedef struct Classed {
    uint32_t class;
    uint32_t bits;
} Classed;

static inline Classed classed(int32_t value, uint32_t shift) {
    const uint32_t class = class_of(value >> shift);
    const uint32_t low = magnitude_of(value >> shift) & ((1u << class >> 1) - (class > 0));
    return (Classed){class, (uint32_t)(value < 0) | low << 1};
}

static inline bool fits(const Classed *x, const Classed *y) {
    return x->class < DELTA_CLASSES && y->class < DELTA_CLASSES;
}

// Appends a symbol and the magnitudes of two components to the word.
static inline uint32_t collect(uint64_t *word, uint32_t at, const PrefixCode *code, uint32_t symbol,
                               const Classed *x, const Classed *y) {
    *word |= (uint64_t)code->bits[symbol] << at;
    at += code->lengths[symbol];
    *word |= (uint64_t)x->bits << at;
    at += x->class;
    *word |= (uint64_t)y->bits << at;
    return at + y->class;
}

// False when the code has no symbol for the change.
static inline bool put_pair(DeltaBits *bits, const Plan *plan, const PrefixCode *code,
                            const Change *change) {
    const int32_t *velocity = change->velocity;
    const int32_t *residual = change->residual;
    const uint32_t step = plan->fields->velocity_shift;
    const bool has_residual = (residual[0] | residual[1]) != 0;
    const int32_t odd = ((velocity[0] | velocity[1]) & ((1 << step) - 1)) |
                        ((residual[0] | residual[1]) & ((1 << plan->grid_shift) - 1));
    const Classed vx = classed(velocity[0], step);
    const Classed vy = classed(velocity[1], step);
    if (odd != 0 || !fits(&vx, &vy)) {
        return false;
    }
    const bool is_exact = (vx.class | vy.class) == 0 && !has_residual;
    const uint32_t symbol =
        is_exact ? (uint32_t)DELTA_EXACT
                 : DELTA_PAIRS + (vx.class * DELTA_CLASSES + vy.class) * 2 + has_residual;
    if (code->lengths[symbol] == 0) {
        return false;
    }
    uint64_t word = 0;
    uint32_t count = collect(&word, 0, code, symbol, &vx, &vy);
    if (has_residual) {
        const Classed rx = classed(residual[0], plan->grid_shift);
        const Classed ry = classed(residual[1], plan->grid_shift);
        const uint32_t second = rx.class * DELTA_CLASSES + ry.class;
        if (plan->residual_code == NULL || !fits(&rx, &ry) ||
            plan->residual_code->lengths[second] == 0) {
            return false;
        }
        count = collect(&word, count, plan->residual_code, second, &rx, &ry);
    }
    put(bits, word, count);
    return true;
}

// Writes any change: each number with its class.
static void put_escaped(DeltaBits *bits, const PrefixCode *code, const Change *change) {
    const int32_t values[] = {change->velocity[0], change->velocity[1], change->residual[0],
                              change->residual[1]};
    put_symbol(bits, code, DELTA_ESCAPE);
    for (int i = 0; i < 4; i++) {
        const uint32_t class = class_of(values[i]);
        put(bits, class, ESCAPE_CLASS_BITS);
        put_magnitude(bits, values[i], class);
    }
}

DeltaBits delta_encode(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                       const EntityRecord *record) {
    assert(window.age >= 1 && window.age < DELTA_AGE_MAX);
    assert(baseline->generation == record->generation);
    const Plan *plan = plan_for(kind, window);
    Change change = {.velocity = {record->vx - baseline->vx, record->vy - baseline->vy}};
    const int64_t rx = record->x - predict(plan, baseline->x, baseline->vx, change.velocity[0]);
    const int64_t ry = record->y - predict(plan, baseline->y, baseline->vy, change.velocity[1]);
    DeltaBits bits = {0};
    if (rx != (int32_t)rx || ry != (int32_t)ry || rx == INT32_MIN || ry == INT32_MIN) {
        return bits;
    }
    change.residual[0] = (int32_t)rx;
    change.residual[1] = (int32_t)ry;
    const PrefixCode *code = plan->code;
    if (has_other(plan, baseline, record)) {
        put_symbol(&bits, code, DELTA_OTHER);
        put_other(&bits, plan, baseline, record);
        code = plan->sent_code;
    }
    if (!put_pair(&bits, plan, code, &change)) {
        put_escaped(&bits, code, &change);
    }
    return bits.count <= DELTA_BITS_MAX ? bits : (DeltaBits){0};
}

DeltaBits delta_mark(EntityKind kind, DeltaWindow window, DeltaSymbol symbol) {
    assert(symbol == DELTA_SKIP || symbol == DELTA_REMOVE || symbol == DELTA_FULL);
    DeltaBits bits = {0};
    put_symbol(&bits, plan_for(kind, window)->code, symbol);
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

// The next bits of a reader in one word; a pair never needs more.
typedef struct Peeked {
    uint64_t bits;
    uint32_t used;
} Peeked;

static_assert(2 * PREFIX_LENGTH_MAX + 4 * (DELTA_CLASSES - 1) <= BIT_PEEK_WIDE_BITS,
              "a pair's symbols and magnitudes lie in one word");

static inline uint32_t pop_symbol(Peeked *peeked, const PrefixCode *code) {
    const uint32_t match = prefix_code_match(code, peeked->bits);
    const uint32_t length = match & ((1u << PREFIX_MATCH_SHIFT) - 1);
    peeked->bits >>= length;
    peeked->used += length;
    return match >> PREFIX_MATCH_SHIFT;
}

static inline int32_t pop_magnitude(Peeked *peeked, uint32_t class) {
    const uint32_t raw = (uint32_t)peeked->bits & ((1u << class) - 1);
    const int32_t magnitude = (int32_t)(1u << class >> 1 | raw >> 1);
    const int32_t sign = -(int32_t)(raw & 1);
    peeked->bits >>= class;
    peeked->used += class;
    return (magnitude ^ sign) - sign;
}

static inline Change pop_pair(Peeked *peeked, const Plan *plan, uint32_t symbol) {
    Change change = {0};
    const uint32_t shift = plan->fields->velocity_shift;
    const uint32_t classes = (symbol - DELTA_PAIRS) >> 1;
    change.velocity[0] = pop_magnitude(peeked, classes / DELTA_CLASSES) * (1 << shift);
    change.velocity[1] = pop_magnitude(peeked, classes % DELTA_CLASSES) * (1 << shift);
    if (((symbol - DELTA_PAIRS) & 1) != 0) {
        assert(plan->residual_code != NULL);
        const uint32_t residual = pop_symbol(peeked, plan->residual_code);
        const int32_t grid = 1 << plan->grid_shift;
        change.residual[0] = pop_magnitude(peeked, residual / DELTA_CLASSES) * grid;
        change.residual[1] = pop_magnitude(peeked, residual % DELTA_CLASSES) * grid;
    }
    return change;
}

static Change read_escaped(BitReader *reader) {
    Change change = {0};
    for (int axis = 0; axis < 2; axis++) {
        change.velocity[axis] = read_magnitude(reader, bit_read(reader, ESCAPE_CLASS_BITS));
    }
    for (int axis = 0; axis < 2; axis++) {
        change.residual[axis] = read_magnitude(reader, bit_read(reader, ESCAPE_CLASS_BITS));
    }
    return change;
}

static int16_t read_velocity(BitReader *reader, int32_t baseline, int32_t change) {
    const int64_t value = (int64_t)baseline + change;
    reader->has_failed |= value != (int16_t)value;
    return (int16_t)value;
}

static int32_t read_place(BitReader *reader, int64_t predicted, int32_t residual) {
    const int64_t value = predicted + residual;
    reader->has_failed |= value <= -DELTA_PLACE_MAX || value >= DELTA_PLACE_MAX;
    return (int32_t)value;
}

static void apply_change(BitReader *reader, const Plan *plan, const Change *change,
                         EntityRecord *record) {
    record->x = read_place(reader, predict(plan, record->x, record->vx, change->velocity[0]),
                           change->residual[0]);
    record->y = read_place(reader, predict(plan, record->y, record->vy, change->velocity[1]),
                           change->residual[1]);
    record->vx = read_velocity(reader, record->vx, change->velocity[0]);
    record->vy = read_velocity(reader, record->vy, change->velocity[1]);
    // The baseline's angle was the direction of its velocity already.
    if (!plan->fields->has_angle && (change->velocity[0] | change->velocity[1]) != 0) {
        record->angle = fields_direction(record->vx, record->vy);
    }
}

static void read_change(BitReader *reader, const Plan *plan, uint32_t symbol, Peeked *peeked,
                        EntityRecord *record) {
    Change change = {0};
    if (symbol >= DELTA_PAIRS) {
        change = pop_pair(peeked, plan, symbol);
    }
    bit_skip(reader, peeked->used);
    if (symbol == DELTA_ESCAPE) {
        change = read_escaped(reader);
    }
    apply_change(reader, plan, &change, record);
}

DeltaSymbol delta_decode(BitReader *reader, EntityKind kind, DeltaWindow window,
                         const EntityRecord *baseline, EntityRecord *record) {
    const Plan *plan = plan_for(kind, window);
    Peeked peeked = {.bits = bit_peek_wide(reader)};
    uint32_t symbol = pop_symbol(&peeked, plan->code);
    if (symbol == DELTA_SKIP || symbol == DELTA_REMOVE || symbol == DELTA_FULL) {
        bit_skip(reader, peeked.used);
        return (DeltaSymbol)symbol;
    }
    if (window.age >= DELTA_AGE_MAX) {
        reader->has_failed = true;
        return DELTA_SKIP;
    }
    *record = *baseline;
    const DeltaSymbol sent = symbol == DELTA_EXACT ? DELTA_EXACT : DELTA_OTHER;
    if (symbol == DELTA_OTHER) {
        bit_skip(reader, peeked.used);
        read_other(reader, plan, record);
        peeked = (Peeked){.bits = bit_peek_wide(reader)};
        symbol = pop_symbol(&peeked, plan->sent_code);
        reader->has_failed |= symbol != DELTA_EXACT && symbol < DELTA_ESCAPE;
    }
    read_change(reader, plan, symbol, &peeked, record);
    return sent;
}
