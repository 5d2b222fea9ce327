// SPDX-License-Identifier: MIT
// kept_text.h -- copies of texts that live until the program ends, as argv does.
//
// Threads: the main thread's.
// Memory:  the same text is kept once, however often a file is read again; all stay reachable, so
//          that no leak is reported.
#ifndef TICKSTORM_BASE_KEPT_TEXT_H
#define TICKSTORM_BASE_KEPT_TEXT_H

// NULL when memory is short.
const char *keep_text(const char *text);

#endif
