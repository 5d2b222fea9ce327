// SPDX-License-Identifier: MIT
#include "tools/swarm/server_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tools/swarm/http_fetch.h"

static bool look(ServerWatch *watch, ServerSample *sample) {
    const char *missing = NULL;
    char *text = http_fetch(watch->url, watch->error, sizeof watch->error);
    if (text == NULL) {
        return false;
    }
    const bool is_good = server_sample_parse(text, sample, &missing);
    if (!is_good) {
        snprintf(watch->error, sizeof watch->error, "%s is missing in the answer", missing);
    }
    free(text);
    return is_good;
}

bool server_watch_start(ServerWatch *watch, const char *url) {
    *watch = (ServerWatch){.url = url};
    const bool is_good = look(watch, &watch->before);
    watch->started_ns = clock_now_ns();
    return is_good;
}

void server_watch_end(ServerWatch *watch) {
    ServerSample after;
    if (!look(watch, &after)) {
        return;
    }
    const double seconds = (double)(clock_now_ns() - watch->started_ns) / (double)NS_PER_S;
    watch->has_metrics = server_metrics_between(&watch->before, &after, seconds, &watch->metrics);
    if (!watch->has_metrics) {
        snprintf(watch->error, sizeof watch->error, "the server was restarted during the run");
    }
}
