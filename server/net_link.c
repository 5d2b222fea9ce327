// SPDX-License-Identifier: MIT
#include "server/net_link.h"

#include <assert.h>
#include <string.h>

#define TO_SIM_BYTES_MIN        (256u << 10)
#define TO_SIM_BYTES_PER_CLIENT 1024u // half a dozen input packets
#define TO_NET_BYTES_MIN        (1u << 20)
#define TO_NET_BYTES_PER_CLIENT 2048u // more than one full snapshot

const char *link_refusal_name(LinkRefusal refusal) {
    static const char *const names[LINK_REFUSAL_COUNT] = {"join",     "leave",   "input",   "chat",
                                                          "question", "message", "snapshot"};
    return names[refusal];
}

bool net_link_create(NetLink *link, uint32_t client_capacity) {
    memset(link, 0, sizeof *link);
    const bool has_to_sim =
        ring_create(&link->to_sim, TO_SIM_BYTES_MIN + client_capacity * TO_SIM_BYTES_PER_CLIENT);
    const bool has_to_net =
        ring_create(&link->to_net, TO_NET_BYTES_MIN + client_capacity * TO_NET_BYTES_PER_CLIENT);
    if (!has_to_sim || !has_to_net) {
        net_link_destroy(link);
        return false;
    }
    return true;
}

void net_link_destroy(NetLink *link) {
    ring_destroy(&link->to_sim);
    ring_destroy(&link->to_net);
}

static void count_refusal(NetLink *link, LinkRefusal refusal) {
    // Relaxed: a statistic.
    atomic_fetch_add_explicit(&link->refused[refusal], 1, memory_order_relaxed);
}

bool net_link_push_join(NetLink *link, PeerHandle peer, uint64_t range, const char *name,
                        bool wants_verify) {
    LinkJoin *join = ring_reserve(&link->to_sim, sizeof *join);
    if (join == NULL) {
        count_refusal(link, LINK_REFUSED_JOIN);
        return false;
    }
    join->head = (LinkRecord){LINK_JOIN, peer};
    join->range = range;
    join->wants_verify = wants_verify;
    memcpy(join->name, name, sizeof join->name);
    ring_commit(&link->to_sim, sizeof *join);
    return true;
}

bool net_link_push_leave(NetLink *link, PeerHandle peer, uint32_t reason) {
    const LinkLeave leave = {{LINK_LEAVE, peer}, reason};
    if (!ring_push(&link->to_sim, &leave, sizeof leave)) {
        count_refusal(link, LINK_REFUSED_LEAVE);
        return false;
    }
    return true;
}

bool net_link_push_chat(NetLink *link, PeerHandle peer, const char *text) {
    LinkChat chat = {.head = {LINK_CHAT, peer}};
    memcpy(chat.text, text, strnlen(text, CHAT_TEXT_BYTES));
    if (!ring_push(&link->to_sim, &chat, sizeof chat)) {
        count_refusal(link, LINK_REFUSED_CHAT);
        return false;
    }
    return true;
}

bool net_link_push_question(NetLink *link, PeerHandle peer, uint16_t sequence) {
    const LinkQuestion question = {{LINK_QUESTION, peer}, sequence};
    if (!ring_push(&link->to_sim, &question, sizeof question)) {
        count_refusal(link, LINK_REFUSED_QUESTION);
        return false;
    }
    return true;
}

bool net_link_push_input(NetLink *link, PeerHandle peer, uint64_t received_ns,
                         const InputMessage *message) {
    const size_t message_size =
        offsetof(InputMessage, inputs) + message->count * sizeof message->inputs[0];
    const size_t size = offsetof(LinkInput, message) + message_size;
    LinkInput *input = ring_reserve(&link->to_sim, size);
    if (input == NULL) {
        count_refusal(link, LINK_REFUSED_INPUT);
        return false;
    }
    input->head = (LinkRecord){LINK_INPUT, peer};
    input->received_ns = received_ns;
    memcpy(&input->message, message, message_size);
    ring_commit(&link->to_sim, size);
    return true;
}

bool net_link_push_message(NetLink *link, LinkRecordType type, PeerHandle peer, const void *data,
                           size_t size) {
    assert(size > 0 && size <= PAYLOAD_BYTES_MAX);
    LinkMessage *message = ring_reserve(&link->to_net, sizeof *message + size);
    if (message == NULL) {
        count_refusal(link, type == LINK_SNAPSHOT ? LINK_REFUSED_SNAPSHOT : LINK_REFUSED_MESSAGE);
        return false;
    }
    message->head = (LinkRecord){type, peer};
    message->size = (uint32_t)size;
    memcpy(message->data, data, size);
    ring_commit(&link->to_net, sizeof *message + size);
    return true;
}

bool net_link_push_offence(NetLink *link, PeerHandle peer, uint32_t reject) {
    const LinkOffence offence = {{LINK_OFFENCE, peer}, reject};
    if (!ring_push(&link->to_net, &offence, sizeof offence)) {
        count_refusal(link, LINK_REFUSED_MESSAGE);
        return false;
    }
    return true;
}

bool net_link_push_kick(NetLink *link, PeerHandle peer, uint32_t reason) {
    const LinkKick kick = {{LINK_KICK, peer}, reason};
    if (!ring_push(&link->to_net, &kick, sizeof kick)) {
        count_refusal(link, LINK_REFUSED_MESSAGE);
        return false;
    }
    return true;
}
