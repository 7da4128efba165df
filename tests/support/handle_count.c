/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How many handles a process has open, from the system's own table: GetProcessHandleCount says 0 under Wine.
 *
 *   handle-count PROCESS-ID
 *
 * The table is that of NtQuerySystemInformation, class SystemExtendedHandleInformation (64): the number of entries, a
 * reserved word, then the entries, each with its process's id as the second word.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define SYSTEM_EXTENDED_HANDLE_INFORMATION 64
#define STATUS_INFO_LENGTH_MISMATCH ((LONG)0xC0000004)
#define MOST_BYTES (64u << 20)

struct entry {
    void *object;
    ULONG_PTR process;
    ULONG_PTR handle;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct table {
    ULONG_PTR count, reserved;
    struct entry entries[];
};

typedef LONG(WINAPI *query_function)(int class, void *bytes, ULONG size, ULONG *used);

static struct table *read_table(void)
{
    union {
        FARPROC any;
        query_function query;
    } function = {.any = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")};
    for (ULONG size = 1 << 16; function.any && size <= MOST_BYTES; size *= 2) {
        struct table *table = malloc(size);
        LONG status = table ? function.query(SYSTEM_EXTENDED_HANDLE_INFORMATION, table, size, NULL) : -1;
        if (status >= 0)
            return table;
        free(table);
        if (status != STATUS_INFO_LENGTH_MISMATCH)
            break;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    ULONG_PTR process = argc == 2 ? (ULONG_PTR)strtoul(argv[1], NULL, 10) : 0;
    struct table *table = process ? read_table() : NULL;
    if (!table) {
        fprintf(stderr, "usage: handle-count PROCESS-ID; or the system has no table of handles\n");
        return 1;
    }
    unsigned long handles = 0;
    for (ULONG_PTR i = 0; i < table->count; i++)
        handles += table->entries[i].process == process;
    printf("%lu\n", handles);
    free(table);
    return 0;
}
