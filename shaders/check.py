#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Fails unless every shader source has a compiled blob made from exactly this source, every blob is the one that the
# manifest names, and nothing is left over. Needs no compiler.
import hashlib
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
problems = []
known = {}
for line in (folder / 'generated' / 'manifest.txt').read_text().splitlines():
    if line and not line.startswith('#'):
        name, profile, source_hash, blob_hash = line.split()
        known[name] = (profile, source_hash, blob_hash)

sources = {path.stem: path for path in folder.glob('*.hlsl')}
headers = {path.stem: path for path in (folder / 'generated').glob('*.h')}
for name in sorted(set(sources) | set(headers) | set(known)):
    if name not in sources or name not in headers or name not in known:
        places = [(name in sources, 'source'), (name in headers, 'blob'), (name in known, 'manifest line')]
        problems.append('%s: no %s' % (name, ', no '.join(what for there, what in places if not there)))
        continue
    if hashlib.sha256(sources[name].read_bytes()).hexdigest() != known[name][1]:
        problems.append('%s: the source has changed since the blob was made' % name)
    blob = bytes(int(byte, 16) for byte in re.findall(r'0x([0-9a-f]{2})\b', headers[name].read_text()))
    if hashlib.sha256(blob).hexdigest() != known[name][2]:
        problems.append('%s: the blob is not the one in the manifest' % name)

for problem in problems:
    print('shaders: ' + problem, file=sys.stderr)
if problems:
    sys.exit('shaders: run ./box --root=shaders shaders/compile.sh')
print('shaders: %d blobs match their sources' % len(known))
