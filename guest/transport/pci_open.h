/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ways of reaching a PCI function that was found. Each returns NULL on failure, with the reason on stderr. */
#ifndef PVGPU_GUEST_PCI_OPEN_H
#define PVGPU_GUEST_PCI_OPEN_H

#include "pci_find.h"
#include "pvgpu/guest.h"

/* BARs through sysfs, no interrupts: waits poll. */
struct pvgpu_guest_transport *pvgpu_pci_sysfs_open(const struct pvgpu_pci_function *function);

/* vfio-pci, which the function is bound to by this call; MSI-X, or the interrupt line. */
struct pvgpu_guest_transport *pvgpu_pci_vfio_open(const struct pvgpu_pci_function *function, bool intx);

/* uio_pci_generic, which the function is bound to by this call; the interrupt line. */
struct pvgpu_guest_transport *pvgpu_pci_uio_open(const struct pvgpu_pci_function *function);

/* Binds a function to a driver whose module is loaded, after taking it from another. false: said on stderr. */
bool pvgpu_pci_bind(const struct pvgpu_pci_function *function, const char *driver);

/* pvgpu_guest_probe() in a tree of its own (pci_find.h: `root`). */
size_t pvgpu_pci_probe(const char *root, const struct pvgpu_guest_pci_options *options,
                       struct pvgpu_guest_probe_result *list, size_t capacity);

#endif
