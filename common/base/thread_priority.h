// SPDX-License-Identifier: MIT
// thread_priority.h -- asks the system to prefer the threads of a tick.
//
// Threads: acts on the calling thread.
#ifndef TICKSTORM_BASE_THREAD_PRIORITY_H
#define TICKSTORM_BASE_THREAD_PRIORITY_H

// The calling thread gets a nice value of -10 if the process may set it (as root, or with
// CAP_SYS_NICE); else nothing changes. A tick is short and must not wait, so other programs hardly
// notice.
void thread_raise_priority(void);

#endif
