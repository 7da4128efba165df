/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "pci_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/platform.h"
#include "pvgpu/guest.h"

#define DEVICES "/sys/bus/pci/devices"

/* A number as sysfs prints it (0x1af4); 0 if it cannot be read. */
static unsigned long read_number(const char *device, const char *attribute)
{
    char path[512], text[32] = "";
    snprintf(path, sizeof path, "%s/%s", device, attribute);
    FILE *file = fopen(path, "re");
    if (!file) {
        return 0;
    }
    if (!fgets(text, sizeof text, file)) {
        text[0] = '\0';
    }
    fclose(file);
    return strtoul(text, NULL, 16);
}

bool pvgpu_pci_find(const struct pvgpu_guest_pci_options *options, char *device, size_t size)
{
    const bool named = options && (options->vendor || options->device);
    const unsigned vendor_id = named ? options->vendor : PVGPU_PCI_VENDOR;
    const unsigned device_id = named ? options->device : PVGPU_PCI_DEVICE;
    bool found = false;
    DIR *folder = opendir(DEVICES);
    const struct dirent *entry;
    while (folder && !found && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(device, size, DEVICES "/%s", entry->d_name);
        found = read_number(device, "vendor") == vendor_id && read_number(device, "device") == device_id;
    }
    if (folder) {
        closedir(folder);
    }
    if (!found) {
        pvgpu_platform_log("no PVGPU device: nothing with id %04x:%04x in " DEVICES, vendor_id, device_id);
    }
    return found;
}

bool pvgpu_pci_write(const char *device, const char *attribute, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", device, attribute);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t length = (ssize_t)strlen(text);
    bool written = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (!written) {
        pvgpu_platform_log("writing '%s' to %s: %s", text, path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return written;
}
