#!/usr/bin/env bash
# Boots the guest under --clock icount on every engine: all retire the same number of instructions,
# have the same state each ten million instructions, and end with the same state. Then with several
# harts, up to a limit.
#
# Usage: boot_hash.sh IMAGES_DIR KILN...
set -euo pipefail

images=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# boot NAME KILN OPTIONS...: leaves NAME.log and NAME.end.
boot() {
    local name=$1 kiln=$2 status=0
    shift 2
    "$kiln" run --clock icount --state-hash --hash-every 10000000 --hash-log "$work/$name.log" \
        --kernel "$images/vmlinux" --initrd "$images/initramfs.cpio.gz" \
        --append "console=ttyS0 kiln.script" --stats "$@" < /dev/null > "$work/$name.out" 2>&1 || status=$?
    { grep -a "^retired instructions" "$work/$name.out" | tr -s ' '; tail -n 1 "$work/$name.out"; echo "status $status"; } \
        > "$work/$name.end"
}

failed=0
# same A B: the two runs were the same.
same() {
    cat "$work/$2.end"
    for what in log end; do
        if ! cmp "$work/$1.$what" "$work/$2.$what"; then
            echo "FAILED: $what of $1 and $2 differ"
            failed=1
        fi
    done
}

for harts in 1 4; do
    limit=()
    [[ $harts == 1 ]] || limit=(--smp 4 --limit-instructions 700000000)
    first=
    for kiln in "$@"; do
        name=$(basename "$kiln").$harts
        boot "$name" "$kiln" "${limit[@]}"
        first=${first:-$name}
        same "$first" "$name"
    done
    # Other blocks are compiled, at other times.
    boot "again.$harts" "$kiln" --tier-up 37 "${limit[@]}"
    same "$first" "again.$harts"
done
grep -q "^state-hash" "$work/$first.end" || failed=1
grep -q "status 0" "$work/again.1.end" || failed=1
if ! grep -aqF "kiln: guest up" "$work/again.1.out"; then
    cat "$work/again.1.out"
    echo "FAILED: the guest did not come up"
    failed=1
fi
exit "$failed"
