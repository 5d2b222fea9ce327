// SPDX-License-Identifier: MIT
#include "base/kept_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"

typedef struct KeptText {
    struct KeptText *next;
    char text[];
} KeptText;

static KeptText *newest;

const char *keep_text(const char *text) {
    ASSERT_MAIN_THREAD();
    for (const KeptText *kept = newest; kept != NULL; kept = kept->next) {
        if (strcmp(kept->text, text) == 0) {
            return kept->text;
        }
    }
    const size_t size = strlen(text) + 1;
    KeptText *kept = malloc(sizeof *kept + size);
    if (kept == NULL) {
        return NULL;
    }
    memcpy(kept->text, text, size);
    kept->next = newest;
    newest = kept;
    return kept->text;
}
