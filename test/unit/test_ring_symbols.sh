#!/bin/bash
# The ring, the output and the kernels allocate nothing, print nothing, and keep nothing in global memory: whatever they call is
# theirs or a memory function, and their objects have no writable data.
set -u
build=${BUILD:-build}
failed=0 objects=0
for object in "$build"/obj/src/ring/*.o "$build"/obj/src/convert/*.o; do
    [ -f "$object" ] || { echo "$object is missing: build first"; exit 1; }
    objects=$((objects + 1))
    foreign=$(nm -u "$object" | awk '{ print $2 }' | grep -vE '^(ta_[a-z0-9_]+|mem(cpy|move|set)|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$')
    [ -z "$foreign" ] || { echo "$object calls" $foreign; failed=1; }
    writable=$(objdump -h "$object" | awk '($2 == ".data" || $2 == ".bss") && $3 !~ /^0+$/ { print $2 }')
    [ -z "$writable" ] || { echo "$object has writable" $writable; failed=1; }
done
echo "$objects objects looked at"
[ $objects -ge 8 ] || { echo "too few"; failed=1; }
exit $failed
