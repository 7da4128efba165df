/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "qemu_args.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS (60 * PVGPU_NS_PER_S) /* for a program that prints a list */
#define OUTPUT_BYTES 131072u /* the list of devices of a QEMU with everything has 40,000 */

struct version {
    unsigned major, minor, micro;
};

/* ---- Running it ---------------------------------------------------------------------------------------------------- */

static pid_t start(const char *program, const char *const *arguments, int output)
{
    const char *argv[8] = {program};
    for (size_t i = 0; arguments[i] && i + 2 < sizeof(argv) / sizeof(argv[0]); i++)
        argv[i + 1] = arguments[i];
    pid_t child = fork();
    if (child != 0)
        return child;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execvp(program, (char *const *)(uintptr_t)argv);
    /* Its reason goes the way of the output, with a mark that no output has. */
    int error = errno;
    ssize_t ignored = write(STDOUT_FILENO, "\0", 1);
    ignored = write(STDOUT_FILENO, &error, sizeof(error));
    (void)ignored;
    _exit(127);
}

/* Reads until the end, or for as long as there is patience. */
static size_t read_all(int fd, char *text, size_t size)
{
    uint64_t deadline = pvgpu_time_deadline_ns(PATIENCE_NS);
    size_t used = 0;
    while (used < size) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        uint64_t left = pvgpu_time_left_ns(deadline);
        if (left == 0 || (poll(&wait, 1, (int)(left / 1000000 + 1)) < 0 && errno != EINTR))
            break;
        ssize_t count = wait.revents ? read(fd, text + used, size - used) : 0;
        if (wait.revents && count <= 0)
            break;
        used += (size_t)count;
    }
    return used;
}

/* What the program prints on standard output, with a NUL. False: it cannot be run, which was told. */
static bool run(const char *program, const char *const *arguments, char *text, size_t size)
{
    int pipes[2], status = 0, error = 0;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        fprintf(stderr, "pvgpu-qemu-args: %s: %s\n", program, strerror(errno));
        return false;
    }
    pid_t child = start(program, arguments, pipes[1]);
    if (child < 0)
        error = errno;
    close(pipes[1]);
    size_t used = child < 0 ? 0 : read_all(pipes[0], text, size - 1);
    close(pipes[0]);
    text[used] = '\0';
    if (child > 0) {
        kill(child, SIGKILL); /* it has said what there is to say, or never will */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (used == 1 + sizeof(error) && text[0] == '\0')
        memcpy(&error, text + 1, sizeof(error));
    if (error)
        fprintf(stderr, "pvgpu-qemu-args: %s cannot be run: %s; choose another with --qemu\n", program,
                strerror(error));
    return !error;
}

/* ---- What it says -------------------------------------------------------------------------------------------------- */

static bool read_version(const char *program, struct version *version)
{
    static const char *const arguments[] = {"-version", NULL};
    char text[4096];
    if (!run(program, arguments, text, sizeof(text)))
        return false;
    const char *at = strstr(text, "version ");
    if (!strstr(text, "QEMU") || !at ||
        sscanf(at, "version %u.%u.%u", &version->major, &version->minor, &version->micro) < 2) {
        fprintf(stderr, "pvgpu-qemu-args: %s does not say that it is QEMU\n", program);
        return false;
    }
    return true;
}

static bool has_device(const char *list, const char *name)
{
    char quoted[64];
    snprintf(quoted, sizeof(quoted), "name \"%s\"", name);
    return strstr(list, quoted);
}

static const char *device_of(enum pvgpu_link_kind link)
{
    switch (link) {
    case PVGPU_LINK_KIND_PIPE:
        break;
    case PVGPU_LINK_KIND_VFIO_USER:
        return "vfio-user-pci";
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
        return "ivshmem-doorbell";
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        return "ivshmem-plain";
    }
    return "pvgpu";
}

/* A link that this QEMU has. */
static const char *other_link(const char *list)
{
    return has_device(list, "vfio-user-pci")      ? "; this one has --link vfio-user"
           : has_device(list, "ivshmem-doorbell") ? "; this one has --link ivshmem-doorbell"
                                                  : "";
}

/* What would bring the device that is missing. */
static const char *advice(enum pvgpu_link_kind link, const struct version *version)
{
    bool is_old = version->major < 10 || (version->major == 10 && version->minor < 1);
    switch (link) {
    case PVGPU_LINK_KIND_PIPE:
        break;
    case PVGPU_LINK_KIND_VFIO_USER:
        return is_old ? "it came with QEMU 10.1" : "this QEMU was built without it";
    case PVGPU_LINK_KIND_IVSHMEM_DOORBELL:
    case PVGPU_LINK_KIND_IVSHMEM_PLAIN:
        return "this QEMU was built without it, as some distributions do";
    }
    return "no release of QEMU has it, it must be built with it (docs/qemu.md)";
}

static bool is_there(const char *program, const char *list, const char *device, const struct version *version,
                     const char *what_to_do, const char *other)
{
    if (has_device(list, device))
        return true;
    fprintf(stderr, "pvgpu-qemu-args: %s (version %u.%u.%u) has no device %s: %s%s\n", program, version->major,
            version->minor, version->micro, device, what_to_do, other);
    return false;
}

enum qemu_args_exit check_qemu(const char *program, const struct plan *plan, bool iommu)
{
    static const char *const arguments[] = {"-device", "help", NULL};
    static char list[OUTPUT_BYTES];
    struct version version = {0};
    if (!read_version(program, &version) || !run(program, arguments, list, sizeof(list)))
        return QEMU_ARGS_NO_QEMU;
    bool good =
        is_there(program, list, device_of(plan->link), &version, advice(plan->link, &version), other_link(list));
    if (good && iommu)
        good = is_there(program, list, "intel-iommu", &version, "it is for x86 machines", "");
    return good ? QEMU_ARGS_OK : QEMU_ARGS_LACKS;
}
