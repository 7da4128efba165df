/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The device's shared memory, as its host sees it, and what the device does with the control region. */
#include "os_support.h"

#include "../../qemu/pvgpu-channel.h"
#include "os/shared_memory.h"
#include "pvgpu/protocol.h"

#ifndef _WIN32
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#define BYTES UINT64_C(0x4000000)
#define NAMES 8

static bool create(struct check *check, struct pvgpu_channel_memory *memory)
{
    char error[PVGPU_CHANNEL_ERROR_CHARS] = "";
    if (CHECK(pvgpu_channel_memory_create(memory, BYTES, error)))
        return true;
    printf("  said: %s\n", error);
    return false;
}

static uint32_t own_uid(void)
{
#ifdef _WIN32
    return 0;
#else
    return geteuid();
#endif
}

static bool host_opens(struct pvgpu_shared_memory *seen, const char *name)
{
    struct pvgpu_log_catch caught = {0};
    const struct pvgpu_log quiet = {.level = PVGPU_LOG_ERROR, .target = "test", .errors = &caught};
    return pvgpu_shared_memory_open(seen, name, BYTES, BYTES, own_uid(), PVGPU_POPULATE_NONE, &quiet);
}

static void the_host_sees_what_the_device_wrote(struct check *check)
{
    struct pvgpu_channel_memory memory;
    struct pvgpu_shared_memory seen;
    if (!create(check, &memory))
        return;
    CHECK_EQ(memory.bytes, BYTES);
    uint64_t nonzero = 0;
    for (uint64_t at = 0; at < BYTES; at += 4096)
        nonzero |= *(const uint64_t *)((const uint8_t *)memory.base + at);
    CHECK(nonzero == 0);
    CHECK(pvgpu_shared_memory_is_valid_name(memory.name));
    if (CHECK(host_opens(&seen, memory.name))) {
        CHECK_EQ(seen.size, BYTES);
        ((uint8_t *)memory.base)[BYTES - 1] = 77;
        CHECK_EQ(((const uint8_t *)seen.base)[BYTES - 1], 77);
        ((uint8_t *)seen.base)[5] = 33;
        CHECK_EQ(((const uint8_t *)memory.base)[5], 33);
        pvgpu_shared_memory_finish(&seen);
    }
    pvgpu_channel_memory_destroy(&memory);
    pvgpu_channel_memory_destroy(&memory);
}

static void names_are_new_and_go(struct check *check)
{
    struct pvgpu_channel_memory memories[NAMES] = {{.base = NULL}};
    struct pvgpu_shared_memory seen;
    for (size_t i = 0; i < NAMES; i++) {
        if (!create(check, &memories[i]))
            continue;
        CHECK(pvgpu_shared_memory_is_valid_name(memories[i].name));
        CHECK(strlen(memories[i].name) >= 45); /* 128 bits in it */
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(memories[i].name, memories[k].name) != 0);
    }
    for (size_t i = 0; i < NAMES; i++) {
        char name[PVGPU_CHANNEL_NAME_CHARS];
        memcpy(name, memories[i].name, sizeof(name));
        pvgpu_channel_memory_destroy(&memories[i]);
        CHECK(!host_opens(&seen, name));
    }
}

static void sizes_are_those_of_a_pci_region(struct check *check)
{
    static const uint64_t good[] = {UINT64_C(64) << 20, UINT64_C(256) << 20, UINT64_C(2) << 30};
    static const uint64_t bad[] = {
        0, 1, UINT64_C(32) << 20, (UINT64_C(64) << 20) + 1, UINT64_C(96) << 20, UINT64_C(4) << 30, UINT64_MAX};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        CHECK(pvgpu_channel_is_valid_size(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pvgpu_channel_memory memory;
        char error[PVGPU_CHANNEL_ERROR_CHARS] = "";
        CHECK(!pvgpu_channel_is_valid_size(bad[i]));
        CHECK(!pvgpu_channel_memory_create(&memory, bad[i], error));
        CHECK(strstr(error, "power of two") != NULL);
        CHECK(memory.base == NULL);
        pvgpu_channel_memory_destroy(&memory);
    }
}

#ifdef _WIN32
static void it_is_private(struct check *check)
{
    struct pvgpu_channel_memory memory;
    if (!create(check, &memory))
        return;
    _Alignas(8) unsigned char buffer[1024];
    DWORD size = 0;
    BOOL present = FALSE, defaulted = TRUE;
    ACL *list = NULL;
    if (CHECK(
            GetKernelObjectSecurity((HANDLE)memory.handle, DACL_SECURITY_INFORMATION, buffer, sizeof(buffer), &size)) &&
        CHECK(GetSecurityDescriptorDacl(buffer, &present, &list, &defaulted)) && CHECK(present && list != NULL)) {
        bool system = false;
        CHECK_EQ(list->AceCount, 2); /* this user and SYSTEM */
        for (DWORD i = 0; i < list->AceCount; i++) {
            ACCESS_ALLOWED_ACE *entry;
            CHECK(GetAce(list, i, (void **)&entry));
            CHECK_EQ(entry->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
            CHECK(!IsWellKnownSid(&entry->SidStart, WinWorldSid));
            CHECK(!IsWellKnownSid(&entry->SidStart, WinBuiltinAdministratorsSid));
            system |= IsWellKnownSid(&entry->SidStart, WinLocalSystemSid);
        }
        CHECK(system);
    }
    DWORD flags = HANDLE_FLAG_INHERIT;
    CHECK(GetHandleInformation((HANDLE)memory.handle, &flags) && !(flags & HANDLE_FLAG_INHERIT));
    pvgpu_channel_memory_destroy(&memory);
}
#else
static void it_is_private(struct check *check)
{
    struct pvgpu_channel_memory memory;
    struct stat info;
    if (!create(check, &memory))
        return;
    CHECK(fstat((int)memory.handle, &info) == 0);
    CHECK_EQ(info.st_mode & 07777, 0600);
    CHECK_EQ(info.st_uid, geteuid());
    CHECK_EQ(info.st_size, BYTES);
    CHECK(fcntl((int)memory.handle, F_GETFD) & FD_CLOEXEC);
    pvgpu_channel_memory_destroy(&memory);
}

/* No store of a guest's may find out that the memory file system is full. */
static void its_pages_are_there(struct check *check)
{
    struct pvgpu_channel_memory memory;
    struct stat info;
    if (!create(check, &memory))
        return;
    CHECK(fstat((int)memory.handle, &info) == 0);
    CHECK((uint64_t)info.st_blocks * 512 >= BYTES);
    pvgpu_channel_memory_destroy(&memory);
}
#endif

static void rounds_leave_no_handles(struct check *check)
{
    long before = 0;
    for (int round = 0; round < 26; round++) {
        struct pvgpu_channel_memory memory;
        if (round == 1)
            before = open_handles();
        if (!create(check, &memory))
            return;
        pvgpu_channel_memory_destroy(&memory);
    }
    CHECK_EQ(open_handles(), before);
}

/* ---- The control region -------------------------------------------------------------------------------------------- */

static struct pvgpu_control_region *new_region(void)
{
    struct pvgpu_control_region *region = malloc(sizeof(*region));
    if (region)
        memset(region, 0xA5, sizeof(*region));
    return region;
}

static void check_fresh(struct check *check, const struct pvgpu_control_region *region)
{
    CHECK_EQ(region->magic, 0x50564750);
    CHECK_EQ(region->version, 0x10000);
    CHECK_EQ(region->features, 0x9D);
    CHECK_EQ(region->ring_offset, 0x1000);
    CHECK_EQ(region->ring_bytes, 0x1000000);
    CHECK_EQ(region->heap_offset, 0x1001000);
    CHECK_EQ(region->heap_bytes, BYTES - 0x1001000);
    CHECK_EQ(region->producer | region->consumer | region->fence_request | region->fence_completed, 0);
    CHECK_EQ(region->status | region->error_code | region->error_argument | region->reserved0, 0);
    CHECK_EQ(region->display_width, 1920);
    CHECK_EQ(region->display_height, 1080);
    CHECK_EQ(region->display_refresh, 60);
    CHECK_EQ(region->display_format, 87);
    CHECK_EQ(region->extension.version, 1);
    CHECK_EQ(region->extension.link, 1);
    CHECK_EQ(region->extension.vectors | region->extension.host_peer, 0);
    uint8_t others = 0;
    for (size_t i = 0; i < sizeof(region->reserved1); i++)
        others |= region->reserved1[i];
    for (size_t i = 0; i < sizeof(region->pad0); i++)
        others |= region->pad0[i] | region->pad1[i] | region->pad2[i] | region->pad3[i];
    for (size_t i = 0; i < sizeof(region->extension.reserved); i++)
        others |= region->extension.reserved[i];
    CHECK_EQ(others, 0);
}

static void a_reset_of_the_machine_leaves_the_hosts_words(struct check *check)
{
    struct pvgpu_control_region *region = new_region();
    if (!CHECK(region != NULL))
        return;
    region->extension.generation = 11;
    region->extension.host_heartbeat = 12;
    region->extension.guest_heartbeat = 13;
    region->extension.reset_request = UINT32_MAX;
    region->extension.reset_done = 14;
    for (uint32_t round = 0; round < 3; round++) {
        pvgpu_channel_init_control(region, BYTES);
        check_fresh(check, region);
        CHECK_EQ(region->extension.generation, 11);
        CHECK_EQ(region->extension.host_heartbeat, 12);
        CHECK_EQ(region->extension.guest_heartbeat, 13);
        CHECK_EQ(region->extension.reset_request, round); /* one more, modulo 2^32 */
        CHECK_EQ(region->extension.reset_done, 14);
        memset(&region->display_width, 0x55, 16);
    }
    free(region);
}

static void a_reset_by_the_guest_zeroes_counters_alone(struct check *check)
{
    struct pvgpu_control_region *region = new_region(), *expected = new_region();
    if (CHECK(region != NULL) && CHECK(expected != NULL)) {
        region->extension.reset_request = 7;
        pvgpu_channel_reset_counters(region);
        expected->extension.reset_request = 8;
        expected->producer = expected->consumer = expected->fence_request = expected->fence_completed = 0;
        CHECK(memcmp(region, expected, sizeof(*region)) == 0);
    }
    free(region);
    free(expected);
}

static void the_clock_only_goes_forward(struct check *check)
{
    uint64_t last = pvgpu_channel_now_ns();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = pvgpu_channel_now_ns();
        CHECK(now >= last);
        last = now;
    }
    pvgpu_time_sleep_ns(20 * MS);
    CHECK(pvgpu_channel_now_ns() - last >= 15 * MS);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(the_host_sees_what_the_device_wrote),
        CHECK_CASE(names_are_new_and_go),
        CHECK_CASE(sizes_are_those_of_a_pci_region),
        CHECK_CASE(it_is_private),
#ifndef _WIN32
        CHECK_CASE(its_pages_are_there),
#endif
        CHECK_CASE(rounds_leave_no_handles),
        CHECK_CASE(a_reset_of_the_machine_leaves_the_hosts_words),
        CHECK_CASE(a_reset_by_the_guest_zeroes_counters_alone),
        CHECK_CASE(the_clock_only_goes_forward),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
