#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every key of the configuration file changes what it says it changes.

    keys.py BUILD-DIRECTORY WORK-DIRECTORY [KEY...]

Each key has an observation: a function that starts the service with a configuration file, of which the key's line is a
part, looks at what the service does, and says whether that is what the line asks for. It is made twice: with the line,
when it must say yes, and without, when it must say no, so that a key which is read and then forgotten is found as well
as an observation that sees nothing. A key without an observation is a failure.
"""
import array, contextlib, glob, os, re, shutil, signal, socket, stat, struct, subprocess, sys, time

sys.path.insert(0, os.path.dirname(__file__))
import service as services
import vfio_client
from raw_client import Client
from service import Demo, Service, wait_for

BUILD, WORK = sys.argv[1], sys.argv[2]
SOCKET = WORK + '/vm.sock'
services.setup(BUILD, WORK)
OBSERVATIONS = {}
with open('include/pvgpu/frames.h') as header:
    FRAMES_VERSION = int(re.search(r'#define PVGPU_FRAMES_LAYOUT_VERSION (\d+)', header.read()).group(1))


def key(name, value, table=None):
    """Registers an observation of a line "name = value", in the main table or in a [[vm]] table."""
    def register(function):
        OBSERVATIONS[(table, name)] = (value, function)
        return function
    return register


def is_socket(path):
    return os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)


def maps(process):
    return open('/proc/%d/maps' % process).read()


# ---- Endpoints -----------------------------------------------------------------------------------------------------

@key('pipe_path', '"%s/other.sock"' % WORK)
def pipe_path(line):
    with Service(line, pipe=False) as service:
        return service.is_up() and is_socket(WORK + '/other.sock')


@key('vfio_user', '"%s/vfio.sock"' % WORK)
def vfio_user(line):
    with Service(line) as service:
        return service.is_up() and is_socket(WORK + '/vfio.sock')


@key('ivshmem_doorbell', '"%s/doorbell.sock"' % WORK)
def ivshmem_doorbell(line):
    """Who connects hears what an ivshmem server says: the protocol's version, its id, and the memory."""
    with Service(line + '\nrenderer = "null"') as service:
        if not service.is_up() or not is_socket(WORK + '/doorbell.sock'):
            return False
        with socket.socket(socket.AF_UNIX) as device:
            device.settimeout(20)
            device.connect(WORK + '/doorbell.sock')
            heard = b''
            while len(heard) < 24:
                heard += device.recv(24 - len(heard))
            return struct.unpack('<3q', heard) == (0, 0, -1)


@key('ivshmem_plain', '"%s/memory"' % WORK)
def ivshmem_plain(line):
    """The file is there while the service is, and has the beginning of a control region."""
    with Service(line + '\nrenderer = "null"\nshmem_size = "64M"') as service:
        if not service.is_up() or not os.path.isfile(WORK + '/memory') or not service.says('Serving whoever maps the file'):
            return False
        with open(WORK + '/memory', 'rb') as file:
            magic = file.read(4)
        size = os.path.getsize(WORK + '/memory')
    return magic == b'PGVP' and size == 64 << 20 and not os.path.exists(WORK + '/memory')


@key('frames_path', '"%s/other.frames"' % WORK)
def frames_path(line):
    with Service(line) as service:
        return service.is_up() and is_socket(WORK + '/other.frames')


@key('control_path', '"%s/ctl.sock"' % WORK)
def control_path(line):
    with Service(line) as service:
        service.is_up()
        return subprocess.run([BUILD + '/pvgpu-ctl', '--control-path', WORK + '/ctl.sock', 'list'],
                              capture_output=True).returncode == 0


@key('max_vms', '1')
def max_vms(line):
    """The second VM waits until the first is gone."""
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        with Demo() as first:
            first.has_drawn()
            with Demo():
                service.says('vm2 connected|VMs are connected, which is the limit')
                waited = 'vm2 connected' not in service.log()
                first.process.terminate()
                return service.says('vm2 connected') and waited


@key('single_process', 'true')
def single_process(line):
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        with Demo() as demo:
            return demo.has_drawn() and service.child('session') is None


# ---- Adapter, renderer, GPU ----------------------------------------------------------------------------------------

@key('adapter_index', '77')
def adapter_index(line):
    with Service(line) as service:
        return service.exit_code() == 2 and 'there is no adapter 77' in service.log()


@key('adapter', '"no such"')
def adapter(line):
    with Service(line) as service:
        return service.exit_code() == 2 and 'no adapter has "no such" in its name' in service.log()


@key('renderer', '"null"')
def renderer(line):
    """The null renderer loads no graphics library."""
    with Service(line) as service:
        service.is_up()
        with Demo() as demo:
            return demo.has_drawn() and 'libdxvk' not in maps(service.child('renderer'))


@key('gpu_timeout', '1')
def gpu_timeout(line):
    """A renderer that stands still with work to do is a GPU without progress. The default is ten seconds."""
    with Service(line + '\nlog_level = "info,pvgpu_backend::present=debug"') as service:
        service.is_up()
        with Demo('--sync-interval', '1', frames=100000):
            service.says('Frame presented')
            os.kill(service.child('renderer'), signal.SIGSTOP)
            return service.says('the GPU made no progress for 1 s', 6)


@key('debug_layer', 'true')
def debug_layer(line):
    """The device is made with it, or, where there is none, that is told."""
    with Service(line) as service:
        service.is_up()
        with Demo() as demo:
            return demo.has_drawn() and re.search(', debug layer$|no Direct3D debug layer', service.log(), re.M)


@key('shader_cache', '"%s/shaders"' % WORK)
def shader_cache(line):
    with Service(line or 'shader_cache = "none"') as service:
        service.is_up()
        with Demo() as demo:
            demo.has_drawn()
        service.says('vm1 disconnected')
        return os.path.isdir(WORK + '/shaders') and bool(os.listdir(WORK + '/shaders'))


# ---- Limits --------------------------------------------------------------------------------------------------------

def is_refused(line, why):
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        with Demo() as demo:
            return demo.has_drawn() and re.search('error 4, argument [0-9]+: ' + why, service.log())


@key('limit_memory', '10000')
def limit_memory(line):
    return is_refused(line, 'the limit of memory is reached')


@key('limit_resource', '10000')
def limit_resource(line):
    return is_refused(line, 'the limit of memory is reached')


@key('limit_objects', '4')
def limit_objects(line):
    return is_refused(line, 'the limit of objects is reached')


@key('limit_shaders', '1')
def limit_shaders(line):
    return is_refused(line, 'the limit of shaders is reached')


@key('restart_limit', '1')
def restart_limit(line):
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        with Demo('--recover', '100', '--sync-interval', '1', frames=100000):
            service.says('Renderer ready')
            os.kill(service.child('renderer'), signal.SIGKILL)
            service.says('DEVICE_LOST(?s:.)*(Renderer ready|no other until)')
            return 'there will be no other until "pvgpu-ctl allow vm1"' in service.log()


# ---- Presentation --------------------------------------------------------------------------------------------------

def display_words(line):
    """What a guest finds as the size of its display: the words at 0x130 and 0x134 of the control region."""
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        client = Client(SOCKET)
        try:
            client.memory[0x130:0x138] = (1920).to_bytes(4, 'little') + (1080).to_bytes(4, 'little')
            client.handshake()
            client.expect_ack()
            return int.from_bytes(client.memory[0x130:0x134], 'little'), int.from_bytes(client.memory[0x134:0x138], 'little')
        finally:
            client.close()


@key('width', '1234')
def width(line):
    return display_words(line)[0] == 1234


@key('height', '777')
def height(line):
    return display_words(line)[1] == 777


@key('vsync', 'false')
def vsync(line):
    """With it, 120 frames of one refresh each take two seconds at 60 Hz; without, as long as the processor needs."""
    with Service(line + '\nrenderer = "null"') as service:
        service.is_up()
        with Demo('--sync-interval', '1', frames=120) as demo:
            demo.has_drawn()
            return float(re.search('seconds=([0-9.]+)', open(demo.log_path).read()).group(1)) < 1.5


@key('buffer_count', '3')
def buffer_count(line):
    """Frames are published in one slot more than may be in flight: the header of the frames mapping has their number."""
    with Service(line) as service:
        service.is_up()
        with socket.socket(socket.AF_UNIX) as consumer, Demo() as demo:
            demo.has_drawn()
            return frame_slots(consumer) == 4


def frame_slots(consumer):
    """Attaches to the frame channel (include/pvgpu/frames.h, part 2) and reads the number of slots."""
    consumer.settimeout(20)
    consumer.connect(SOCKET + '.frames')
    consumer.sendall(struct.pack('<4sIII', b'PVFR', 1, FRAMES_VERSION, 0))
    while True:
        data, ancillary, _, _ = consumer.recvmsg(4096, socket.CMSG_SPACE(16))
        if not data:
            return 0
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                for handle in array.array('i', payload[:len(payload) // 4 * 4]):
                    with contextlib.suppress(OSError):
                        header = os.pread(handle, 16, 0)
                        if header[:4] == b'PVFR':
                            return struct.unpack_from('<I', header, 12)[0]


@contextlib.contextmanager
def display():
    """An X server of its own, which programs that are started meanwhile find."""
    read, write = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(write), '-noreset', '-screen', '0', '640x480x24'], pass_fds=[write],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        os.environ['DISPLAY'] = ':' + os.read(read, 16).decode().strip()
        yield
    finally:
        os.close(read)
        os.environ.pop('DISPLAY', None)
        server.terminate()
        server.wait()


def windows():
    """Ids of the visible windows of VMs."""
    return subprocess.run(['xdotool', 'search', '--onlyvisible', '--name', '^vm1 - '], capture_output=True,
                          text=True).stdout.split()


@key('presentation_mode', '"windowed"')
def presentation_mode(line):
    with display(), Service(line) as service:
        service.is_up()
        with Demo() as demo:
            return demo.has_drawn() and wait_for(windows, 20 if line else 1)


@key('window_close', '"disconnect"')
def window_close(line):
    with display(), Service(line + '\npresentation_mode = "windowed"') as service:
        service.is_up()
        with Demo():
            wait_for(windows)
            subprocess.run(['python3', 'tests/support/close_window.py', *windows()], check=True)
            wait_for(lambda: not windows())
            return service.says('vm1 disconnected', 20 if line else 1)


# ---- The vfio-user device -------------------------------------------------------------------------------------------

def device_words(line, offset):
    """Four bytes of the configuration space that a guest finds."""
    with Service(line + '\nrenderer = "null"\nvfio_user = "%s/vfio.sock"' % WORK, pipe=False) as service:
        service.is_up()
        device = vfio_client.Client(WORK + '/vfio.sock')
        try:
            return device.read(vfio_client.CONFIG, offset, 4)
        finally:
            device.close()


@key('device_id', '"1234:5678"')
def device_id(line):
    return device_words(line, 0x00) == 0x56781234


@key('subsystem_id', '"1234:5678"')
def subsystem_id(line):
    return device_words(line, 0x2C) == 0x56781234


@key('class_code', '"0x038000"')
def class_code(line):
    return device_words(line, 0x08) >> 8 == 0x038000


# ---- Memory of the link ---------------------------------------------------------------------------------------------

@key('shmem_size', '"64M"')
def shmem_size(line):
    with Service(line + '\nrenderer = "null"\nvfio_user = "%s/vfio.sock"' % WORK, pipe=False) as service:
        service.is_up()
        device = vfio_client.Client(WORK + '/vfio.sock')
        try:
            memory = re.search(r'^(\w+)-(\w+) .*memfd:pvgpu_shmem', maps(service.child('session')), re.M)
            return int(memory.group(2), 16) - int(memory.group(1), 16) == 64 << 20
        finally:
            device.close()


# ---- The log -------------------------------------------------------------------------------------------------------

def play(line):
    """A service that has ended after it served one VM; its log may be elsewhere than on standard error."""
    with Service(line + '\nrenderer = "null"') as service:
        wait_for(lambda: os.path.exists(SOCKET))
        with Demo() as demo:
            demo.has_drawn()
    return service


@key('log_level', '"debug"')
def log_level(line):
    return 'DEBUG pvgpu_backend::command_processor: [vm1] CMD_' in play(line).log()


@key('log_format', '"json"')
def log_format(line):
    return play(line).log().startswith('{"timestamp"')


@key('log_file', '"%s/service.log"' % WORK)
def log_file(line):
    play(line)
    return os.path.exists(WORK + '/service.log') and 'Listening for' in open(WORK + '/service.log').read()


def rotated(line):
    with Service(line + '\nrenderer = "null"\nlog_level = "trace"\nlog_file = "%s/turn.log"' % WORK) as service:
        wait_for(lambda: os.path.exists(SOCKET))
        with Demo(frames=200) as demo:
            demo.has_drawn()
    return len(glob.glob(WORK + '/turn.log.*'))


@key('log_file_size', '"8K"')
def log_file_size(line):
    return rotated(line) > 0


@key('log_file_count', '2')
def log_file_count(line):
    return rotated(line + '\nlog_file_size = "8K"') == 2


# ---- [[vm]] tables --------------------------------------------------------------------------------------------------

def with_table(lines, name='name = "named"', path='path = "%s/named.sock"' % WORK):
    return Service('renderer = "null"', vms='[[vm]]\n%s\n%s\n%s' % (name, path, lines))


@key('name', '"other"', 'vm')
def vm_name(line):
    with with_table('', name=line or 'name = "named"') as service:
        service.is_up()
        with Demo(path=WORK + '/named.sock') as demo:
            return demo.has_drawn() and 'INFO  pvgpu_backend::supervisor: other connected' in service.log()


@key('link', '"vfio-user"', 'vm')
def vm_link(line):
    with with_table(line) as service:
        return service.is_up() and 'Listening for vfio-user of named on' in service.log()


@key('path', '"%s/moved.sock"' % WORK, 'vm')
def vm_path(line):
    with with_table('', path=line) as service:
        return service.is_up() and is_socket(WORK + '/moved.sock')


@key('frames_path', '"%s/named.pictures"' % WORK, 'vm')
def vm_frames_path(line):
    with with_table(line) as service:
        return service.is_up() and is_socket(WORK + '/named.pictures')


# ---- All of them ---------------------------------------------------------------------------------------------------

def known_keys():
    """The keys that the program knows, as its example file has them."""
    text = subprocess.run([BUILD + '/pvgpu-backend', '--print-example'], capture_output=True, text=True, check=True).stdout
    main, tables = text.split('#[[vm]]')
    find = lambda part, table: {(table, name) for name in re.findall(r'^#(\w+) = ', part, re.M)}
    return find(main, None) | find(tables, 'vm')


def observe(function, line):
    for name in os.listdir(WORK):
        path = os.path.join(WORK, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    return bool(function(line))


def main():
    passed = failed = 0
    keys = sorted(known_keys() | set(OBSERVATIONS), key=str)
    wanted = sys.argv[3:]
    for table, name in keys:
        shown = 'vm.' + name if table else name
        if wanted and shown not in wanted:
            continue
        start = time.monotonic()
        if (table, name) not in OBSERVATIONS:
            wrong = 'no observation of this key'
        elif (table, name) not in known_keys():
            wrong = 'the program has no such key'
        else:
            value, function = OBSERVATIONS[(table, name)]
            if not observe(function, '%s = %s' % (name, value)):
                wrong = '%s = %s has no effect' % (name, value)
            elif observe(function, ''):
                wrong = 'the effect is there without the key as well'
            else:
                wrong = None
        passed, failed = passed + (wrong is None), failed + (wrong is not None)
        print('%s: %s%s (%.1f s)' % ('FAILED' if wrong else 'ok', shown, ': ' + wrong if wrong else '',
                                     time.monotonic() - start), flush=True)
        if wrong and os.path.exists(WORK + '/log'):
            print(open(WORK + '/log', errors='replace').read()[-2000:])
    print('%d passed, %d failed, 0 skipped' % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
