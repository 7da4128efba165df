#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Remakes shaders/generated/ from shaders/*.hlsl: one C header per shader and the manifest that ties each to its
# source. Needs vkd3d-compiler 2.x; `./box --root=shaders shaders/compile.sh` has it. Only needed when a shader changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v vkd3d-compiler >/dev/null || {
    echo "compile.sh: vkd3d-compiler is missing; run: ./box --root=shaders shaders/compile.sh" >&2
    exit 3
}
blob=$(mktemp)
trap 'rm -f "$blob"' EXIT
mkdir -p generated
rm -f generated/*.h generated/manifest.txt

for source in *.hlsl; do
    name=${source%.hlsl}
    profile=${name##*_}_5_0
    vkd3d-compiler -x hlsl -b dxbc-tpf -p "$profile" -e main -o "$blob" "$source"
    python3 - "$source" "$name" "$profile" "$blob" <<'PY'
import hashlib, sys
source, name, profile, blob_path = sys.argv[1:]
blob = open(blob_path, 'rb').read()
lines = [', '.join('0x%02x' % byte for byte in blob[at:at + 18]) for at in range(0, len(blob), 18)]
with open('generated/%s.h' % name, 'w', newline='\n') as out:
    out.write('/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n')
    out.write('/* Made by shaders/compile.sh from shaders/%s: DXBC, %s. Do not edit. */\n' % (source, profile))
    out.write('#ifndef PVGPU_SHADER_%s_H\n#define PVGPU_SHADER_%s_H\n\n' % (name.upper(), name.upper()))
    out.write('#include <stdint.h>\n\n')
    out.write('static const uint8_t pvgpu_shader_%s[%d] = {\n' % (name, len(blob)))
    out.write(''.join('    %s,\n' % line for line in lines))
    out.write('};\n\n#endif\n')
with open('generated/manifest.txt', 'a', newline='\n') as out:
    out.write('%s %s %s %s\n' % (name, profile, hashlib.sha256(open(source, 'rb').read()).hexdigest(),
                                 hashlib.sha256(blob).hexdigest()))
PY
    echo "compile.sh: $name ($profile)"
done
sed -i '1i # SPDX-License-Identifier: MIT OR Apache-2.0\n# Made by shaders/compile.sh: name, profile, sha256 of the source, sha256 of the DXBC blob' generated/manifest.txt
