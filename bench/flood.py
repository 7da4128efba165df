#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a hostile VM costs the host, and what another VM notices of it.

    bench/flood.py BUILD [SECONDS [RENDERER]]

Beside each kind of harm (flood_client.py) on each link, another VM draws cubes at 60 frames a second. One row each: the
processor time that the backend spends on the hostile VM, in cores, and the other VM's frame times and time from doorbell
to execution. Its first row has a process that keeps one core busy instead, since the client itself does the same.
Exit code 0: no row had a whole core, and the other VM drew all its frames.
"""
import json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'tests', 'support'))
import service as services
from service import Demo, Service, wait_for

ROWS = [('pipe', 'silent'), ('pipe', 'doorbells'), ('pipe', 'registers'),
        ('vfio-user', 'silent'), ('vfio-user', 'doorbells'), ('vfio-user', 'registers'),
        ('ivshmem-doorbell', 'silent'), ('ivshmem-doorbell', 'doorbells'), ('ivshmem-doorbell', 'registers'),
        ('ivshmem-plain', 'registers')]


def ask(*words):
    answer = subprocess.run([services.BUILD + '/pvgpu-ctl', '--control-path', services.WORK + '/control.sock', '--json', *words],
                            capture_output=True, text=True)
    return json.loads(answer.stdout) if answer.returncode == 0 else None


def processor_seconds(pid):
    """0 for a process that is gone."""
    try:
        words = open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


def processes_of(vm):
    found = [entry for entry in ask('list') or [] if entry['name'] == vm]
    return [found[0][role] for role in ('session', 'renderer') if found[0].get(role)] if found else []


class Watch:
    """Adds up the processor time of a VM's processes, also of those that come and go."""

    def __init__(self, vm):
        self.vm, self.first, self.last = vm, {}, {}

    def look(self):
        for pid in processes_of(self.vm):
            self.last[pid] = max(processor_seconds(pid), self.last.get(pid, 0))
            self.first.setdefault(pid, self.last[pid])

    def cores(self, seconds):
        return sum(self.last[pid] - self.first[pid] for pid in self.last) / seconds


def row(link, behaviour, seconds, renderer):
    bad = services.WORK + '/bad'
    shm = link == 'ivshmem-plain'
    if shm:
        bad = '/dev/shm/pvgpu-flood-%d' % os.getpid()
    vms = '[[vm]]\nname = "good"\npath = "%s"\n' % services.SOCKET
    if link:
        vms += '[[vm]]\nname = "bad"\nlink = "%s"\npath = "%s"\nshmem_size = "64M"\n' % (link, bad)
    settings = 'renderer = "%s"\ncontrol_path = "%s/control.sock"\nlog_level = "warn"' % (renderer, services.WORK)
    frames = int(seconds * 60)
    with Service(settings, pipe=False, vms=vms) as service:
        wait_for(lambda: ask('service'))
        with Demo('--scene', 'cubes', '--sync-interval', '1', frames=frames) as demo:
            wait_for(lambda: any(vm['counters']['presents'] > 30 for vm in ask('list') or [] if vm['name'] == 'good'))
            if link:
                client = subprocess.Popen([sys.executable, os.path.dirname(__file__) + '/flood_client.py', link, behaviour,
                                           bad, str(seconds - 2)], stdout=subprocess.PIPE, text=True)
            else:
                client = subprocess.Popen(['sh', '-c', 'while :; do :; done'], stdout=subprocess.PIPE, text=True)
            start, watch = time.monotonic(), Watch('bad')
            while time.monotonic() - start < seconds - 2:
                time.sleep(0.25)
                if link:
                    watch.look()
            took = time.monotonic() - start
            if not link:
                client.kill()
            did = client.communicate()[0].strip()
            drawn = demo.has_drawn()
            stats = ask('stats', 'good')
        log = service.log()
    if shm and os.path.exists(bad):
        os.unlink(bad)
    durations = stats['durations_us']
    number = lambda name, part: durations[name][part]
    cores = watch.cores(took)
    print('| %s | %s | %s | %.2f | %d | %.1f | %.1f | %.0f | %.0f |' % (
        link or 'none', behaviour, did or '-', cores, len(log.splitlines()), number('frame_time', 'p50') / 1000,
        number('frame_time', 'p99') / 1000, number('doorbell_to_execution', 'p50'),
        number('doorbell_to_execution', 'p99')), flush=True)
    return cores < 1 and drawn and stats['counters']['presents'] >= frames


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8
    renderer = sys.argv[3] if len(sys.argv) > 3 else 'null'
    work = tempfile.mkdtemp(prefix='pvgpu-flood.')
    services.setup(sys.argv[1], work)
    print('| link | behaviour | did | cores | log lines | frame time p50, ms | p99 | doorbell to execution p50, us | p99 |')
    print('|---|---|---|---|---|---|---|---|---|')
    try:
        good = row('', 'one busy process', seconds, renderer)
        for link, behaviour in ROWS:
            good = row(link, behaviour, seconds, renderer) and good
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
