// SPDX-License-Identifier: MIT
#include "tools/swarm/report/hdr_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/output_file.h"

#define STEPS_PER_HALVING 5

bool hdr_file_parse(const char *text, HdrFile *file, char *error, size_t error_size) {
    char name[64] = HDR_FILE_DEFAULT;
    char names[256];
    const char *equals = strchr(text, '=');
    *file = (HdrFile){.path = equals != NULL ? equals + 1 : text};
    if (equals != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    }
    file->distribution = figure_find_distribution(name);
    if (file->distribution == NULL) {
        figure_list_distributions(names, sizeof names);
        snprintf(error, error_size, "'%s' is no distribution of the report; there are: %s", name,
                 names);
        return false;
    }
    if (*file->path == '\0') {
        snprintf(error, error_size, "'%s' names no file: it reads [METRIC=]FILE", text);
        return false;
    }
    return true;
}

// The smallest value that is at least as large as a share `level` of all values, and their number.
typedef struct Row {
    double level; // 0..1
    uint64_t value, total;
} Row;

static Row row_at(const Histogram *histogram, double level) {
    Row row = {.level = level, .value = histogram_percentile(histogram, level * 100)};
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && row.total < histogram->count; i++) {
        row.total += histogram->buckets[i];
        if (histogram_bucket_top(i) >= row.value) {
            break;
        }
    }
    return row;
}

static double standard_deviation(const Histogram *histogram) {
    const double mean = histogram_mean(histogram);
    double squares = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        const double low = i > 0 ? (double)histogram_bucket_top(i - 1) + 1 : 0;
        const double middle = (low + (double)histogram_bucket_top(i)) / 2;
        squares += (double)histogram->buckets[i] * (middle - mean) * (middle - mean);
    }
    return histogram->count > 0 ? sqrt(squares / (double)histogram->count) : 0;
}

// The level after this one: a fifth of the way to the next halving.
static double next_level(double level) {
    const double halvings = floor(log2(1 / (1 - level))) + 1;
    return level + 1 / (STEPS_PER_HALVING * exp2(halvings));
}

static void write_rows(FILE *stream, const Histogram *histogram, double scale) {
    Row row = {0};
    for (double level = 0; level < 1 && row.total < histogram->count; level = next_level(level)) {
        row = row_at(histogram, level);
        fprintf(stream, "%12.3f %2.12f %10llu %14.2f\n", (double)row.value * scale, level,
                (unsigned long long)row.total, 1 / (1 - level));
    }
    if (histogram->count > 0) {
        fprintf(stream, "%12.3f %2.12f %10llu\n", (double)histogram->max * scale, 1.0,
                (unsigned long long)histogram->count);
    }
}

void hdr_file_print(FILE *stream, const Histogram *histogram, double scale) {
    fprintf(stream, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    write_rows(stream, histogram, scale);
    fprintf(stream, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
            histogram_mean(histogram) * scale, standard_deviation(histogram) * scale);
    fprintf(stream, "#[Max     = %12.3f, Total count    = %12llu]\n",
            (double)histogram->max * scale, (unsigned long long)histogram->count);
    fprintf(stream, "#[Buckets = %12u, SubBuckets     = %12u]\n",
            HISTOGRAM_BUCKETS / HISTOGRAM_SUBBUCKETS, HISTOGRAM_SUBBUCKETS);
}

bool hdr_file_write(const HdrFile *file, const Tally *tally) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        return false;
    }
    hdr_file_print(stream, figure_histogram(file->distribution, tally), file->distribution->scale);
    if (fclose(stream) != 0) {
        free(text);
        return false;
    }
    return output_file_write_owned(file->path, text, size);
}
