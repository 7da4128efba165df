/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/control_server.h"

#include "base/time.h"
#include "os/endpoint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_TIMEOUT_NS (2 * PVGPU_NS_PER_S)
#define ANSWER_TIMEOUT_NS (100 * PVGPU_NS_PER_MS)
/* What one write may carry: less than any system's socket buffer, so that it is taken whole or not at all. */
#define PIECE_BYTES (16u << 10)

struct client {
    struct pvgpu_stream *stream; /* NULL: this place is free */
    uint64_t deadline_ns;
    char request[PVGPU_CONTROL_REQUEST_BYTES];
    size_t received;
};

struct pvgpu_control_server {
    struct pvgpu_listener *listener;
    pvgpu_control_handler handler;
    void *user;
    struct client clients[PVGPU_CONTROL_CLIENTS];
    char answer[PVGPU_CONTROL_ANSWER_BYTES];
};

void pvgpu_control_say(struct pvgpu_control_answer *answer, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vsnprintf(answer->text + answer->length, answer->size - answer->length, format, values);
    va_end(values);
    if (length > 0)
        answer->length += (size_t)length;
    if (answer->length >= answer->size)
        answer->length = answer->size - 1;
}

struct pvgpu_control_server *pvgpu_control_server_create(const char *path, pvgpu_control_handler handler, void *user,
                                                         const struct pvgpu_log *log)
{
    struct pvgpu_control_server *server = calloc(1, sizeof(*server));
    if (!server) {
        pvgpu_error(log, "No memory for the control endpoint");
        return NULL;
    }
    server->handler = handler;
    server->user = user;
    server->listener = pvgpu_listener_open(path, log);
    if (server->listener)
        return server;
    free(server);
    return NULL;
}

static void drop(struct client *client)
{
    pvgpu_stream_destroy(client->stream);
    client->stream = NULL;
    client->received = 0;
}

void pvgpu_control_server_destroy(struct pvgpu_control_server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < PVGPU_CONTROL_CLIENTS; i++)
        drop(&server->clients[i]);
    pvgpu_listener_destroy(server->listener);
    free(server);
}

static struct client *free_place(struct pvgpu_control_server *server)
{
    for (size_t i = 0; i < PVGPU_CONTROL_CLIENTS; i++) {
        if (!server->clients[i].stream)
            return &server->clients[i];
    }
    return NULL;
}

void pvgpu_control_server_handles(struct pvgpu_control_server *server, pvgpu_handle *handles)
{
    handles[0] = free_place(server) ? pvgpu_listener_wait_handle(server->listener) : PVGPU_NO_HANDLE;
    for (size_t i = 0; i < PVGPU_CONTROL_CLIENTS; i++) {
        struct pvgpu_stream *stream = server->clients[i].stream;
        handles[1 + i] = stream ? pvgpu_stream_wait_handle(stream) : PVGPU_NO_HANDLE;
    }
}

uint64_t pvgpu_control_server_deadline_ns(const struct pvgpu_control_server *server)
{
    uint64_t first = PVGPU_NO_TIMEOUT;
    for (size_t i = 0; i < PVGPU_CONTROL_CLIENTS; i++) {
        if (server->clients[i].stream && server->clients[i].deadline_ns < first)
            first = server->clients[i].deadline_ns;
    }
    return first;
}

static void answer(struct pvgpu_control_server *server, struct client *client)
{
    struct pvgpu_control_answer answer = {.text = server->answer, .size = sizeof(server->answer)};
    uint64_t deadline = pvgpu_time_deadline_ns(ANSWER_TIMEOUT_NS);
    server->handler(server->user, client->request, &answer);
    for (size_t sent = 0; sent < answer.length; sent += PIECE_BYTES) {
        size_t piece = answer.length - sent < PIECE_BYTES ? answer.length - sent : PIECE_BYTES;
        if (pvgpu_stream_write(client->stream, answer.text + sent, piece, pvgpu_time_left_ns(deadline)) !=
            PVGPU_IO_DONE)
            break;
    }
    drop(client);
}

static void read_request(struct pvgpu_control_server *server, struct client *client)
{
    size_t moved;
    enum pvgpu_io io = pvgpu_stream_read(client->stream, client->request + client->received,
                                         sizeof(client->request) - client->received, &moved);
    client->received += moved;
    char *end = memchr(client->request, '\n', client->received);
    if (end) {
        *end = '\0';
        answer(server, client);
    } else if (io == PVGPU_IO_CLOSED || client->received == sizeof(client->request) ||
               pvgpu_time_left_ns(client->deadline_ns) == 0) {
        drop(client);
    }
}

void pvgpu_control_server_dispatch(struct pvgpu_control_server *server)
{
    struct client *client;
    struct pvgpu_stream *stream;
    for (size_t i = 0; i < PVGPU_CONTROL_CLIENTS; i++) {
        if (server->clients[i].stream)
            read_request(server, &server->clients[i]);
    }
    while ((client = free_place(server)) && (stream = pvgpu_listener_accept(server->listener))) {
        client->stream = stream;
        client->deadline_ns = pvgpu_time_deadline_ns(REQUEST_TIMEOUT_NS);
        read_request(server, client);
    }
}
