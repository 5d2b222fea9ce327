// SPDX-License-Identifier: MIT
// http_places.h -- the open connections to the HTTP port, and which of them has to end.
//
// Flow:    accepted -> http_places_acquire() -> (answered: http_places_renew()) ->
//          http_places_free() full -> http_places_crowded(): of the address that holds most places,
//          the oldest now and then -> http_places_overdue()
// Threads: the main loop; time is a parameter.
// Memory:  a fixed table.
// Trust:   any client may be hostile. None is refused: a new connection takes the place of the
//          oldest one of the address that holds most. So a probe gets in however many connections
//          one machine opens: from another machine always, from the same one if its request takes
//          milliseconds only.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_PLACES_H
#define TICKSTORM_SERVER_OPERATE_HTTP_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define HTTP_CONNECTIONS_MAX 64
// From the connection to the end of the answer, however the bytes trickle in either direction.
#define HTTP_REQUEST_TIMEOUT_NS (5 * NS_PER_S)
// After an answer: until the next one is through. Longer than pollers that keep their connection
// wait between two requests.
#define HTTP_IDLE_TIMEOUT_NS (20 * NS_PER_S)

typedef struct HttpPlace {
    bool is_taken;
    bool is_leaving; // shut down; its end has not been told yet
    int descriptor;
    uint64_t address; // of the other side, as far as shares go
    uint64_t since_ns;
    uint64_t deadline_ns;
} HttpPlace;

typedef struct HttpPlaces {
    HttpPlace places[HTTP_CONNECTIONS_MAX];
    uint32_t capacity; // <= HTTP_CONNECTIONS_MAX
    uint32_t count;    // taken
} HttpPlaces;

// NULL when all are taken.
HttpPlace *http_places_acquire(HttpPlaces *places, uint64_t address, int descriptor,
                               uint64_t now_ns);
// The one of that descriptor, or NULL.
HttpPlace *http_places_find(HttpPlaces *places, int descriptor);
void http_places_free(HttpPlaces *places, HttpPlace *place);

// Its request was answered in full.
void http_places_renew(HttpPlace *place, uint64_t now_ns);

// The one that has to end for a new one, of those that are not ending yet; NULL: none.
HttpPlace *http_places_crowded(HttpPlaces *places);

// One whose deadline has passed and that is not ending yet; NULL: none.
HttpPlace *http_places_overdue(HttpPlaces *places, uint64_t now_ns);

// The earliest deadline of those that are not leaving yet; UINT64_MAX when there is none.
uint64_t http_places_next_deadline_ns(const HttpPlaces *places);

#endif
