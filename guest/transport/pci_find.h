/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Looking for PVGPU functions in Linux's sysfs, and at their memory, shared by all ways of reaching them. `root` is what
 * stands before every path: empty in a VM, the folder of a made-up tree in tests.
 */
#ifndef PVGPU_GUEST_PCI_FIND_H
#define PVGPU_GUEST_PCI_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pvgpu/guest.h"

#define PVGPU_PCI_FUNCTIONS 16u /* that are looked at; a VM has one, rarely two */
#define PVGPU_PCI_BARS 3u

/* A function that is PVGPU's by its ids, or an ivshmem device, whose memory alone says what it is for. */
struct pvgpu_pci_function {
    char root[200]; /* as given to pvgpu_pci_list */
    char folder[300]; /* in sysfs, `root` included */
    char address[32]; /* "0000:00:02.0" */
    char driver[64]; /* that is bound; empty: none */
    uint32_t vendor, device, class_code, revision;
    uint64_t bar_bytes[PVGPU_PCI_BARS]; /* 0: there is no such BAR */
    bool is_ivshmem; /* 1AF4:1110, without registers of ours */
    bool has_intx; /* an interrupt line is connected */
};

/* Fills `list` with at most `capacity` of the functions that the options name (NULL: all): those with PVGPU's own ids
 * first, each kind by address. How many. */
size_t pvgpu_pci_list(const char *root, const struct pvgpu_guest_pci_options *options, struct pvgpu_pci_function *list,
                      size_t capacity);

/* A function's memory, mapped for looking at it. */
struct pvgpu_pci_view {
    struct pvgpu_control_region *control; /* read only, shared with the host */
    const volatile uint32_t *registers; /* BAR0 of a function with PVGPU's own ids, read only; else NULL */
    bool switched_on; /* memory decoding was off before */
};

/* false: it cannot be looked at, and `why` says so in a few words. Closing leaves the function as it was found. */
bool pvgpu_pci_view_open(struct pvgpu_pci_view *view, const struct pvgpu_pci_function *function, char *why,
                         size_t size);
void pvgpu_pci_view_close(struct pvgpu_pci_view *view, const struct pvgpu_pci_function *function);

/* Switches memory decoding on where no driver has done it. false: said on stderr. */
bool pvgpu_pci_enable(const struct pvgpu_pci_function *function);

/* Maps a resource file of the function: `bytes` of it, or with *bytes 0 all, which is the BAR's size and then stored.
 * Writable or read only. NULL: errno. The first mapping of a BAR decides about its caching: "resource2_wc" before
 * "resource2", and never both. */
void *pvgpu_pci_map(const struct pvgpu_pci_function *function, const char *name, bool writable, uint64_t *bytes);

/* Writes text into an attribute in a folder of sysfs. false: errno, said on stderr as well. */
bool pvgpu_pci_write(const char *folder, const char *attribute, const char *text);

/* Last component of the link folder/attribute; false if there is none, or it is too long. */
bool pvgpu_pci_read_link(const char *folder, const char *attribute, char *name, size_t size);

/* Whether a driver could deliver interrupts of this function to a program; if not, `why` says what is missing. */
bool pvgpu_pci_can_vfio(const struct pvgpu_pci_function *function, char *why, size_t size);
bool pvgpu_pci_can_uio(const struct pvgpu_pci_function *function, char *why, size_t size);

#endif
