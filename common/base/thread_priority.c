// SPDX-License-Identifier: MIT
#include "base/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TICK_NICE (-10)

void thread_raise_priority(void) {
    // On Linux the nice value is each thread's own. A refusal is the usual case and no error.
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), TICK_NICE);
}
