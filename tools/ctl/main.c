/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ctl.h"

#include "base/time.h"
#include "common/number.h"
#include "service/paths.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *endpoint; /* NULL: the default one */
    bool json;
    uint32_t count; /* of "top": rows of output; 0: for ever */
    uint32_t wait_seconds; /* of "screenshot" */
    const char *words[3]; /* command and arguments */
    size_t word_count;
};

static int usage(FILE *out, int code)
{
    fprintf(out,
            "pvgpu-ctl: asks a running pvgpu-backend about its VMs, and tells it what to do with them.\n\n"
            "Usage: pvgpu-ctl [OPTION...] COMMAND\n\n"
            "  list               VMs, how they are connected, and where their frames are\n"
            "  service            the service itself: process, memory, handles, VMs so far\n"
            "  stats [VM]         everything that is counted, of one VM or of all; how long frames and waits took\n"
            "  top                once a second a row for each VM: frames a second; in ms the median and 99th\n"
            "                     percentile of frame times, the medians from doorbell to execution (BELL) and\n"
            "                     from present to complete (GPU); other rates, memory, errors\n"
            "  screenshot VM FILE the VM's newest frame as a PNG file; -: standard output\n"
            "  disconnect VM      end its session, as if the VM had gone\n"
            "  allow VM           give it renderers again after it lost too many (restart_limit)\n"
            "  log-level [FILTER] what the service logs, for all its processes; FILTER changes it\n\n"
            "  --control-path PATH   the service's endpoint (default: control.sock in the runtime folder)\n"
            "  --json                list, service and stats: JSON for programs\n"
            "  --count N             top: end after N tables\n"
            "  --wait SECONDS        screenshot: how long to wait for a frame, 1 to 86400 (default: 5)\n"
            "  --version, --help\n\n"
            "Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 nobody answers at the endpoint,\n"
            "4 the VM has presented no frame.\n");
    return code;
}

static bool wrong(const char *what, const char *text)
{
    fprintf(stderr, "pvgpu-ctl: %s: %s; see --help\n", text, what);
    return false;
}

static bool take_number(const char *option, const char *text, uint64_t most, uint32_t *number)
{
    const char *end;
    uint64_t value;
    if (parse_number(text, &end, &value) && *end == '\0' && value >= 1 && value <= most) {
        *number = (uint32_t)value;
        return true;
    }
    fprintf(stderr, "pvgpu-ctl: %s: expected a number from 1 to %llu, not \"%s\"; see --help\n", option,
            (unsigned long long)most, text);
    return false;
}

/* False: the value is wrong, which was told. */
static bool take_value(struct options *options, const char *option, const char *value)
{
    if (strcmp(option, "--count") == 0)
        return take_number(option, value, UINT32_MAX, &options->count);
    if (strcmp(option, "--wait") == 0)
        return take_number(option, value, 86400, &options->wait_seconds);
    options->endpoint = value;
    return true;
}

static bool takes_value(const char *option)
{
    return strcmp(option, "--control-path") == 0 || strcmp(option, "--count") == 0 || strcmp(option, "--wait") == 0;
}

static bool parse(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (takes_value(text)) {
            if (++i == argc)
                return wrong("expected a value after it", text);
            if (!take_value(options, text, argv[i]))
                return false;
            continue;
        }
        if (strcmp(text, "--json") == 0)
            options->json = true;
        else if (text[0] == '-' && text[1] != '\0')
            return wrong("there is no such option", text);
        else if (options->word_count == sizeof(options->words) / sizeof(options->words[0]))
            return wrong("expected no further argument", text);
        else
            options->words[options->word_count++] = text;
    }
    return true;
}

static struct ctl_answer answers[2];

static int say_verdict(const struct ctl_answer *answer)
{
    if (strcmp(answer->verdict, "ok") == 0)
        return CTL_OK;
    fprintf(stderr, "pvgpu-ctl: %s\n", answer->verdict);
    return CTL_REFUSED;
}

static int list(const struct options *options)
{
    if (!ctl_ask(options->endpoint, "vms", &answers[0]))
        return CTL_NO_SERVICE;
    if (options->json)
        return ctl_print_json(&answers[0]) ? CTL_OK : CTL_REFUSED;
    ctl_print_list(&answers[0]);
    return CTL_OK;
}

/* NULL: there is none, which was told. */
static const struct ctl_vm *find_vm(const struct ctl_answer *answer, const char *name)
{
    const struct ctl_vm *vm = ctl_find(answer, name);
    if (!vm)
        fprintf(stderr, "pvgpu-ctl: there is no VM called %s; see: pvgpu-ctl list\n", name);
    return vm;
}

static int stats(const struct options *options)
{
    if (!ctl_ask(options->endpoint, "vms", &answers[0]))
        return CTL_NO_SERVICE;
    const struct ctl_answer *answer = &answers[0];
    if (options->word_count == 1) {
        if (options->json)
            return ctl_print_json(answer) ? CTL_OK : CTL_REFUSED;
        for (size_t i = 0; i < answer->vm_count; i++)
            ctl_print_stats(&answer->vms[i]);
        return CTL_OK;
    }
    const struct ctl_vm *vm = find_vm(answer, options->words[1]);
    if (!vm)
        return CTL_REFUSED;
    if (options->json)
        return ctl_print_vm_json(vm) ? CTL_OK : CTL_REFUSED;
    ctl_print_stats(vm);
    return CTL_OK;
}

static int screenshot(const struct options *options)
{
    const char *file = options->words[2];
    if (strcmp(file, "-") == 0 && isatty(1)) {
        fprintf(stderr, "pvgpu-ctl: standard output is a terminal; name a file, or pipe the picture into a program\n");
        return CTL_USAGE;
    }
    if (!ctl_ask(options->endpoint, "vms", &answers[0]))
        return CTL_NO_SERVICE;
    const struct ctl_vm *vm = find_vm(&answers[0], options->words[1]);
    return vm ? ctl_screenshot(vm, file, options->wait_seconds) : CTL_REFUSED;
}

static int service(const struct options *options)
{
    if (!ctl_ask(options->endpoint, "service", &answers[0]))
        return CTL_NO_SERVICE;
    return ctl_print_service(&answers[0], options->json) ? CTL_OK : CTL_REFUSED;
}

static int top(const struct options *options)
{
    if (!ctl_ask(options->endpoint, "vms", &answers[0]))
        return CTL_NO_SERVICE;
    for (uint32_t i = 1; !options->count || i <= options->count; i++) {
        pvgpu_time_sleep_ns(PVGPU_NS_PER_S);
        if (!ctl_ask(options->endpoint, "vms", &answers[i % 2]))
            return CTL_NO_SERVICE;
        ctl_print_rates(&answers[(i + 1) % 2], &answers[i % 2]);
    }
    return CTL_OK;
}

/* "disconnect VM", "allow VM", "log-level FILTER". */
static int pass_on(const struct options *options)
{
    char request[512];
    if (snprintf(request, sizeof(request), "%s %s", options->words[0], options->words[1]) >= (int)sizeof(request)) {
        fprintf(stderr, "pvgpu-ctl: %s: expected less than %zu characters\n", options->words[0], sizeof(request));
        return CTL_USAGE;
    }
    return ctl_ask(options->endpoint, request, &answers[0]) ? say_verdict(&answers[0]) : CTL_NO_SERVICE;
}

static int log_level(const struct options *options)
{
    if (options->word_count == 2)
        return pass_on(options);
    if (!ctl_ask(options->endpoint, "log-level", &answers[0]))
        return CTL_NO_SERVICE;
    return ctl_print_service(&answers[0], options->json) ? CTL_OK : CTL_REFUSED;
}

static int run(const struct options *options)
{
    static const struct {
        const char *word;
        size_t least, most; /* words, with the command */
        int (*run)(const struct options *options);
        const char *missing; /* what must follow; NULL: nothing must */
    } commands[] = {
        {"list", 1, 1, list, NULL},
        {"service", 1, 1, service, NULL},
        {"stats", 1, 2, stats, NULL},
        {"top", 1, 1, top, NULL},
        {"screenshot", 3, 3, screenshot, "the name of a VM and a file"},
        {"disconnect", 2, 2, pass_on, "the name of a VM"},
        {"allow", 2, 2, pass_on, "the name of a VM"},
        {"log-level", 1, 2, log_level, NULL},
    };
    if (!options->word_count) {
        fprintf(stderr, "pvgpu-ctl: expected a command; see --help\n");
        return CTL_USAGE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].word, options->words[0]) != 0)
            continue;
        if (options->word_count >= commands[i].least && options->word_count <= commands[i].most)
            return commands[i].run(options);
        fprintf(stderr, "pvgpu-ctl: %s: expected %s; see --help\n", options->words[0],
                options->word_count < commands[i].least ? commands[i].missing : "fewer arguments");
        return CTL_USAGE;
    }
    wrong("there is no such command", options->words[0]);
    return CTL_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {.wait_seconds = 5};
    char standard[PVGPU_PATH_BYTES];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout, CTL_OK);
        if (strcmp(argv[i], "--version") == 0) {
            printf("pvgpu-ctl %s\n", PVGPU_RELEASE);
            return CTL_OK;
        }
    }
    if (!parse(&options, argc, argv))
        return CTL_USAGE;
    struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "pvgpu_ctl"};
    if (!options.endpoint && !pvgpu_default_control_path(standard, &log))
        return CTL_NO_SERVICE;
    if (!options.endpoint)
        options.endpoint = standard;
    return run(&options);
}
