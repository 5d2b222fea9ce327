// SPDX-License-Identifier: MIT
#include "server/operate/http_places.h"

#include <assert.h>
#include <stddef.h>

#include "base/thread_role.h"

HttpPlace *http_places_acquire(HttpPlaces *places, uint64_t address, int descriptor,
                               uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < places->capacity; i++) {
        HttpPlace *place = &places->places[i];
        if (!place->is_taken) {
            *place = (HttpPlace){.is_taken = true,
                                 .descriptor = descriptor,
                                 .address = address,
                                 .since_ns = now_ns,
                                 .deadline_ns = now_ns + HTTP_REQUEST_TIMEOUT_NS};
            places->count++;
            return place;
        }
    }
    return NULL;
}

HttpPlace *http_places_find(HttpPlaces *places, int descriptor) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < places->capacity; i++) {
        if (places->places[i].is_taken && places->places[i].descriptor == descriptor) {
            return &places->places[i];
        }
    }
    return NULL;
}

void http_places_free(HttpPlaces *places, HttpPlace *place) {
    ASSERT_MAIN_THREAD();
    assert(place->is_taken && places->count > 0);
    *place = (HttpPlace){0};
    places->count--;
}

void http_places_renew(HttpPlace *place, uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    place->since_ns = now_ns;
    place->deadline_ns = now_ns + HTTP_IDLE_TIMEOUT_NS;
}

static bool may_be_ended(const HttpPlace *place) {
    return place->is_taken && !place->is_leaving;
}

static uint32_t share_of(const HttpPlaces *places, uint64_t address) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < places->capacity; i++) {
        count += may_be_ended(&places->places[i]) && places->places[i].address == address;
    }
    return count;
}

HttpPlace *http_places_crowded(HttpPlaces *places) {
    ASSERT_MAIN_THREAD();
    HttpPlace *found = NULL;
    uint32_t most = 0;
    for (uint32_t i = 0; i < places->capacity; i++) {
        HttpPlace *place = &places->places[i];
        if (!may_be_ended(place)) {
            continue;
        }
        const uint32_t share = share_of(places, place->address);
        if (share > most || (share == most && place->since_ns < found->since_ns)) {
            found = place;
            most = share;
        }
    }
    return found;
}

HttpPlace *http_places_overdue(HttpPlaces *places, uint64_t now_ns) {
    ASSERT_MAIN_THREAD();
    for (uint32_t i = 0; i < places->capacity; i++) {
        HttpPlace *place = &places->places[i];
        if (may_be_ended(place) && now_ns >= place->deadline_ns) {
            return place;
        }
    }
    return NULL;
}

uint64_t http_places_next_deadline_ns(const HttpPlaces *places) {
    ASSERT_MAIN_THREAD();
    uint64_t next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < places->capacity; i++) {
        const HttpPlace *place = &places->places[i];
        if (may_be_ended(place) && place->deadline_ns < next_ns) {
            next_ns = place->deadline_ns;
        }
    }
    return next_ns;
}
