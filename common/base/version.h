// SPDX-License-Identifier: MIT
// version.h -- the version, the commit and the compiler of this build.
#ifndef TICKSTORM_BASE_VERSION_H
#define TICKSTORM_BASE_VERSION_H

// "0.1.0", and the commit's short hash ("unknown" outside a checkout).
const char *version_number(void);
const char *version_commit(void);

// Prints what --version promises: version, commit, compiler and the libraries built against.
void version_print(const char *program);

#endif
