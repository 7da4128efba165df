# SPDX-License-Identifier: MIT OR Apache-2.0
"""A running pvgpu-backend and clients of it, for tests in Python. Call setup() first."""
import contextlib, glob, os, re, signal, subprocess, time

BUILD = WORK = SOCKET = None


def setup(build, work):
    """`work` is an empty folder for everything that the service and its clients make."""
    global BUILD, WORK, SOCKET
    BUILD, WORK, SOCKET = build, work, work + '/vm.sock'


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class Service:
    """A running service. Its settings are the file's and nothing else; paths that nobody names are below WORK."""

    def __init__(self, text, pipe=True, vms=''):
        self.runtime = WORK + '/run'
        os.makedirs(self.runtime, mode=0o700, exist_ok=True)
        lines = ['pipe_path = "%s"' % SOCKET] if pipe else []
        if 'shader_cache' not in text:
            lines.append('shader_cache = "none"')
        with open(WORK + '/keys.toml', 'w') as file:
            file.write('\n'.join(lines + [text, vms]) + '\n')
        self.log_path = WORK + '/log'
        environment = {name: value for name, value in os.environ.items() if not name.startswith(('PVGPU_', 'RUST_', 'XDG_'))}
        environment.update(XDG_RUNTIME_DIR=self.runtime, XDG_CACHE_HOME=WORK + '/cache')
        self.process = subprocess.Popen([BUILD + '/pvgpu-backend', '--config', WORK + '/keys.toml'], env=environment,
                                        stdout=open(self.log_path, 'wb'), stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def log(self):
        return open(self.log_path, errors='replace').read()

    def says(self, text, seconds=20):
        return wait_for(lambda: re.search(text, self.log()), seconds)

    def is_up(self):
        return self.says('Listening for')

    def exit_code(self):
        """Of a service that is expected to end by itself; None: it serves."""
        wait_for(lambda: self.process.poll() is not None or 'Listening for' in self.log())
        return self.process.poll()

    def child(self, role):
        """Process id of a session or renderer; None: there is none yet."""
        for folder in glob.glob('/proc/[0-9]*'):
            with contextlib.suppress(OSError):
                words = open(folder + '/cmdline', 'rb').read().split(b'\0')
                if b'--role' in words and role.encode() == words[words.index(b'--role') + 1] and \
                        any(word.startswith(WORK.encode()) for word in words):
                    return int(folder[6:])
        return None


class Demo:
    """A client that draws, and keeps its last frame until it is ended."""

    def __init__(self, *arguments, path=None, frames=3):
        self.log_path = WORK + '/demo'
        self.process = subprocess.Popen(
            [BUILD + '/pvgpu-demo', '--link', 'pipe', '--pipe-path', path or SOCKET, '--scene', 'triangle', '--width', '64',
             '--height', '64', '--shmem-size', '64M', '--frames', str(frames), '--hold-seconds', '60', *arguments],
            stdout=open(self.log_path, 'wb'), stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def said(self):
        return open(self.log_path, errors='replace').read()

    def has_drawn(self):
        return wait_for(lambda: 'frames=' in self.said())
