/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/host.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

void pvgpu_host_user(char *text, size_t size)
{
    struct passwd entry, *found = NULL;
    char memory[4096];
    uid_t user = geteuid();
    if (getpwuid_r(user, &entry, memory, sizeof(memory), &found) == 0 && found)
        snprintf(text, size, "%s (%ld)", found->pw_name, (long)user);
    else
        snprintf(text, size, "%ld", (long)user);
}

bool pvgpu_host_free_memory(uint64_t *bytes)
{
    char line[128];
    uint64_t kib;
    bool found = false;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && !found && fgets(line, sizeof(line), file))
        found = sscanf(line, "MemAvailable: %" SCNu64 " kB", &kib) == 1;
    if (file)
        fclose(file);
    if (found)
        *bytes = kib << 10;
    return found;
}

bool pvgpu_host_free_shared_memory(uint64_t *bytes)
{
    struct statvfs info;
    if (access("/dev/shm", R_OK | W_OK | X_OK) != 0 || statvfs("/dev/shm", &info) != 0)
        return false;
    *bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return true;
}

enum pvgpu_host_folder pvgpu_host_judge_folder(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    struct stat info;
    if (slash)
        snprintf(folder, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    else
        snprintf(folder, size, ".");
    if (stat(folder, &info) != 0)
        return errno == EACCES ? PVGPU_HOST_FOLDER_NO_ACCESS : PVGPU_HOST_FOLDER_MISSING;
    if (!S_ISDIR(info.st_mode))
        return PVGPU_HOST_FOLDER_NO_FOLDER;
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return PVGPU_HOST_FOLDER_FOREIGN;
    if (info.st_mode & S_IWOTH && !(info.st_mode & S_ISVTX))
        return PVGPU_HOST_FOLDER_OPEN;
    return access(folder, W_OK | X_OK) == 0 ? PVGPU_HOST_FOLDER_FINE : PVGPU_HOST_FOLDER_NO_ACCESS;
}
