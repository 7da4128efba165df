/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Many VMs, one after the other: connects, waits for a fence, leaves.
 *
 *   connects ENDPOINT COUNT
 */
#include "base/time.h"
#include "pvgpu/guest.h"

#include <stdio.h>
#include <stdlib.h>

#define WAIT_NS (60 * PVGPU_NS_PER_S)

static bool connect_once(const char *endpoint)
{
    struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open(endpoint, PVGPU_MIN_SHMEM_BYTES);
    struct pvgpu_guest *guest = transport ? pvgpu_guest_create(transport) : NULL;
    bool good = guest && pvgpu_guest_finish(guest, WAIT_NS) == PVGPU_WAIT_DONE;
    pvgpu_guest_destroy(guest);
    return good;
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (!count) {
        fprintf(stderr, "usage: connects ENDPOINT COUNT\n");
        return 2;
    }
    for (unsigned long i = 1; i <= count; i++) {
        if (!connect_once(argv[1])) {
            fprintf(stderr, "connects: the one of number %lu failed\n", i);
            return 1;
        }
    }
    printf("%lu connections\n", count);
    return 0;
}
