#!/usr/bin/env bash
# A boot of the guest with a snapshot late in it, taken on one engine and resumed on each: the end
# is that of the boot which did not stop. The file is small.
#
# Usage: boot_snapshot.sh IMAGES_DIR KILN...
set -euo pipefail

images=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kiln=${*: -1}
"$kiln" run --clock icount --state-hash --snapshot-at 1900000000 "$work/snapshot" --kernel "$images/vmlinux" \
    --initrd "$images/initramfs.cpio.gz" --append "console=ttyS0 kiln.script" \
    < /dev/null > "$work/whole" 2> "$work/whole.end"
failed=0
size=$(stat -c %s "$work/snapshot")
if ((size > 100000000)); then
    echo "FAILED: the snapshot has $size bytes"
    failed=1
fi
for kiln in "$@"; do
    "$kiln" resume "$work/snapshot" --state-hash < /dev/null > "$work/output" 2> "$work/end"
    cat "$work/end"
    if ! grep -qF "kiln: guest up" "$work/output" || ! cmp "$work/end" "$work/whole.end"; then
        cat "$work/output"
        echo "FAILED: $kiln"
        failed=1
    fi
done
exit "$failed"
