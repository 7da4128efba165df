/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/process.h"

#include "base/time.h"
#include "os/win32/windows_lean.h"

#include <psapi.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* What a killed process reports; any value that no main function of ours returns. */
#define KILLED_EXIT_CODE 137

/* Handles that one child may be given, standard output and error included. */
#define INHERIT_MAX 64

/* The longest path and command line of the system, with the terminating zero. */
#define COMMAND_MAX 32767

struct inheritance {
    HANDLE handles[INHERIT_MAX]; /* what the child gets, each once */
    bool flagged[INHERIT_MAX]; /* made inheritable for the time of the call */
    size_t count;
    HANDLE output; /* inheritable copies for the child; NULL when this process has none */
    HANDLE error;
};

/* A child's job object lives as long as the child, or as this process: whichever ends first. */
struct leash {
    HANDLE job;
    HANDLE process;
    HANDLE wait; /* registration with the system's wait thread */
};

bool pvgpu_process_is_alive(int64_t id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)id);
    if (!process)
        return GetLastError() == ERROR_ACCESS_DENIED;
    bool alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return alive;
}

pvgpu_handle pvgpu_process_watch(int64_t id)
{
    HANDLE process = id > 0 ? OpenProcess(SYNCHRONIZE, FALSE, (DWORD)id) : NULL;
    return process ? (pvgpu_handle)process : PVGPU_NO_HANDLE;
}

bool pvgpu_process_get_usage(struct pvgpu_process_usage *usage)
{
    PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof(memory)};
    DWORD handles = 0;
    if (!GetProcessHandleCount(GetCurrentProcess(), &handles) ||
        !K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory)))
        return false;
    usage->resident_bytes = memory.WorkingSetSize;
    usage->handles = handles;
    return true;
}

int64_t pvgpu_process_id(void)
{
    return (int64_t)GetCurrentProcessId();
}

pvgpu_handle pvgpu_process_child_handle(const pvgpu_handle *handles, size_t index)
{
    return handles[index];
}

/* Appends one argument such that the C library of the child reads back the same text. */
static bool append_argument(wchar_t *line, size_t *used, const wchar_t *text)
{
    size_t length = wcslen(text);
    /* At worst every character is escaped; then two quotes, a space and the zero. */
    if (2 * length + 4 > COMMAND_MAX - *used)
        return false;
    wchar_t *out = line + *used;
    if (*used)
        *out++ = L' ';
    *out++ = L'"';
    for (size_t i = 0; i < length;) {
        size_t slashes = 0;
        while (text[i + slashes] == L'\\')
            slashes++;
        wchar_t next = text[i + slashes];
        /* Backslashes are literal except in front of a quote, where each needs another. */
        size_t written = next == L'"' || next == 0 ? 2 * slashes : slashes;
        for (size_t j = 0; j < written; j++)
            *out++ = L'\\';
        if (next == L'"')
            *out++ = L'\\';
        if (next)
            *out++ = next;
        i += slashes + 1;
    }
    *out++ = L'"';
    *out = 0;
    *used = (size_t)(out - line);
    return true;
}

static bool append_narrow_argument(wchar_t *line, size_t *used, const char *text)
{
    /* The code page in which main() was given its arguments, and the child's will be. */
    int size = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    wchar_t *wide = size > 0 ? malloc((size_t)size * sizeof(*wide)) : NULL;
    bool ok = wide && MultiByteToWideChar(CP_ACP, 0, text, -1, wide, size) == size && append_argument(line, used, wide);
    free(wide);
    return ok;
}

/* The program's own path, or NULL; freed by the caller. */
static wchar_t *own_path(void)
{
    wchar_t *path = malloc(COMMAND_MAX * sizeof(*path));
    if (!path)
        return NULL;
    DWORD length = GetModuleFileNameW(NULL, path, COMMAND_MAX);
    if (length == 0 || length >= COMMAND_MAX) {
        free(path);
        return NULL;
    }
    return path;
}

static wchar_t *command_line(const wchar_t *program, const char *const *argv)
{
    wchar_t *line = malloc(COMMAND_MAX * sizeof(*line));
    if (!line)
        return NULL;
    size_t used = 0;
    bool ok = append_argument(line, &used, program);
    for (size_t i = 1; ok && argv[0] && argv[i]; i++)
        ok = append_narrow_argument(line, &used, argv[i]);
    if (!ok) {
        free(line);
        return NULL;
    }
    return line;
}

static bool inherit(struct inheritance *list, HANDLE handle)
{
    /* The system refuses a list that names a handle twice. */
    for (size_t i = 0; i < list->count; i++) {
        if (list->handles[i] == handle)
            return true;
    }
    DWORD flags = 0;
    if (list->count == INHERIT_MAX || !GetHandleInformation(handle, &flags))
        return false;
    bool flag = !(flags & HANDLE_FLAG_INHERIT);
    if (flag && !SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
        return false;
    list->handles[list->count] = handle;
    list->flagged[list->count++] = flag;
    return true;
}

/* An inheritable copy of a handle, so that the flags of the original stay as they are. */
static HANDLE inherit_copy(struct inheritance *list, HANDLE original)
{
    HANDLE self = GetCurrentProcess();
    HANDLE copy = NULL;
    if (!original || original == INVALID_HANDLE_VALUE ||
        !DuplicateHandle(self, original, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return NULL;
    if (!inherit(list, copy)) {
        CloseHandle(copy);
        return NULL;
    }
    return copy;
}

static void finish_inheritance(struct inheritance *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->flagged[i])
            SetHandleInformation(list->handles[i], HANDLE_FLAG_INHERIT, 0);
    }
    if (list->output)
        CloseHandle(list->output);
    if (list->error)
        CloseHandle(list->error);
}

static bool init_inheritance(struct inheritance *list, const pvgpu_handle *handles, size_t count, pvgpu_handle output)
{
    *list = (struct inheritance){.count = 0};
    for (size_t i = 0; i < count; i++) {
        if (!inherit(list, (HANDLE)handles[i])) {
            finish_inheritance(list);
            return false;
        }
    }
    bool shared = output == PVGPU_NO_HANDLE;
    list->output = inherit_copy(list, shared ? GetStdHandle(STD_OUTPUT_HANDLE) : (HANDLE)output);
    list->error = inherit_copy(list, shared ? GetStdHandle(STD_ERROR_HANDLE) : (HANDLE)output);
    return true;
}

/* A job that ends what is in it once its last handle closes, be it by the death of this process. */
static HANDLE make_job(void)
{
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (!job)
        return NULL;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits))) {
        CloseHandle(job);
        return NULL;
    }
    return job;
}

static void CALLBACK release_leash(void *data, BOOLEAN timed_out)
{
    (void)timed_out;
    struct leash *leash = data;
    UnregisterWait(leash->wait); /* from inside its callback: does not block */
    CloseHandle(leash->process);
    CloseHandle(leash->job);
    free(leash);
}

/* Takes the job; gives it up when the process has ended. The process must not run yet. */
static bool attach_leash(HANDLE job, HANDLE process)
{
    HANDLE self = GetCurrentProcess();
    struct leash *leash = malloc(sizeof(*leash));
    if (!leash)
        goto error_job;
    *leash = (struct leash){.job = job};
    if (!DuplicateHandle(self, process, self, &leash->process, 0, FALSE, DUPLICATE_SAME_ACCESS))
        goto error_leash;
    if (!RegisterWaitForSingleObject(&leash->wait, leash->process, release_leash, leash, INFINITE,
                                     WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD))
        goto error_process;
    return true;

error_process:
    CloseHandle(leash->process);
error_leash:
    free(leash);
error_job:
    CloseHandle(job); /* takes the process along */
    return false;
}

/* The attributes that confine a child: the handles it gets, and its job from the first instant on. */
static LPPROC_THREAD_ATTRIBUTE_LIST make_attributes(struct inheritance *list, HANDLE *job)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 2, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST attributes = malloc(size);
    if (!attributes)
        return NULL;
    if (!InitializeProcThreadAttributeList(attributes, 2, 0, &size))
        goto error_memory;
    if (!UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, job, sizeof(*job), NULL, NULL))
        goto error_list;
    if (list->count && !UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list->handles,
                                                  list->count * sizeof(HANDLE), NULL, NULL))
        goto error_list;
    return attributes;

error_list:
    DeleteProcThreadAttributeList(attributes);
error_memory:
    free(attributes);
    return NULL;
}

/* Starts the program, suspended. The caller owns both handles of *child. */
static bool create_suspended(const wchar_t *program, wchar_t *line, struct inheritance *list, HANDLE *job,
                             PROCESS_INFORMATION *child)
{
    LPPROC_THREAD_ATTRIBUTE_LIST attributes = make_attributes(list, job);
    if (!attributes)
        return false;
    STARTUPINFOEXW startup = {
        .StartupInfo = {.cb = sizeof(startup),
                        .dwFlags = STARTF_USESTDHANDLES,
                        .hStdOutput = list->output,
                        .hStdError = list->error},
        .lpAttributeList = attributes,
    };
    BOOL ok = CreateProcessW(program, line, NULL, NULL, list->count != 0,
                             EXTENDED_STARTUPINFO_PRESENT | CREATE_SUSPENDED, NULL, NULL, &startup.StartupInfo, child);
    DWORD reason = GetLastError();
    DeleteProcThreadAttributeList(attributes);
    free(attributes);
    SetLastError(reason);
    return ok;
}

bool pvgpu_process_spawn_self_to(struct pvgpu_process *process, const char *const *argv, const pvgpu_handle *handles,
                                 size_t count, pvgpu_handle output, const struct pvgpu_log *log)
{
    *process = (struct pvgpu_process){.id = 0, .handle = PVGPU_NO_HANDLE};
    bool done = false;
    PROCESS_INFORMATION child;
    struct inheritance list;

    wchar_t *program = own_path();
    wchar_t *line = program ? command_line(program, argv) : NULL;
    if (!line) {
        pvgpu_error(log, "Cannot start a process: its command line is too long or memory is short");
        goto out_program;
    }
    HANDLE job = make_job();
    if (!job) {
        pvgpu_error(log, "Cannot start a process: no job object: error %lu", GetLastError());
        goto out_line;
    }
    if (!init_inheritance(&list, handles, count, output)) {
        pvgpu_error(log, "Cannot start a process: a handle cannot be inherited: error %lu", GetLastError());
        CloseHandle(job);
        goto out_line;
    }
    if (!create_suspended(program, line, &list, &job, &child)) {
        pvgpu_error(log, "Cannot start a process: error %lu", GetLastError());
        CloseHandle(job);
        goto out_list;
    }
    if (attach_leash(job, child.hProcess)) {
        ResumeThread(child.hThread);
        *process = (struct pvgpu_process){.id = child.dwProcessId, .handle = (pvgpu_handle)child.hProcess};
        done = true;
    } else {
        pvgpu_error(log, "Cannot watch a process: error %lu", GetLastError());
        CloseHandle(child.hProcess);
    }
    CloseHandle(child.hThread);
out_list:
    finish_inheritance(&list);
out_line:
    free(line);
out_program:
    free(program);
    return done;
}

void pvgpu_process_follow_parent(int64_t parent_id)
{
    /* The job does the work. What is left is a child that was started by other means after its parent's end. */
    HANDLE parent = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)parent_id);
    if (!parent) {
        if (GetLastError() == ERROR_INVALID_PARAMETER)
            ExitProcess(1);
        return;
    }
    bool gone = WaitForSingleObject(parent, 0) == WAIT_OBJECT_0;
    CloseHandle(parent);
    if (gone)
        ExitProcess(1);
}

void pvgpu_process_kill(struct pvgpu_process *process)
{
    if (process->handle != PVGPU_NO_HANDLE && process->id != 0)
        TerminateProcess((HANDLE)process->handle, KILLED_EXIT_CODE);
}

void pvgpu_process_ask_report(const struct pvgpu_process *process)
{
    (void)process;
}

bool pvgpu_process_wait(struct pvgpu_process *process, uint64_t timeout_ns, int *exit_code)
{
    if (process->id == 0 || pvgpu_handle_wait_any(&process->handle, 1, timeout_ns) == 0)
        return process->id == 0;
    DWORD code = 0;
    GetExitCodeProcess((HANDLE)process->handle, &code);
    if (exit_code)
        *exit_code = (int)code;
    pvgpu_handle_close(process->handle);
    *process = (struct pvgpu_process){.id = 0, .handle = PVGPU_NO_HANDLE};
    return true;
}
