// SPDX-License-Identifier: MIT
#include "client/draw/text.h"

#include <fontconfig/fontconfig.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT  0xfffdu
#define FONT_FAMILY  "DejaVu Sans"
#define GLYPH_BUDGET (TEXT_GLYPHS_MAX * 3 / 4) // keeps hash probes short

static const float size_px[TEXT_SIZE_COUNT] = {
    [TEXT_SMALL] = 12.0f,
    [TEXT_NORMAL] = 15.0f,
    [TEXT_LARGE] = 24.0f,
    [TEXT_HUGE] = 40.0f,
};

uint32_t text_next_code_point(const char **string) {
    const uint8_t *bytes = (const uint8_t *)*string;
    if (bytes[0] == 0) {
        return 0;
    }
    const uint32_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    static const uint8_t lead_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = bytes[0] & lead_mask[length];
    bool is_valid = bytes[0] < 0x80 || (bytes[0] >= 0xc2 && bytes[0] < 0xf5);
    for (uint32_t i = 1; is_valid && i < length; i++) {
        is_valid = (bytes[i] & 0xc0) == 0x80;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    is_valid = is_valid && code >= smallest[length] && code <= 0x10ffff &&
               (code < 0xd800 || code > 0xdfff);
    *string += is_valid ? length : 1;
    return is_valid ? code : REPLACEMENT;
}

// The file of the best font of our family or, with a code point, of any font that contains the code
// point.
static bool find_font(uint32_t code_point, char *path, size_t path_size) {
    FcPattern *pattern = FcNameParse((const FcChar8 *)FONT_FAMILY);
    if (pattern == NULL) {
        return false;
    }
    if (code_point != 0) {
        FcCharSet *wanted = FcCharSetCreate();
        FcCharSetAddChar(wanted, code_point);
        FcPatternAddCharSet(pattern, FC_CHARSET, wanted);
        FcCharSetDestroy(wanted);
    } else {
        FcPatternAddInteger(pattern, FC_WEIGHT, FC_WEIGHT_BOLD);
    }
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    FcConfigSubstitute(NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcPattern *match = FcFontMatch(NULL, pattern, &result);
    FcPatternDestroy(pattern);
    FcChar8 *file = NULL;
    const bool is_found = match != NULL &&
                          FcPatternGetString(match, FC_FILE, 0, &file) == FcResultMatch &&
                          snprintf(path, path_size, "%s", (const char *)file) < (int)path_size;
    if (match != NULL) {
        FcPatternDestroy(match);
    }
    return is_found;
}

bool text_create(Text *text, Atlas *atlas, char *error, size_t error_size) {
    memset(text, 0, sizeof *text);
    text->atlas = atlas;
    if (TTF_Init() != 0 || !FcInit() || !find_font(0, text->path, sizeof text->path)) {
        snprintf(error, error_size, "no font was found (the package fonts-dejavu-core has one)");
        return false;
    }
    return true;
}

static void close_fonts(Text *text) {
    for (TextSize size = 0; size < TEXT_SIZE_COUNT; size++) {
        TTF_CloseFont(text->fonts[size]);
        text->fonts[size] = NULL;
        for (uint32_t i = 0; i < text->fallback_count; i++) {
            TTF_CloseFont(text->fallbacks[i][size]);
            text->fallbacks[i][size] = NULL;
        }
    }
}

void text_destroy(Text *text) {
    if (text->atlas == NULL) {
        return;
    }
    close_fonts(text);
    TTF_Quit();
    FcFini();
    text->atlas = NULL;
}

static TTF_Font *open_font(const char *path, TextSize size, float scale) {
    TTF_Font *font = TTF_OpenFont(path, (int)lroundf(size_px[size] * scale));
    if (font != NULL) {
        TTF_SetFontHinting(font, TTF_HINTING_LIGHT);
    }
    return font;
}

bool text_set_scale(Text *text, float scale, char *error, size_t error_size) {
    close_fonts(text);
    text->scale = scale;
    text->glyph_count = 0;
    memset(text->glyphs, 0, sizeof text->glyphs);
    for (TextSize size = 0; size < TEXT_SIZE_COUNT; size++) {
        text->fonts[size] = open_font(text->path, size, scale);
        if (text->fonts[size] == NULL) {
            snprintf(error, error_size, "cannot open the font %s", text->path);
            return false;
        }
    }
    return true;
}

// A font that contains the character; fontconfig searches it when one is first needed.
static TTF_Font *fallback_font(Text *text, TextSize size, uint32_t code_point) {
    for (uint32_t i = 0; i <= text->fallback_count && i < TEXT_FALLBACKS_MAX; i++) {
        if (i == text->fallback_count) {
            if (!find_font(code_point, text->fallback_paths[i], sizeof text->fallback_paths[i])) {
                return NULL;
            }
            text->fallback_count++;
        }
        if (text->fallbacks[i][size] == NULL) {
            text->fallbacks[i][size] = open_font(text->fallback_paths[i], size, text->scale);
        }
        TTF_Font *font = text->fallbacks[i][size];
        if (font != NULL && TTF_GlyphIsProvided32(font, code_point)) {
            return font;
        }
    }
    return NULL;
}

static void render_glyph(Text *text, TextSize size, uint32_t code_point, Glyph *glyph) {
    TTF_Font *font = text->fonts[size];
    if (!TTF_GlyphIsProvided32(font, code_point)) {
        TTF_Font *other = fallback_font(text, size, code_point);
        font = other != NULL ? other : font;
    }
    int left = 0;
    int advance = 0;
    if (TTF_GlyphMetrics32(font, code_point, &left, NULL, NULL, NULL, &advance) != 0) {
        return;
    }
    glyph->advance = (int16_t)advance;
    glyph->left = (int16_t)(left < 0 ? left : 0);
    // All fonts use the base line of the first font.
    glyph->top = (int16_t)(TTF_FontAscent(text->fonts[size]) - TTF_FontAscent(font));
    SDL_Surface *surface =
        TTF_RenderGlyph32_Blended(font, code_point, (SDL_Color){255, 255, 255, 255});
    if (surface == NULL) {
        return;
    }
    SDL_Rect place;
    if (code_point != ' ' && atlas_reserve(text->atlas, surface->w, surface->h, &place)) {
        atlas_update(text->atlas, &place, surface->pixels, surface->pitch);
        glyph->place = place;
    }
    SDL_FreeSurface(surface);
}

static const Glyph *find_glyph(Text *text, TextSize size, uint32_t code_point) {
    static const Glyph nothing = {0};
    const uint32_t key = code_point << 2 | (uint32_t)size;
    uint32_t index = (key * 2654435761u) >> 22;
    while (text->glyphs[index].key != 0) {
        if (text->glyphs[index].key == key) {
            return &text->glyphs[index];
        }
        index = (index + 1) & (TEXT_GLYPHS_MAX - 1);
    }
    if (text->glyph_count == GLYPH_BUDGET) {
        return &nothing;
    }
    text->glyph_count++;
    text->glyphs[index].key = key;
    render_glyph(text, size, code_point, &text->glyphs[index]);
    return &text->glyphs[index];
}

float text_width(Text *text, TextSize size, const char *string) {
    int width = 0;
    for (uint32_t code = text_next_code_point(&string); code != 0;
         code = text_next_code_point(&string)) {
        width += find_glyph(text, size, code)->advance;
    }
    return (float)width;
}

float text_height(const Text *text, TextSize size) {
    return (float)TTF_FontHeight(text->fonts[size]);
}

void text_draw(Text *text, Painter *painter, TextStyle style, float x, float y,
               const char *string) {
    if (style.align != TEXT_LEFT) {
        x -= text_width(text, style.size, string) * (style.align == TEXT_CENTER ? 0.5f : 1.0f);
    }
    // Rounded to pixels; otherwise the glyphs' edges would blur.
    float pen = roundf(x);
    const float top = roundf(y);
    for (uint32_t code = text_next_code_point(&string); code != 0;
         code = text_next_code_point(&string)) {
        const Glyph *glyph = find_glyph(text, style.size, code);
        if (glyph->place.w > 0) {
            painter_picture(painter, LAYER_HUD, &glyph->place, pen + glyph->left, top + glyph->top,
                            style.color);
        }
        pen += glyph->advance;
    }
}

void text_draw_edged(Text *text, Painter *painter, TextStyle style, float x, float y,
                     const char *string) {
    const float step = fmaxf(1.0f, roundf(text->scale));
    TextStyle edge = style;
    edge.color = color_fade((Color){4, 8, 16, 220}, (float)style.color.a / 255.0f);
    text_draw(text, painter, edge, x + step, y + step, string);
    text_draw(text, painter, style, x, y, string);
}
