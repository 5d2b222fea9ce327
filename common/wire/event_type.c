// SPDX-License-Identifier: MIT
#include "wire/event_type.h"

#include <assert.h>

const char *event_type_name(uint32_t type) {
    static const char *const names[EVENT_TYPE_COUNT] = {
        [EVENT_KILL] = "kill",   [EVENT_CHAT] = "chat", [EVENT_JOIN] = "join",
        [EVENT_LEAVE] = "leave", [EVENT_NAME] = "name",
    };
    assert(type < EVENT_TYPE_COUNT);
    return names[type];
}
