#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A long day of the service: VMs come, draw and go, consumers look, peers misbehave, renderers are killed.

    soak.py BUILD-DIRECTORY SECONDS [SEED]

Every VM that is not hurt must draw all its frames without an error; one whose renderer was killed must recover. From
time to time all leave, and then the service must hold as many handles and as much memory as at the first such time.
Prints a line for each of these times. Exit code 0: all of that was so.
"""
import contextlib, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
import service as services
from service import Service, wait_for

SCENES = ['clear', 'triangle', 'cubes']
VMS = 3
BEHAVIOURS = ['vanish', 'truncate', 'doorbell_first', 'wrong_name', 'too_small', 'bad_layout', 'long_payload', 'garbage', 'twice',
              'endless_name', 'long_doorbell', 'goodbye_first', 'good']
SLACK_KIB = 1024  # of resident memory: what the allocator keeps


class Soak:
    def __init__(self, build, seconds, seed):
        self.build, self.seconds, self.random = build, seconds, random.Random(seed)
        self.work = services.WORK
        self.socket = services.SOCKET
        self.demos, self.consumers, self.peers = [], [], []
        self.counts = dict(vms=0, frames=0, kills=0, consumers=0, peers=0)
        self.wrong = []

    def start_demo(self):
        log = '%s/demo-%d' % (self.work, self.counts['vms'])
        frames = self.random.randrange(20, 400)
        demo = subprocess.Popen(
            [self.build + '/pvgpu-demo', '--link', 'pipe', '--pipe-path', self.socket, '--shmem-size', '64M',
             '--scene', self.random.choice(SCENES), '--frames', str(frames), '--recover', '50',
             '--sync-interval', str(self.random.choice([0, 1, 1])),
             '--width', str(self.random.randrange(16, 640)), '--height', str(self.random.randrange(16, 480))],
            stdout=open(log, 'wb'), stderr=subprocess.STDOUT)
        demo.log, demo.frames = log, frames
        self.demos.append(demo)
        self.counts['vms'] += 1

    def reap_demos(self):
        for demo in [demo for demo in self.demos if demo.poll() is not None]:
            self.demos.remove(demo)
            if demo.returncode:
                self.complain('%s ended with %d: %s' % (os.path.basename(demo.log), demo.returncode,
                                                        open(demo.log, errors='replace').read()[-500:]))
            self.counts['frames'] += demo.frames
            os.unlink(demo.log)

    def complain(self, text):
        print('soak: ' + text, flush=True)
        self.wrong.append(text)

    def kill_renderer(self):
        pids = [vm['renderer'] for vm in self.ask('list') if vm.get('renderer')]
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.random.choice(pids), signal.SIGKILL)
                self.counts['kills'] += 1

    def start_consumer(self):
        paths = [vm['frames'] for vm in self.ask('list')]
        if not paths:
            return
        output = ['--format', 'raw', '--output', '/dev/null'] + self.random.choice([[], ['--all']])
        self.consumers.append(subprocess.Popen(
            [self.build + '/pvgpu-capture', '--endpoint', self.random.choice(paths), '--frames',
             str(self.random.randrange(1, 100)), '--wait', '2', '--quiet'] + output,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.counts['consumers'] += 1

    def start_peer(self):
        self.peers.append(subprocess.Popen(
            [sys.executable, 'tests/support/raw_client.py', self.socket, self.random.choice(BEHAVIOURS)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        self.counts['peers'] += 1

    def reap(self):
        self.reap_demos()
        for consumer in [consumer for consumer in self.consumers if consumer.poll() is not None]:
            self.consumers.remove(consumer)  # its VM may have left too early
        for peer in [peer for peer in self.peers if peer.poll() is not None]:
            self.peers.remove(peer)
            if peer.returncode:
                self.complain(peer.stderr.read().strip())

    def ask(self, what):
        answer = subprocess.run([self.build + '/pvgpu-ctl', '--control-path', self.work + '/control.sock', '--json', what],
                                capture_output=True, text=True)
        if answer.returncode:
            self.complain('pvgpu-ctl %s: %s' % (what, answer.stderr.strip()))
            return []
        return json.loads(answer.stdout)

    def step(self):
        self.reap()
        while len(self.demos) < VMS:
            self.start_demo()
        chance = self.random.random()
        if chance < 0.02:
            self.kill_renderer()
        elif chance < 0.10 and len(self.consumers) < 6:
            self.start_consumer()
        elif chance < 0.12 and self.consumers:
            self.random.choice(self.consumers).kill()
        elif chance < 0.15 and len(self.peers) < 2:
            self.start_peer()
        time.sleep(0.1)

    def quiet(self):
        """Everybody leaves. What the service holds then: handles, KiB."""
        if not wait_for(lambda: (self.reap(), not self.demos and not self.peers)[1], 300):
            self.complain('VMs do not come to their end')
        for consumer in self.consumers:
            consumer.kill()
        if not wait_for(lambda: self.ask('service')['vms'] == 0, 60):
            self.complain('VMs are connected although none is there')
        # The connection of a question may still be among the handles when the next is answered.
        usages = [self.ask('service') for _ in range(5) if not time.sleep(0.1)]
        return min(usage['handles'] for usage in usages), usages[-1]['resident_bytes'] // 1024

    def run(self, service):
        start, period, first = time.monotonic(), max(10, min(300, self.seconds / 5)), None
        if not wait_for(lambda: os.path.exists(self.socket)):
            self.complain('the service does not start')
        while service.process.poll() is None:
            end = min(time.monotonic() + period, start + self.seconds)
            while time.monotonic() < end:
                self.step()
            handles, kib = self.quiet()
            first = first or (handles, kib)
            print('soak: %6d s  %s  handles %d  resident %d KiB' % (
                time.monotonic() - start, '  '.join('%s %d' % item for item in self.counts.items()), handles, kib), flush=True)
            if handles != first[0] or kib > first[1] + SLACK_KIB:
                self.complain('handles %d, %d at first; resident %d KiB, %d at first' % (handles, first[0], kib, first[1]))
            if time.monotonic() >= start + self.seconds:
                return
        self.complain('the service has ended: %d' % service.process.returncode)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    build, seconds = sys.argv[1], float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) == 4 else int(time.time())
    work = tempfile.mkdtemp(prefix='pvgpu-soak.')
    services.setup(build, work)
    soak = Soak(build, seconds, seed)
    print('soak: %d s, seed %d' % (seconds, seed), flush=True)
    settings = 'control_path = "%s/control.sock"\nlog_file = "%s/service.log"\nrestart_limit = 0' % (work, work)
    try:
        with Service(settings) as service:
            soak.run(service)
        log = ''.join(open(work + '/' + name, errors='replace').read() for name in sorted(os.listdir(work))
                      if name.startswith('service.log'))
        for line in re.findall('^.*(?:refused by the host|ended abnormally|ended by force).*$', log, re.M):
            if ' 0 refused by the host' not in line and 'truncated the shared memory' not in line:
                soak.complain(line)
    finally:
        for process in soak.demos + soak.consumers + soak.peers:
            process.kill()
        shutil.rmtree(work, ignore_errors=True)
    print('soak: %d things were wrong' % len(soak.wrong))
    sys.exit(1 if soak.wrong else 0)


main()
