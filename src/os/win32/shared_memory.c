/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/shared_memory.h"

#include "os/win32/windows_lean.h"
#include "pvgpu/protocol.h"

#include <string.h>

/* The smallest page of any supported processor, as the system hands them out. */
#define PAGE_STEP 4096

static const struct pvgpu_shared_memory no_memory = {.base = NULL, .size = 0, .handle = PVGPU_NO_HANDLE};

bool pvgpu_shared_memory_is_valid_name(const char *name)
{
    static const char *const scopes[] = {"Global\\", "Local\\"};
    if (!name || strnlen(name, PVGPU_SHMEM_NAME_CHARS + 1) > PVGPU_SHMEM_NAME_CHARS)
        return false;
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        size_t scope_length = strlen(scopes[i]);
        if (strncmp(name, scopes[i], scope_length) != 0)
            continue;
        const char *rest = name + scope_length;
        if (strncmp(rest, PVGPU_SHMEM_NAME_PREFIX, strlen(PVGPU_SHMEM_NAME_PREFIX)) != 0)
            return false;
        rest += strlen(PVGPU_SHMEM_NAME_PREFIX);
        size_t length = strlen(rest);
        for (size_t j = 0; j < length; j++) {
            char c = rest[j];
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
                return false;
        }
        return length > 0;
    }
    return false;
}

/*
 * Touches every page as a writer does, but leaves its bytes alone even if a guest writes them at the same moment:
 * zero is exchanged for zero, atomically.
 */
static void populate_pages(void *base, uint64_t size)
{
    for (uint64_t offset = 0; offset + sizeof(LONG) <= size; offset += PAGE_STEP)
        InterlockedCompareExchange((volatile LONG *)((char *)base + offset), 0, 0);
}

/* Bytes from the start of a view that are there to be read and written; 0 when the view is anything but plain. */
static uint64_t usable_size(const void *base)
{
    MEMORY_BASIC_INFORMATION information;
    if (VirtualQuery(base, &information, sizeof(information)) != sizeof(information))
        return 0;
    /* A section that is only reserved, or an image, would fault later. */
    if (information.State != MEM_COMMIT || information.Type != MEM_MAPPED || information.Protect != PAGE_READWRITE)
        return 0;
    return information.RegionSize;
}

static void *map(HANDLE section, uint64_t size)
{
    if (size > SIZE_MAX)
        return NULL;
    return MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, (SIZE_T)size);
}

bool pvgpu_shared_memory_create(struct pvgpu_shared_memory *memory, const char *label, uint64_t size,
                                enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    *memory = no_memory;
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)(size >> 32), (DWORD)size, NULL);
    if (!section) {
        pvgpu_error(log, "Cannot create %llu bytes of shared memory for %s: error %lu", (unsigned long long)size, label,
                    GetLastError());
        return false;
    }
    return pvgpu_shared_memory_adopt(memory, (pvgpu_handle)section, size, populate, log);
}

bool pvgpu_shared_memory_open(struct pvgpu_shared_memory *memory, const char *name, uint64_t claimed, uint64_t least,
                              uint32_t peer_uid, enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    (void)peer_uid; /* access is what the section's own security descriptor grants */
    *memory = no_memory;
    if (!pvgpu_shared_memory_is_valid_name(name)) {
        pvgpu_error(log, "Shared memory name \"%.63s\" refused", name ? name : "(none)");
        return false;
    }
    if (claimed == 0 || claimed < least) {
        pvgpu_error(log, "Shared memory %s: %llu bytes claimed, %llu needed", name, (unsigned long long)claimed,
                    (unsigned long long)least);
        return false;
    }
    HANDLE section = OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    if (!section) {
        pvgpu_error(log, "Shared memory %s cannot be opened: error %lu", name, GetLastError());
        return false;
    }
    /* A view larger than the section is refused by the system: then all of it is taken. */
    void *base = map(section, claimed);
    if (!base)
        base = map(section, 0);
    if (!base) {
        pvgpu_error(log, "Shared memory %s cannot be mapped: error %lu", name, GetLastError());
        goto error_section;
    }
    uint64_t real = usable_size(base);
    uint64_t size = real < claimed ? real : claimed;
    if (size == 0 || size < least) {
        pvgpu_error(log, "Shared memory %s: %llu usable bytes, %llu claimed, %llu needed", name,
                    (unsigned long long)real, (unsigned long long)claimed, (unsigned long long)least);
        goto error_view;
    }
    if (populate == PVGPU_POPULATE_WRITE)
        populate_pages(base, size);
    *memory = (struct pvgpu_shared_memory){.base = base, .size = size, .handle = (pvgpu_handle)section};
    return true;

error_view:
    UnmapViewOfFile(base);
error_section:
    CloseHandle(section);
    return false;
}

bool pvgpu_shared_memory_adopt(struct pvgpu_shared_memory *memory, pvgpu_handle handle, uint64_t size,
                               enum pvgpu_populate populate, const struct pvgpu_log *log)
{
    *memory = no_memory;
    void *base = size ? map((HANDLE)handle, size) : NULL;
    if (!base) {
        pvgpu_error(log, "Cannot map %llu bytes of shared memory: error %lu", (unsigned long long)size, GetLastError());
        goto error_handle;
    }
    uint64_t real = usable_size(base);
    if (real < size) {
        pvgpu_error(log, "Shared memory has %llu usable bytes, %llu are needed", (unsigned long long)real,
                    (unsigned long long)size);
        goto error_view;
    }
    if (populate == PVGPU_POPULATE_WRITE)
        populate_pages(base, size);
    *memory = (struct pvgpu_shared_memory){.base = base, .size = size, .handle = handle};
    return true;

error_view:
    UnmapViewOfFile(base);
error_handle:
    pvgpu_handle_close(handle);
    return false;
}

void pvgpu_shared_memory_finish(struct pvgpu_shared_memory *memory)
{
    if (!memory->base)
        return;
    UnmapViewOfFile(memory->base);
    pvgpu_handle_close(memory->handle);
    *memory = no_memory;
}

bool pvgpu_shared_memory_remove_name(const struct pvgpu_shared_memory *memory, const char *name)
{
    (void)memory;
    (void)name;
    return false;
}
