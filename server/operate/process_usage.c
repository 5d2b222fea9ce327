// SPDX-License-Identifier: MIT
#include "server/operate/process_usage.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

// The machine's start in seconds since 1970, plus the time from that to the process's start.
uint64_t process_start_time_s(void) {
    char line[1024];
    unsigned long long boot_s = 0;
    unsigned long long start_ticks = 0;
    FILE *file = fopen("/proc/stat", "r");
    while (file != NULL && boot_s == 0 && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "btime %llu", &boot_s) != 1) {
            boot_s = 0;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    file = fopen("/proc/self/stat", "r");
    if (file == NULL) {
        return boot_s;
    }
    const bool has_line = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    // The program's name, in parentheses, may hold anything; field 22 is the 20th behind it.
    const char *at = has_line ? strrchr(line, ')') : NULL;
    for (int field = 0; at != NULL && field < 20; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at != NULL && sscanf(at, "%llu", &start_ticks) != 1) {
        start_ticks = 0;
    }
    return boot_s + start_ticks / (unsigned long long)sysconf(_SC_CLK_TCK);
}

static uint64_t read_resident_bytes(void) {
    unsigned long long total = 0;
    unsigned long long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%llu %llu", &total, &resident) != 2) {
        resident = 0;
    }
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t count_open_fds(void) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL) {
        return 0;
    }
    uint64_t count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count > 3 ? count - 3 : 0; // ".", ".." and the directory itself
}

ProcessUsage process_usage_read(void) {
    return (ProcessUsage){
        .cpu_s = (double)clock_process_cpu_ns() / (double)NS_PER_S,
        .resident_bytes = read_resident_bytes(),
        .open_fds = count_open_fds(),
    };
}
