/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Looking for the PVGPU function in Linux's sysfs, shared by both ways of reaching it. */
#ifndef PVGPU_GUEST_PCI_FIND_H
#define PVGPU_GUEST_PCI_FIND_H

#include <stdbool.h>
#include <stddef.h>

struct pvgpu_guest_pci_options;

/* Writes the sysfs folder of the first function that the options name (NULL: 1AF4:10F0) into `device`. false: there is
 * none, said on stderr. */
bool pvgpu_pci_find(const struct pvgpu_guest_pci_options *options, char *device, size_t size);

/* Writes text into an attribute of the function. false: said on stderr. */
bool pvgpu_pci_write(const char *device, const char *attribute, const char *text);

#endif
