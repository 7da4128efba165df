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
#include "pvgpu/protocol.h"

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

bool pvgpu_pci_find(char *device, size_t size)
{
    bool found = false;
    DIR *folder = opendir(DEVICES);
    const struct dirent *entry;
    while (folder && !found && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(device, size, DEVICES "/%s", entry->d_name);
        found = read_number(device, "vendor") == PVGPU_PCI_VENDOR && read_number(device, "device") == PVGPU_PCI_DEVICE;
    }
    if (folder) {
        closedir(folder);
    }
    if (!found) {
        pvgpu_platform_log("no PVGPU device: nothing with id %04x:%04x in " DEVICES, PVGPU_PCI_VENDOR,
                           PVGPU_PCI_DEVICE);
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
