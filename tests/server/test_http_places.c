// SPDX-License-Identifier: MIT
// test_http_places.c -- who gets a place at the HTTP port, and who loses it.
#include "server/operate/http_places.h"

#include "support.h"

#define ATTACKER 0x0100007f
#define PROBE    0x0200007f

static HttpPlaces with_capacity(uint32_t capacity) {
    return (HttpPlaces){.capacity = capacity};
}

static void fill(HttpPlaces *places, uint64_t address, uint32_t count, uint64_t from_ns) {
    for (uint32_t i = 0; i < count; i++) {
        assert_non_null(
            http_places_acquire(places, address, (int)(100 + from_ns + i), from_ns + i));
    }
}

static void a_full_table_has_no_place_until_one_is_freed(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(3);
    fill(&places, ATTACKER, 3, 0);
    assert_null(http_places_acquire(&places, PROBE, 9, 10));
    http_places_free(&places, http_places_find(&places, 101));
    HttpPlace *place = http_places_acquire(&places, PROBE, 9, 10);
    assert_non_null(place);
    assert_ptr_equal(http_places_find(&places, 9), place);
    assert_null(http_places_find(&places, 101));
    assert_int_equal(places.count, 3);
}

static void the_oldest_of_whoever_holds_most_has_to_leave(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(8);
    fill(&places, PROBE, 3, 0); // older than all others, and fewer
    fill(&places, ATTACKER, 5, 10);
    for (int left = 5; left > 3; left--) {
        HttpPlace *place = http_places_crowded(&places);
        assert_int_equal(place->descriptor, 110 + 5 - left);
        assert_int_equal(place->address, ATTACKER);
        http_places_free(&places, place);
    }
    // Equal shares: the oldest of all.
    assert_int_equal(http_places_crowded(&places)->descriptor, 100);
}

static void who_is_leaving_is_not_asked_twice_and_does_not_count(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(4);
    fill(&places, ATTACKER, 2, 0);
    fill(&places, PROBE, 2, 10);
    for (int i = 0; i < 4; i++) {
        http_places_crowded(&places)->is_leaving = true;
    }
    assert_null(http_places_crowded(&places));
    assert_null(http_places_overdue(&places, UINT64_MAX));
    assert_int_equal(http_places_next_deadline_ns(&places), UINT64_MAX);
    assert_int_equal(places.count, 4); // until MHD has closed them
}

static void a_request_has_its_time_from_the_connection_on(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(4);
    fill(&places, PROBE, 2, 1000);
    assert_int_equal(http_places_next_deadline_ns(&places), 1000 + HTTP_REQUEST_TIMEOUT_NS);
    assert_null(http_places_overdue(&places, 999 + HTTP_REQUEST_TIMEOUT_NS));
    assert_int_equal(http_places_overdue(&places, 1000 + HTTP_REQUEST_TIMEOUT_NS)->descriptor,
                     1100);
}

static void whoever_is_overdue_is_found_behind_those_who_are_not(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(4);
    fill(&places, PROBE, 3, 0);
    http_places_renew(http_places_find(&places, 100), 500);
    http_places_find(&places, 101)->is_leaving = true;
    assert_int_equal(http_places_overdue(&places, 2 + HTTP_REQUEST_TIMEOUT_NS)->descriptor, 102);
    assert_int_equal(http_places_next_deadline_ns(&places), 2 + HTTP_REQUEST_TIMEOUT_NS);
}

static void an_answer_makes_a_connection_young_again(void **state) {
    (void)state;
    HttpPlaces places = with_capacity(4);
    fill(&places, PROBE, 2, 0);
    http_places_renew(http_places_find(&places, 100), 500);
    assert_int_equal(http_places_crowded(&places)->descriptor, 101);
    http_places_free(&places, http_places_find(&places, 101));
    assert_int_equal(http_places_next_deadline_ns(&places), 500 + HTTP_IDLE_TIMEOUT_NS);
    assert_null(http_places_overdue(&places, HTTP_REQUEST_TIMEOUT_NS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_table_has_no_place_until_one_is_freed),
        cmocka_unit_test(the_oldest_of_whoever_holds_most_has_to_leave),
        cmocka_unit_test(who_is_leaving_is_not_asked_twice_and_does_not_count),
        cmocka_unit_test(a_request_has_its_time_from_the_connection_on),
        cmocka_unit_test(whoever_is_overdue_is_found_behind_those_who_are_not),
        cmocka_unit_test(an_answer_makes_a_connection_young_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
