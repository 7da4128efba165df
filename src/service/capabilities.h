/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What this program can do, for the programs that manage it. */
#ifndef PVGPU_SERVICE_CAPABILITIES_H
#define PVGPU_SERVICE_CAPABILITIES_H

/*
 * --print-capabilities: one JSON object on standard output. Its keys `type` and `features` are those of QEMU's
 * vhost-user back-end program conventions (docs/interop/vhost-user.rst); what is not vhost-user has keys of its own.
 * Returns an exit code.
 */
int pvgpu_capabilities_print(void);

#endif
