// SPDX-License-Identifier: MIT
#include "tools/bench/range_model.h"

#include <stdlib.h>

#include "wire/fields.h"

void range_model_reset(RangeModel *model) {
    uint16_t *contexts = (uint16_t *)model;
    for (size_t i = 0; i < sizeof *model / sizeof *contexts; i++) {
        contexts[i] = RANGE_EVEN;
    }
}

static void put_tree(RangeModelCoder *coder, uint16_t *tree, uint32_t value, uint32_t bits) {
    uint32_t node = 1;
    while (bits-- > 0) {
        const uint32_t bit = value >> bits & 1;
        range_put(&coder->range, &tree[node], bit, coder->rate);
        node = node * 2 + bit;
    }
}

static uint32_t class_of(int32_t value) {
    const uint32_t magnitude = (uint32_t)abs(value);
    const uint32_t class = magnitude == 0 ? 0 : 32u - (uint32_t)__builtin_clz(magnitude);
    return class < RANGE_CLASSES ? class : RANGE_CLASSES - 1;
}

// The sign, then all bits but the leading one.
static void put_rest(RangeModelCoder *coder, uint16_t *sign, uint16_t *top, int32_t value) {
    const uint32_t class = class_of(value);
    if (class == 0) {
        return;
    }
    range_put(&coder->range, sign, value < 0, coder->rate);
    if (class > 1) {
        const uint32_t rest = (uint32_t)abs(value);
        range_put(&coder->range, &top[class], rest >> (class - 2) & 1, coder->rate);
        range_put_raw(&coder->range, rest & ((1u << (class - 2)) - 1), class - 2);
    }
}

static void put_other(RangeModelCoder *coder, const DeltaChange *change) {
    RangeModel *model = coder->model;
    range_put(&coder->range, &model->has_status[change->group], change->has_status, coder->rate);
    if (change->has_status) {
        put_tree(coder, model->status[change->group], change->status, 6);
    }
    if (change->group == RANGE_GROUP_SHIP || change->group == RANGE_GROUP_SHIP + 1) {
        put_tree(coder, model->turn, class_of(change->turn), 4);
        put_rest(coder, &model->turn_bits[0][0], &model->turn_bits[0][1], change->turn);
    }
}

void range_model_put(RangeModelCoder *coder, const DeltaChange *change) {
    RangeModel *model = coder->model;
    const uint32_t group = change->group;
    put_tree(coder, model->symbol[group][coder->before[group]], change->symbol, 3);
    coder->before[group] = change->symbol == DELTA_EXACT   ? 0
                           : change->symbol >= DELTA_OTHER ? 1
                                                           : 2;
    if (change->symbol == DELTA_OTHER) {
        put_other(coder, change);
    }
    if (change->symbol < DELTA_OTHER) {
        return;
    }
    range_put(&coder->range, &model->escape[group], change->is_escape, coder->rate);
    uint32_t other = 0;
    for (int axis = 0; axis < 2; axis++) {
        const uint32_t class = class_of(change->velocity[axis]);
        put_tree(coder, model->velocity[group][axis][other], class, 4);
        put_rest(coder, &model->signs[group][0][0], model->tops[group][0], change->velocity[axis]);
        other = class;
    }
    for (int axis = 0; axis < 2; axis++) {
        const int32_t velocity = change->velocity[axis];
        const uint32_t sign = velocity == 0 ? 0 : velocity < 0 ? 1 : 2;
        put_tree(coder, model->residual[group][axis][class_of(velocity)],
                 class_of(change->residual[axis]), 4);
        put_rest(coder, &model->signs[group][1][sign], model->tops[group][1],
                 change->residual[axis]);
    }
}

DeltaChange delta_change_of(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                            const EntityRecord *record) {
    const int32_t age = (int32_t)window.age;
    const int32_t last = (int32_t)((window.tick - 1 - window.slot) & 7) + 1;
    const int32_t steers = kind == ENTITY_DRONE && age >= last ? (age - last) / 8 + 1 : 0;
    const int32_t weight_x2 = kind == ENTITY_SHIP ? age + 1
                              : steers > 0        ? 2 * last + 8 * (steers - 1)
                                                  : 0;
    const int32_t step = kind == ENTITY_DRONE ? 2 : 1;
    const int32_t grid = kind == ENTITY_DRONE ? 16 : 1;
    const KindFields *fields = &FIELDS[kind];
    const uint32_t status = fields_pack_status(fields, record->status);
    DeltaChange change = {
        .group = (uint8_t)(kind == ENTITY_DRONE  ? (steers < 3 ? steers : 3)
                           : kind == ENTITY_SHIP ? RANGE_GROUP_SHIP + (age > 6)
                                                 : RANGE_GROUP_OTHERS),
        .status = (uint8_t)status,
        .has_status = fields->has_status && status != fields_pack_status(fields, baseline->status),
        .turn = (int8_t)(fields->has_angle ? record->angle - baseline->angle : 0),
        .velocity = {record->vx - baseline->vx, record->vy - baseline->vy},
    };
    const int32_t from[] = {baseline->x + baseline->vx * age, baseline->y + baseline->vy * age};
    const int32_t to[] = {record->x, record->y};
    for (int axis = 0; axis < 2; axis++) {
        const int32_t velocity = change.velocity[axis];
        const bool is_odd = steers > 0 && steers % 2 == 0 && (velocity >> 1 & 1) != 0;
        change.residual[axis] =
            to[axis] - from[axis] - ((velocity * weight_x2) >> 1) - (is_odd ? grid / 2 : 0);
        change.is_escape |= velocity % step != 0 || change.residual[axis] % grid != 0;
    }
    for (int axis = 0; axis < 2 && !change.is_escape; axis++) {
        change.velocity[axis] /= step;
        change.residual[axis] /= grid;
    }
    const bool is_exact =
        (change.velocity[0] | change.velocity[1] | change.residual[0] | change.residual[1]) == 0;
    change.symbol = change.has_status || change.turn != 0 ? (uint8_t)DELTA_OTHER
                    : is_exact                            ? (uint8_t)DELTA_EXACT
                                                          : (uint8_t)DELTA_PAIRS;
    return change;
}
