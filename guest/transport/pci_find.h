/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Looking for the PVGPU function in Linux's sysfs, shared by both ways of reaching it. */
#ifndef PVGPU_GUEST_PCI_FIND_H
#define PVGPU_GUEST_PCI_FIND_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the sysfs folder of the first 1AF4:10F0 function into `device`. false: there is none, said on stderr. */
bool pvgpu_pci_find(char *device, size_t size);

/* Writes text into an attribute of the function. false: said on stderr. */
bool pvgpu_pci_write(const char *device, const char *attribute, const char *text);

#endif
