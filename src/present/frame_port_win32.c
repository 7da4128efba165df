/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/frame_port.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define PAGE_BYTES 4096u

bool pvgpu_frame_memory_create(struct pvgpu_frame_memory *memory, enum pvgpu_frame_memory_kind kind, uint64_t bytes,
                               const struct pvgpu_log *log)
{
    bool frames = kind == PVGPU_FRAME_MEMORY_FRAMES;
    *memory = (struct pvgpu_frame_memory){.handle = PVGPU_NO_HANDLE};
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)(bytes >> 32), (DWORD)bytes, NULL);
    void *base =
        section ? MapViewOfFile(section, frames ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ, 0, 0, (SIZE_T)bytes)
                : NULL;
    if (!base) {
        pvgpu_error(log, "Cannot make %llu bytes of memory for %s: error %lu", (unsigned long long)bytes,
                    frames ? "frames" : "a frame consumer", GetLastError());
        if (section)
            CloseHandle(section);
        return false;
    }
    for (uint64_t i = 0; frames && i < bytes; i += PAGE_BYTES)
        ((volatile uint8_t *)base)[i] = 0;
    *memory = (struct pvgpu_frame_memory){.base = base, .bytes = bytes, .handle = (pvgpu_handle)section};
    return true;
}

void pvgpu_frame_memory_finish(struct pvgpu_frame_memory *memory)
{
    if (!memory->base)
        return;
    UnmapViewOfFile(memory->base);
    CloseHandle((HANDLE)memory->handle);
    *memory = (struct pvgpu_frame_memory){.handle = PVGPU_NO_HANDLE};
}

bool pvgpu_frame_bell_init(struct pvgpu_frame_bell *bell)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    *bell = (struct pvgpu_frame_bell){.ours = PVGPU_NO_HANDLE, .theirs = PVGPU_NO_HANDLE};
    if (!event)
        return false;
    bell->ours = bell->theirs = (pvgpu_handle)event;
    return true;
}

void pvgpu_frame_bell_finish(struct pvgpu_frame_bell *bell)
{
    if (bell->ours != PVGPU_NO_HANDLE)
        CloseHandle((HANDLE)bell->ours);
    *bell = (struct pvgpu_frame_bell){.ours = PVGPU_NO_HANDLE, .theirs = PVGPU_NO_HANDLE};
}

void pvgpu_frame_bell_passed(struct pvgpu_frame_bell *bell)
{
    bell->theirs = PVGPU_NO_HANDLE;
}

void pvgpu_frame_bell_ring(struct pvgpu_frame_bell *bell)
{
    SetEvent((HANDLE)bell->ours);
}

bool pvgpu_frame_port_init(struct pvgpu_frame_port *port, pvgpu_handle listener, const char *path,
                           const struct pvgpu_log *log)
{
    *port = (struct pvgpu_frame_port){.listener = PVGPU_NO_HANDLE, .log = *log};
    pvgpu_handle_close(listener); /* a pipe's instances are made by whoever serves them; there is nothing to inherit */
    if (path)
        port->opened = pvgpu_listener_open(path, log);
    return !path || port->opened;
}

void pvgpu_frame_port_finish(struct pvgpu_frame_port *port)
{
    pvgpu_listener_destroy(port->opened);
    port->opened = NULL;
}

pvgpu_handle pvgpu_frame_port_wait_handle(struct pvgpu_frame_port *port)
{
    return port->opened ? pvgpu_listener_wait_handle(port->opened) : PVGPU_NO_HANDLE;
}

struct pvgpu_stream *pvgpu_frame_port_accept(struct pvgpu_frame_port *port)
{
    return pvgpu_listener_accept(port->opened);
}

static DWORD access_of(enum pvgpu_frame_right right)
{
    switch (right) {
    case PVGPU_FRAME_RIGHT_READ:
        return FILE_MAP_READ;
    case PVGPU_FRAME_RIGHT_WRITE:
        return FILE_MAP_READ | FILE_MAP_WRITE;
    default:
        return SYNCHRONIZE;
    }
}

/* Takes back what the consumer will never hear of. */
static void withdraw(HANDLE process, const struct pvgpu_frames_reply *reply, size_t count)
{
    for (size_t i = 0; i < count; i++)
        DuplicateHandle(process, (HANDLE)(uintptr_t)reply->handles[i], NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
}

bool pvgpu_frame_port_send(struct pvgpu_stream *stream, int64_t process_id, struct pvgpu_frames_reply *reply,
                           const struct pvgpu_frame_gift *gifts, size_t gift_count)
{
    HANDLE process = NULL;
    size_t given = 0;
    bool sent = false;
    if (gift_count > 0) {
        process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)process_id);
        if (!process)
            return false;
    }
    for (; given < gift_count; given++) {
        HANDLE theirs;
        if (!DuplicateHandle(GetCurrentProcess(), (HANDLE)gifts[given].handle, process, &theirs,
                             access_of(gifts[given].right), FALSE, 0))
            break;
        reply->handles[given] = (uint64_t)(uintptr_t)theirs;
    }
    if (given == gift_count)
        sent = pvgpu_stream_write(stream, reply, sizeof(*reply), 0) == PVGPU_IO_DONE;
    if (!sent)
        withdraw(process, reply, given);
    if (process)
        CloseHandle(process);
    return sent;
}
