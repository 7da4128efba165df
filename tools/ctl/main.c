/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ctl.h"

#include "base/time.h"
#include "service/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *endpoint; /* NULL: the default one */
    bool json;
    uint32_t count; /* of "top": rows of output; 0: for ever */
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
            "  disconnect VM      end its session, as if the VM had gone\n"
            "  allow VM           give it renderers again after it lost too many (restart_limit)\n"
            "  log-level [FILTER] what the service logs, for all its processes; FILTER changes it\n\n"
            "  --control-path PATH   the service's endpoint (default: control.sock in the runtime folder)\n"
            "  --json                list, service and stats: JSON for programs\n"
            "  --count N             top: end after N tables\n"
            "  --version, --help\n\n"
            "Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 nobody answers at the endpoint.\n");
    return code;
}

static bool wrong(const char *what, const char *text)
{
    fprintf(stderr, "pvgpu-ctl: %s: %s; see --help\n", text, what);
    return false;
}

static bool parse(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        bool takes_value = strcmp(text, "--control-path") == 0 || strcmp(text, "--count") == 0;
        if (takes_value && i + 1 == argc)
            return wrong("expected a value after it", text);
        if (strcmp(text, "--json") == 0)
            options->json = true;
        else if (strcmp(text, "--control-path") == 0)
            options->endpoint = argv[++i];
        else if (takes_value)
            options->count = (uint32_t)strtoul(argv[++i], NULL, 10);
        else if (text[0] == '-')
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
    const struct ctl_vm *vm = ctl_find(answer, options->words[1]);
    if (!vm) {
        fprintf(stderr, "pvgpu-ctl: there is no VM called %s; see: pvgpu-ctl list\n", options->words[1]);
        return CTL_REFUSED;
    }
    if (options->json)
        return ctl_print_vm_json(vm) ? CTL_OK : CTL_REFUSED;
    ctl_print_stats(vm);
    return CTL_OK;
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
static int tell(const struct options *options)
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
        return tell(options);
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
    } commands[] = {
        {"list", 1, 1, list},           {"stats", 1, 2, stats},     {"top", 1, 1, top},
        {"service", 1, 1, service},     {"disconnect", 2, 2, tell}, {"allow", 2, 2, tell},
        {"log-level", 1, 2, log_level},
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
                options->word_count < commands[i].least ? "the name of a VM" : "fewer arguments");
        return CTL_USAGE;
    }
    wrong("there is no such command", options->words[0]);
    return CTL_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {0};
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
