#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Fails unless every shader source has compiled blobs made from exactly this source, every blob is the one that the
# manifest names, and nothing is left over; in shaders/ and in the folders below it. Needs no compiler.
import hashlib
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
problems = []
count = 0


def check_folder(folder):
    global count
    known = {}
    for line in (folder / 'generated' / 'manifest.txt').read_text().splitlines():
        if line and not line.startswith('#'):
            name, _, source, source_hash, blob_hash = line.split()
            known[name] = (source, source_hash, blob_hash)
    count += len(known)
    sources = {path.name for path in folder.glob('*.hlsl')}
    headers = {path.stem: path for path in (folder / 'generated').glob('*.h') if path.stem != 'all'}
    for source in sorted(sources - {row[0] for row in known.values()}):
        problems.append('%s: no blob' % (folder / source))
    for name in sorted(set(headers) | set(known)):
        if name not in known or name not in headers or known[name][0] not in sources:
            problems.append('%s: source, blob and manifest line do not belong together' % (folder / name))
            continue
        source, source_hash, blob_hash = known[name]
        if hashlib.sha256((folder / source).read_bytes()).hexdigest() != source_hash:
            problems.append('%s: the source has changed since the blob was made' % (folder / source))
        blob = bytes(int(byte, 16) for byte in re.findall(r'0x([0-9a-f]{2})\b', headers[name].read_text()))
        if hashlib.sha256(blob).hexdigest() != blob_hash:
            problems.append('%s: the blob is not the one in the manifest' % (folder / name))


for folder in [top] + sorted(path for path in top.iterdir() if path.is_dir() and any(path.glob('*.hlsl'))):
    check_folder(folder)
for problem in problems:
    print('shaders: ' + problem, file=sys.stderr)
if problems:
    sys.exit('shaders: run ./box --root=shaders shaders/compile.sh')
print('shaders: %d blobs match their sources' % count)
