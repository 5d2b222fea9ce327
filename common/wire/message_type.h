// SPDX-License-Identifier: MIT
// message_type.h -- the types of messages.
//
// Flow:    frame_begin() writes a type in front of a message; message_type() reads it
// Threads: constants.
#ifndef TICKSTORM_WIRE_MESSAGE_TYPE_H
#define TICKSTORM_WIRE_MESSAGE_TYPE_H

// The first byte of every message.
typedef enum MessageType {
    MESSAGE_HELLO = 1,
    MESSAGE_WELCOME = 2,
    MESSAGE_INPUT = 4,
    MESSAGE_SNAPSHOT = 5,
    MESSAGE_EVENTS = 6, // event.h, as the next
    MESSAGE_CHAT = 7,
    MESSAGE_VERIFY_REQUEST = 8,   // verify.h
    MESSAGE_VERIFY_DETAIL = 9,    // verify.h
    MESSAGE_RECEIVE_REQUEST = 10, // receive_report.h, as the next
    MESSAGE_RECEIVE_REPORT = 11,
} MessageType;

#endif
