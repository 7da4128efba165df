/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "qemu_args.h"

#include <string.h>

struct options {
    struct request request;
    const char *qemu;
    enum format format;
    bool iommu, no_check;
};

static int usage(FILE *out, int code)
{
    fprintf(out,
            "pvgpu-qemu-args: prints the arguments that connect a VM in QEMU with pvgpu-backend.\n\n"
            "Usage: pvgpu-qemu-args [OPTION...]\n\n"
            "What is not given comes from the service's configuration: its file and its environment.\n\n"
            "  --link LINK        pipe, vfio-user, ivshmem-doorbell or ivshmem-plain\n"
            "                     (default: that of the service's only endpoint)\n"
            "  --path PATH        the endpoint: what pvgpu-backend was given as --vfio-user or the like\n"
            "  --shmem-size BYTES shared memory on the links pipe and ivshmem-plain, as 256M; on the others the\n"
            "                     service makes it (ivshmem-plain: that of the file, once it is there)\n"
            "  --config FILE      the service's configuration file (default: where the service looks)\n"
            "  --vm NAME          the VM of that [[vm]] table\n"
            "  --iommu            also an IOMMU: programs of a Linux guest get interrupts through vfio-pci\n"
            "  --qemu PROGRAM     whose devices are looked at (default: qemu-system-x86_64)\n"
            "  --no-check         run no QEMU, print only\n"
            "  --format FORMAT    line: one line for a shell; lines: each argument in a line of its own;\n"
            "                     libvirt: an element for the XML of a domain (default: line)\n"
            "  --version, --help\n\n"
            "    eval \"qemu-system-x86_64 -m 4G ... $(pvgpu-qemu-args --link vfio-user)\"\n\n"
            "Exit codes: 0 printed, 1 the shared file has another size, 2 the command line or the configuration\n"
            "is wrong or leaves open which VM is meant, 3 QEMU cannot be run, 4 this QEMU lacks what is needed.\n");
    return code;
}

static bool wrong(const char *what, const char *text)
{
    fprintf(stderr, "pvgpu-qemu-args: %s: %s; see --help\n", text, what);
    return false;
}

static bool take_format(struct options *options, const char *word)
{
    static const char *const words[] = {"line", "lines", "libvirt"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            options->format = (enum format)i;
            return true;
        }
    }
    return wrong("expected line, lines or libvirt after it", "--format");
}

/* Where the value of a text option goes; NULL: it is none. */
static const char **place_of(struct options *options, const char *option)
{
    const struct {
        const char *name;
        const char **place;
    } texts[] = {
        {"--link", &options->request.link},     {"--path", &options->request.path},
        {"--config", &options->request.config}, {"--shmem-size", &options->request.shmem_size},
        {"--vm", &options->request.vm},         {"--qemu", &options->qemu},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(option, texts[i].name) == 0)
            return texts[i].place;
    }
    return NULL;
}

static bool parse(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        const char **place = place_of(options, text);
        bool is_format = strcmp(text, "--format") == 0;
        if (strcmp(text, "--iommu") == 0) {
            options->iommu = true;
        } else if (strcmp(text, "--no-check") == 0) {
            options->no_check = true;
        } else if (!place && !is_format) {
            return wrong(text[0] == '-' ? "there is no such option" : "expected no argument", text);
        } else if (++i == argc || !*argv[i]) {
            return wrong("expected a value after it", text);
        } else if (is_format) {
            if (!take_format(options, argv[i]))
                return false;
        } else {
            *place = argv[i];
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.qemu = "qemu-system-x86_64"};
    struct plan plan;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout, QEMU_ARGS_OK);
        if (strcmp(argv[i], "--version") == 0) {
            printf("pvgpu-qemu-args %s\n", PVGPU_RELEASE);
            return QEMU_ARGS_OK;
        }
    }
    if (!parse(&options, argc, argv))
        return QEMU_ARGS_USAGE;
    enum qemu_args_exit result = make_plan(&plan, &options.request);
    if (result == QEMU_ARGS_OK && !options.no_check)
        result = check_qemu(options.qemu, &plan, options.iommu);
    if (result != QEMU_ARGS_OK)
        return result;
    if (plan.is_missing)
        fprintf(stderr, "pvgpu-qemu-args: note: %s is not there yet; start pvgpu-backend before QEMU\n", plan.path);
    print_arguments(stdout, &plan, options.iommu, options.format);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "pvgpu-qemu-args: the output cannot be written\n");
        return QEMU_ARGS_FAILED;
    }
    return QEMU_ARGS_OK;
}
