#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The work of shaders/compile.sh, which says what this does and is what should be called.
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

SPDX = '/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n'


def profiles_of(source):
    """[(blob name, profile)] of one source file."""
    line = re.search(r'^// profiles:(.*)$', source.read_text(), re.M)
    if not line:
        return [(source.stem, source.stem.rsplit('_', 1)[1] + '_5_0')]
    return [(source.stem + '_' + profile[3:].replace('_', ''), profile) for profile in line.group(1).split()]


def write_header(path, source, folder, name, profile, blob):
    symbol = 'pvgpu_shader_' + (folder + '_' if folder else '') + name
    guard = symbol.upper() + '_H'
    lines = [', '.join('0x%02x' % byte for byte in blob[at:at + 18]) for at in range(0, len(blob), 18)]
    where = 'shaders/' + (folder + '/' if folder else '') + source.name
    path.write_text(
        SPDX + '/* Made by shaders/compile.sh from %s: DXBC, %s. Do not edit. */\n' % (where, profile) +
        '#ifndef %s\n#define %s\n\n#include <stdint.h>\n\n' % (guard, guard) +
        'static const uint8_t %s[%d] = {\n' % (symbol, len(blob)) +
        ''.join('    %s,\n' % line for line in lines) + '};\n\n#endif\n', newline='\n')
    return symbol


def write_table(path, folder, rows):
    guard = 'PVGPU_SHADERS_%s_H' % folder.upper()
    path.write_text(
        SPDX + '/* Made by shaders/compile.sh: every blob of shaders/%s/, by name. Do not edit. */\n' % folder +
        '#ifndef %s\n#define %s\n\n' % (guard, guard) +
        ''.join('#include "shaders/%s/generated/%s.h"\n' % (folder, name) for name, _, _, _ in rows) +
        '\n/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */\n' +
        '#define PVGPU_SHADERS_OF_%s(PVGPU_SHADER)' % folder.upper() +
        ''.join(' \\\n    PVGPU_SHADER(%s, %s, %s, %s)' % row for row in rows) + '\n\n#endif\n', newline='\n')


def compile_folder(path):
    folder = '' if path == pathlib.Path('.') else str(path)
    generated = path / 'generated'
    generated.mkdir(exist_ok=True)
    for old in [*generated.glob('*.h'), generated / 'manifest.txt']:
        old.unlink(missing_ok=True)
    manifest, rows = [], []
    for source in sorted(path.glob('*.hlsl')):
        for name, profile in profiles_of(source):
            with tempfile.NamedTemporaryFile() as out:
                subprocess.run(['vkd3d-compiler', '-x', 'hlsl', '-b', 'dxbc-tpf', '-p', profile, '-e', 'main', '-o',
                                out.name, str(source)], check=True)
                blob = pathlib.Path(out.name).read_bytes()
            symbol = write_header(generated / (name + '.h'), source, folder, name, profile, blob)
            manifest.append('%s %s %s %s %s' % (name, profile, source.name,
                                                hashlib.sha256(source.read_bytes()).hexdigest(),
                                                hashlib.sha256(blob).hexdigest()))
            rows.append((name, profile[:2], profile[3:].replace('_', ''), symbol))
            print('compile.sh: %s (%s)' % (source.with_name(name), profile), flush=True)
    (generated / 'manifest.txt').write_text(
        '# SPDX-License-Identifier: MIT OR Apache-2.0\n# Made by shaders/compile.sh: name, profile, source, sha256 of '
        'the source, sha256 of the DXBC blob\n' + ''.join(line + '\n' for line in manifest), newline='\n')
    if folder:
        write_table(generated / 'all.h', folder, rows)
    (generated / '.clang-format').write_text('DisableFormat: true\n')


folders = sys.argv[1:]
if folders == ['.']:
    folders = ['.'] + [str(p) for p in sorted(pathlib.Path('.').iterdir()) if p.is_dir() and any(p.glob('*.hlsl'))]
for name in folders:
    compile_folder(pathlib.Path(name))
