/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Settings: what each source says, which counts before which, and the line that each mistake gives. */
#include "service/config.h"

#include "check.h"
#include "pvgpu/protocol.h"

#include <stdarg.h>
#include <stdlib.h>

#ifdef _WIN32
static void set_variable(const char *name, const char *value)
{
    _putenv_s(name, value ? value : "");
}
#else
static void set_variable(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}
#endif

static struct pvgpu_config config;
static char said[2000];

static void fresh(void)
{
    pvgpu_config_finish(&config);
    memset(&config, 0, sizeof(config));
    pvgpu_options_init(&config.options);
}

static FILE *begin(void)
{
    FILE *errors = tmpfile();
    if (!errors)
        abort();
    return errors;
}

static void end(FILE *errors)
{
    rewind(errors);
    said[fread(said, 1, sizeof(said) - 1, errors)] = '\0';
    fclose(errors);
}

static bool apply_text(const char *text, size_t length)
{
    FILE *errors = begin();
    bool good = pvgpu_config_apply_text(&config, "pvgpu.toml", text, length, errors);
    end(errors);
    return good;
}

static bool read_text(const char *text)
{
    fresh();
    return apply_text(text, strlen(text));
}

#define ARGUMENTS_MOST 16
static bool load(char *first, ...)
{
    char *argv[ARGUMENTS_MOST] = {(char *)"pvgpu-backend"};
    int argc = 1;
    va_list more;
    va_start(more, first);
    for (char *argument = first; argument && argc < ARGUMENTS_MOST; argument = va_arg(more, char *))
        argv[argc++] = argument;
    va_end(more);
    pvgpu_config_finish(&config);
    FILE *errors = begin();
    bool good = pvgpu_config_load(&config, argc, argv, errors);
    end(errors);
    return good;
}

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text, 1, strlen(text), file) == strlen(text);
    return file && fclose(file) == 0 && good;
}

static bool contains(struct check *check, const char *text)
{
    bool found = strstr(said, text) != NULL;
    if (!found)
        printf("  said \"%s\", expected \"%s\"\n", said, text);
    return CHECK(found);
}

/* One line, and nothing in it that drives a terminal. */
static void is_one_line(struct check *check)
{
    size_t length = strlen(said);
    if (!CHECK(length > 1 && strchr(said, '\n') == said + length - 1))
        printf("  said \"%s\"\n", said);
    for (size_t i = 0; i + 1 < length; i++)
        CHECK((unsigned char)said[i] >= 0x20 && said[i] != 0x7F);
}

/* ---- Tests --------------------------------------------------------------------------------------------------------- */

static void defaults(struct check *check)
{
    fresh();
    CHECK_EQ(config.options.adapter_index, -1);
    CHECK_EQ(config.options.presentation_mode, PVGPU_HEADLESS);
    CHECK_EQ(config.options.window_close, PVGPU_CLOSE_HIDES);
    CHECK_EQ(config.options.width, 1920);
    CHECK_EQ(config.options.height, 1080);
    CHECK(config.options.vsync);
    CHECK_EQ(config.options.buffer_count, 2);
    CHECK_EQ(config.options.shmem_size, 256 << 20);
    CHECK_EQ(config.options.gpu_timeout, 10);
    CHECK_EQ(config.options.limit_objects, 1000000);
    CHECK(strcmp(config.options.log_level, "info") == 0);
    CHECK(!config.options.pipe_path && !config.options.role);
}

static void file_says_everything(struct check *check)
{
    CHECK(read_text("pipe_path = '/run/x.sock'\nadapter_index = 3\npresentation_mode = \"dual\"\nwidth = 640\n"
                    "height = 480\nvsync = false\nbuffer_count = 3\nshmem_size = \"64M\"\nlimit_memory = 1048576\n"
                    "device_id = '8086:abCD'\nsubsystem_id = \"0001:FFFF\"\n"
                    "[[vm]]\nname = \"one\"\n[[vm]]\nname = \"two\"\nlink = \"vfio-user\"\npath = \"/run/two\"\n"
                    "width = 800\nvsync = true\nwindow_close = \"disconnect\"\ndevice_id = '1234:0000'\n"
                    "class_code = '0x038000'\n"));
    CHECK(strcmp(config.options.pipe_path, "/run/x.sock") == 0);
    CHECK_EQ(config.options.adapter_index, 3);
    CHECK_EQ(config.options.presentation_mode, PVGPU_DUAL);
    CHECK_EQ(config.options.width, 640);
    CHECK(!config.options.vsync);
    CHECK_EQ(config.options.buffer_count, 3);
    CHECK_EQ(config.options.shmem_size, 64 << 20);
    CHECK_EQ(config.options.limit_memory, 1 << 20);
    CHECK_EQ(config.options.device_id, 0x8086ABCD);
    CHECK_EQ(config.options.subsystem_id, 0x0001FFFF);
    CHECK_EQ(config.options.class_code, PVGPU_CLASS_3D);
    if (!CHECK_EQ(config.vm_count, 2))
        return;
    CHECK(strcmp(config.vms[0].name, "one") == 0 && config.vms[0].link == PVGPU_LINK_KIND_PIPE && !config.vms[0].path);
    CHECK(config.vms[0].options.width == 640 && !config.vms[0].options.vsync);
    CHECK(config.vms[1].link == PVGPU_LINK_KIND_VFIO_USER && strcmp(config.vms[1].path, "/run/two") == 0);
    CHECK(config.vms[1].options.width == 800 && config.vms[1].options.height == 480 && config.vms[1].options.vsync);
    CHECK_EQ(config.vms[0].options.window_close, PVGPU_CLOSE_HIDES);
    CHECK_EQ(config.vms[1].options.window_close, PVGPU_CLOSE_DISCONNECTS);
    CHECK_EQ(config.vms[0].options.device_id, 0x8086ABCD);
    CHECK_EQ(config.vms[1].options.device_id, 0x12340000);
    CHECK_EQ(config.vms[1].options.subsystem_id, 0x0001FFFF);
    CHECK_EQ(config.vms[1].options.class_code, PVGPU_CLASS_DISPLAY);
    CHECK_EQ(pvgpu_class_code_number(PVGPU_CLASS_DISPLAY), 0x038000);
    CHECK_EQ(pvgpu_class_code_number(PVGPU_CLASS_3D), PVGPU_PCI_CLASS);
}

static void mistakes_of_files(struct check *check)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"width = 640\nbuffer_count =       7\n", "pvgpu.toml:2:22: buffer_count: expected 2 or 3, not 7"},
        {"width = \"wide\"\n", "pvgpu.toml:1:9: width: expected a number from 1 to 16384, not a string"},
        {"width = 0\n", "pvgpu.toml:1:9: width: expected a number from 1 to 16384, not 0"},
        {"width = 1.5\n", "pvgpu.toml:1:9: width: expected a number from 1 to 16384, not a number with a point"},
        {"width = 2026-11-25\n", "not a date or time"},
        {"vsync = 1\n", "pvgpu.toml:1:9: vsync: expected true or false, not an integer"},
        {"vsync = \"true\"\n", "vsync: expected true or false, not a string"},
        {"presentation_mode = \"window\"\n", "expected headless, windowed or dual, not \"window\""},
        {"window_close = \"quit\"\n", "window_close: expected hide or disconnect, not \"quit\""},
        {"presentation_mode = 1\n", "expected headless, windowed or dual as a string, not an integer"},
        {"shmem_size = \"100M\"\n", "shmem_size: expected a power of two from 64M to 2G, not \"100M\""},
        {"shmem_size = 3\n", "shmem_size: expected a power of two from 64M to 2G, not 3"},
        {"device_id = \"1AF4:10F\"\n",
         "pvgpu.toml:1:13: device_id: expected VENDOR:DEVICE, four hexadecimal digits each"},
        {"device_id = \"1AF4-10F0\"\n", "device_id: expected VENDOR:DEVICE"},
        {"device_id = \"1AF4:10F0 \"\n", "device_id: expected VENDOR:DEVICE"},
        {"device_id = \"0x1AF4:0x10F0\"\n", "device_id: expected VENDOR:DEVICE"},
        {"device_id = \"1AF4:10FG\"\n", "device_id: expected VENDOR:DEVICE"},
        {"device_id = \"FFFF:0001\"\n", "the vendor from 0001 to FFFE, not \"FFFF:0001\""},
        {"device_id = \"0000:0001\"\n", "the vendor from 0001 to FFFE, not \"0000:0001\""},
        {"subsystem_id = 6900\n", "the vendor from 0001 to FFFE as a string, not an integer"},
        {"subsystem = \"1AF4:0001\"\n", "unknown key \"subsystem\"; did you mean \"subsystem_id\"?"},
        {"class_code = \"0x030000\"\n", "class_code: expected 0x030200 or 0x038000, not \"0x030000\""},
        {"class_code = 0x030200\n", "class_code: expected 0x030200 or 0x038000 as a string, not an integer"},
        {"[[vm]]\nname = \"a\"\ndevice_id = \"x\"\n", "pvgpu.toml:3:13: device_id: expected VENDOR:DEVICE"},
        {"pipe_path = \"\"\n", "pipe_path: expected a text that is not empty"},
        {"pipe_path = [\"a\"]\n", "not an array"},
        {"limit_objects = 99999999999999\n", "limit_objects: expected a number from 1 to 16777216"},
        {"bufer_count = 2\n", "pvgpu.toml:1:1: unknown key \"bufer_count\"; did you mean \"buffer_count\"?"},
        {"buffer-count = 2\n", "unknown key \"buffer-count\"; did you mean \"buffer_count\"?"},
        {"colour = 2\n", "pvgpu.toml:1:1: unknown key \"colour\"\n"},
        {"config = \"x\"\n", "unknown key \"config\""},
        {"role = \"renderer\"\n", "unknown key \"role\"\n"},
        {"width = 1\nwidth = 2\n", "pvgpu.toml:2"},
        {"width = \n", "pvgpu.toml:1:9: this is not TOML: "},
        {"\"wi\\u0007dth\" = 1\n", "unknown key \"wi?dth\""},
        {"pipe_path = \"a\\u0000b\"\n", "a string with a NUL character in it"},
        {"[vm]\nname = \"a\"\n", "pvgpu.toml:1:2: vm: expected tables, each begun by [[vm]]"},
        {"[[vn]]\nname = \"a\"\n", "unknown table [[vn]]; expected [[vm]]"},
        {"[[vm]]\nlink = \"pipe\"\n", "pvgpu.toml:1:1: [[vm]]: expected a name"},
        {"[[vm]]\nname = \"a/b\"\n", "[[vm]]: name: expected letters, digits"},
        {"[[vm]]\nname = \"a\"\n[[vm]]\nname = \"a\"\n", "pvgpu.toml:3:1: [[vm]]: name: \"a\" is the name of another"},
        {"[[vm]]\nname = \"vm1\"\n", "\"vm1\" is the name of another, or reserved"},
        {"[[vm]]\nname = \"12345678901234567890123456789012\"\n", "at most 31"},
        {"[[vm]]\nname = \"a\"\nnane = \"b\"\n", "unknown key \"nane\" of a [[vm]] table; did you mean \"name\"?"},
        {"[[vm]]\nname = \"a\"\nmax_vms = 2\n", "unknown key \"max_vms\" of a [[vm]] table"},
        {"[[vm]]\nname = \"a\"\nbuffer_count = 9\n", "pvgpu.toml:3:16: buffer_count: expected 2 or 3, not 9"},
        {"\xFF\xFE\x00", "this is not TOML"},
        {"width = 1 # \xC3\x28\n", "this is not TOML"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!CHECK(!read_text(cases[i].text)))
            printf("  accepted: %s\n", cases[i].text);
        contains(check, cases[i].expected);
        is_one_line(check);
    }
}

static void hostile_files(struct check *check)
{
    enum { SIZE = 200000 };
    char *text = malloc(SIZE);
    if (!CHECK(text != NULL))
        return;
    static const struct {
        const char *begin;
        char fill;
    } cases[] = {{"a = ", '['}, {"a = '", 'x'}, {"", '['},  {"", '\n'},
                 {"a", '.'},    {"a = ", '{'},  {"", '\0'}, {"#", 'x'}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(text, cases[i].fill, SIZE);
        memcpy(text, cases[i].begin, strlen(cases[i].begin));
        fresh();
        bool good = apply_text(text, SIZE);
        CHECK_EQ(good, i == 3 || i == 7);
        if (!good)
            is_one_line(check);
    }
    /* More tables than there is room for. */
    size_t used = 0;
    for (unsigned i = 0; i <= PVGPU_CONFIG_VMS_MOST; i++)
        used += (size_t)snprintf(text + used, SIZE - used, "[[vm]]\nname = \"machine%u\"\n", i);
    CHECK(!read_text(text));
    contains(check, "[[vm]]: expected at most 24 of them");
    free(text);
}

/* Good files with some characters changed: read or refused, with a line. */
static void changed_files(struct check *check)
{
    static const char good[] = "pipe_path = '/run/x.sock'\nwidth = 640 # wide\nvsync = false\nlimit_memory = \"64M\"\n"
                               "a.b = {c = 1, d = [1, 2]}\n[[vm]]\nname = \"one\"\n[[vm]]\nname = \"\"\"two\"\"\"\n"
                               "link = 'vfio-user'\n[x]\ny = 1979-05-27T07:32:00Z\nz = 0x_1 \n";
    static const char signs[] = "[]{}=.\"'#,\n\\ \t-_0aTZ:\xC3\xFF\x01+e";
    char text[sizeof(good)];
    uint32_t random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        memcpy(text, good, sizeof(good));
        for (unsigned changes = 1 + i % 4; changes; changes--) {
            random = random * 1664525u + 1013904223u;
            text[(random >> 8) % (sizeof(good) - 1)] = signs[(random >> 20) % (sizeof(signs) - 1)];
        }
        fresh();
        /* Ends somewhere, or as it was. */
        size_t length = i % 3 ? sizeof(good) - 1 : (random >> 4) % sizeof(good);
        if (!apply_text(text, length))
            is_one_line(check);
    }
}

static void files_that_are_none(struct check *check)
{
    CHECK(!load((char *)"--config", (char *)"no-such-file.toml", NULL));
    contains(check, "no-such-file.toml: expected a configuration file: ");
    is_one_line(check);
    CHECK(!load((char *)"--config", (char *)".", NULL));
    is_one_line(check);
    FILE *file = fopen("large.toml", "wb");
    if (CHECK(file != NULL)) {
        for (unsigned i = 0; i <= PVGPU_CONFIG_FILE_MOST_BYTES; i++)
            fputc('\n', file);
        fclose(file);
    }
    CHECK(!load((char *)"--config", (char *)"large.toml", NULL));
    contains(check, "large.toml: expected a configuration file: it is too large");
    remove("large.toml");
}

static void mistakes_of_lines(struct check *check)
{
    static const struct {
        const char *first, *second, *expected;
    } cases[] = {
        {"--colour", "red", "--colour: there is no such option; see --help"},
        {"--widht", "3", "--widht: there is no such option; did you mean --width?"},
        {"--buffer-count", "7", "--buffer-count 7: expected 2 or 3"},
        {"--buffer-count=2x", NULL, "--buffer-count 2x: expected 2 or 3"},
        {"--width", NULL, "--width: expected a value after it"},
        {"--width", " 5", "--width  5: expected a number from 1 to 16384"},
        {"--help=1", NULL, "--help: takes no value"},
        {"--no-vsync=1", NULL, "--no-vsync: takes no value"},
        {"--no-width", NULL, "--no-width: there is no such option"},
        {"--vsync=maybe", NULL, "--vsync maybe: expected true or false"},
        {"--shmem-size", "100M", "--shmem-size 100M: expected a power of two from 64M to 2G"},
        {"--device-id", "1AF4", "--device-id 1AF4: expected VENDOR:DEVICE, four hexadecimal digits each"},
        {"--limit-memory", "8589934592G", "--limit-memory 8589934592G: expected a number of bytes, such as 256M"},
        {"width", NULL, "\"width\": expected an option; see --help"},
        {"--", NULL, "\"--\": expected an option; see --help"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(!load((char *)cases[i].first, (char *)cases[i].second, NULL));
        contains(check, cases[i].expected);
        is_one_line(check);
    }
}

static void options_before_environment_before_file(struct check *check)
{
    CHECK(write_file("rank.toml",
                     "width = 1\nheight = 2\nbuffer_count = 3\n[[vm]]\nname = 'a'\nwidth = 11\nheight = 12\n"
                     "buffer_count = 2\n"));
    set_variable("PVGPU_WIDTH", "21");
    set_variable("PVGPU_HEIGHT", "22");
    set_variable("PVGPU_CONFIG", "rank.toml");
    CHECK(load((char *)"--width", (char *)"31", (char *)"--no-vsync", NULL));
    CHECK_EQ(config.options.width, 31);
    CHECK_EQ(config.options.height, 22);
    CHECK_EQ(config.options.buffer_count, 3);
    CHECK(!config.options.vsync);
    if (CHECK_EQ(config.vm_count, 1)) {
        CHECK_EQ(config.vms[0].options.width, 31);
        CHECK_EQ(config.vms[0].options.height, 22);
        CHECK_EQ(config.vms[0].options.buffer_count, 2);
        CHECK(!config.vms[0].options.vsync);
    }
    set_variable("PVGPU_HEIGHT", "tall");
    CHECK(!load(NULL, NULL));
    contains(check, "PVGPU_HEIGHT=tall (environment): expected a number from 1 to 16384");
    is_one_line(check);
    /* A child has its parent's command line alone. */
    CHECK(load((char *)"--role", (char *)"session", NULL));
    CHECK_EQ(config.options.height, 1080);
    set_variable("PVGPU_WIDTH", NULL);
    set_variable("PVGPU_HEIGHT", NULL);
    /* The option names another file than the variable. */
    CHECK(!load((char *)"--config", (char *)"no-such-file.toml", NULL));
    set_variable("PVGPU_CONFIG", NULL);
    remove("rank.toml");
}

/* Each name of the level's variable counts before the next, which is not even read then. */
static void names_of_the_level(struct check *check)
{
    static const struct {
        const char *name, *value, *level;
    } steps[] = {
        {"PVGPU_DEBUG", "0", "error"},
        {"PVGPU_DEBUG", "1", "debug"},
        {"RUST_LOG", "warn,hyper=trace", "warn,hyper=trace"},
        {"PVGPU_LOG", "", "warn,hyper=trace"},
        {"PVGPU_LOG", "off", "off"},
        {"RUST_LOG", "x=y", "off"},
        {"PVGPU_LOG_LEVEL", "Trace", "Trace"},
    };
    CHECK(write_file("level.toml", "log_level = 'error'\n"));
    set_variable("PVGPU_CONFIG", "level.toml");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        set_variable(steps[i].name, steps[i].value);
        CHECK(load(NULL, NULL) && strcmp(config.options.log_level, steps[i].level) == 0);
    }
    CHECK(load((char *)"--log-level", (char *)"pvgpu_backend::frames", NULL));
    CHECK(strcmp(config.options.log_level, "pvgpu_backend::frames") == 0);
    set_variable("PVGPU_LOG_LEVEL", NULL);
    set_variable("PVGPU_LOG", NULL);
    CHECK(!load(NULL, NULL));
    contains(check, "RUST_LOG=x=y (environment): expected a level (off, error, warn, info, debug or trace) or");
    is_one_line(check);
    set_variable("RUST_LOG", NULL);
    set_variable("PVGPU_DEBUG", NULL);
    CHECK(!load((char *)"--log-level", (char *)"loud", NULL));
    contains(check, "--log-level loud: expected a level");
    CHECK(write_file("level.toml", "log_level = 'loud'\n") && !load(NULL, NULL));
    contains(check, "level.toml:1:13: log_level: expected a level");
    set_variable("PVGPU_CONFIG", NULL);
    remove("level.toml");
}

static bool has_adapter(const struct pvgpu_options *options, const char *name, int32_t index)
{
    return options->adapter_index == index &&
           (name ? options->adapter && strcmp(options->adapter, name) == 0 : !options->adapter);
}

/* An adapter is named in one of two ways; the later source's way counts, and one source has one. */
static void one_way_to_name_an_adapter(struct check *check)
{
    static const char file[] = "adapter_index = 3\n[[vm]]\nname = 'a'\nadapter = 'one'\n[[vm]]\nname = 'b'\n"
                               "[[vm]]\nname = 'c'\nadapter_index = 1\n";
    CHECK(write_file("adapter.toml", file));
    set_variable("PVGPU_CONFIG", "adapter.toml");
    if (CHECK(load(NULL, NULL))) {
        CHECK(has_adapter(&config.options, NULL, 3) && has_adapter(&config.vms[0].options, "one", -1));
        CHECK(has_adapter(&config.vms[1].options, NULL, 3) && has_adapter(&config.vms[2].options, NULL, 1));
    }
    if (CHECK(load((char *)"--adapter", (char *)"two", NULL))) {
        for (size_t i = 0; i < 3; i++)
            CHECK(has_adapter(&config.vms[i].options, "two", -1));
    }
    set_variable("PVGPU_ADAPTER", "two");
    CHECK(load(NULL, NULL) && has_adapter(&config.options, "two", -1));
    CHECK(load((char *)"--adapter-index=4", NULL) && has_adapter(&config.options, NULL, 4));
    CHECK(!load((char *)"--adapter-index=4", (char *)"--adapter=two", NULL));
    contains(check, "pvgpu-backend: --adapter: expected adapter or adapter_index, not both");
    is_one_line(check);
    set_variable("PVGPU_ADAPTER", NULL);
    CHECK(write_file("adapter.toml", "adapter = 'x'\nadapter_index = 3\n") && !load(NULL, NULL));
    contains(check, "adapter.toml:1:11: adapter: expected adapter or adapter_index, not both");
    CHECK(write_file("adapter.toml", "[[vm]]\nname = 'a'\nadapter_index = 3\nadapter = 'x'\n") && !load(NULL, NULL));
    contains(check, "adapter.toml: [[vm]] \"a\": expected adapter or adapter_index, not both");
    set_variable("PVGPU_CONFIG", NULL);
    remove("adapter.toml");
}

/* Windows are for whoever may come, by a table or without one. */
static void windows_need_a_renderer(struct check *check)
{
    static const char tables[] = "renderer = 'null'\npresentation_mode = 'windowed'\n[[vm]]\nname = 'a'\n"
                                 "renderer = 'd3d11'\n[[vm]]\nname = 'b'\npresentation_mode = 'headless'\n";
    CHECK(load(NULL, NULL) && !pvgpu_config_has_windows(&config));
    CHECK(load((char *)"--presentation-mode=windowed", NULL) && pvgpu_config_has_windows(&config));
    CHECK(load((char *)"--presentation-mode=dual", NULL) && pvgpu_config_has_windows(&config));
    CHECK(!load((char *)"--presentation-mode=dual", (char *)"--renderer=null", NULL));
    contains(check, "pvgpu-backend: --presentation-mode: the null renderer draws nothing: expected headless");
    is_one_line(check);
    CHECK(!load((char *)"--presentation-mode=windowed", (char *)"--single-process", NULL));
    contains(check, "pvgpu-backend: --presentation-mode: a window needs a renderer process: expected headless with");
    is_one_line(check);
    CHECK(write_file("windows.toml", tables));
    set_variable("PVGPU_CONFIG", "windows.toml");
    CHECK(load(NULL, NULL) && pvgpu_config_has_windows(&config));
    CHECK(load((char *)"--presentation-mode=headless", NULL) && !pvgpu_config_has_windows(&config));
    CHECK(!load((char *)"--pipe-path=/run/x.sock", NULL));
    contains(check, "windows.toml:2:21: presentation_mode: the null renderer draws nothing: expected headless");
    CHECK(write_file("windows.toml", "[[vm]]\nname = 'a'\nrenderer = 'null'\npresentation_mode = 'dual'\n"));
    CHECK(!load(NULL, NULL));
    contains(check,
             "windows.toml: [[vm]] \"a\": presentation_mode: the null renderer draws nothing: expected headless");
    is_one_line(check);
    set_variable("PVGPU_CONFIG", NULL);
    remove("windows.toml");
}

/* Names, endpoints and what goes with what; on hosts that do not have a link, that alone is said. */
static void links(struct check *check)
{
    static const char *const names[PVGPU_LINK_KINDS] = {"pipe", "vfio-user", "ivshmem-doorbell", "ivshmem-plain"};
    static const char *const options[PVGPU_LINK_KINDS] = {"--pipe-path=/x", "--vfio-user=/x", "--ivshmem-doorbell=/x",
                                                          "--ivshmem-plain=/x"};
    char text[200];
    CHECK(load(NULL, NULL) && !pvgpu_options_has_endpoint(&config.options));
    for (unsigned i = 0; i < PVGPU_LINK_KINDS; i++) {
        CHECK(strcmp(pvgpu_link_kind_name((enum pvgpu_link_kind)i), names[i]) == 0);
        snprintf(text, sizeof(text), "[[vm]]\nname = 'a'\nlink = '%s'\n", names[i]);
        CHECK(read_text(text) && config.vms[0].link == i && !pvgpu_options_has_endpoint(&config.options));
        CHECK(write_file("links.toml", text));
        bool is_here = load((char *)"--config=links.toml", NULL);
#ifdef __linux__
        CHECK(is_here && !pvgpu_config_has_unnamed(&config));
#else
        CHECK_EQ(is_here, i == 0);
        snprintf(text, sizeof(text), "links.toml: [[vm]] \"a\": the link %s exists on Linux only", names[i]);
        CHECK(i == 0 || contains(check, text));
#endif
        is_here = load((char *)(uintptr_t)options[i], NULL);
#ifdef __linux__
        CHECK(is_here && pvgpu_options_has_endpoint(&config.options) && pvgpu_config_has_unnamed(&config));
        for (unsigned j = 0; j < PVGPU_LINK_KINDS; j++)
            CHECK_EQ(pvgpu_options_endpoint(&config.options, (enum pvgpu_link_kind)j) != NULL, i == j);
#else
        CHECK_EQ(is_here, i == 0);
        CHECK(i == 0 || contains(check, "this link exists on Linux only; use --pipe-path"));
#endif
    }
    remove("links.toml");
#ifdef __linux__
    CHECK(load((char *)"--pipe-path=/x", (char *)"--ivshmem-plain=/y", NULL));
    CHECK(load((char *)"--ivshmem-plain=/y", (char *)"--frames-path=/z", NULL));
    CHECK(!load((char *)"--ivshmem-doorbell=/x", (char *)"--ivshmem-plain=/y", (char *)"--frames-path=/z", NULL));
    contains(check, "--frames-path: expected one link, but --ivshmem-doorbell and --ivshmem-plain are given");
    CHECK(!load((char *)"--ivshmem-plain=/y", (char *)"--pipe-path=/x", (char *)"--frames-path=/z", NULL));
    contains(check, "--frames-path: expected one link, but --pipe-path and --ivshmem-plain are given");
    /* A file takes a place from the start. */
    CHECK(load((char *)"--ivshmem-plain=/y", (char *)"--max-vms=1", NULL));
    CHECK(write_file("links.toml", "ivshmem_plain = '/y'\nmax_vms = 2\n[[vm]]\nname = 'a'\nlink = 'ivshmem-plain'\n"
                                   "[[vm]]\nname = 'b'\nlink = 'ivshmem-plain'\n[[vm]]\nname = 'c'\n"));
    CHECK(!load((char *)"--config=links.toml", NULL));
    contains(check, "links.toml:2:11: max_vms: expected 3 at least, for as many VMs whose link is ivshmem-plain");
    is_one_line(check);
    CHECK(load((char *)"--config=links.toml", (char *)"--max-vms=3", NULL));
    remove("links.toml");
#endif
}

static void searched_for(struct check *check)
{
    char path[PVGPU_PATH_BYTES];
    unsigned places = 0;
    while (pvgpu_config_place(path, places) && places < 100)
        places++;
    CHECK(places >= 3 && places < 100);
    CHECK(pvgpu_config_place(path, 0) && strcmp(path, "pvgpu.toml") == 0);
    CHECK(write_file("pvgpu.toml", "width = 77\n"));
    CHECK(load(NULL, NULL));
    CHECK_EQ(config.options.width, 77);
    CHECK(strcmp(config.file, "pvgpu.toml") == 0);
    remove("pvgpu.toml");
#ifndef _WIN32
    set_variable("XDG_CONFIG_HOME", "/x/home");
    set_variable("XDG_CONFIG_DIRS", "/x/one::/x/two");
    static const char *const expected[] = {
        "pvgpu.toml", "/x/home/pvgpu/pvgpu.toml", "/etc/pvgpu/pvgpu.toml", "/x/one/pvgpu/pvgpu.toml",
        "",           "/x/two/pvgpu/pvgpu.toml"};
    for (unsigned i = 0; i < 6; i++)
        CHECK(pvgpu_config_place(path, i) && strcmp(path, expected[i]) == 0);
    CHECK(!pvgpu_config_place(path, 6));
    set_variable("XDG_CONFIG_HOME", NULL);
    set_variable("XDG_CONFIG_DIRS", NULL);
#endif
}

/* What is printed as TOML gives the same settings again. */
static void dump_reads_back(struct check *check)
{
    static char text[20000];
    CHECK(read_text("pipe_path = \"/a \\\"b\\\\\"\nwidth = 5\nlimit_memory = 12345\nvsync = false\n[[vm]]\nname = 'm'\n"
                    "link = 'vfio-user'\nheight = 9\n"));
    FILE *out = begin();
    pvgpu_config_dump(&config, out);
    rewind(out);
    text[fread(text, 1, sizeof(text) - 1, out)] = '\0';
    fclose(out);
    CHECK(strstr(text, "width = 5  # pvgpu.toml:2\n") != NULL);
    CHECK(strstr(text, "buffer_count = 2  # default\n") != NULL);
    struct pvgpu_options before = config.options;
    if (!CHECK(read_text(text)))
        printf("  %s", said);
    CHECK_EQ(config.options.width, before.width);
    CHECK_EQ(config.options.limit_memory, 12345);
    CHECK(strcmp(config.options.pipe_path, "/a \"b\\") == 0);
    CHECK(!config.options.vsync);
    CHECK(config.vm_count == 1 && config.vms[0].options.height == 9 && config.vms[0].link == PVGPU_LINK_KIND_VFIO_USER);
}

/* Every key of the example can be uncommented, but for paths that are for the reader to fill in. */
static void example_is_right(struct check *check)
{
    static char text[20000], plain[20000];
    size_t used = 0, keys = 0;
    FILE *out = begin();
    pvgpu_config_print_example(out);
    rewind(out);
    text[fread(text, 1, sizeof(text) - 1, out)] = '\0';
    fclose(out);
    CHECK(read_text(text));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        bool is_key = line[0] == '#' && line[1] != ' ';
        used += (size_t)snprintf(plain + used, sizeof(plain) - used, "%s\n", is_key ? line + 1 : line);
        keys += is_key && strstr(line, " = ");
    }
    char *name = strstr(plain, "name = \"...\"");
    if (CHECK(name != NULL))
        memcpy(name + 8, "abc", 3);
    if (!CHECK(read_text(plain)))
        printf("  %s", said);
    size_t rows = pvgpu_vm_option_count;
    for (size_t i = 0; i < pvgpu_option_count; i++)
        rows += (pvgpu_option_table[i].where & PVGPU_OPTION_IN_FILE) != 0;
    CHECK_EQ(keys, rows);
    struct pvgpu_options standard;
    pvgpu_options_init(&standard);
    CHECK_EQ(config.options.width, standard.width);
    CHECK_EQ(config.options.shmem_size, standard.shmem_size);
}

/* What a parent passes on, its child understands. */
static void arguments_read_back(struct check *check)
{
    CHECK(read_text("width = 5\nvsync = false\ndebug_layer = true\nlimit_memory = 12345\nadapter_index = 2\n"
                    "shader_cache = 'none'\nrenderer = 'null'\npipe_path = '/x'\ndevice_id = '00FF:0A0b'\nclass_code = "
                    "'0x038000'\n"));
    struct pvgpu_options before = config.options;
    struct pvgpu_arguments arguments;
    before.no_backstop = true;
    before.shader_cache = "none"; /* the file's own text goes with its configuration */
    pvgpu_options_to_arguments(&before, "pvgpu-session", &arguments);
    pvgpu_arguments_add(&arguments, "--role", "%s", "session");
    fresh();
    FILE *errors = begin();
    CHECK(pvgpu_config_apply_line(&config, (int)arguments.count, (char **)(uintptr_t)arguments.list, errors));
    end(errors);
    const struct pvgpu_options *after = &config.options;
    CHECK(after->width == 5 && !after->vsync && after->debug_layer && after->limit_memory == 12345);
    CHECK(after->adapter_index == 2 && strcmp(after->shader_cache, "none") == 0 && after->no_backstop);
    CHECK_EQ(after->renderer, PVGPU_RENDERER_NULL);
    CHECK(after->device_id == 0x00FF0A0B && after->subsystem_id == 0x1AF40001);
    CHECK_EQ(after->class_code, PVGPU_CLASS_DISPLAY);
    CHECK(!after->pipe_path && strcmp(after->role, "session") == 0);
}

static void names_are_unique(struct check *check)
{
    for (size_t i = 0; i < pvgpu_option_count; i++) {
        const struct pvgpu_option *option = &pvgpu_option_table[i];
        CHECK(pvgpu_option_find(pvgpu_option_table, pvgpu_option_count, option->name, strlen(option->name)) == option);
        CHECK(option->where & PVGPU_OPTION_IS_HIDDEN || *option->help);
    }
    CHECK(pvgpu_option_count <= PVGPU_CONFIG_OPTIONS_MOST);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(defaults),
        CHECK_CASE(file_says_everything),
        CHECK_CASE(mistakes_of_files),
        CHECK_CASE(hostile_files),
        CHECK_CASE(changed_files),
        CHECK_CASE(files_that_are_none),
        CHECK_CASE(mistakes_of_lines),
        CHECK_CASE(options_before_environment_before_file),
        CHECK_CASE(names_of_the_level),
        CHECK_CASE(one_way_to_name_an_adapter),
        CHECK_CASE(windows_need_a_renderer),
        CHECK_CASE(links),
        CHECK_CASE(searched_for),
        CHECK_CASE(dump_reads_back),
        CHECK_CASE(example_is_right),
        CHECK_CASE(arguments_read_back),
        CHECK_CASE(names_are_unique),
    };
    int code = check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
    pvgpu_config_finish(&config);
    return code;
}
