// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/http_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/thread_role.h"

typedef struct Body {
    char *text;
    size_t length;
} Body;

bool http_fetch_initialize(void) {
    ASSERT_MAIN_THREAD();
    return curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
}

void http_fetch_deinitialize(void) {
    ASSERT_MAIN_THREAD();
    curl_global_cleanup();
}

// libcurl's: anything but the size given ends the transfer with an error.
static size_t append(char *data, size_t size, size_t count, void *user) {
    Body *body = user;
    const size_t bytes = size * count;
    if (body->length + bytes > HTTP_FETCH_BYTES_MAX) {
        return 0;
    }
    char *text = realloc(body->text, body->length + bytes + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text + body->length, data, bytes);
    body->text = text;
    body->length += bytes;
    text[body->length] = '\0';
    return bytes;
}

char *http_fetch(const char *url, char *error, size_t error_size) {
    Body body = {0};
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        snprintf(error, error_size, "memory is short");
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTP_FETCH_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    const CURLcode result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (result != CURLE_OK || body.text == NULL) {
        snprintf(error, error_size, "%s",
                 result != CURLE_OK ? curl_easy_strerror(result) : "the answer is empty");
        free(body.text);
        return NULL;
    }
    return body.text;
}
