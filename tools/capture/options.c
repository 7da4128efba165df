/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "options.h"

#include "common/number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RATE 1000000u /* either part of --fps; far beyond any screen, and what encoders can take */

static const char help[] =
    "usage: pvgpu-capture [OPTION...]\n"
    "\n"
    "Attaches to a VM's frame endpoint and writes its frames to files FOLDER/frame-NUMBER.png, or to one stream for "
    "an\n"
    "encoder. NUMBER is the frame's number: 1 is the first PRESENT after the VM's reset. Files of a later reset epoch\n"
    "begin with epoch-N-.\n"
    "\n"
    "  --endpoint PATH    socket (Linux) or pipe, such as \\\\.\\pipe\\NAME (Windows), of the VM's frames; also\n"
    "                     --frames-path (default: that of a pvgpu-backend without options)\n"
    "  --format FORMAT    files: png (red, green, blue; default) or rgba (bare pixels, 4 bytes each);\n"
    "                     streams: y4m (YUV4MPEG2) or raw (the frames' own pixels, rows packed)\n"
    "  --out FOLDER       where files go; made if it is missing (default: the current folder)\n"
    "  --output FILE      where a stream goes; -: standard output\n"
    "  --chroma 420|444   y4m: colour for every 2 x 2 pixels (C420mpeg2; default), or for every one (C444)\n"
    "  --fps N[/D]        frames a second that the stream's header tells (default: 60)\n"
    "  --constant         streams: exactly so many frames a second; repeats or leaves out what the VM draws\n"
    "  --frames N         stop after N frames written (default: go on until interrupted or until the VM ends)\n"
    "  --every K          only frames whose number is a multiple of K\n"
    "  --numbers A,B,...  only these frames; stop after the last of them; implies --all\n"
    "  --all              lose no frame: the VM is slowed down to the pace of writing, at most 1 s a frame\n"
    "  --wait SECONDS     how long to wait for the endpoint to appear (default: 10)\n"
    "  --quiet            print errors only\n"
    "  --help             print this\n"
    "\n"
    "    pvgpu-capture --format y4m --constant --output - | ffmpeg -i - -colorspace bt709 film.mkv\n"
    "\n"
    "y4m has the matrix of BT.709 and limited range (luma 16 to 235). A stream ends where the frames' size changes "
    "(raw:\n"
    "or their format): what was written until then is whole. Messages go to standard error if the stream goes to\n"
    "standard output. A second SIGINT or SIGTERM ends at once, even if the reader of a stream does not read.\n"
    "\n"
    "Exit status: 0 all was captured, or no number was asked for and SIGINT, SIGTERM, the VM's end or the reader of "
    "the\n"
    "stream ended it; 1 a file could not be written; 2 wrong usage; 3 no endpoint; 4 the VM or its renderer ended too\n"
    "early; 5 interrupted too early; 6 the endpoint refused us; 7 frames were lost although --all or --numbers asked\n"
    "for all of them; 8 the stream's reader closed it too early; 9 the frames' size (raw: or format) changed.\n";

struct format_name {
    const char *name;
    enum capture_format format;
};

static const struct format_name format_names[] = {
    {"png", CAPTURE_PNG},
    {"rgba", CAPTURE_RGBA},
    {"raw", CAPTURE_RAW},
    {"y4m", CAPTURE_Y4M},
};

/* What was given, for the checks at the end. */
struct given {
    bool folder, chroma, rate;
};

static bool parse_whole(const char *option, const char *text, uint64_t least, uint64_t *value)
{
    const char *end;
    if (parse_number(text, &end, value) && *end == '\0' && *value >= least && *value < UINT64_MAX)
        return true;
    fprintf(stderr, "pvgpu-capture: --%s needs a whole number of at least %llu, not \"%s\"\n", option,
            (unsigned long long)least, text);
    return false;
}

int capture_compare_numbers(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static bool parse_list(struct capture_options *options, const char *text)
{
    const char *at = text;
    for (;;) {
        uint64_t value;
        if (options->number_count == CAPTURE_MAX_NUMBERS || !parse_number(at, &at, &value) || value == 0 ||
            (*at != ',' && *at != '\0')) {
            fprintf(stderr, "pvgpu-capture: --numbers needs up to %u frame numbers with commas between, not \"%s\"\n",
                    CAPTURE_MAX_NUMBERS, text);
            return false;
        }
        options->numbers[options->number_count++] = value;
        if (*at == '\0')
            break;
        at++;
    }
    qsort(options->numbers, options->number_count, sizeof(options->numbers[0]), capture_compare_numbers);
    size_t kept = 1;
    for (size_t i = 1; i < options->number_count; i++) {
        if (options->numbers[i] != options->numbers[kept - 1])
            options->numbers[kept++] = options->numbers[i];
    }
    options->number_count = kept;
    return true;
}

static bool parse_format(struct capture_options *options, const char *text)
{
    for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
        if (strcmp(text, format_names[i].name) == 0) {
            options->format = format_names[i].format;
            return true;
        }
    }
    fprintf(stderr, "pvgpu-capture: --format is png, rgba, raw or y4m, not \"%s\"\n", text);
    return false;
}

static bool parse_chroma(struct capture_options *options, const char *text)
{
    bool full = strcmp(text, "444") == 0;
    options->chroma = full ? CAPTURE_CHROMA_444 : CAPTURE_CHROMA_420;
    if (full || strcmp(text, "420") == 0)
        return true;
    fprintf(stderr, "pvgpu-capture: --chroma is 420 or 444, not \"%s\"\n", text);
    return false;
}

static bool parse_rate(struct capture_options *options, const char *text)
{
    uint64_t rate, scale = 1;
    const char *end;
    bool good = parse_number(text, &end, &rate);
    if (good && *end == '/')
        good = parse_number(end + 1, &end, &scale);
    if (good && *end == '\0' && scale >= 1 && rate >= scale && rate <= MAX_RATE) {
        options->rate = (uint32_t)rate;
        options->scale = (uint32_t)scale;
        return true;
    }
    fprintf(stderr, "pvgpu-capture: --fps needs 1 to %u frames a second, such as 60 or 60000/1001, not \"%s\"\n",
            MAX_RATE, text);
    return false;
}

static bool take_option(struct capture_options *options, struct given *given, int letter, const char *value)
{
    switch (letter) {
    case 'e':
        options->endpoint = value;
        return true;
    case 'o':
        options->folder = value;
        given->folder = true;
        return true;
    case 's':
        options->output = value;
        return true;
    case 'n':
        return parse_whole("frames", value, 1, &options->frames);
    case 'k':
        return parse_whole("every", value, 1, &options->every);
    case 'l':
        return parse_list(options, value);
    case 'a':
        options->lossless = true;
        return true;
    case 'f':
        return parse_format(options, value);
    case 'c':
        given->chroma = true;
        return parse_chroma(options, value);
    case 'r':
        given->rate = true;
        return parse_rate(options, value);
    case 't':
        options->constant = true;
        return true;
    case 'w':
        return parse_whole("wait", value, 0, &options->wait_seconds);
    case 'q':
        options->quiet = true;
        return true;
    default:
        return false; /* getopt has said what is wrong */
    }
}

/* What is wrong with the options together; NULL: nothing. */
static const char *find_contradiction(const struct capture_options *options, const struct given *given)
{
    bool stream = options->format == CAPTURE_RAW || options->format == CAPTURE_Y4M;
    if (stream && !options->output)
        return "--format raw and y4m need --output FILE, or - for standard output";
    if (!stream && options->output)
        return "--output is for --format raw and y4m; files of png and rgba go to --out FOLDER";
    if (stream && given->folder)
        return "--out is for --format png and rgba; a stream goes to --output";
    if (given->chroma && options->format != CAPTURE_Y4M)
        return "--chroma is for --format y4m";
    if (!stream && (given->rate || options->constant))
        return "--fps and --constant are for --format raw and y4m";
    if (options->constant && (options->lossless || options->number_count > 0 || options->every > 1))
        return "--constant takes what is there when it is time: not with --all, --every or --numbers";
    if (stream && strcmp(options->output, "-") == 0 && isatty(1))
        return "standard output is a terminal; give --output a file, or pipe the stream into a program";
    return NULL;
}

bool capture_parse_options(struct capture_options *options, int argc, char **argv, enum capture_status *status)
{
    static const struct option known[] = {
        {"endpoint", required_argument, NULL, 'e'}, {"frames-path", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},      {"output", required_argument, NULL, 's'},
        {"frames", required_argument, NULL, 'n'},   {"every", required_argument, NULL, 'k'},
        {"numbers", required_argument, NULL, 'l'},  {"all", no_argument, NULL, 'a'},
        {"format", required_argument, NULL, 'f'},   {"chroma", required_argument, NULL, 'c'},
        {"fps", required_argument, NULL, 'r'},      {"constant", no_argument, NULL, 't'},
        {"wait", required_argument, NULL, 'w'},     {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    *options = (struct capture_options){.folder = ".", .every = 1, .rate = 60, .scale = 1, .wait_seconds = 10};
    *status = STATUS_USAGE;
    struct given given = {0};
    int letter;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (letter == 'h') {
            fputs(help, stdout);
            *status = STATUS_DONE;
            return false;
        }
        if (!take_option(options, &given, letter, optarg))
            return false;
    }
    if (optind < argc) {
        fprintf(stderr, "pvgpu-capture: \"%s\" is no option; see --help\n", argv[optind]);
        return false;
    }
    const char *contradiction = find_contradiction(options, &given);
    if (contradiction) {
        fprintf(stderr, "pvgpu-capture: %s\n", contradiction);
        return false;
    }
    if (!options->endpoint && !default_endpoint_path(options->default_endpoint)) {
        fprintf(stderr, "pvgpu-capture: the runtime folder's path is too long; name an endpoint with --endpoint\n");
        return false;
    }
    if (!options->endpoint)
        options->endpoint = options->default_endpoint;
    options->lossless |= options->number_count > 0;
    return true;
}
