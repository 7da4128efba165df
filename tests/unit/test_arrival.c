/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What arrives on a socket is noticed though another thread is quicker to read it. */
#include "os/arrival.h"

#include "../check.h"
#include "base/time.h"
#include "os/thread.h"

#include <sys/socket.h>
#include <unistd.h>

#define LONG_NS (20 * PVGPU_NS_PER_S) /* never waited for when all is well */

struct pair {
    int near, far; /* the near end is watched */
    pvgpu_handle watch;
};

static bool pair_init(struct check *check, struct pair *pair)
{
    int ends[2];
    if (!CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0))
        return false;
    *pair = (struct pair){.near = ends[0], .far = ends[1], .watch = pvgpu_arrival_watch(ends[0])};
    return CHECK(pair->watch != PVGPU_NO_HANDLE);
}

static void pair_finish(struct pair *pair)
{
    close(pair->near); /* first: nothing arrives any more */
    if (pair->far >= 0)
        close(pair->far);
    pvgpu_arrival_take(pair->watch);
    pvgpu_handle_close(pair->watch);
}

static bool is_ready(const struct pair *pair, uint64_t timeout_ns)
{
    return pvgpu_handle_wait_any(&pair->watch, 1, timeout_ns) != 0;
}

/* The other thread: what it does is over when it has been joined. */
static void send_and_read(void *argument)
{
    struct pair *pair = argument;
    char byte = 0;
    (void)!write(pair->far, &byte, 1);
    (void)!read(pair->near, &byte, 1);
}

static bool run(struct check *check, void (*body)(void *), struct pair *pair)
{
    struct pvgpu_thread thread;
    if (!CHECK(pvgpu_thread_start(&thread, "reader", body, pair)))
        return false;
    pvgpu_thread_join(&thread);
    return true;
}

static void what_others_have_read_is_noticed(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    CHECK(!is_ready(&pair, 0));
    for (int i = 0; i < 3; i++) {
        if (!run(check, send_and_read, &pair))
            break;
        char byte;
        CHECK(read(pair.near, &byte, 1) < 0); /* nothing is left to wait for */
        CHECK(is_ready(&pair, LONG_NS));
        pvgpu_arrival_take(pair.watch);
        CHECK(!is_ready(&pair, 0));
    }
    pair_finish(&pair);
}

static void many_arrivals_are_taken_at_once(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    for (int i = 0; i < 10; i++)
        run(check, send_and_read, &pair);
    CHECK(is_ready(&pair, LONG_NS));
    pvgpu_arrival_take(pair.watch);
    CHECK(!is_ready(&pair, 0));
    pair_finish(&pair);
}

static void the_other_ends_going_is_noticed(struct check *check)
{
    struct pair pair;
    if (!pair_init(check, &pair))
        return;
    close(pair.far);
    pair.far = -1;
    CHECK(is_ready(&pair, LONG_NS));
    pair_finish(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(what_others_have_read_is_noticed),
        CHECK_CASE(many_arrivals_are_taken_at_once),
        CHECK_CASE(the_other_ends_going_is_noticed),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
