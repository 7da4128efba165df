/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The system's part of shared textures: the page as a named section, the consumers' events and Global\PVGPU_FrameEvent.
 * Windows only, as shared textures are: texture_board_win32.c. Owned by the render thread.
 */
#ifndef PVGPU_PRESENT_TEXTURE_BOARD_H
#define PVGPU_PRESENT_TEXTURE_BOARD_H

#include "base/log.h"
#include "present/texture_host.h"

#include <stdbool.h>

/*
 * `vm` is the VM's name; nothing is made yet but, for the first VM, the frame event (without it, a warning, and the
 * consumers' own events are signalled alone). NULL: logged.
 */
struct pvgpu_texture_board *pvgpu_texture_board_create(const char *vm, bool is_first_vm, const struct pvgpu_log *log);

#endif
