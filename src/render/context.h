/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A guest context: its objects, its bound state, its limits, and the handlers that execute its commands. Protocol 1.0
 * has one context a session. Everything here belongs to the render thread.
 *
 * A handler gets the private copy of a command whose size was checked against the table; it checks the rest, in the
 * order that docs/protocol.md states (known ids, kinds, parameters, limits, host), and either does the whole command or
 * reports a fault and does nothing more.
 */
#ifndef PVGPU_RENDER_CONTEXT_H
#define PVGPU_RENDER_CONTEXT_H

#include "base/checked.h"
#include "base/log.h"
#include "base/pool.h"
#include "gpu/gpu.h"
#include "gpu/object_table.h"
#include "gpu/state.h"
#include "render/timeline.h"
#include "shm/control_page.h"
#include "shm/ring.h"
#include "wire/command.h"
#include "wire/rule.h"

/* What a VM may have alive at once; docs/protocol.md, "Limits", says what counts. */
struct pvgpu_limits {
    uint64_t resource_bytes; /* of all that is counted (enum pvgpu_memory_kind) */
    uint64_t one_resource_bytes; /* of a single resource */
    uint32_t objects; /* of all kinds, derived ones included */
    uint32_t shaders;
};

/*
 * The limits on an adapter with so much memory (0: unknown, taken as 4 GiB): three quarters of it; 2 GiB for one
 * resource, or all if that is less; 1,000,000 objects and 65,536 shaders: what a large program uses, with room.
 */
struct pvgpu_limits pvgpu_limits_for(uint64_t adapter_bytes);

/* The same for an adapter of 4 GiB, as the null renderer is one. */
struct pvgpu_limits pvgpu_limits_default(void);

/* Who is told about a guest's faults; called in the middle of a command. */
struct pvgpu_fault_sink {
    void *user;
    void (*report)(void *user, uint32_t code, uint32_t argument);
};

struct pvgpu_context {
    struct pvgpu_gpu *gpu;
    struct pvgpu_timeline *timeline; /* fences, presents and read-backs go here */
    struct pvgpu_statistics *statistics; /* shared with the session */
    struct pvgpu_fault_sink faults;
    const uint8_t *heap; /* guest memory */
    uint64_t heap_bytes;
    struct pvgpu_limits limits;
    struct pvgpu_log log;
    struct pvgpu_log_limit fault_lines; /* guests decide how many faults there are */

    struct pvgpu_object_table objects;
    struct pvgpu_hash_index variants; /* struct pvgpu_layout_variant, by layout and vertex shader */
    struct pvgpu_pool pool; /* where objects and what belongs to them lie, apart from bytecode */
    struct pvgpu_state state;
    uint64_t resource_bytes; /* alive now, of every enum pvgpu_memory_kind; the timeline counts its copy here too */
    uint32_t object_count; /* alive now, destroyed-but-bound and derived ones included */
    uint32_t shader_count;
    uint32_t next_serial;
    bool pipeline_stale; /* a shader or the topology changed since pipeline_rule was found */
    enum pvgpu_rule pipeline_rule; /* what the stages break together; NONE: they fit */
    bool layout_stale; /* input layout or vertex shader changed since the variant was chosen */
    uint32_t current_opcode; /* of the command being executed */
    uint32_t current_size; /* its size field */
};

void pvgpu_context_init(struct pvgpu_context *context, struct pvgpu_gpu *gpu, struct pvgpu_timeline *timeline,
                        struct pvgpu_statistics *statistics, const struct pvgpu_fault_sink *faults,
                        const struct pvgpu_limits *limits, const struct pvgpu_log *log);

/* Where the guest's heap is; called at every reset. */
void pvgpu_context_set_heap(struct pvgpu_context *context, const void *heap, uint64_t bytes);

/* Unbinds and destroys everything: counts are 0 afterwards. The context can be used again. */
void pvgpu_context_clear(struct pvgpu_context *context);

/* Executes one command. Never fails: faults go to the sink. */
void pvgpu_context_execute(struct pvgpu_context *context, struct pvgpu_command *command);

/* ---- for the handlers ---------------------------------------------------------------------------------------- */

/* Reports that a rule was broken: the guest learns the rule's code and the argument, the log (rate-limited) its text. */
void pvgpu_context_fault(struct pvgpu_context *context, enum pvgpu_rule rule, uint32_t argument);

/* The same for what has a table of its own: bytecode. `text` says in English what is wrong. */
void pvgpu_context_fault_text(struct pvgpu_context *context, uint32_t code, uint32_t argument, const char *text);

/* Reports a bad value in a command that is about no object of its own: error 1 with the opcode. */
void pvgpu_context_refuse(struct pvgpu_context *context, enum pvgpu_rule rule);

/* Reports what a renderer returned for the object with that id, a refusal as `refused`; true when it was PVGPU_GPU_OK. */
bool pvgpu_context_check(struct pvgpu_context *context, enum pvgpu_gpu_result result, uint32_t id,
                         enum pvgpu_rule refused);

/* An object of any kind, or NULL after reporting error 2 (id 0) or 3. */
struct pvgpu_object *pvgpu_context_find(struct pvgpu_context *context, uint32_t id);

/* An object of one type, or NULL after reporting error 2 (id 0, or another type) or 3. */
struct pvgpu_object *pvgpu_context_find_type(struct pvgpu_context *context, uint32_t id, enum pvgpu_object_type type);

/* Whether an object, which the guest named by that id, is of that type; reports error 2 if not. */
bool pvgpu_context_expect(struct pvgpu_context *context, const struct pvgpu_object *object, uint32_t id,
                          enum pvgpu_object_type type);

/*
 * Allocates an object of `size` bytes (0 beyond the base) of the given type for the guest's id, counted against the
 * limit. NULL after reporting error 2 (id 0) or 4.
 */
void *pvgpu_context_new_object(struct pvgpu_context *context, size_t size, uint32_t id, enum pvgpu_object_type type);

/* Publishes how many objects and bytes are alive, after one of the counts changed. */
void pvgpu_context_count(struct pvgpu_context *context);

/* Whether so many bytes more stay within the limit of all. */
static inline bool pvgpu_context_has_room(const struct pvgpu_context *context, uint64_t bytes)
{
    return pvgpu_range_fits(context->limits.resource_bytes, context->resource_bytes, bytes);
}

/* Counts bytes that came to be alive, or (discharge) are no more. Published with the next pvgpu_context_count. */
void pvgpu_context_charge(struct pvgpu_context *context, enum pvgpu_memory_kind kind, uint64_t bytes);
void pvgpu_context_discharge(struct pvgpu_context *context, enum pvgpu_memory_kind kind, uint64_t bytes);

/* The same for the bytes of a new resource; its release discharges them. */
void pvgpu_context_charge_resource(struct pvgpu_context *context, const struct pvgpu_resource *resource);

/* Zeroed memory for what belongs to an object, at most PVGPU_POOL_LARGEST bytes; NULL: none left. */
void *pvgpu_context_take(struct pvgpu_context *context, size_t size);
/* Gives it back; the same size. NULL is fine. */
void pvgpu_context_give(struct pvgpu_context *context, void *memory, size_t size);

/* Destroys a layout that was made for a vertex shader; the caller publishes the counts. */
void pvgpu_context_drop_variant(struct pvgpu_context *context, struct pvgpu_layout_variant *variant);

/* The part of releasing a shader that is about what it holds; the size of its struct. */
size_t pvgpu_context_finish_shader(struct pvgpu_context *context, struct pvgpu_shader *shader);

/* Puts a finished object into the table, in place of a live one with its id (released, with a warning). */
void pvgpu_context_publish(struct pvgpu_context *context, struct pvgpu_object *object);

/* Takes an id out of the table and drops the reference of the table. */
void pvgpu_context_withdraw(struct pvgpu_context *context, uint32_t id);

/* Reference counting; release destroys at 0. NULL is fine. */
static inline void *pvgpu_object_retain(void *object)
{
    if (object)
        ((struct pvgpu_object *)object)->references++;
    return object;
}
void pvgpu_context_release(struct pvgpu_context *context, void *object);

/* Replaces a bound reference. Returns whether it changed. */
bool pvgpu_context_bind(struct pvgpu_context *context, void *slot_pointer, void *object);

/* The guest bytes of a heap range, or NULL when it is not inside the heap. Guest memory: read it once. */
const void *pvgpu_context_heap_range(const struct pvgpu_context *context, uint64_t offset, uint64_t bytes);

/* Brings the bound state to the device before a draw; false: the draw must be skipped (already reported). */
bool pvgpu_context_prepare_draw(struct pvgpu_context *context);
/* The same before a dispatch. */
bool pvgpu_context_prepare_dispatch(struct pvgpu_context *context);

/* Handlers, one a command, named by wire/commands.inc. */
#define PVGPU_COMMAND(NAME, name, struct_name, least) \
    void pvgpu_handle_##name(struct pvgpu_context *context, const struct pvgpu_cmd_##struct_name *command);
#include "wire/commands.inc"
#undef PVGPU_COMMAND

#endif
