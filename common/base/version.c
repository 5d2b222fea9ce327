// SPDX-License-Identifier: MIT
#include "base/version.h"

#include <stdio.h>

#include "build_info.h" // generated into the build tree: TICKSTORM_VERSION, _COMMIT, _LIBRARIES

const char *version_number(void) {
    return TICKSTORM_VERSION;
}

const char *version_commit(void) {
    return TICKSTORM_COMMIT;
}

void version_print(const char *program) {
#ifdef __clang__
    const char *compiler = "clang " __clang_version__;
#else
    const char *compiler = "gcc " __VERSION__;
#endif
    printf("%s %s (%s)\ncompiler: %s\nlibraries: %s\n", program, TICKSTORM_VERSION,
           TICKSTORM_COMMIT, compiler, TICKSTORM_LIBRARIES);
}
