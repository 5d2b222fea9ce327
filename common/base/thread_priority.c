// SPDX-License-Identifier: MIT
#include "base/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TICK_NICE (-10)

void thread_raise_priority(void) {
    // On Linux the nice value is each thread's own. The system usually refuses; that is no error.
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), TICK_NICE);
}
