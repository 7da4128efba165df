/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/texture_board.h"

#include "os/win32/security.h"
#include "present/texture_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define FRAME_EVENT L"Global\\PVGPU_FrameEvent"

struct board {
    struct pvgpu_texture_board base;
    wchar_t page_name[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    wchar_t consumer_names[PVGPU_SHARED_TEXTURE_MAX_CONSUMERS][PVGPU_SHARED_TEXTURE_NAME_BYTES];
    PSECURITY_DESCRIPTOR readable; /* owned */
    HANDLE section; /* owned; NULL: none */
    void *memory; /* mapping; NULL: none */
    HANDLE frame_event; /* owned; NULL: none */
};

static struct board *from(struct pvgpu_texture_board *board)
{
    return (struct board *)board;
}

static enum pvgpu_texture_result failed(struct board *board, const char *call)
{
    snprintf(board->base.failure, sizeof(board->base.failure), "%s failed with error %lu", call, GetLastError());
    return PVGPU_TEXTURE_FAILED;
}

static enum pvgpu_texture_result open_page(struct pvgpu_texture_board *base, void **memory)
{
    struct board *board = from(base);
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes), .lpSecurityDescriptor = board->readable};
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0,
                                        PVGPU_SHARED_TEXTURE_BYTES, board->page_name);
    /* One that was there before is another's to write, whether it may be opened, may not, or is no section at all. */
    DWORD reason = GetLastError();
    if (reason == ERROR_ALREADY_EXISTS || reason == ERROR_ACCESS_DENIED || reason == ERROR_INVALID_HANDLE) {
        if (section)
            CloseHandle(section);
        return PVGPU_TEXTURE_TAKEN;
    }
    if (!section)
        return failed(board, "CreateFileMapping");
    board->memory = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, PVGPU_SHARED_TEXTURE_BYTES);
    if (!board->memory) {
        enum pvgpu_texture_result result = failed(board, "MapViewOfFile");
        CloseHandle(section);
        return result;
    }
    board->section = section;
    *memory = board->memory;
    return PVGPU_TEXTURE_OK;
}

/*
 * Opened anew each time: an event that we kept open would outlive its consumer, and its number would never be free
 * again. A name that is not an event's, or an event that may not be signalled, is its owner's loss.
 */
static void signal_consumers(struct pvgpu_texture_board *base)
{
    struct board *board = from(base);
    for (size_t i = 0; i < PVGPU_SHARED_TEXTURE_MAX_CONSUMERS; i++) {
        HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, board->consumer_names[i]);
        if (!event)
            continue;
        SetEvent(event);
        CloseHandle(event);
    }
    if (board->frame_event)
        SetEvent(board->frame_event);
}

static void destroy(struct pvgpu_texture_board *base)
{
    struct board *board = from(base);
    if (board->memory)
        UnmapViewOfFile(board->memory);
    if (board->section)
        CloseHandle(board->section);
    if (board->frame_event)
        CloseHandle(board->frame_event);
    LocalFree(board->readable);
    free(board);
}

static const struct pvgpu_texture_board_ops ops = {
    .open = open_page,
    .signal = signal_consumers,
    .destroy = destroy,
};

static void name_objects(struct board *board, const char *vm)
{
    char name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES];
    pvgpu_texture_vm_name(name, vm);
    swprintf(board->page_name, PVGPU_SHARED_TEXTURE_NAME_BYTES, L"PVGPU_%hs", name);
    for (unsigned i = 0; i < PVGPU_SHARED_TEXTURE_MAX_CONSUMERS; i++)
        swprintf(board->consumer_names[i], PVGPU_SHARED_TEXTURE_NAME_BYTES, L"PVGPU_%hs_consumer_%u", name, i);
}

/* Several services of one user may share it: whoever waits for it looks at pages, of which each has its own. */
static HANDLE create_frame_event(const struct pvgpu_log *log)
{
    PSECURITY_DESCRIPTOR descriptor = pvgpu_security_create(L"GA", log);
    if (!descriptor)
        return NULL;
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes), .lpSecurityDescriptor = descriptor};
    HANDLE event = CreateEventW(&attributes, FALSE, FALSE, FRAME_EVENT);
    if (!event)
        pvgpu_warn(log, "Cannot make %ls: error %lu; only the consumers' own events are signalled", FRAME_EVENT,
                   GetLastError());
    LocalFree(descriptor);
    return event;
}

struct pvgpu_texture_board *pvgpu_texture_board_create(const char *vm, bool is_first_vm, const struct pvgpu_log *log)
{
    struct board *board = calloc(1, sizeof(*board));
    if (!board) {
        pvgpu_error(log, "No memory for shared textures");
        return NULL;
    }
    board->base.ops = &ops;
    board->readable = pvgpu_security_create(L"GR", log);
    if (!board->readable) {
        free(board);
        return NULL;
    }
    name_objects(board, vm);
    if (is_first_vm)
        board->frame_event = create_frame_event(log);
    return &board->base;
}
