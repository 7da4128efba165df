/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "pci_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/platform.h"

#define DEVICES "/sys/bus/pci/devices"
#define CONFIG_INTERRUPT_PIN 0x3Du /* offset in configuration space; 0: the function has no line */
#define PATH_BYTES 600u

/* Reads an attribute's first line, without its end. An empty string if it cannot be read. */
static void read_text(const char *folder, const char *attribute, char *text, size_t size)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, attribute);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(text, (int)size, file)) {
        text[0] = '\0';
    }
    if (file) {
        fclose(file);
    }
    text[strcspn(text, "\n")] = '\0';
}

/* A number as sysfs prints it; 0 if it cannot be read. */
static uint32_t read_number(const char *folder, const char *attribute, int base)
{
    char text[32];
    read_text(folder, attribute, text, sizeof text);
    return (uint32_t)strtoul(text, NULL, base);
}

bool pvgpu_pci_read_link(const char *folder, const char *attribute, char *name, size_t size)
{
    char path[PATH_BYTES], target[512];
    snprintf(path, sizeof path, "%s/%s", folder, attribute);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) {
        return false;
    }
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    const char *last = slash ? slash + 1 : target;
    if (strlen(last) >= size) {
        return false;
    }
    strcpy(name, last);
    return true;
}

static uint64_t read_bar_bytes(const char *folder, unsigned bar)
{
    char path[PATH_BYTES];
    struct stat info;
    snprintf(path, sizeof path, "%s/resource%u", folder, bar);
    return stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
}

/* A line that the kernel has routed to an interrupt: the pin alone says that there is one, the number where it leads. */
static bool read_intx(const char *folder)
{
    char path[PATH_BYTES];
    uint8_t pin = 0;
    snprintf(path, sizeof path, "%s/config", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool has_pin = fd >= 0 && pread(fd, &pin, 1, CONFIG_INTERRUPT_PIN) == 1 && pin != 0;
    if (fd >= 0) {
        close(fd);
    }
    return has_pin && read_number(folder, "irq", 10) != 0;
}

/* Whether a function with these ids may be a device of ours, or of a host with other ids that we were told. */
static bool has_our_ids(const struct pvgpu_guest_pci_options *options, const struct pvgpu_pci_function *function)
{
    if (options && (options->vendor || options->device)) {
        return function->vendor == options->vendor && function->device == options->device;
    }
    return function->is_ivshmem || (function->vendor == PVGPU_PCI_VENDOR && function->device == PVGPU_PCI_DEVICE);
}

/* false: a function of others, or not the one that is wanted. */
static bool read_function(const char *root, const struct pvgpu_guest_pci_options *options, const char *address,
                          struct pvgpu_pci_function *function)
{
    if (options && options->address && strcmp(address, options->address) != 0) {
        return false;
    }
    memset(function, 0, sizeof *function);
    int length = snprintf(function->folder, sizeof function->folder, "%s" DEVICES "/%s", root, address);
    if (strlen(address) >= sizeof function->address || strlen(root) >= sizeof function->root ||
        (size_t)length >= sizeof function->folder) {
        return false;
    }
    strcpy(function->address, address);
    strcpy(function->root, root);
    function->vendor = read_number(function->folder, "vendor", 16);
    function->device = read_number(function->folder, "device", 16);
    function->is_ivshmem = function->vendor == PVGPU_IVSHMEM_VENDOR && function->device == PVGPU_IVSHMEM_DEVICE;
    if (!has_our_ids(options, function)) {
        return false;
    }
    function->class_code = read_number(function->folder, "class", 16);
    function->revision = read_number(function->folder, "revision", 16);
    for (unsigned bar = 0; bar < PVGPU_PCI_BARS; bar++) {
        function->bar_bytes[bar] = read_bar_bytes(function->folder, bar);
    }
    function->has_intx = read_intx(function->folder);
    pvgpu_pci_read_link(function->folder, "driver", function->driver, sizeof function->driver);
    return true;
}

static int compare_functions(const void *a, const void *b)
{
    const struct pvgpu_pci_function *x = a, *y = b;
    return x->is_ivshmem != y->is_ivshmem ? (int)x->is_ivshmem - (int)y->is_ivshmem : strcmp(x->address, y->address);
}

size_t pvgpu_pci_list(const char *root, const struct pvgpu_guest_pci_options *options, struct pvgpu_pci_function *list,
                      size_t capacity)
{
    char devices[PATH_BYTES];
    size_t count = 0;
    snprintf(devices, sizeof devices, "%s" DEVICES, root);
    DIR *folder = opendir(devices);
    const struct dirent *entry;
    while (folder && count < capacity && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' && read_function(root, options, entry->d_name, &list[count])) {
            count++;
        }
    }
    if (folder) {
        closedir(folder);
    }
    qsort(list, count, sizeof *list, compare_functions);
    return count;
}

/* ---- Memory ---- */

bool pvgpu_pci_write(const char *folder, const char *attribute, const char *text)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, attribute);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t length = (ssize_t)strlen(text);
    bool written = fd >= 0 && write(fd, text, (size_t)length) == length;
    int error = errno;
    if (!written) {
        pvgpu_platform_log("writing '%s' to %s: %s", text, path, strerror(error));
    }
    if (fd >= 0) {
        close(fd);
    }
    errno = error;
    return written;
}

bool pvgpu_pci_enable(const struct pvgpu_pci_function *function)
{
    /* A driver has done it, and the attribute cannot be written then. */
    return function->driver[0] != '\0' || read_number(function->folder, "enable", 10) != 0 ||
           pvgpu_pci_write(function->folder, "enable", "1");
}

void *pvgpu_pci_map(const struct pvgpu_pci_function *function, const char *name, bool writable, uint64_t *bytes)
{
    char path[PATH_BYTES];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", function->folder, name);
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    void *mapping = MAP_FAILED;
    if (fstat(fd, &info) == 0) {
        *bytes = *bytes == 0 ? (uint64_t)info.st_size : *bytes;
        mapping = mmap(NULL, (size_t)*bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    }
    int error = errno;
    close(fd);
    errno = error;
    return mapping == MAP_FAILED ? NULL : mapping;
}

PVGPU_PRINTF(3, 4) static void say(char *why, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, size, format, args);
    va_end(args);
}

static bool is_locked_down(const char *root)
{
    char folder[PATH_BYTES], text[128];
    snprintf(folder, sizeof folder, "%s/sys/kernel/security", root);
    read_text(folder, "lockdown", text, sizeof text);
    return strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

static void explain(const struct pvgpu_pci_function *function, int error, char *why, size_t size)
{
    if (error == EPERM && is_locked_down(function->root)) {
        say(why, size, "the kernel is locked down (Secure Boot), which keeps PCI memory from programs; vfio-pci works");
    } else if (error == EPERM || error == EACCES) {
        say(why, size, "this user may not (%s): run as root", strerror(error));
    } else if (error == EINVAL && function->driver[0]) {
        say(why, size, "the driver %s keeps it for itself", function->driver);
    } else {
        say(why, size, "%s", strerror(error));
    }
}

bool pvgpu_pci_view_open(struct pvgpu_pci_view *view, const struct pvgpu_pci_function *function, char *why, size_t size)
{
    memset(view, 0, sizeof *view);
    if (function->bar_bytes[2] < PVGPU_CONTROL_BYTES) {
        say(why, size, "it has no BAR2, or one that is too small");
        return false;
    }
    if (function->driver[0] == '\0' && read_number(function->folder, "enable", 10) == 0) {
        if (!pvgpu_pci_write(function->folder, "enable", "1")) {
            explain(function, errno, why, size);
            return false;
        }
        view->switched_on = true;
    }
    uint64_t bytes = PVGPU_CONTROL_BYTES;
    view->control = pvgpu_pci_map(function, "resource2_wc", false, &bytes);
    if (!view->control && errno == ENOENT) {
        view->control = pvgpu_pci_map(function, "resource2", false, &bytes);
    }
    if (!view->control) {
        explain(function, errno, why, size);
        pvgpu_pci_view_close(view, function);
        return false;
    }
    bytes = PVGPU_BAR0_BYTES;
    if (!function->is_ivshmem && function->bar_bytes[0] >= PVGPU_BAR0_BYTES) {
        view->registers = pvgpu_pci_map(function, "resource0", false, &bytes);
    }
    return true;
}

void pvgpu_pci_view_close(struct pvgpu_pci_view *view, const struct pvgpu_pci_function *function)
{
    if (view->control) {
        munmap(view->control, PVGPU_CONTROL_BYTES);
    }
    if (view->registers) {
        munmap((void *)(uintptr_t)view->registers, PVGPU_BAR0_BYTES);
    }
    if (view->switched_on) {
        pvgpu_pci_write(function->folder, "enable", "0");
    }
    memset(view, 0, sizeof *view);
}

/* ---- Interrupts ---- */

static bool is_there(const char *root, const char *path, int mode)
{
    char whole[PATH_BYTES];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    return access(whole, mode) == 0;
}

/* All functions of a group go to one program: a neighbour's driver stands in the way. */
static bool has_busy_neighbour(const struct pvgpu_pci_function *function, char *why, size_t size)
{
    static const char *const harmless[] = {"vfio-pci", "pci-stub", "pcieport", "shpchp"};
    char path[PATH_BYTES], neighbour[PATH_BYTES * 2], driver[64];
    bool busy = false;
    snprintf(path, sizeof path, "%s/iommu_group/devices", function->folder);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && !busy && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, function->address) == 0) {
            continue;
        }
        snprintf(neighbour, sizeof neighbour, "%s/%s", path, entry->d_name);
        busy = pvgpu_pci_read_link(neighbour, "driver", driver, sizeof driver);
        for (size_t i = 0; busy && i < sizeof harmless / sizeof harmless[0]; i++) {
            busy = strcmp(driver, harmless[i]) != 0;
        }
        if (busy) {
            say(why, size, "it shares its IOMMU group with %s, which has the driver %s", entry->d_name, driver);
        }
    }
    if (folder) {
        closedir(folder);
    }
    return busy;
}

bool pvgpu_pci_can_vfio(const struct pvgpu_pci_function *function, char *why, size_t size)
{
    char group[64];
    if (function->is_ivshmem && function->bar_bytes[1] == 0) {
        say(why, size, "ivshmem-plain has no interrupts");
    } else if (function->driver[0] && strcmp(function->driver, "vfio-pci") != 0) {
        say(why, size, "the driver %s has the device", function->driver);
    } else if (!is_there(function->root, "/sys/bus/pci/drivers/vfio-pci", F_OK)) {
        say(why, size, "the module vfio-pci is not loaded");
    } else if (!pvgpu_pci_read_link(function->folder, "iommu_group", group, sizeof group)) {
        say(why, size,
            "the VM has no IOMMU (QEMU: -device intel-iommu) or the kernel does not use it (intel_iommu=on)");
    } else if (!is_there(function->root, "/dev/vfio/vfio", R_OK | W_OK)) {
        say(why, size, "/dev/vfio/vfio: %s", strerror(errno));
    } else {
        return !has_busy_neighbour(function, why, size);
    }
    return false;
}

bool pvgpu_pci_can_uio(const struct pvgpu_pci_function *function, char *why, size_t size)
{
    if (function->is_ivshmem) {
        say(why, size, "ivshmem has no INTx, and uio knows nothing else");
    } else if (!function->has_intx) {
        say(why, size, "the device has no INTx");
    } else if (function->driver[0] && strcmp(function->driver, "uio_pci_generic") != 0) {
        say(why, size, "the driver %s has the device", function->driver);
    } else if (!is_there(function->root, "/sys/bus/pci/drivers/uio_pci_generic", F_OK)) {
        say(why, size, "the module uio_pci_generic is not loaded");
    } else {
        return true;
    }
    return false;
}
