/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Finding devices in a made-up sysfs: a folder of plain files and links. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../guest/transport/pci_open.h"

#define BAR2_BYTES (1u << 20)

struct tree {
    char root[64];
};

/* ---- Making a tree ---- */

static void path_in(const struct tree *tree, char path[300], const char *format, va_list args)
{
    int length = snprintf(path, 300, "%s", tree->root);
    vsnprintf(path + length, 300 - (size_t)length, format, args);
}

__attribute__((format(printf, 2, 3))) static void make_folder(const struct tree *tree, const char *format, ...)
{
    char path[300];
    va_list args;
    va_start(args, format);
    path_in(tree, path, format, args);
    va_end(args);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(path, 0755);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
}

__attribute__((format(printf, 4, 5))) static void make_file(const struct tree *tree, const void *bytes, size_t size,
                                                            const char *format, ...)
{
    char path[300];
    va_list args;
    va_start(args, format);
    path_in(tree, path, format, args);
    va_end(args);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static void make_text(const struct tree *tree, const char *address, const char *attribute, const char *text)
{
    make_file(tree, text, strlen(text), "/sys/bus/pci/devices/%s/%s", address, attribute);
}

static void make_sized(const struct tree *tree, const char *address, const char *name, size_t bytes)
{
    char path[300];
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/%s", tree->root, address, name);
    make_text(tree, address, name, "");
    assert_int_equal(truncate(path, (off_t)bytes), 0);
}

static void make_link(const struct tree *tree, const char *address, const char *attribute, const char *target)
{
    char path[300];
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/%s", tree->root, address, attribute);
    assert_int_equal(symlink(target, path), 0);
}

static void make_function(const struct tree *tree, const char *address, const char *vendor, const char *device,
                          const char *class_code)
{
    uint8_t config[64] = {0};
    make_folder(tree, "/sys/bus/pci/devices/%s", address);
    make_text(tree, address, "vendor", vendor);
    make_text(tree, address, "device", device);
    make_text(tree, address, "class", class_code);
    make_text(tree, address, "revision", "0x01\n");
    make_text(tree, address, "irq", "0\n");
    make_text(tree, address, "enable", "0\n");
    make_file(tree, config, sizeof config, "/sys/bus/pci/devices/%s/config", address);
}

static void make_memory(const struct tree *tree, const char *address, const struct pvgpu_control_region *control)
{
    char path[300];
    make_sized(tree, address, "resource2", BAR2_BYTES);
    make_file(tree, control, sizeof *control, "/sys/bus/pci/devices/%s/resource2_wc", address);
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/resource2_wc", tree->root, address);
    assert_int_equal(truncate(path, BAR2_BYTES), 0);
}

static struct pvgpu_control_region *new_control(uint32_t link)
{
    struct pvgpu_control_region *control = calloc(1, sizeof *control);
    assert_non_null(control);
    control->magic = PVGPU_MAGIC;
    control->version = PVGPU_VERSION_1_0;
    control->ring_bytes = 0x10000;
    control->heap_bytes = 0x20000;
    control->status = PVGPU_STATUS_READY;
    if (link) {
        control->extension.version = PVGPU_EXTENSION_1;
        control->extension.link = link;
        control->extension.generation = 77;
    }
    return control;
}

/* PVGPU's own function, with a register that says `status`. */
static void make_own(const struct tree *tree, const char *address, uint32_t status)
{
    uint32_t registers[PVGPU_BAR0_BYTES / 4] = {[PVGPU_REG_STATUS / 4] = status};
    struct pvgpu_control_region *control = new_control(PVGPU_LINK_ID_VFIO_USER);
    make_function(tree, address, "0x1af4\n", "0x10f0\n", "0x030200\n");
    make_file(tree, registers, sizeof registers, "/sys/bus/pci/devices/%s/resource0", address);
    make_sized(tree, address, "resource1", 4096);
    make_memory(tree, address, control);
    free(control);
}

static void make_ivshmem(const struct tree *tree, const char *address, const struct pvgpu_control_region *control)
{
    make_function(tree, address, "0x1af4\n", "0x1110\n", "0x050000\n");
    make_sized(tree, address, "resource0", 256);
    make_memory(tree, address, control);
}

static int setup(void **state)
{
    struct tree *tree = calloc(1, sizeof *tree);
    assert_non_null(tree);
    strcpy(tree->root, "/tmp/pvgpu-probe.XXXXXX");
    assert_non_null(mkdtemp(tree->root));
    make_folder(tree, "/sys/bus/pci/devices");
    make_folder(tree, "/sys/bus/pci/drivers");
    make_folder(tree, "/dev/vfio");
    make_function(tree, "0000:00:00.0", "0x8086\n", "0x29c0\n", "0x060000\n");
    *state = tree;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int teardown(void **state)
{
    struct tree *tree = *state;
    nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(tree);
    return 0;
}

/* The only function there is. */
static struct pvgpu_guest_probe_result probe_one(const struct tree *tree)
{
    struct pvgpu_guest_probe_result result[2];
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, result, 2), 1);
    return result[0];
}

/* ---- What is found ---- */

static void nothing_is_found_where_nothing_is(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_guest_probe_result result;
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, &result, 1), 0);
    assert_int_equal(pvgpu_pci_probe("/nowhere", NULL, &result, 1), 0);
}

static void own_functions_come_first(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_guest_probe_result result[4];
    struct pvgpu_control_region *control = new_control(PVGPU_LINK_ID_IVSHMEM_PLAIN);
    make_ivshmem(tree, "0000:00:03.0", control);
    make_own(tree, "0000:00:05.0", PVGPU_REG_STATUS_READY);
    make_own(tree, "0000:00:04.0", PVGPU_REG_STATUS_READY);
    make_function(tree, "0000:00:06.0", "0x1af4\n", "0x1000\n", "0x020000\n"); /* a virtio network card */
    make_function(tree, "0000:00:07.0", "0x1234\n", "0x10f0\n", "0x030000\n");
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, result, 4), 3);
    assert_string_equal(result[0].address, "0000:00:04.0");
    assert_string_equal(result[1].address, "0000:00:05.0");
    assert_string_equal(result[2].address, "0000:00:03.0");
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, NULL, 0), 3);
    free(control);
}

static void a_function_can_be_named(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_guest_probe_result result[4];
    make_own(tree, "0000:00:04.0", 0);
    make_own(tree, "0000:00:05.0", 0);
    make_function(tree, "0000:00:06.0", "0x1af4\n", "0x10fe\n", "0x038000\n");
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, result, 4), 2);
    struct pvgpu_guest_pci_options options = {.vendor = 0x1AF4, .device = 0x10FE};
    assert_int_equal(pvgpu_pci_probe(tree->root, &options, result, 4), 1);
    assert_string_equal(result[0].address, "0000:00:06.0");
    options.address = "0000:00:05.0"; /* is another */
    assert_int_equal(pvgpu_pci_probe(tree->root, &options, result, 4), 0);
    options.vendor = options.device = 0;
    assert_int_equal(pvgpu_pci_probe(tree->root, &options, result, 4), 1);
    assert_string_equal(result[0].address, "0000:00:05.0");
}

static void an_own_function_is_described(void **state)
{
    const struct tree *tree = *state;
    make_own(tree, "0000:00:04.0", PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED);
    struct pvgpu_guest_probe_result result = probe_one(tree);
    assert_int_equal(result.vendor, PVGPU_PCI_VENDOR);
    assert_int_equal(result.device, PVGPU_PCI_DEVICE);
    assert_int_equal(result.class_code, PVGPU_PCI_CLASS);
    assert_int_equal(result.revision, 1);
    assert_int_equal(result.bar_bytes[0], PVGPU_BAR0_BYTES);
    assert_int_equal(result.bar_bytes[1], 4096);
    assert_int_equal(result.bar_bytes[2], BAR2_BYTES);
    assert_string_equal(result.driver, "");
    assert_true(result.is_readable && result.is_pvgpu);
    assert_int_equal(result.magic, PVGPU_MAGIC);
    assert_int_equal(result.version, PVGPU_VERSION_1_0);
    assert_int_equal(result.status, PVGPU_STATUS_READY);
    assert_int_equal(result.ring_bytes, 0x10000);
    assert_int_equal(result.heap_bytes, 0x20000);
    assert_int_equal(result.register_status, PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED);
    assert_int_equal(result.extension.link, PVGPU_LINK_ID_VFIO_USER);
    assert_int_equal(result.extension.generation, 77);
    assert_false(result.heartbeat_moves);
}

static void ivshmem_devices_are_told_apart_by_their_memory(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_guest_probe_result result[2];
    struct pvgpu_control_region *control = new_control(PVGPU_LINK_ID_IVSHMEM_PLAIN);
    make_ivshmem(tree, "0000:00:03.0", control);
    memset(control, 0x11, sizeof *control);
    make_ivshmem(tree, "0000:00:04.0", control);
    free(control);
    assert_int_equal(pvgpu_pci_probe(tree->root, NULL, result, 2), 2);
    assert_true(result[0].is_readable && result[0].is_pvgpu);
    assert_int_equal(result[0].register_status, UINT32_MAX);
    assert_int_equal(result[0].extension.link, PVGPU_LINK_ID_IVSHMEM_PLAIN);
    assert_true(result[1].is_readable && !result[1].is_pvgpu);
    assert_int_equal(result[1].magic, 0x11111111);
    assert_int_equal(result[1].extension.version, 0);
}

static void memory_decoding_is_left_as_it_was(void **state)
{
    const struct tree *tree = *state;
    char path[300], text[8] = "";
    make_own(tree, "0000:00:04.0", 0);
    assert_true(probe_one(tree).is_readable);
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices/0000:00:04.0/enable", tree->root);
    int fd = open(path, O_RDONLY);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_string_equal(text, "0\n"); /* written over: first with 1, then with 0 */
    /* Nothing is written where it is on, or a driver has the device. */
    make_text(tree, "0000:00:04.0", "enable", "3\n");
    assert_true(probe_one(tree).is_readable);
    make_text(tree, "0000:00:04.0", "enable", "");
    make_folder(tree, "/sys/bus/pci/drivers/something");
    make_link(tree, "0000:00:04.0", "driver", "../../drivers/something");
    assert_true(probe_one(tree).is_readable);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 0);
}

static void memory_that_is_missing_or_small_is_said(void **state)
{
    const struct tree *tree = *state;
    make_function(tree, "0000:00:04.0", "0x1af4\n", "0x1110\n", "0x050000\n");
    struct pvgpu_guest_probe_result result = probe_one(tree);
    assert_false(result.is_readable);
    assert_non_null(strstr(result.unreadable, "no BAR2"));
    make_sized(tree, "0000:00:04.0", "resource2", PVGPU_CONTROL_BYTES - 1);
    result = probe_one(tree);
    assert_false(result.is_readable);
    /* Not prefetchable: there is no resource2_wc. */
    make_sized(tree, "0000:00:04.0", "resource2", BAR2_BYTES);
    result = probe_one(tree);
    assert_true(result.is_readable && !result.is_pvgpu);
}

/* ---- The host ---- */

/* A heart that beats, in the file that is BAR2. */
struct heart {
    struct pvgpu_control_region *control;
    bool quit; /* atomic */
};

static void *beat(void *argument)
{
    struct heart *heart = argument;
    while (!__atomic_load_n(&heart->quit, __ATOMIC_ACQUIRE)) {
        __atomic_add_fetch(&heart->control->extension.host_heartbeat, 1, __ATOMIC_RELEASE);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return NULL;
}

static void a_heartbeat_is_watched(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_control_region *control = new_control(PVGPU_LINK_ID_IVSHMEM_PLAIN);
    control->extension.host_heartbeat = 5;
    make_ivshmem(tree, "0000:00:03.0", control);
    free(control);
    assert_false(probe_one(tree).heartbeat_moves);

    char path[300];
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices/0000:00:03.0/resource2_wc", tree->root);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    struct heart heart = {.control = mmap(NULL, PVGPU_CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)};
    assert_ptr_not_equal(heart.control, MAP_FAILED);
    close(fd);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, beat, &heart), 0);
    bool moves = probe_one(tree).heartbeat_moves;
    __atomic_store_n(&heart.quit, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(moves);
    munmap(heart.control, PVGPU_CONTROL_BYTES);
}

/* ---- Interrupts ---- */

static void refused_vfio(const struct tree *tree, const char *why)
{
    struct pvgpu_guest_probe_result result = probe_one(tree);
    assert_false(result.can_vfio);
    assert_non_null(strstr(result.no_vfio, why));
}

static void what_vfio_lacks_is_said(void **state)
{
    const struct tree *tree = *state;
    make_own(tree, "0000:00:04.0", 0);
    refused_vfio(tree, "module vfio-pci");
    make_folder(tree, "/sys/bus/pci/drivers/vfio-pci");
    refused_vfio(tree, "intel_iommu=on");
    make_folder(tree, "/sys/kernel/iommu_groups/3/devices/0000:00:05.0");
    make_link(tree, "0000:00:04.0", "iommu_group", "../../../../kernel/iommu_groups/3");
    refused_vfio(tree, "/dev/vfio/vfio");
    make_file(tree, "", 0, "/dev/vfio/vfio");
    assert_true(probe_one(tree).can_vfio);
    /* A neighbour in the group, and its driver. */
    char path[300];
    snprintf(path, sizeof path, "%s/sys/kernel/iommu_groups/3/devices/0000:00:05.0/driver", tree->root);
    assert_int_equal(symlink("../../../../../bus/pci/drivers/pcieport", path), 0);
    assert_true(probe_one(tree).can_vfio);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("../../../../../bus/pci/drivers/e1000e", path), 0);
    refused_vfio(tree, "0000:00:05.0, which has the driver e1000e");
    assert_int_equal(unlink(path), 0);
    make_link(tree, "0000:00:04.0", "driver", "../../drivers/uio_pci_generic");
    refused_vfio(tree, "uio_pci_generic has the device");
}

static void plain_ivshmem_has_no_interrupts(void **state)
{
    const struct tree *tree = *state;
    struct pvgpu_control_region *control = new_control(PVGPU_LINK_ID_IVSHMEM_PLAIN);
    make_ivshmem(tree, "0000:00:03.0", control);
    free(control);
    make_folder(tree, "/sys/bus/pci/drivers/vfio-pci");
    make_folder(tree, "/sys/bus/pci/drivers/uio_pci_generic");
    refused_vfio(tree, "ivshmem-plain has no interrupts");
    assert_non_null(strstr(probe_one(tree).no_uio, "ivshmem has no INTx"));
    make_sized(tree, "0000:00:03.0", "resource1", 4096); /* ivshmem-doorbell: has the vectors' table */
    refused_vfio(tree, "intel_iommu=on");
    assert_false(probe_one(tree).can_uio);
}

static void refused_uio(const struct tree *tree, const char *why)
{
    struct pvgpu_guest_probe_result result = probe_one(tree);
    assert_false(result.can_uio);
    assert_non_null(strstr(result.no_uio, why));
}

static void uio_wants_a_line(void **state)
{
    const struct tree *tree = *state;
    uint8_t config[64] = {[0x3D] = 1};
    make_own(tree, "0000:00:04.0", 0);
    refused_uio(tree, "no INTx");
    make_text(tree, "0000:00:04.0", "irq", "22\n"); /* a number without a pin: of MSI */
    refused_uio(tree, "no INTx");
    make_text(tree, "0000:00:04.0", "irq", "0\n");
    make_file(tree, config, sizeof config, "/sys/bus/pci/devices/0000:00:04.0/config");
    refused_uio(tree, "no INTx"); /* a pin that leads nowhere */
    make_text(tree, "0000:00:04.0", "irq", "22\n");
    refused_uio(tree, "module uio_pci_generic");
    make_folder(tree, "/sys/bus/pci/drivers/uio_pci_generic");
    assert_true(probe_one(tree).can_uio);
    make_link(tree, "0000:00:04.0", "driver", "../../drivers/vfio-pci");
    refused_uio(tree, "vfio-pci has the device");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_found_where_nothing_is),
        TEST(own_functions_come_first),
        TEST(a_function_can_be_named),
        TEST(an_own_function_is_described),
        TEST(ivshmem_devices_are_told_apart_by_their_memory),
        TEST(memory_decoding_is_left_as_it_was),
        TEST(memory_that_is_missing_or_small_is_said),
        TEST(a_heartbeat_is_watched),
        TEST(what_vfio_lacks_is_said),
        TEST(plain_ivshmem_has_no_interrupts),
        TEST(uio_wants_a_line),
    };
    return cmocka_run_group_tests_name("guest probe", tests, NULL, NULL);
}
