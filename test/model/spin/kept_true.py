#!/usr/bin/env python3
"""Is ring.pml still a model of src/ring/ring.c, and of what ring_private.h and pool.c do for it?

From each function that the model contains, everything that touches what the hardware shares is taken in order: looks (L),
stores (S), checks of an entry (C), the section's ends, calls of one another, and the guards in between with their numbers. This
must be the sequence that the model was written from, and each number must be the model's. Whoever changes either file will be
told here to change the other.
"""
import re
import sys

# Function: its accesses and guards. A word in capitals is a number that is a macro of ring.pml.
EXPECTED = {
    "is_free": "free:read>=entry+FREE",
    "slot_just_played": "free:entry=read-FREE",
    "skip_entries": "newest:write++ low:write<read+LOW write=read+LOW",
    "store_run": "lock L skip ahead low:ahead<LOW high:ahead+1>N-HIGH S S L after:ahead<0 settle unlock",
    "settle_late_stores": "heard:C!=address S passed:ahead+1<0 C==tail S L",
    "latest_of": "latest:read>entry",
    "account": "replaced:in-time latest(entry+1) latest(entry) write=entry+1",
    "room_after_look": "L free_tail",
    "publish_with_tail": "free_tail look-again render store_run account latest(entry+1)",
    "ta_ring_publish_ramp": "may-play:slot=read drop",
    "replace_entries": "from:write S L read>e read==e S L read<=first C!=tail S",
    "cut_after": "free_tail render lock late:L replace_entries unlock free_from:replaced+(read>first) latest(read+1)",
    "ta_ring_take_back": "L first=read+1 nothing:write<=first cut_after stalled:read>first slot=stalled?read:0 "
                         "write=replaced|first+1",
    "ta_ring_reopen": "L free_tail late:read+1>entry render lock L in_time:read+1<=entry S S L read>entry C==address S "
                      "latest(entry) unlock free_from:entry+1",
    "store_stop": "L soonest:read+LOW entry=read+LOW high:entry>read+N-HIGH S L read<=entry C!=0 S",
    "ta_ring_publish_stop": "lock store_stop unlock",
    "ta_ring_continue": "stands-where free_tail S S write=entry+1",
}

# What is looked for, most particular first. {LOW} and the like stand for one number each.
TOKENS = [
    (r"read >= entry \+ {FREE}\)", "free:read>=entry+FREE"),
    (r"hw->lock\(", "lock"), (r"hw->unlock\(", "unlock"),
    (r"entry = ring->read - {FREE};", "free:entry=read-FREE"),
    (r"newest_tail_at\(ring, \*entry\)\)\s*\+\+\*entry", "newest:write++"),
    (r"\*entry < ring->read \+ {LOW}\)", "low:write<read+LOW"), (r"\*entry = ring->read \+ {LOW};", "write=read+LOW"),
    (r"skip_entries\(ring, &place->entry\)", "skip"), (r"ahead = ahead_of_read\(ring, place->entry\)", "ahead"),
    (r"ahead \+ 1 > \(int32_t\)ring->entries - {HIGH}\)", "high:ahead+1>N-HIGH"),
    (r"ahead < 0\)", "after:ahead<0"), (r"ahead < {LOW}\)", "low:ahead<LOW"),
    (r"settle_late_stores\(ring", "settle"),
    (r"\*entry_at\(ring, entry\) != address", "heard:C!=address"), (r"ahead \+ 1 < 0;", "passed:ahead+1<0"),
    (r"\*entry_at\(ring, entry \+ 1\) == tail", "C==tail"), (r"ring->read > entry \?", "latest:read>entry"),
    (r"!place->late && newest_tail_at\(ring, entry\)", "replaced:in-time"),
    (r"latest_of\(ring, (?:place\.)?entry \+ 1\)", "latest(entry+1)"), (r"latest_of\(ring, entry\)", "latest(entry)"),
    (r"latest_of\(ring, read \+ 1\)", "latest(read+1)"), (r"ring->write = entry \+ 1;", "write=entry+1"),
    (r"room_after_look\(ring", "look-again"),
    (r"free_tail\(ring", "free_tail"), (r"render_tail_of\(", "render"), (r"store_run\(ring", "store_run"),
    (r"account\(ring", "account"), (r"ring->slot_entry\[slot\] = ring->read", "may-play:slot=read"),
    (r"ta_ring_drop_slot\(", "drop"), (r"e = ring->write; e > first; e--", "from:write"),
    (r"if \(ring->read > e\)", "read>e"), (r"if \(ring->read == e\)", "read==e"),
    (r"ring->read <= first \|\|", "read<=first"), (r"\*entry_at\(ring, first\) != tail", "C!=tail"),
    (r"late = glance\(ring\) != 0;", "late:L"), (r"replace_entries\(ring", "replace_entries"),
    (r"free_tails_from\(ring, ring->read > read \+ 1 \? \*replaced \+ 1 : \*replaced\)", "free_from:replaced+(read>first)"),
    (r"first = ta_ring_now\(ring\) \+ 1", "L first=read+1"), (r"ring->write <= first \|\|", "nothing:write<=first"),
    (r"cut_after\(ring", "cut_after"), (r"ring->stats\.indeterminate \+= ring->read > first", "stalled:read>first"),
    (r"ring->read > first \? ring->read : 0;", "slot=stalled?read:0"),
    (r"ring->write = replaced > first \? replaced : first \+ 1;", "write=replaced|first+1"),
    (r"read \+ 1 > \(full \? ring->write : entry\)", "late:read+1>entry"), (r"ring->read \+ 1 <= entry;", "in_time:read+1<=entry"),
    (r"if \(ring->read > entry\)", "read>entry"), (r"\*entry_at\(ring, entry\) == address", "C==address"),
    (r"free_tails_from\(ring, entry \+ 1\)", "free_from:entry+1"),
    (r"\*entry < read \+ {LOW}\)", "soonest:read+LOW"), (r"\*entry = read \+ {LOW};", "entry=read+LOW"),
    (r"\*entry > read \+ ring->entries - {HIGH}\)", "high:entry>read+N-HIGH"),
    (r"ring->read <= \*entry\)", "read<=entry"), (r"\*entry_at\(ring, \*entry\) != 0\)", "C!=0"),
    (r"store_stop\(ring", "store_stop"),
    (r"ta_ring_now\(ring\)", "L"), (r"\bglance\(ring\)", "L"), (r"\bstore\(ring", "S"), (r"entry_at\(", "C?"), (r"->store\(", "S?"),
    (r"hw->look\(ring->hw_context, ring->half_slot_us, &look\);\s*uint64_t entry = stop_entry", "stands-where"),
    (r"hw->look\(|hw->glance\(", "L?"),
]


def body_of(source, name):
    found = re.search(r"^[\w \t*]+\b" + name + r"\([^;{]*\)\n\{\n(.*?)^\}\n", source, re.M | re.S)
    return re.sub(r"//[^\n]*", "", found.group(1)) if found else None


def sequence(body, numbers):
    pattern = "|".join(f"(?P<t{i}>{re.sub(r'{(.*?)}', lambda m: f'(?P<n{i}_{m[1]}>[0-9]+)', token)})"
                       for i, (token, _) in enumerate(TOKENS))
    words = []
    for match in re.finditer(pattern, body):
        kind = int(match.lastgroup[1:]) if match.lastgroup.startswith("t") else int(re.match(r"n(\d+)_", match.lastgroup)[1])
        words.append(TOKENS[kind][1])
        for group, value in match.groupdict().items():
            if group.startswith("n") and value is not None:
                numbers.add((group.split("_")[1], value))
    return " ".join(words)


def main():
    header, model, *sources = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
    ring = "\n".join(sources)
    numbers, wrong = set(), []
    for name, expected in EXPECTED.items():
        body = body_of(ring, name)
        found = sequence(body, numbers) if body is not None else "(no such function)"
        if found != expected:
            wrong.append(f"{name}:\n    the model has  {expected}\n    ring.c has     {found}")
    numbers |= {("TAILS", n) for n in re.findall(r"TA_RING_TAILS = (\d+)", header)}
    for macro, value in sorted(numbers):
        default = re.search(rf"^#define {macro} (\d+)", model, re.M)
        if not default or default[1] != value:
            wrong.append(f"{macro}: {default[1] if default else 'missing'} in ring.pml, {value} in the code")
    entries = re.search(r"ENTRIES_MIN = (\d+)", ring)
    default = re.search(r"^#define N (\d+)", model, re.M)
    if not entries or not default or entries[1] != default[1]:
        wrong.append("N is not the least number of entries that ring.c lays out")
    missing = {"FREE", "HIGH", "LOW", "TAILS"} - {macro for macro, _ in numbers}
    if missing:
        wrong.append(f"no number found for {', '.join(sorted(missing))}")
    for line in wrong:
        print(f"  differs  {line}")
    print(f"  {len(EXPECTED)} functions and {len(numbers) + 1} numbers of ring.c compared with ring.pml: {len(wrong)} differ")
    sys.exit(1 if wrong else 0)


main()
