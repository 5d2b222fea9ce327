// SPDX-License-Identifier: MIT
#include "server/replication/name_sync.h"

#include <string.h>

#include "support.h"

#define SHIPS 40 // slots 0..39; drones behind

static const char NAME[PLAYER_NAME_BYTES + 1] = "Ada";

static const SlotRanges RANGES = {.first = {0, SHIPS, 1000, 1100, 1200}};

static NameTable fresh_table(uint32_t capacity) {
    NameTable table;
    assert_true(name_table_create(&table, capacity));
    return table;
}

static NameSync open_client(NameTable *table, uint32_t index) {
    NameSync sync;
    name_table_set(table, index, NAME);
    name_sync_open(&sync, table, index);
    return sync;
}

static void a_new_player_at_a_used_index_is_unknown_to_every_client(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync watcher = open_client(&table, 0);
    name_table_set(&table, 1, NAME);
    assert_false(name_sync_is_sent(&watcher, 1));
    name_sync_mark_sent(&watcher, 1);
    assert_true(name_sync_is_sent(&watcher, 1));
    const char next[PLAYER_NAME_BYTES + 1] = "Grace";
    name_table_set(&table, 1, next);
    assert_false(name_sync_is_sent(&watcher, 1));
    assert_string_equal(name_table_player(&table, 1)->name, "Grace");
    assert_int_equal(name_table_player(&table, 1)->index, 1);
    name_table_destroy(&table);
}

static void a_new_client_at_a_used_index_knows_no_name(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync client = open_client(&table, 0);
    name_sync_mark_sent(&client, 3);
    client = open_client(&table, 0);
    assert_false(name_sync_is_sent(&client, 3));
    name_table_destroy(&table);
}

// Against a plain matrix, over many joins.
static void names_are_known_until_the_index_changes_hands(void **state) {
    (void)state;
    enum { CAPACITY = 70 };
    NameTable table = fresh_table(CAPACITY);
    NameSync clients[CAPACITY];
    bool knows[CAPACITY][CAPACITY] = {{false}};
    for (uint32_t i = 0; i < CAPACITY; i++) {
        clients[i] = open_client(&table, i);
    }
    Rng rng = test_rng();
    for (uint32_t step = 0; step < 20000; step++) {
        const uint32_t a = rng_below(&rng, CAPACITY);
        const uint32_t b = rng_below(&rng, CAPACITY);
        if (rng_below(&rng, 8) == 0) {
            clients[a] = open_client(&table, a);
            for (uint32_t i = 0; i < CAPACITY; i++) {
                knows[i][a] = false;
                knows[a][i] = false;
            }
        } else {
            name_sync_mark_sent(&clients[a], b);
            knows[a][b] = true;
        }
        for (uint32_t i = 0; i < CAPACITY; i++) {
            assert_int_equal(name_sync_is_sent(&clients[a], i), knows[a][i]);
        }
    }
    name_table_destroy(&table);
}

// ------------------------------------------------------------------ what is in view

// A view of entries and of entities that enter it, both in slot order.
typedef struct View {
    InterestView view;
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
} View;

static View *fresh_view(void) {
    View *view = calloc(1, sizeof *view);
    assert_non_null(view);
    view->view.baseline.entries = view->entries;
    return view;
}

static void add_entry(View *view, uint32_t slot, bool stays) {
    view->view.stays[view->view.baseline.count] = stays;
    view->entries[view->view.baseline.count++] = (BaselineEntry){.slot = slot};
}

static void add_enter(View *view, uint32_t slot) {
    view->view.enters[view->view.enter_count++] = slot;
}

static void ships_in_view_without_a_name_are_noted(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync client = open_client(&table, 0);
    View *view = fresh_view();
    add_entry(view, 2, true);
    add_entry(view, 5, false); // leaves
    add_entry(view, 6, true);  // known
    add_entry(view, 50, true); // a drone
    add_enter(view, 9);
    add_enter(view, 60); // a drone
    name_sync_mark_sent(&client, 6);
    for (int i = 0; i < 2; i++) { // a second look replaces the first
        name_sync_note_view(&client, &RANGES, &view->view);
        assert_int_equal(client.unsent_count, 2);
        assert_int_equal(client.unsent[0], 2);
        assert_int_equal(client.unsent[1], 9);
    }
    free(view);
    name_table_destroy(&table);
}

static void no_more_names_are_noted_than_a_message_carries(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync client = open_client(&table, 0);
    View *view = fresh_view();
    for (uint32_t slot = 1; slot < 10; slot++) {
        add_entry(view, slot, true);
    }
    for (uint32_t slot = 10; slot < SHIPS; slot++) {
        add_enter(view, slot);
    }
    name_sync_note_view(&client, &RANGES, &view->view);
    assert_int_equal(client.unsent_count, NAME_SYNC_UNSENT_MAX);
    for (uint32_t i = 0; i < NAME_SYNC_UNSENT_MAX; i++) {
        assert_int_equal(client.unsent[i], 1 + i);
    }
    free(view);
    name_table_destroy(&table);
}

// ------------------------------------------------------------------ messages

// Writes what is noted and returns the message as the client reads it.
static EventBatch write_batch(NameSync *client, uint32_t tick) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    EventWriter writer;
    event_writer_begin(&writer, buffer, tick, NULL);
    name_sync_write(client, &writer, tick);
    static EventBatch batch;
    assert_true(event_batch_read(buffer, event_writer_finish(&writer), &batch));
    return batch;
}

static void a_written_name_stays_pending_until_it_is_confirmed(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync client = open_client(&table, 0);
    name_table_set(&table, 4, NAME);
    View *view = fresh_view();
    add_enter(view, 4);
    assert_false(name_sync_is_pending(&client));
    name_sync_note_view(&client, &RANGES, &view->view);
    for (int i = 0; i < 2; i++) {
        assert_true(name_sync_is_pending(&client));
        const EventBatch batch = write_batch(&client, 77);
        assert_int_equal(batch.count, 1);
        assert_int_equal(batch.events[0].type, EVENT_NAME);
        assert_int_equal(batch.events[0].player.index, 4);
        assert_string_equal(batch.events[0].player.name, NAME);
    }
    assert_int_equal(name_sync_confirm(&client), 1);
    assert_false(name_sync_is_pending(&client));
    assert_int_equal(write_batch(&client, 78).count, 0);
    assert_int_equal(name_sync_confirm(&client), 0);
    free(view);
    name_table_destroy(&table);
}

static void names_without_room_in_a_message_come_with_the_next(void **state) {
    (void)state;
    NameTable table = fresh_table(SHIPS);
    NameSync client = open_client(&table, 0);
    View *view = fresh_view();
    add_enter(view, 4);
    add_enter(view, 7);
    name_table_set(&table, 4, NAME);
    name_table_set(&table, 7, NAME);
    name_sync_note_view(&client, &RANGES, &view->view);
    const Event filler = {.tick = 1, .type = EVENT_NAME, .player = *name_table_player(&table, 0)};
    EventBits bits;
    event_encode(&bits, &filler);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    EventWriter writer;
    event_writer_begin(&writer, buffer, 1, NULL);
    while (writer.count < EVENTS_BATCH_MAX - 1) {
        assert_true(event_writer_add(&writer, 1, &bits));
    }
    name_sync_write(&client, &writer, 1);
    assert_int_equal(writer.count, EVENTS_BATCH_MAX);
    assert_int_equal(name_sync_confirm(&client), 1);
    assert_true(name_sync_is_sent(&client, 4));
    assert_true(name_sync_is_pending(&client));
    const EventBatch batch = write_batch(&client, 2);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.events[0].player.index, 7);
    free(view);
    name_table_destroy(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_player_at_a_used_index_is_unknown_to_every_client),
        cmocka_unit_test(a_new_client_at_a_used_index_knows_no_name),
        cmocka_unit_test(names_are_known_until_the_index_changes_hands),
        cmocka_unit_test(ships_in_view_without_a_name_are_noted),
        cmocka_unit_test(no_more_names_are_noted_than_a_message_carries),
        cmocka_unit_test(a_written_name_stays_pending_until_it_is_confirmed),
        cmocka_unit_test(names_without_room_in_a_message_come_with_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
