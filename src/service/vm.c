/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/vm.h"

#include "base/time.h"
#include "service/session.h"

/* A renderer dies with its session, unless its driver keeps it in the kernel. */
#define LAST_WORDS_NS (200 * PVGPU_NS_PER_MS)

void pvgpu_vm_init(struct pvgpu_vm *vm, const struct pvgpu_options *options, enum pvgpu_link_kind link)
{
    *vm = (struct pvgpu_vm){
        .options = options,
        .link = link,
        .since_ns = pvgpu_time_now_ns(),
        .file = PVGPU_NO_HANDLE,
        .session = {.handle = PVGPU_NO_HANDLE},
        .page = {.handle = PVGPU_NO_HANDLE},
    };
}

void pvgpu_vm_hear_out(struct pvgpu_vm *vm)
{
    pvgpu_log_source_destroy(vm->said, LAST_WORDS_NS);
    vm->said = NULL;
}

void pvgpu_vm_finish(struct pvgpu_vm *vm)
{
    pvgpu_vm_hear_out(vm);
    pvgpu_shared_memory_finish(&vm->page);
    if (vm->has_quit)
        pvgpu_event_finish(&vm->quit);
    pvgpu_listener_destroy(vm->frames);
    vm->has_quit = false;
    vm->frames = NULL;
}

static bool make_page(struct pvgpu_vm *vm, const struct pvgpu_log *log)
{
    return pvgpu_shared_memory_create(&vm->page, "pvgpu-control", sizeof(struct pvgpu_control_page),
                                      PVGPU_POPULATE_WRITE, log);
}

static bool spawn(struct pvgpu_vm *vm, struct pvgpu_stream *stream, struct pvgpu_log_sink *sink,
                  const struct pvgpu_log *log)
{
    pvgpu_handle connection = stream ? pvgpu_stream_handle(stream) : vm->file;
    pvgpu_handle handles[5] = {connection, vm->quit.handle, vm->page.handle}, output = PVGPU_NO_HANDLE;
    size_t count = 3;
    if (vm->frames)
        handles[count++] = pvgpu_listener_wait_handle(vm->frames);
    struct pvgpu_arguments arguments;
    pvgpu_options_to_arguments(vm->options, "pvgpu-session", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "session");
    pvgpu_arguments_add(&arguments, "--vm", "%s", vm->name);
    pvgpu_arguments_add(&arguments, "--frames-path", "%s", vm->frames_path);
    if (vm->is_first)
        arguments.list[arguments.count++] = "--first-vm";
    pvgpu_arguments_add(&arguments, "--parent", "%lld", (long long)pvgpu_process_id());
    pvgpu_arguments_add(
        &arguments, "--handles", "%lld,%lld,%lld,%lld,%u", (long long)pvgpu_process_child_handle(handles, 0),
        (long long)pvgpu_process_child_handle(handles, 1), (long long)pvgpu_process_child_handle(handles, 2),
        vm->frames ? (long long)pvgpu_process_child_handle(handles, 3) : -1LL, (unsigned)vm->link);
    /* Without a pipe they share our standard error: better than no VM. */
    vm->said = pvgpu_log_source_create(sink, vm->name);
    if (vm->said) {
        output = pvgpu_log_source_writer(vm->said);
        handles[count++] = pvgpu_log_source_board(vm->said);
        pvgpu_arguments_add(&arguments, "--log-board", "%lld",
                            (long long)pvgpu_process_child_handle(handles, count - 1));
    }
    bool started = pvgpu_process_spawn_self_to(&vm->session, arguments.list, handles, count, output, log);
    if (vm->said)
        pvgpu_log_source_given(vm->said);
    if (!started)
        return false;
    pvgpu_debug(log, "Session of %s started (process %lld)", vm->name, (long long)vm->session.id);
    return true;
}

bool pvgpu_vm_start(struct pvgpu_vm *vm, struct pvgpu_stream *stream, struct pvgpu_log_sink *sink,
                    const struct pvgpu_log *log)
{
    vm->has_quit = pvgpu_event_init(&vm->quit);
    if (!vm->has_quit)
        pvgpu_error(log, "Cannot make an event for %s", vm->name);
    bool good = vm->has_quit && make_page(vm, log) && spawn(vm, stream, sink, log);
    pvgpu_stream_destroy(stream);
    return good;
}

void pvgpu_vm_serve_here(struct pvgpu_vm *vm, struct pvgpu_stream *stream, pvgpu_handle stop,
                         const struct pvgpu_log *log)
{
    pvgpu_handle file = vm->file == PVGPU_NO_HANDLE ? vm->file : pvgpu_handle_duplicate(vm->file);
    if (!make_page(vm, log)) {
        pvgpu_handle_close(file);
        pvgpu_stream_destroy(stream);
        return;
    }
    struct pvgpu_session_config config = {
        .options = vm->options,
        .link = vm->link,
        .stream = stream,
        .file = file,
        .vm = vm->name,
        .frames_path = vm->frames_path,
        .frames_listener = vm->frames ? pvgpu_listener_wait_handle(vm->frames) : PVGPU_NO_HANDLE,
        .quit = stop,
        .page = vm->page,
        .log = *log,
    };
    config.log.vm = vm->name;
    pvgpu_session_run(&config);
}
