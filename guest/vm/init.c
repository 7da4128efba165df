/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The first and only process of the test VM: mounts what the demo needs, loads kernel modules if there are any, runs
 * /bin/pvgpu-demo and restarts the machine, which ends QEMU under -no-reboot.
 *
 * The demo's arguments are the line in /etc/pvgpu-args of the initramfs, then those on the kernel command line:
 * pvgpu.args=--scene,cubes,--frames,120 (commas stand for spaces, which the kernel would split at) or, quoted,
 * pvgpu.args="--scene cubes --frames 120". Later options win. A semicolon between arguments ends those of one run; what
 * follows is for another, whatever the first came to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEMO "/bin/pvgpu-demo"
#define MAX_ARGS 64
#define COMMAND_LINE_KEY "pvgpu.args="
#define NEXT_RUN ";"

static void mount_at(const char *type, const char *path)
{
    mkdir(path, 0755);
    /* devtmpfs is often there already. */
    if (mount(type, path, type, 0, NULL) != 0 && errno != EBUSY) {
        printf("pvgpu-init: mount %s: %s\n", path, strerror(errno));
    }
}

/* Console on all three standard streams: the kernel gives us none without /dev/console in the initramfs. */
static void open_console(void)
{
    int fd = open("/dev/console", O_RDWR);
    if (fd < 0) {
        return;
    }
    for (int stream = 0; stream < 3; stream++) {
        dup2(fd, stream);
    }
    if (fd > 2) {
        close(fd);
    }
}

static void load_module(const char *name, const char *parameters)
{
    char path[128];
    snprintf(path, sizeof path, "/modules/%s.ko", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return; /* not packed: built in, or not wanted */
    }
    if (syscall(SYS_finit_module, fd, parameters, 0) != 0 && errno != EEXIST) {
        printf("pvgpu-init: module %s: %s\n", name, strerror(errno));
    }
    close(fd);
}

/* In the order of their dependencies. */
static void load_modules(void)
{
    load_module("irqbypass", "");
    load_module("iommufd", "");
    load_module("vfio", "");
    load_module("vfio_virqfd", ""); /* kernels before 6.3 */
    load_module("vfio_iommu_type1", "allow_unsafe_interrupts=1"); /* also without interrupt remapping */
    load_module("vfio-pci-core", "");
    load_module("vfio-pci", "");
    load_module("uio", "");
    load_module("uio_pci_generic", "");
}

/* Reads a small text file whole; an empty string if it is not there. */
static void read_file(const char *path, char *text, size_t size)
{
    size_t have = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;
    while (fd >= 0 && got > 0 && have < size - 1) {
        got = read(fd, text + have, size - 1 - have);
        have += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    text[have] = '\0';
}

/* Cuts text at separators, in place. */
static int split(char *text, const char *separators, char **args, int count)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, separators, &rest); word && count < MAX_ARGS - 1;
         word = strtok_r(NULL, separators, &rest)) {
        args[count++] = word;
    }
    return count;
}

/* The value of COMMAND_LINE_KEY in place, without quotes; NULL if it is not given. */
static char *find_arguments(char *line)
{
    char *at = strstr(line, COMMAND_LINE_KEY);
    if (!at) {
        return NULL;
    }
    /* The kernel shows key="a b" as it was written: with the quote after the key, or before it. */
    bool quoted = at > line && at[-1] == '"';
    at += strlen(COMMAND_LINE_KEY);
    if (*at == '"') {
        quoted = true;
        at++;
    }
    at[strcspn(at, quoted ? "\"\n" : " \n")] = '\0';
    return at;
}

static int run_demo(char **args)
{
    pid_t child = fork();
    if (child == 0) {
        char *environment[] = {"PATH=/bin", NULL};
        execve(DEMO, args, environment);
        printf("pvgpu-init: %s: %s\n", DEMO, strerror(errno));
        fflush(stdout);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        printf("pvgpu-init: cannot run the demo: %s\n", strerror(errno));
        return 126;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One run after the other. Returns what the last one came to. */
static int run_all(char **args)
{
    int status;
    char **next;
    do {
        for (next = args + 1; *next && strcmp(*next, NEXT_RUN) != 0; next++) {
        }
        bool is_last = !*next;
        *next = NULL;
        status = run_demo(args);
        printf("pvgpu-init: demo exited with %d\n", status);
        fflush(stdout);
        /* The place of the semicolon takes the name of the program. */
        *next = is_last ? NULL : DEMO;
        args = next;
    } while (*args);
    return status;
}

int main(void)
{
    char file_arguments[4096], command_line[4096];
    char *args[MAX_ARGS] = {DEMO};
    if (getpid() != 1) {
        fprintf(stderr, "pvgpu-init: only for the first process of a VM\n");
        return 1;
    }
    mount_at("devtmpfs", "/dev");
    open_console();
    setvbuf(stdout, NULL, _IOLBF, 0);
    mount_at("proc", "/proc");
    mount_at("sysfs", "/sys");
    load_modules();

    int count = 1;
    read_file("/etc/pvgpu-args", file_arguments, sizeof file_arguments);
    count = split(file_arguments, " \t\r\n", args, count);
    read_file("/proc/cmdline", command_line, sizeof command_line);
    char *arguments = find_arguments(command_line);
    if (arguments) {
        count = split(arguments, " ,\t", args, count);
    }
    args[count] = NULL;

    int status = run_all(args);
    sync();
    reboot(RB_AUTOBOOT);
    /* Without the right to reboot, the end of process 1 makes the kernel panic, and panic=-1 restarts. */
    return status;
}
