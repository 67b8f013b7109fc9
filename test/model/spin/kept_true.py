#!/usr/bin/env python3
"""Is ring.pml still a model of src/ring/ring.c?

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
    "store_run": "lock L newest:write++ low:write<read+LOW unlock write=read+LOW high:write+1>read+N-HIGH S S L after>write "
                 "settle unlock",
    "settle_late_stores": "heard:C!=address S passed:read>entry+1 C==tail S L",
    "latest_of": "latest:read>entry",
    "account": "replaced:read<=entry latest(entry+1) latest(entry) write=entry+1",
    "publish_with_tail": "L free_tail render store_run latest(entry+1) account",
    "ta_ring_publish_ramp": "may-play:slot=read drop",
    "replace_entries": "from:write S L read>e read==e S L<=first C!=tail S",
    "cut_after": "free_tail render lock late:L!=read replace_entries unlock free_from:replaced+(read>first) latest(read+1)",
    "ta_ring_take_back": "L first=read+1 nothing:write<=first cut_after stalled:read>first slot=stalled?read:0 "
                         "write=replaced|first+1",
    "ta_ring_reopen": "L free_tail late:read+1>entry render lock L in_time:now+1<=entry S S L>entry C==address S latest(entry) "
                      "unlock free_from:entry+1",
    "store_stop": "L soonest:read+LOW entry=read+LOW high:entry>read+N-HIGH S L<=entry C!=0 S",
    "ta_ring_publish_stop": "lock store_stop unlock",
    "ta_ring_continue": "free_tail S S write=entry+1",
}

# What is looked for, most particular first. {LOW} and the like stand for one number each.
TOKENS = [
    (r"read >= entry \+ {FREE}\)", "free:read>=entry+FREE"),
    (r"hw->lock\(", "lock"), (r"hw->unlock\(", "unlock"),
    (r"newest_tail_at\(ring, write\)\)\s*write\+\+", "newest:write++"),
    (r"write < read \+ {LOW}\)", "low:write<read+LOW"), (r"write = read \+ {LOW};", "write=read+LOW"),
    (r"write \+ 1 > read \+ ring->entries - {HIGH}\)", "high:write+1>read+N-HIGH"),
    (r"after > write\)", "after>write"), (r"settle_late_stores\(ring", "settle"),
    (r"\*entry_at\(ring, entry\) != address", "heard:C!=address"), (r"read > entry \+ 1;", "passed:read>entry+1"),
    (r"\*entry_at\(ring, entry \+ 1\) == tail", "C==tail"), (r"ring->read > entry \?", "latest:read>entry"),
    (r"ring->read <= entry\)", "replaced:read<=entry"),
    (r"latest_of\(ring, entry \+ 1\)", "latest(entry+1)"), (r"latest_of\(ring, entry\)", "latest(entry)"),
    (r"latest_of\(ring, read \+ 1\)", "latest(read+1)"), (r"ring->write = entry \+ 1;", "write=entry+1"),
    (r"free_tail\(ring", "free_tail"), (r"render_tail_of\(", "render"), (r"store_run\(ring", "store_run"),
    (r"account\(ring", "account"), (r"ring->slot_entry\[slot\] = ring->read", "may-play:slot=read"),
    (r"ta_ring_drop_slot\(", "drop"), (r"e = ring->write; e > first; e--", "from:write"),
    (r"if \(read > e\)", "read>e"), (r"if \(read == e\)", "read==e"),
    (r"ta_ring_now\(ring\) <= first \|\|", "L<=first"), (r"\*entry_at\(ring, first\) != tail", "C!=tail"),
    (r"ta_ring_now\(ring\) != read;", "late:L!=read"), (r"replace_entries\(ring", "replace_entries"),
    (r"free_tails_from\(ring, ring->read > read \+ 1 \? \*replaced \+ 1 : \*replaced\)", "free_from:replaced+(read>first)"),
    (r"first = ta_ring_now\(ring\) \+ 1", "L first=read+1"), (r"ring->write <= first \|\|", "nothing:write<=first"),
    (r"cut_after\(ring", "cut_after"), (r"ring->stats\.indeterminate \+= ring->read > first", "stalled:read>first"),
    (r"ring->read > first \? ring->read : 0;", "slot=stalled?read:0"),
    (r"ring->write = replaced > first \? replaced : first \+ 1;", "write=replaced|first+1"),
    (r"read \+ 1 > \(full \? ring->write : entry\)", "late:read+1>entry"), (r"now \+ 1 <= entry;", "in_time:now+1<=entry"),
    (r"ta_ring_now\(ring\) > entry\)", "L>entry"), (r"\*entry_at\(ring, entry\) == address", "C==address"),
    (r"free_tails_from\(ring, entry \+ 1\)", "free_from:entry+1"),
    (r"\*entry < read \+ {LOW}\)", "soonest:read+LOW"), (r"\*entry = read \+ {LOW};", "entry=read+LOW"),
    (r"\*entry > read \+ ring->entries - {HIGH}\)", "high:entry>read+N-HIGH"),
    (r"ta_ring_now\(ring\) <= \*entry\)", "L<=entry"), (r"\*entry_at\(ring, \*entry\) != 0\)", "C!=0"),
    (r"store_stop\(ring", "store_stop"),
    (r"ta_ring_now\(ring\)", "L"), (r"\bstore\(ring", "S"), (r"entry_at\(", "C?"), (r"->store\(", "S?"),
    (r"next_index\(hw", "I?"),
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
    ring, header, model = (open(name, encoding="utf-8").read() for name in sys.argv[1:4])
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
