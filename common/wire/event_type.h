// SPDX-License-Identifier: MIT
// event_type.h -- the types of events: their numbers on the wire and their names.
#ifndef TICKSTORM_WIRE_EVENT_TYPE_H
#define TICKSTORM_WIRE_EVENT_TYPE_H

#include <stdint.h>

// The numbers are on the wire, as those of DeathCause.
typedef enum EventType {
    EVENT_KILL,
    EVENT_CHAT,
    EVENT_JOIN,
    EVENT_LEAVE,
    EVENT_NAME,
    EVENT_TYPE_COUNT,
} EventType;

// "kill": for metrics and reports.
const char *event_type_name(uint32_t type);

#endif
