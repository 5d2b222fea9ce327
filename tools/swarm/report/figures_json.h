// SPDX-License-Identifier: MIT
// figures_json.h -- figures as JSON values, at their places in the report or the stream.
//
// Flow:    row of figures.def + FigureSource -> figure_set_json -> the report or the stream
// Threads: the caller's.
// Units:   the last word of a name says which; a figure that was not measured is null.
#ifndef TICKSTORM_SWARM_REPORT_FIGURES_JSON_H
#define TICKSTORM_SWARM_REPORT_FIGURES_JSON_H

#include <jansson.h>

#include "tools/swarm/measure/figures.h"

#define FIGURES_REAL_PRECISION 9 // significant digits

// Sets the field that the figure's name says, and makes the objects that it stands in. A part that
// is not known becomes null.
void figure_set_json(json_t *root, const Figure *figure, const FigureSource *source);

// Counts by reason, without those that are 0. A new reference.
json_t *reasons_to_json(const uint64_t counts[TALLY_REASONS]);

#endif
