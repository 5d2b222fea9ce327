// SPDX-License-Identifier: MIT
// test_figure_schema.c -- the JSON Schemas of the report and of the stream follow the table of
//                         figures.
//
// Flow:    committed schema + figures.def -> every figure's property made anew -> the same text
// Usage:   test_figure_schema [--write]: with it, brings the committed schemas up to date.
//
// The rest of a schema is written by hand: the fields of the run itself, the descriptions of the
// parts, and the definitions of distributions and histograms.
#include "tools/swarm/measure/figures.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "support.h"
#include "tools/swarm/report/json_u64.h"

#define OLD "$old" // the previous properties of a part

typedef struct SchemaFile {
    const char *path;
    uint32_t uses; // figures of the table that are its fields
} SchemaFile;

static const SchemaFile report_schema = {TICKSTORM_SOURCE_DIR "/tools/swarm/report.schema.json",
                                         FIGURE_SETTING};
static const SchemaFile stream_schema = {TICKSTORM_SOURCE_DIR "/tools/swarm/stream.schema.json",
                                         FIGURE_STREAMED};

static json_t *load(const SchemaFile *file) {
    json_error_t problem;
    json_t *schema = json_u64_load_file(file->path, &problem);
    if (schema == NULL) {
        fail_msg("%s: %s", file->path, problem.text);
    }
    return schema;
}

static char *text_of(const json_t *schema) {
    char *text = json_u64_dumps(schema, JSON_INDENT(2));
    assert_non_null(text);
    return text;
}

// ------------------------------------------------------------------ a property

static json_t *number_type(const Figure *figure) {
    const char *type = figure_is_integer(figure) ? "integer" : "number";
    return figure_is_nullable(figure) ? json_pack("[s, s]", type, "null") : json_string(type);
}

static json_t *by_name(json_t *value) {
    return json_pack("{s:s, s:o, s:{s:s}}", "type", "object", "additionalProperties", value,
                     "propertyNames", "pattern", "^[a-z_]+$");
}

static json_t *type_of(const Figure *figure) {
    switch (figure->kind) {
    case FIGURE_COUNTER:
    case FIGURE_GAUGE:
    case FIGURE_RATIO:
        return figure->is_signed
                   ? json_pack("{s:o}", "type", number_type(figure))
                   : json_pack("{s:o, s:i}", "type", number_type(figure), "minimum", 0);
    case FIGURE_DISTRIBUTION:
    case FIGURE_SERVER_TICKS:
        return json_pack("{s:s}", "$ref", "#/$defs/distribution");
    case FIGURE_SERVER_PHASES:
        return by_name(json_pack("{s:[s, s], s:i}", "type", "number", "null", "minimum", 0));
    case FIGURE_REASONS:
        return by_name(json_pack("{s:s, s:i}", "type", "integer", "minimum", 1));
    case FIGURE_TEXT:
        return json_pack("{s:[s, s]}", "type", "string", "null");
    case FIGURE_FLAG:
        return json_pack("{s:s}", "type", "boolean");
    }
    return NULL;
}

static json_t *property_of(const Figure *figure) {
    json_t *property = json_pack("{s:s}", "description", figure->description);
    json_t *type = type_of(figure);
    json_object_update(property, type);
    json_decref(type);
    return property;
}

// ------------------------------------------------------------------ its place

// Where an object's properties stand: it may be one of two, the other being null, or be defined
// elsewhere.
static json_t *properties_holder(json_t *schema, json_t *node) {
    if (json_object_get(node, "oneOf") != NULL) {
        node = json_array_get(json_object_get(node, "oneOf"), 1);
    }
    const char *reference = json_string_value(json_object_get(node, "$ref"));
    if (reference != NULL) {
        node = json_object_get(json_object_get(schema, "$defs"), strrchr(reference, '/') + 1);
    }
    return node;
}

static void set_property(json_t *node, const char *name, json_t *property) {
    json_t *properties = json_object_get(node, "properties");
    if (json_object_get(properties, name) == NULL) {
        json_array_append_new(json_object_get(node, "required"), json_string(name));
    }
    json_object_set_new(properties, name, property);
}

static json_t *new_part(void) {
    return json_pack("{s:s, s:b, s:[], s:{}}", "type", "object", "additionalProperties", 0,
                     "required", "properties");
}

// The part of that name in a part; it becomes empty when it is met for the first time.
static json_t *enter_part(json_t *schema, json_t *node, const char *name) {
    json_t *part = json_object_get(json_object_get(node, "properties"), name);
    if (part == NULL) {
        part = json_object_get(json_object_get(node, OLD), name);
        part = part != NULL ? json_incref(part) : new_part();
        set_property(node, name, part);
    }
    json_t *holder = properties_holder(schema, part);
    if (json_object_get(holder, OLD) == NULL) {
        json_object_set(holder, OLD, json_object_get(holder, "properties"));
        json_object_set_new(holder, "properties", json_object());
        json_object_set_new(holder, "required", json_array());
    }
    return holder;
}

static void set_figure(json_t *schema, const Figure *figure) {
    const char *name = figure->name;
    json_t *node = schema;
    for (const char *dot; (dot = strchr(name, '.')) != NULL; name = dot + 1) {
        char part[64];
        snprintf(part, sizeof part, "%.*s", (int)(dot - name), name);
        node = enter_part(schema, node, part);
    }
    set_property(node, name, property_of(figure));
}

static void drop_old(json_t *node) {
    const char *name;
    json_t *value;
    void *next;
    if (json_is_object(node)) {
        json_object_del(node, OLD);
        json_object_foreach_safe(node, next, name, value) {
            drop_old(value);
        }
    }
    size_t index;
    json_array_foreach(node, index, value) {
        drop_old(value);
    }
}

// ------------------------------------------------------------------ counters and histograms

static json_t *keep(json_t *node, const char *name) {
    return json_incref(json_object_get(json_object_get(node, "properties"), name));
}

static void clear(json_t *node) {
    json_object_set_new(node, "properties", json_object());
    json_object_set_new(node, "required", json_array());
}

static void set_counters(json_t *node) {
    const TallyCounter *counter;
    clear(node);
    for (size_t i = 0; (counter = tally_counter_at(i)) != NULL; i++) {
        set_property(node, counter->name, json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
    }
}

static void set_histograms(json_t *node) {
    json_t *bits = keep(node, "subbucket_bits");
    json_t *ticks = keep(node, "server.tick_ms");
    const Figure *figure;
    clear(node);
    set_property(node, "subbucket_bits", bits);
    for (size_t i = 0; (figure = figure_distribution_at(i)) != NULL; i++) {
        set_property(node, figure->name, json_pack("{s:s}", "$ref", "#/$defs/histogram"));
    }
    set_property(node, "server.tick_ms", ticks);
}

// Makes all that the table says anew.
static void generate(json_t *schema, const SchemaFile *file) {
    json_t *properties = json_object_get(schema, "properties");
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if ((figure->uses & file->uses) != 0) {
            set_figure(schema, figure);
        }
    }
    drop_old(schema);
    if (json_object_get(properties, "counters") != NULL) {
        set_counters(json_object_get(properties, "counters"));
        set_histograms(json_object_get(properties, "histograms"));
    }
}

// ------------------------------------------------------------------ tests

static void follows_the_table(const SchemaFile *file) {
    json_t *schema = load(file);
    char *before = text_of(schema);
    generate(schema, file);
    char *after = text_of(schema);
    if (strcmp(before, after) != 0) {
        size_t same = 0;
        while (before[same] == after[same]) {
            same++;
        }
        fail_msg("%s is out of date (run test_figure_schema --write); expected there: %.200s",
                 file->path, after + same);
    }
    free(before);
    free(after);
    json_decref(schema);
}

static void the_schema_of_the_report_follows_the_table(void **state) {
    (void)state;
    follows_the_table(&report_schema);
}

static void the_schema_of_the_stream_follows_the_table(void **state) {
    (void)state;
    follows_the_table(&stream_schema);
}

// A property that is missing, one that is no figure's, and one of another type are put right.
static void a_schema_that_differs_is_brought_up_to_date(void **state) {
    (void)state;
    json_t *schema = load(&report_schema);
    json_t *good = json_deep_copy(schema);
    json_t *snapshots = json_object_get(json_object_get(schema, "properties"), "snapshots");
    json_object_del(json_object_get(snapshots, "properties"), "lost");
    json_object_set_new(json_object_get(snapshots, "properties"), "gone", json_object());
    json_object_set_new(json_object_get(json_object_get(snapshots, "properties"), "bytes"), "type",
                        json_string("string"));
    assert_false(json_equal(schema, good));
    generate(schema, &report_schema);
    assert_true(json_equal(schema, good));
    json_decref(schema);
    json_decref(good);
}

static void write_schema(const SchemaFile *file) {
    json_t *schema = load(file);
    generate(schema, file);
    assert_true(json_u64_write_file(schema, JSON_INDENT(2), file->path));
    json_decref(schema);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_of_the_report_follows_the_table),
        cmocka_unit_test(the_schema_of_the_stream_follows_the_table),
        cmocka_unit_test(a_schema_that_differs_is_brought_up_to_date),
    };
    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        write_schema(&report_schema);
        write_schema(&stream_schema);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
