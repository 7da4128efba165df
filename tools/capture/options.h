/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What pvgpu-capture is asked to do. Main thread. */
#ifndef PVGPU_TOOLS_CAPTURE_OPTIONS_H
#define PVGPU_TOOLS_CAPTURE_OPTIONS_H

#include "common/endpoint_path.h"
#include "sink.h"

#define CAPTURE_MAX_NUMBERS 1024u /* of --numbers: a list that is typed or generated, not a whole film */

/* Exit codes; --help explains them. */
enum capture_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /* files */
    STATUS_USAGE = 2,
    STATUS_MISSING = 3,
    STATUS_ENDED = 4,
    STATUS_INTERRUPTED = 5,
    STATUS_REFUSED = 6,
    STATUS_LOST = 7,
    STATUS_CLOSED = 8,
    STATUS_CHANGED = 9,
};

struct capture_options {
    char default_endpoint[ENDPOINT_PATH_BYTES];
    const char *endpoint;
    const char *folder; /* of files */
    const char *output; /* of a stream: file or "-"; NULL: files are written */
    uint64_t frames; /* to write; 0: no limit */
    uint64_t every; /* 1: all */
    uint64_t numbers[CAPTURE_MAX_NUMBERS]; /* ascending */
    size_t number_count;
    bool lossless;
    bool constant; /* a stream has `rate` frames a second, whatever the VM does */
    enum capture_format format;
    enum capture_chroma chroma;
    uint32_t rate, scale; /* rate / scale frames a second, at least 1 */
    uint64_t wait_seconds;
    bool quiet;
};

/* False: the program ends with *status; what is wrong has been told on standard error, in one line. */
bool capture_parse_options(struct capture_options *options, int argc, char **argv, enum capture_status *status);

/* For qsort and bsearch over frame numbers. */
int capture_compare_numbers(const void *left, const void *right);

#endif
