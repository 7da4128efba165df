/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shared textures on the host itself (Windows): the page and the events, and the textures as far as this host has them.
 * One that has none must be told apart from one that has: by one warning.
 */
#include "gpu/d3d11/device.h"
#include "gpu/d3d11/shared_texture.h"
#include "present/texture_board.h"
#include "present/texture_ring.h"

#include "log_capture.h"
#include "os_support.h"
#include "texture_reader.h"

#define SIDE 64u /* pixels */
#define RGBA8 28u

static char vm[32]; /* a name that no other run uses */

static struct pvgpu_texture_board *create_board(bool is_first_vm)
{
    return pvgpu_texture_board_create(vm, is_first_vm, &log_all);
}

/* An object's name, "PVGPU_<vm><suffix>". */
static const wchar_t *object_name(const char *suffix)
{
    static wchar_t name[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    swprintf(name, PVGPU_SHARED_TEXTURE_NAME_BYTES, L"PVGPU_%hs%hs", vm, suffix);
    return name;
}

static HANDLE create_consumer_event(const char *number)
{
    char suffix[32];
    snprintf(suffix, sizeof(suffix), "_consumer_%s", number);
    return CreateEventW(NULL, FALSE, FALSE, object_name(suffix));
}

static bool take_signal(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

/* ---- Page and events ---- */

static void consumers_can_only_read_the_page(struct check *check)
{
    struct pvgpu_texture_board *board = create_board(false);
    void *memory = NULL;
    if (!CHECK(board && board->ops->open(board, &memory) == PVGPU_TEXTURE_OK))
        return;
    memset(memory, 0x5A, PVGPU_SHARED_TEXTURE_BYTES);
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(""));
    CHECK(section != NULL);
    const uint8_t *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, PVGPU_SHARED_TEXTURE_BYTES);
    CHECK(view && memcmp(view, memory, PVGPU_SHARED_TEXTURE_BYTES) == 0);
    CHECK(MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, PVGPU_SHARED_TEXTURE_BYTES) == NULL);
    CHECK(OpenFileMappingW(FILE_MAP_WRITE, FALSE, object_name("")) == NULL);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    UnmapViewOfFile(view);
    CloseHandle(section);
    board->ops->destroy(board);
    CHECK(OpenFileMappingW(FILE_MAP_READ, FALSE, object_name("")) == NULL);
}

static void page_has_one_producer(struct check *check)
{
    struct pvgpu_texture_board *first = create_board(false), *second = create_board(false);
    void *memory = NULL;
    if (!CHECK(first && second))
        return;
    CHECK_EQ(first->ops->open(first, &memory), PVGPU_TEXTURE_OK);
    CHECK_EQ(second->ops->open(second, &memory), PVGPU_TEXTURE_TAKEN);
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(""));
    first->ops->destroy(first);
    CHECK_EQ(second->ops->open(second, &memory), PVGPU_TEXTURE_TAKEN); /* a consumer holds it */
    CloseHandle(section);
    /* One that may be opened for everything, of whoever it may be. */
    section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, PVGPU_SHARED_TEXTURE_BYTES, object_name(""));
    CHECK_EQ(second->ops->open(second, &memory), PVGPU_TEXTURE_TAKEN);
    CloseHandle(section);
    /* Something else of that name. */
    HANDLE mutex = CreateMutexW(NULL, FALSE, object_name(""));
    CHECK_EQ(second->ops->open(second, &memory), PVGPU_TEXTURE_TAKEN);
    CloseHandle(mutex);
    CHECK_EQ(second->ops->open(second, &memory), PVGPU_TEXTURE_OK);
    CHECK_EQ(*(const uint64_t *)memory, 0);
    second->ops->destroy(second);
}

static void every_consumer_is_woken(struct check *check)
{
    struct pvgpu_texture_board *board = create_board(false);
    if (!CHECK(board))
        return;
    HANDLE first = create_consumer_event("0"), last = create_consumer_event("7"), beyond = create_consumer_event("8");
    char suffix[] = "_consumer_1";
    HANDLE mutex = CreateMutexW(NULL, FALSE, object_name(suffix)); /* of no use, and no harm */
    for (int i = 0; i < 3; i++) {
        board->ops->signal(board);
        CHECK(take_signal(first) && !take_signal(first));
        CHECK(take_signal(last));
    }
    CHECK(!take_signal(beyond));
    /* An event goes with its consumer: the producer keeps none. */
    CloseHandle(first);
    board->ops->signal(board);
    CHECK(OpenEventW(SYNCHRONIZE, FALSE, object_name("_consumer_0")) == NULL);
    CHECK(take_signal(last));
    CloseHandle(last);
    CloseHandle(beyond);
    CloseHandle(mutex);
    board->ops->destroy(board);
}

static void frame_event_is_the_first_vms(struct check *check)
{
    struct pvgpu_texture_board *other = create_board(false);
    struct pvgpu_texture_board *first = create_board(true);
    HANDLE event = OpenEventW(SYNCHRONIZE, FALSE, L"Global\\PVGPU_FrameEvent");
    if (!CHECK(other && first && event))
        return;
    other->ops->signal(other);
    CHECK(!take_signal(event));
    first->ops->signal(first);
    CHECK(take_signal(event) && !take_signal(event));
    CloseHandle(event);
    first->ops->destroy(first);
    other->ops->destroy(other);
}

static void boards_leak_nothing(struct check *check)
{
    void *memory;
    for (int round = 0; round < 2; round++) {
        long before = open_handles();
        struct pvgpu_texture_board *board = create_board(true);
        if (!CHECK(board))
            return;
        board->ops->open(board, &memory);
        board->ops->signal(board);
        board->ops->destroy(board);
        board = create_board(true); /* never opened */
        board->ops->destroy(board);
        if (round == 1) /* the first one may load libraries */
            CHECK_EQ(open_handles(), before);
    }
}

/* ---- Textures ---- */

/* A renderer, and what of shared textures it has. */
struct stage {
    struct pvgpu_gpu *gpu;
    struct pvgpu_texture_ring *ring; /* NULL: none */
    char *log; /* what was said when they were made */
};

static bool stage_init(struct check *check, struct stage *stage)
{
    const struct pvgpu_gpu_config config = {.adapter_index = -1};
    const struct pvgpu_log log = {.level = PVGPU_LOG_WARN, .target = "test"};
    struct log_capture capture;
    *stage = (struct stage){.gpu = pvgpu_gpu_d3d11_create(&config, &log_all)};
    if (!CHECK(stage->gpu))
        return false;
    log_capture_start(&capture);
    const struct pvgpu_texture_ring_config parts = {
        .vm = vm,
        .texture_count = 3,
        .host = pvgpu_d3d11_texture_host_create(stage->gpu, &log),
        .board = create_board(false),
        .log = log,
    };
    stage->ring = pvgpu_texture_ring_create(&parts);
    stage->log = log_capture_text(&capture);
    log_capture_end(&capture);
    return true;
}

static void stage_finish(struct stage *stage)
{
    pvgpu_texture_ring_destroy(stage->ring);
    stage->gpu->ops->destroy(stage->gpu);
    free(stage->log);
}

static bool wait_for_gpu(struct pvgpu_gpu *gpu, uint64_t submission)
{
    gpu->ops->submit(gpu, submission);
    uint64_t deadline_ns = pvgpu_time_deadline_ns(LONG_NS);
    while (gpu->ops->completed(gpu) < submission) {
        if (pvgpu_time_left_ns(deadline_ns) == 0)
            return false;
        pvgpu_time_sleep_ns(MS);
    }
    return true;
}

static void refusal_is_one_warning(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage))
        return;
    if (stage.ring) {
        CHECK(stage.log[0] == '\0');
        CHECK_SKIP("this host shares textures");
    } else {
        const char *end = strchr(stage.log, '\n');
        printf("  said: %s", stage.log);
        CHECK(strncmp(stage.log, "WARN", 4) == 0);
        CHECK(strstr(stage.log, "This host shares no textures: ") != NULL);
        CHECK(end && end[1] == '\0');
        CHECK(OpenFileMappingW(FILE_MAP_READ, FALSE, object_name("")) == NULL); /* no promise that is not kept */
        CHECK_EQ(stage.gpu->ops->removed_reason(stage.gpu), 0); /* the renderer is none the worse */
        CHECK(wait_for_gpu(stage.gpu, 1));
    }
    stage_finish(&stage);
}

static struct pvgpu_resource picture_of(uint32_t side)
{
    return (struct pvgpu_resource){
        .base = {.type = PVGPU_OBJECT_RESOURCE, .references = 1},
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = RGBA8,
        .width = side,
        .height = side,
        .depth = 1,
        .array_length = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = PVGPU_BIND_SHADER_RESOURCE,
    };
}

/* The frame with these bytes, shown. */
static bool show(struct stage *stage, const uint8_t *pixels)
{
    struct pvgpu_gpu *gpu = stage->gpu;
    struct pvgpu_resource picture = picture_of(SIDE);
    const struct pvgpu_subresource_data data = {.data = pixels, .row_pitch = 4 * SIDE};
    if (gpu->ops->create_resource(gpu, &picture, &data) != PVGPU_GPU_OK)
        return false;
    bool shown = pvgpu_texture_ring_capture(stage->ring, &picture, RGBA8, 1, UINT64_MAX) && wait_for_gpu(gpu, 1);
    if (shown)
        pvgpu_texture_ring_publish(stage->ring, &(struct pvgpu_texture_frame){.number = 1, .epoch = 1});
    gpu->ops->release(gpu, picture.base.host);
    return shown;
}

/* What another device of this user sees under that name, as a consumer opens it. */
static bool read_shared(struct check *check, const char *name, const uint8_t *expected)
{
    const struct pvgpu_gpu_config config = {.adapter_index = -1};
    struct pvgpu_gpu *gpu = pvgpu_gpu_d3d11_create(&config, &log_all);
    ID3D11Device1 *device = gpu ? pvgpu_d3d11_query(pvgpu_d3d11_from(gpu)->device, &IID_ID3D11Device1) : NULL;
    struct pvgpu_resource opened = picture_of(SIDE);
    wchar_t wide[PVGPU_SHARED_TEXTURE_NAME_BYTES];
    swprintf(wide, PVGPU_SHARED_TEXTURE_NAME_BYTES, L"%hs", name);
    if (!CHECK(device))
        return false;
    HRESULT result = ID3D11Device1_OpenSharedResourceByName(
        device, wide, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, &IID_ID3D11Resource, &opened.base.host);
    PVGPU_RELEASE(device);
    if (!CHECK_EQ(result, S_OK))
        return false;
    IDXGIKeyedMutex *mutex = pvgpu_d3d11_query(opened.base.host, &IID_IDXGIKeyedMutex);
    struct pvgpu_mapped mapped = {0};
    bool same = CHECK(mutex) && CHECK_EQ(IDXGIKeyedMutex_AcquireSync(mutex, PVGPU_SHARED_TEXTURE_KEY, 1000), S_OK);
    struct pvgpu_gpu_readback *readback = gpu->ops->readback_begin(gpu, &opened, 0);
    same = CHECK(readback) && CHECK(wait_for_gpu(gpu, 1)) && same;
    same = same && CHECK(gpu->ops->readback_map(gpu, readback, &mapped));
    for (uint32_t y = 0; same && y < SIDE; y++)
        same =
            CHECK(memcmp(mapped.data + (size_t)y * mapped.row_pitch, expected + (size_t)y * 4 * SIDE, 4 * SIDE) == 0);
    if (readback)
        gpu->ops->readback_end(gpu, readback);
    if (mutex)
        IDXGIKeyedMutex_ReleaseSync(mutex, PVGPU_SHARED_TEXTURE_KEY);
    PVGPU_RELEASE(mutex);
    gpu->ops->release(gpu, opened.base.host);
    gpu->ops->destroy(gpu);
    return same;
}

static void textures_cross_devices(struct check *check)
{
    static uint8_t pixels[4 * SIDE * SIDE];
    struct stage stage;
    if (!stage_init(check, &stage))
        return;
    if (!stage.ring) {
        CHECK_SKIP("this host shares no textures; needs Windows with a Direct3D 11.1 driver");
        stage_finish(&stage);
        return;
    }
    for (size_t i = 0; i < sizeof(pixels); i++)
        pixels[i] = (uint8_t)(i * 7);
    CHECK(show(&stage, pixels));
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, object_name(""));
    const uint64_t *words = MapViewOfFile(section, FILE_MAP_READ, 0, 0, PVGPU_SHARED_TEXTURE_BYTES);
    struct pvgpu_shared_texture_page page;
    if (CHECK(words && texture_snapshot(words, &page)) && CHECK(page.newest)) {
        const char *name = page.textures[PVGPU_SHARED_TEXTURE_NEWEST_INDEX(page.newest)].name;
        CHECK(read_shared(check, name, pixels));
    }
    UnmapViewOfFile(words);
    CloseHandle(section);
    stage_finish(&stage);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(consumers_can_only_read_the_page),
        CHECK_CASE(page_has_one_producer),
        CHECK_CASE(every_consumer_is_woken),
        CHECK_CASE(frame_event_is_the_first_vms),
        CHECK_CASE(boards_leak_nothing),
        CHECK_CASE(refusal_is_one_warning),
        CHECK_CASE(textures_cross_devices),
    };
    snprintf(vm, sizeof(vm), "test-%lld", (long long)pvgpu_process_id());
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
