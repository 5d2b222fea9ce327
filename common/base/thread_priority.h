// SPDX-License-Identifier: MIT
// thread_priority.h -- asks the system to run the threads of a tick before those that can wait.
//
// Threads: acts on the calling thread.
#ifndef TICKSTORM_BASE_THREAD_PRIORITY_H
#define TICKSTORM_BASE_THREAD_PRIORITY_H

// Where the process may (as root, or with CAP_SYS_NICE), the calling thread gets a nice value of
// -10: a tick is short and must not wait, and the other programs hardly notice. Elsewhere nothing
// changes.
void thread_raise_priority(void);

#endif
