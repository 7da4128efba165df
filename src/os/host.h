/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What this machine has and allows, for a check before the service starts. Any thread; nothing is changed. */
#ifndef PVGPU_OS_HOST_H
#define PVGPU_OS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The user of this process, for people: "name (1000)", or the name alone on Windows. Always a text. */
void pvgpu_host_user(char *text, size_t size);

/*
 * Memory that could be had now without pushing others out: what Linux calls available, on Windows what is left to
 * commit. False: the system does not tell.
 */
bool pvgpu_host_free_memory(uint64_t *bytes);

/*
 * Space for named shared memory, which QEMU's pvgpu device makes: what is free in /dev/shm; on Windows the same as
 * above. False: there is none, or this user may not use it.
 */
bool pvgpu_host_free_shared_memory(uint64_t *bytes);

/* What a folder is to an endpoint in it. */
enum pvgpu_host_folder {
    PVGPU_HOST_FOLDER_FINE,
    PVGPU_HOST_FOLDER_MISSING,
    PVGPU_HOST_FOLDER_NO_FOLDER, /* something else has that name */
    PVGPU_HOST_FOLDER_FOREIGN, /* belongs to a user who is neither this one nor root, and who could replace things */
    PVGPU_HOST_FOLDER_OPEN, /* others may write to it and, without the sticky bit, replace what is not theirs */
    PVGPU_HOST_FOLDER_NO_ACCESS, /* this user cannot make files in it */
};

/*
 * Judges the folder of an endpoint's path and writes its name to `folder` (cut if it does not fit). Always fine on
 * Windows, where pipes have no folders.
 */
enum pvgpu_host_folder pvgpu_host_judge_folder(const char *path, char *folder, size_t size);

#endif
