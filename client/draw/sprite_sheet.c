// SPDX-License-Identifier: MIT
#include "client/draw/sprite_sheet.h"

#include <limits.h>
#include <math.h>
#include <stb_image.h>
#include <stdio.h>
#include <string.h>

#include "base/text_file.h"
#include "base/text_lines.h"

#define LINE_BYTES 160

static const char *const sprite_names[SPRITE_COUNT] = {
    [SPRITE_ASTEROID_0] = "asteroid_0",
    [SPRITE_ASTEROID_1] = "asteroid_1",
    [SPRITE_ASTEROID_2] = "asteroid_2",
    [SPRITE_ASTEROID_3] = "asteroid_3",
    [SPRITE_ASTEROID_4] = "asteroid_4",
    [SPRITE_ASTEROID_5] = "asteroid_5",
    [SPRITE_NEST] = "nest",
    [SPRITE_SHIP_OWN] = "ship_own",
    [SPRITE_SHIP_OTHER] = "ship_other",
    [SPRITE_GLOW] = "glow",
    [SPRITE_RING] = "ring",
    [SPRITE_SHIELD] = "shield",
    [SPRITE_DRONE] = "drone",
    [SPRITE_DRONE_ANGRY] = "drone_angry",
    [SPRITE_HUNTER] = "hunter",
    [SPRITE_HUNTER_ANGRY] = "hunter_angry",
    [SPRITE_MISSILE] = "missile",
    [SPRITE_SHARD] = "shard",
    [SPRITE_SMOKE] = "smoke",
    [SPRITE_RETICLE] = "reticle",
    [SPRITE_SPARK] = "spark",
    [SPRITE_BEAM] = "beam",
    [SPRITE_ARROW] = "arrow",
    [SPRITE_WHITE] = "white",
};

static Sprite find_sprite(const char *name) {
    Sprite sprite = 0;
    while (sprite < SPRITE_COUNT && strcmp(sprite_names[sprite], name) != 0) {
        sprite++;
    }
    return sprite;
}

static bool region_is_inside(const SpriteRegion *region, const SpriteSheet *sheet) {
    return region->x >= 0 && region->y >= 0 && region->width > 0 && region->height > 0 &&
           region->x <= sheet->width - region->width &&
           region->y <= sheet->height - region->height && region->radius > 0 &&
           isfinite(region->radius);
}

// Reads one line into its region; NULL, or the fault of the line.
static const char *parse_line(SpriteSheet *sheet, const char *line) {
    char name[33];
    char rest;
    SpriteRegion region;
    if (sscanf(line, "%32s %d %d %d %d %f %c", name, &region.x, &region.y, &region.width,
               &region.height, &region.radius, &rest) != 6) {
        return "is not 'name x y width height radius'";
    }
    const Sprite sprite = find_sprite(name);
    if (sprite == SPRITE_COUNT) {
        return "names a sprite that the client does not know";
    }
    if (sheet->regions[sprite].width != 0) {
        return "names a sprite a second time";
    }
    if (!region_is_inside(&region, sheet)) {
        return "lies outside the picture";
    }
    sheet->regions[sprite] = region;
    return NULL;
}

// Skips comments and empty lines.
static const char *parse_text_line(SpriteSheet *sheet, const char *text, size_t length) {
    char line[LINE_BYTES];
    if (length > 0 && text[0] == '#') {
        return NULL;
    }
    if (length >= sizeof line) {
        return "is too long";
    }
    memcpy(line, text, length);
    line[length] = '\0';
    return line[strspn(line, " \t")] == '\0' ? NULL : parse_line(sheet, line);
}

bool sprite_sheet_parse_index(SpriteSheet *sheet, const char *text, size_t size, char *error,
                              size_t error_size) {
    memset(sheet->regions, 0, sizeof sheet->regions);
    TextLines lines = text_lines_of(text, size);
    const char *line;
    size_t length;
    while (text_lines_next(&lines, &line, &length)) {
        const char *fault = parse_text_line(sheet, line, length);
        if (fault != NULL) {
            snprintf(error, error_size, "line %d %s", lines.line, fault);
            return false;
        }
    }
    if (lines.problem != NULL) {
        snprintf(error, error_size, "line %d: %s", lines.line, lines.problem);
        return false;
    }
    for (Sprite sprite = 0; sprite < SPRITE_COUNT; sprite++) {
        if (sheet->regions[sprite].width == 0) {
            snprintf(error, error_size, "the sprite '%s' is missing", sprite_names[sprite]);
            return false;
        }
    }
    return true;
}

bool sprite_sheet_load(SpriteSheet *sheet, const char *directory, char *error, size_t error_size) {
    memset(sheet, 0, sizeof *sheet);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/sprites.png", directory);
    int channels;
    sheet->pixels = stbi_load(path, &sheet->width, &sheet->height, &channels, 4);
    if (sheet->pixels == NULL) {
        snprintf(error, error_size, "cannot read the picture %s", path);
        return false;
    }
    TextFile file;
    char fault[200];
    snprintf(path, sizeof path, "%s/sprites.txt", directory);
    if (!text_file_read(path, &file, fault, sizeof fault)) {
        snprintf(error, error_size, "cannot read the index %s: %s", path, fault);
        sprite_sheet_free(sheet);
        return false;
    }
    const bool is_good = sprite_sheet_parse_index(sheet, file.text, file.size, fault, sizeof fault);
    text_file_free(&file);
    if (!is_good) {
        snprintf(error, error_size, "%s: %s", path, fault);
        sprite_sheet_free(sheet);
        return false;
    }
    return true;
}

void sprite_sheet_free(SpriteSheet *sheet) {
    stbi_image_free(sheet->pixels);
    sheet->pixels = NULL;
}
