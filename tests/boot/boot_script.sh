#!/usr/bin/env bash
# Boots the guest without a terminal: its script checks the machine from inside and powers off. The
# emulator must exit with 0, and the guest must have read from the drive what the host wrote there.
#
# Usage: boot_script.sh KILN IMAGES_DIR
set -euo pipefail

kiln=$1
images=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf 'block %09d\n' {1..4096} > "$work/drive"
digest=$(sha256sum < "$work/drive")

status=0
"$kiln" run --kernel "$images/vmlinux" --initrd "$images/initramfs.cpio.gz" --ram 512M \
    --append "console=ttyS0 kiln.script" --drive "$work/drive,ro" \
    < /dev/null > "$work/output" 2>&1 || status=$?
cat "$work/output"

failed=0
if [[ $status -ne 0 ]]; then
    echo "FAILED: the emulator exited with $status instead of 0"
    failed=1
fi
for text in "kiln: hwrng ok" "kiln: vda sha256 ${digest%% *}" "kiln: guest up"; do
    if ! grep -qF "$text" "$work/output"; then
        echo "FAILED: the guest did not print '$text'"
        failed=1
    fi
done
exit "$failed"
