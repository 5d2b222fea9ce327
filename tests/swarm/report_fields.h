// SPDX-License-Identifier: MIT
// report_fields.h -- the fields of a report's JSON by their paths, for tests of it.
#ifndef TICKSTORM_TESTS_SWARM_REPORT_FIELDS_H
#define TICKSTORM_TESTS_SWARM_REPORT_FIELDS_H

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "support.h"

// The value at a path such as "connections.ok".
static inline json_t *at(json_t *root, const char *path) {
    char copy[128];
    json_t *value = root;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *name = strtok(copy, "."); name != NULL; name = strtok(NULL, ".")) {
        value = json_object_get(value, name);
        if (value == NULL) {
            fail_msg("the report has no '%s'", path);
        }
    }
    return value;
}

static inline void is_number(json_t *root, const char *path, double expected) {
    json_t *value = at(root, path);
    assert_true(json_is_number(value));
    if (fabs(json_number_value(value) - expected) > fabs(expected) * 0.02 + 1e-9) {
        fail_msg("%s is %g, not %g", path, json_number_value(value), expected);
    }
}

static inline void is_null(json_t *root, const char *path) {
    assert_true(json_is_null(at(root, path)));
}

#endif
