// SPDX-License-Identifier: MIT
// metrics_text.h -- the metrics as Prometheus reads them.
//
// Flow:    METRIC_TABLE -> a head and samples for each metric -> text
// Threads: any; in the server the main loop.
// Memory:  allocates the text.
#ifndef TICKSTORM_SERVER_OPERATE_METRICS_TEXT_H
#define TICKSTORM_SERVER_OPERATE_METRICS_TEXT_H

#include <stddef.h>

#include "server/operate/metrics.h"

// The Prometheus text, NUL-terminated; NULL when memory is short. The caller frees it.
char *metrics_text_render(const Metrics *metrics, size_t *size);

#endif
