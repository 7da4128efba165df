#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Virtual machines whose host, device and program are killed, reset and restarted in mid-frame, at random moments.

    stress.py BUILD EVENTS [SEED [LINK...]]

EVENTS of them on each LINK: vfio-user, ivshmem-doorbell, ivshmem-plain, and pipe. Each is a VM of its own, which draws
cubes; at a moment that SEED decides something happens to it:

  reset     the program resets its device in mid-frame, and draws anew
  reboot    the machine is reset through QEMU's monitor, starts again and draws
  qemu      QEMU is killed
  renderer, session, service
            that process of ours is killed; a killed service is started again a moment later

Afterwards the program has drawn its last frame, and it is the right one; or, where a link cannot come back (QEMU does not
connect to a vfio-user or ivshmem server again), the program has ended with the exit code for a host that is gone; or QEMU
was killed, and nothing of its VM is left. In the end no process, socket or shared memory of ours may be left.

The pipe link needs a QEMU with the pvgpu device: PVGPU_QEMU_PIPE names it. Without it a program on this machine plays the
VM there, and machines are not rebooted. Needs a /dev/shm of its own (./box --private-shm). Exit code 0: all was so.
"""
import json, os, random, re, shutil, signal, socket, subprocess, sys, tempfile, time

LINKS = ['vfio-user', 'ivshmem-doorbell', 'ivshmem-plain', 'pipe']
EVENTS = ['reset', 'reboot', 'qemu', 'renderer', 'session', 'service']
FRAMES, WIDTH, HEIGHT = 120, 160, 90
BOOT_SECONDS, DRAW_SECONDS = 90, 120
HOST_IS_GONE = 4  # pvgpu-demo's exit code
COMES_BACK = {'pipe': True, 'ivshmem-plain': True, 'vfio-user': False, 'ivshmem-doorbell': False}


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


class Wrong(Exception):
    pass


class Stress:
    def __init__(self, build, link, seed, work):
        self.build, self.link, self.work = build, link, work
        self.random = random.Random('%d %s' % (seed, link))
        self.endpoint = '/dev/shm/pvgpu-stress' if link == 'ivshmem-plain' else work + '/vm.sock'
        self.qemu = os.environ.get('PVGPU_QEMU_PIPE') if link == 'pipe' else os.environ.get('PVGPU_QEMU', '')
        self.has_vm = link != 'pipe' or bool(self.qemu)
        self.service = self.vm = None
        self.right = work + '/right.rgba'
        subprocess.run([build + '/pvgpu-direct', '--scene', 'cubes', '--width', str(WIDTH), '--height', str(HEIGHT),
                        '--frame', str(FRAMES), '--out', self.right], check=True, stdout=subprocess.DEVNULL)

    # ---- The service ----

    def start_service(self):
        option = {'pipe': '--pipe-path', 'vfio-user': '--vfio-user', 'ivshmem-doorbell': '--ivshmem-doorbell',
                  'ivshmem-plain': '--ivshmem-plain'}[self.link]
        self.service = subprocess.Popen(
            [self.build + '/pvgpu-backend', option, self.endpoint, '--control-path', self.work + '/control.sock',
             '--frames-path', self.work + '/frames.sock', '--shader-cache', 'none', '--restart-limit', '0',
             '--shmem-size', '64M'], stdout=open(self.work + '/service.log', 'ab'), stderr=subprocess.STDOUT)
        if not wait_for(lambda: self.ask() is not None, 20):
            raise Wrong('the service does not start')

    def ask(self):
        """What pvgpu-ctl lists; None: nobody answers."""
        answer = subprocess.run([self.build + '/pvgpu-ctl', '--control-path', self.work + '/control.sock', '--json', 'list'],
                                capture_output=True, text=True)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def process(self, role):
        vms = self.ask() or []
        return vms[0].get(role) or None if vms else None

    def end_service(self):
        self.service.terminate()
        try:
            code = self.service.wait(20)
        except subprocess.TimeoutExpired:
            self.service.kill()
            self.service.wait()
            raise Wrong('the service does not end')
        if code:
            raise Wrong('the service ended with %d' % code)

    # ---- The VM ----

    def boot(self, *options):
        demo = ['--scene', 'cubes', '--frames', str(FRAMES), '--width', str(WIDTH), '--height', str(HEIGHT),
                '--sync-interval', '1', '--hold-seconds', '60', *options]
        environment = dict(os.environ)
        if self.has_vm:
            self.monitor = self.work + '/monitor.sock'
            command = ['tools/boot-vm.sh', 'LINK=' + self.link, 'ENDPOINT=' + self.endpoint, 'BUILD=' + self.build,
                       'REBOOT=1', 'INTERRUPTS=%d' % self.random.randrange(2), *demo]
            environment.update(PVGPU_QEMU_OPTIONS='-qmp unix:%s,server=on,wait=off' % self.monitor)
            if self.qemu:
                environment.update(PVGPU_QEMU=self.qemu)
        else:
            command = [self.build + '/pvgpu-demo', '--link', 'pipe', '--pipe-path', self.endpoint, '--shmem-size', '64M', *demo]
        self.console = self.work + '/console'
        self.vm = subprocess.Popen(command, env=environment, stdout=open(self.console, 'wb'), stderr=subprocess.STDOUT)

    def said(self, pattern):
        return len(re.findall(pattern, open(self.console, errors='replace').read()))

    def wait_said(self, pattern, times, seconds, what):
        if not wait_for(lambda: self.said(pattern) >= times or self.vm.poll() is not None, seconds) or \
                self.said(pattern) < times:
            raise Wrong(what)

    def reset_machine(self):
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(10)
            monitor.connect(self.monitor)
            stream = monitor.makefile('rw')
            stream.readline()
            for command in 'qmp_capabilities', 'system_reset':
                stream.write(json.dumps({'execute': command}) + '\n')
                stream.flush()
                while 'return' not in json.loads(stream.readline()):
                    pass

    def end_vm(self):
        self.vm.kill()
        self.vm.wait()
        self.vm = None

    # ---- Events ----

    def check_picture(self):
        out = self.work + '/out'
        shutil.rmtree(out, ignore_errors=True)
        capture = subprocess.run([self.build + '/pvgpu-capture', '--endpoint', self.work + '/frames.sock', '--out', out,
                                  '--frames', '1', '--format', 'rgba', '--wait', '20', '--quiet'],
                                 capture_output=True, text=True)
        pictures = sorted(os.listdir(out)) if os.path.isdir(out) else []
        if capture.returncode or not pictures:
            raise Wrong('no picture: ' + capture.stderr.strip())
        if open(out + '/' + pictures[-1], 'rb').read() != open(self.right, 'rb').read():
            raise Wrong('the last frame is not the right one (%s)' % pictures[-1])

    def kill(self, role):
        pid = self.process(role)
        if not pid:
            raise Wrong('there is no %s' % role)
        os.kill(pid, signal.SIGKILL)

    def strike(self, event):
        if event == 'reboot':
            self.reset_machine()
        elif event == 'qemu':
            self.vm.kill()
            self.vm.wait()
        elif event == 'service':
            self.service.kill()
            self.service.wait()
            time.sleep(self.random.uniform(0, 1))
            self.start_service()
        elif event != 'reset':
            self.kill(event)

    def nothing_left(self):
        """Of a VM that is gone. A file is a VM of its own, with a session as long as the service lives."""
        return self.link == 'ivshmem-plain' or self.ask() == []

    def run_event(self, event):
        """What came of it, in a word or two."""
        ends = event in ('session', 'service') and not COMES_BACK[self.link]
        options = []
        if event == 'reset':
            options += ['--reset-at', str(self.random.randrange(1, FRAMES))]
        if not ends:
            options += ['--recover', '3']
        self.boot(*options)
        drawing = r'cubes, frames 1 to %d' % FRAMES
        drawn = r'frames=%d seconds' % FRAMES
        self.wait_said(drawing, 1, BOOT_SECONDS, 'the VM does not draw')
        if event != 'reset':
            time.sleep(self.random.uniform(0, FRAMES / 60))
        before = self.said(drawn)
        self.strike(event)
        outcome = 'right picture'
        if event == 'qemu':
            outcome = 'gone'
        elif ends and self.has_vm:
            # The program may have drawn everything just before, and then sees nothing.
            self.wait_said(r'demo exited with', 1, DRAW_SECONDS, 'the program in the VM does not end')
            if not self.said(r'demo exited with %d' % HOST_IS_GONE) and not self.said(r'demo exited with 0'):
                raise Wrong('the program in the VM ends with something else')
            outcome = 'host is gone' if self.said(r'demo exited with %d' % HOST_IS_GONE) else 'had ended'
        else:
            # A scene that was drawn already is not drawn again, unless the machine starts anew.
            times = before + 1 if event == 'reboot' else 1
            self.wait_said(drawn, times, BOOT_SECONDS + DRAW_SECONDS, 'the program does not come to its last frame')
            if not before or event == 'reboot':
                self.check_picture()
            else:
                outcome = 'had ended'
        if self.vm:
            self.end_vm()
        if not wait_for(self.nothing_left, 20):
            raise Wrong('something is left of a VM that is gone: %s' % self.ask())
        return outcome

    def run(self, count):
        wrong, outcomes = 0, {}
        self.start_service()
        for number in range(1, count + 1):
            events = [event for event in EVENTS if self.has_vm or event != 'reboot']
            event, start = self.random.choice(events), time.monotonic()
            try:
                outcome = self.run_event(event)
                outcomes[event, outcome] = outcomes.get((event, outcome), 0) + 1
            except Wrong as why:
                wrong += 1
                outcome = 'WRONG: %s' % why
                print(open(self.console, errors='replace').read()[-2500:], flush=True)
                print(open(self.work + '/service.log', errors='replace').read()[-2500:], flush=True)
                if self.vm:
                    self.end_vm()
                if self.service.poll() is not None:
                    self.start_service()
            print('%s %d: %s: %s (%.1f s)' % (self.link, number, event, outcome, time.monotonic() - start), flush=True)
        try:
            self.end_service()
        except Wrong as why:
            wrong += 1
            print('%s: WRONG: %s' % (self.link, why))
        print('%s: %d events, %d wrong: %s' % (self.link, count, wrong, ', '.join(
            '%s %d (%s)' % (event, times, outcome) for (event, outcome), times in sorted(outcomes.items()))), flush=True)
        return wrong


def left_over(work):
    """Processes, sockets and names of shared memory."""
    found = ['/dev/shm/' + name for name in os.listdir('/dev/shm')]
    found += [os.path.join(folder, name) for folder, _, names in os.walk(work) for name in names
              if 'sock' in name and not name.startswith('monitor')]
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            words = open('/proc/%s/cmdline' % pid, 'rb').read()
        except OSError:
            continue
        if b'pvgpu-' in words.split(b'\0')[0] and work.encode() in words:
            found.append('process %s' % pid)
    return found


def main():
    if len(sys.argv) < 3 or not sys.argv[2].isdigit() or set(sys.argv[4:]) - set(LINKS):
        sys.exit(__doc__)
    build, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    wrong = 0
    for link in sys.argv[4:] or LINKS:
        work = tempfile.mkdtemp(prefix='pvgpu-stress.')
        stress = Stress(build, link, seed, work)
        try:
            if not stress.has_vm:
                print('pipe: a program on this machine plays the VM: PVGPU_QEMU_PIPE names no QEMU with the pvgpu device')
            wrong += stress.run(count)
        finally:
            for process in stress.vm, stress.service:
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
        left = left_over(work)
        if left:
            wrong += 1
            print('%s: WRONG: left over: %s' % (link, ', '.join(left)))
        shutil.rmtree(work, ignore_errors=True)
    print('%d passed, %d failed, 0 skipped' % (wrong == 0, wrong))
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
