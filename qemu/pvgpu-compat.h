/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the versions of QEMU that the pvgpu device is built in: 7.2 and later. Everything else that the
 * device uses has been the same all the time.
 *
 * Included after "qemu/osdep.h". Tells headers apart by looking for them, the rest by QEMU's version number, so that
 * a development tree is taken for the release before it.
 */
#ifndef PVGPU_COMPAT_H
#define PVGPU_COMPAT_H

/* include/sysemu became include/system in 10.0; headers of include/hw moved to include/hw/core in 11.0. */
#if __has_include("system/hostmem.h")
#include "system/hostmem.h"
#include "system/runstate.h"
#include "system/system.h"
#else
#include "sysemu/hostmem.h"
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#endif
#if __has_include("hw/core/qdev-properties.h")
#include "hw/core/qdev-properties.h"
#include "hw/core/resettable.h"
#else
#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#endif
/* PCIDevice has had a header of its own since 8.0, which "hw/pci/pci.h" does not bring any more since 10.2. */
#if __has_include("hw/pci/pci_device.h")
#include "hw/pci/pci_device.h"
#endif
#include "qemu/main-loop.h"

#define PVGPU_QEMU_VERSION (QEMU_VERSION_MAJOR * 100 + QEMU_VERSION_MINOR)

/* Whether this thread holds the big lock; renamed in 9.0. */
static inline bool pvgpu_holds_big_lock(void)
{
#if PVGPU_QEMU_VERSION >= 900
    return bql_locked();
#else
    return qemu_mutex_iothread_locked();
#endif
}

/* The hold phase of a reset was given the reset's type in 9.1. */
#if PVGPU_QEMU_VERSION >= 901
#define PVGPU_RESET_HOLD(name, object) void name(Object *object, ResetType type)
#else
#define PVGPU_RESET_HOLD(name, object) void name(Object *object)
#endif

/* Lists of properties are constant and end without a mark since 10.0. */
#if PVGPU_QEMU_VERSION >= 1000
#define PVGPU_PROPERTY_LIST const Property
#define PVGPU_PROPERTY_END
#else
#define PVGPU_PROPERTY_LIST Property
#define PVGPU_PROPERTY_END DEFINE_PROP_END_OF_LIST(),
#endif

/* What a class is initialised with is constant since 10.1. */
#if PVGPU_QEMU_VERSION >= 1001
#define PVGPU_CLASS_DATA const void
#else
#define PVGPU_CLASS_DATA void
#endif

#endif
