#!/usr/bin/env python3
"""The failure that this project exists for, reproduced and cured: buffers that are not there when playing begins.

On an RP2040 whose language VM has taken all memory, a driver that takes its buffers from the heap beside the VM's has
none. On an RP2350 whose VM heap lies in PSRAM, a driver that takes them from the VM's heap gets bytes that DMA must not
read. Both must be refused in one sentence before anything is claimed, by `plan` and by `play`, and played in another way.

In: the command. Out: a line per story, with the sentences. At the end faults are seeded into what the command said, and
each must be found.
"""
import os
import re
import sys
import tempfile

import common_cli as cli
import common_wavs

ZERO, PLUS = "waveshare-rp2040-pizero", "pimoroni-pico-plus-2"
PORT, VM = "port heap (TLSF)", "VM heap"
CODES = {  # board: exit code for --memory auto, vm, port, arena
    "pico": (0, 0, 3, 0),
    "pico2": (0, 0, 0, 0),
    ZERO: (0, 0, 3, 0),
    PLUS: (0, 3, 0, 0),
}
MEMORIES = ("auto", "vm", "port", "arena")
FAILURE_FIELDS = {"status", "object", "bytes", "align", "class", "resource", "free", "largest", "knob", "sentence"}


class Story:
    """One board and its options: what plan and play say, in text and in JSON."""

    def __init__(self, folder, case, board, *options):
        self.case, self.board, self.options = case, board, [str(option) for option in options]
        self.name = " ".join([board, *self.options])
        files = tempfile.mkdtemp(dir=folder.path)
        self.out, self.report = os.path.join(files, "out.wav"), os.path.join(files, "report.json")
        words = [case.path, "--board", board, *self.options]
        self.plan = cli.Run("plan", *words)
        self.plan_json = cli.Run("plan", *words, "--json")
        self.play_json = cli.Run("play", *words, "--json")
        self.play = cli.Run("play", *words, "--out", self.out, "--report", self.report, "--trace", os.path.join(files, "t.vcd"))
        self.left = sorted(os.listdir(files))

    def runs(self):
        return (self.plan, self.plan_json, self.play_json, self.play)


def words_of(text):
    return text.replace(",", " ").replace(";", " ").replace(":", " ").split()


def check_refused(story, cls, resource):
    """Four refusals that say the same, in a sentence and as figures, and leave nothing."""
    for run in story.runs():
        run.must(3)
    sentence = story.play.sentence()
    for run in story.runs():
        cli.equal(run.sentence(), sentence, f"the sentence of {run.command}")
    for run in (story.plan_json, story.play_json):
        facts = run.json()
        failure = facts["plan"]["failure"]
        cli.equal(facts["plan"]["fits"], False, "fits")
        cli.equal(set(failure), FAILURE_FIELDS, "the failure's fields")
        cli.equal(failure["sentence"], sentence, "the failure's sentence")
        cli.equal((failure["class"], failure["resource"]), (cls, resource), "class and resource")
        wanted = [o for o in facts["plan"]["objects"] if o["object"] == failure["object"] and o["class"] == cls]
        cli.equal(len(wanted), 1, "objects of that name and class in the plan")
        cli.equal((failure["bytes"], failure["align"]), (wanted[0]["bytes"], wanted[0]["align"]), "bytes and alignment")
        for field in ("object", "class", "resource", "knob"):
            cli.need(failure[field] and failure[field] in sentence, f"the sentence lacks the {field}: {failure[field]}")
        for field in ("bytes",) if "free" not in sentence else ("bytes", "free", "largest"):
            cli.need(str(failure[field]) in words_of(sentence), f"the sentence lacks {field}, {failure[field]}")
        cli.equal(failure["largest"] <= failure["free"], True, "the largest block is no larger than what is free")
        cli.need(len(facts["plan"]["objects"]) >= 3, "the plan lacks objects")
    cli.equal(story.left, [], "files that a refused play left")
    cli.equal((story.play.out.decode() + story.plan.out.decode()).count("\x1b"), 0, "escape sequences on a pipe")
    return sentence


def check_no_room(story, cls):
    """Refused for want of bytes: the sentence has all seven figures."""
    sentence = check_refused(story, cls, PORT)
    failure = story.plan_json.json()["plan"]["failure"]
    cli.need(failure["largest"] < failure["bytes"], "it was refused although the largest block would do")
    cli.need("free" in sentence and "largest" in sentence, "the sentence lacks what is free and the largest block")
    return sentence


def check_played(story, resources):
    """Four times yes, bit-exact, from the resources that it must come from."""
    for run in story.runs():
        run.must(0)
        cli.need("tonearm: " not in run.err, f"a sentence of failure: {run.err}")
    facts = cli.read_json(story.report)
    decoded = cli.Decoded(cli.read_bytes(story.out))
    plan, report = facts["plan"], facts["report"]
    cli.equal(story.left, ["out.wav", "report.json", "t.vcd"], "files")
    for where in (facts, story.plan_json.json(), story.play_json.json()):
        cli.equal((where["plan"]["fits"], where["plan"]["failure"]), (True, None), "fits and failure")
        cli.equal({row["class"]: row["resource"] for row in where["plan"]["bytes"]}, resources, "classes and resources")
        total = {row["class"]: row["bytes"] for row in where["plan"]["bytes"]}
        for cls, size in total.items():
            cli.equal(size, sum(o["bytes"] for o in where["plan"]["objects"] if o["class"] == cls), f"bytes of class {cls}")
    program = story.case.frames(decoded.bits)
    cli.check_pins(decoded.samples, program, plan["slot_frames"])
    cli.equal((report["frames_in"], report["dma_violations"], report["holes"]), (len(program) // 2, 0, []), "figures")
    cli.equal(report["allocations"], {"to_open": 3, "after_open": 0, "left": 0}, "allocations")
    cli.equal(report["claims_none"], True, "claims_none")
    return decoded.frames()


def both(resource):
    return {"DMA": resource, "FAST": resource}


# ---- stories -------------------------------------------------------------------------------------------------------------


def largest_vm_heap(case, board, low, high):
    """The largest VM heap beside which `--memory port` has room, in the VM's blocks of 16 bytes, as `plan` says."""
    while high - low > 16:
        middle = (low + high) // 32 * 16
        code = cli.Run("plan", case.path, "--board", board, "--memory", "port", "--vm-heap", middle).code
        cli.need(code in (0, 3), f"plan --vm-heap {middle}: exit code {code}")
        low, high = (middle, high) if code == 0 else (low, middle)
    return low


def tell(folder, case):
    stories = frames = 0

    story = Story(folder, case, ZERO, "--memory", "port")
    print(f"{story.name}\n  refused: {check_no_room(story, 'DMA')}")
    heap = story.plan_json.json()["output"]["vm_heap_bytes"]
    cli.equal(story.plan_json.json()["output"]["port_heap_bytes"], 0, "what the VM leaves")
    for options, resource in ((("--memory", "vm"), VM), ((), VM), (("--memory", "auto"), VM),
                              (("--memory", "port", "--vm-heap", "180K"), PORT), (("--memory", "port", "--vm-heap", 0), PORT)):
        cure = Story(folder, case, ZERO, *options)
        frames += check_played(cure, both(resource))
        print(f"{cure.name}\n  plays, from the {resource}")
        stories += 1

    edge = largest_vm_heap(case, ZERO, 0, heap)
    frames += check_played(Story(folder, case, ZERO, "--memory", "port", "--vm-heap", edge), both(PORT))
    tight = Story(folder, case, ZERO, "--memory", "port", "--vm-heap", edge + 16)
    print(f"{ZERO} --memory port plays beside a VM heap of {edge} bytes, and with {edge + 16}:")
    print(f"  refused: {check_no_room(tight, tight.plan_json.json()['plan']['failure']['class'])}")
    knobs = tight.plan_json.json()["plan"]["failure"]["knob"]
    cli.need(f"--vm-heap {edge} or less" in knobs, f"the knob is not the edge, {edge}: {knobs}")
    named = re.search(r"--buffer (\d+) or less", knobs)
    cli.need(named, f"no buffer is named: {knobs}")
    shorter = Story(folder, case, ZERO, "--memory", "port", "--vm-heap", edge + 16, "--buffer", named[1])
    frames += check_played(shorter, both(PORT))
    print(f"  and plays with the knob that it names, --buffer {named[1]}")
    stories += 4

    story = Story(folder, case, PLUS, "--memory", "vm")
    sentence = check_refused(story, "DMA", VM)
    cli.equal(story.plan_json.json()["plan"]["failure"]["status"], story.play_json.json()["plan"]["failure"]["status"], "status")
    print(f"{story.name}\n  refused: {sentence}")
    for options in ((), ("--memory", "auto"), ("--memory", "port")):
        cure = Story(folder, case, PLUS, *options)
        frames += check_played(cure, both(PORT))
        print(f"{cure.name}\n  plays, from the {PORT}, in SRAM")
        stories += 1
    return stories + 1, frames


def matrix(folder, case):
    """Every board with every choice: plan and play agree, and what is played is bit-exact."""
    frames = 0
    for board, codes in CODES.items():
        for memory, code in zip(MEMORIES, codes):
            story = Story(folder, case, board, "--memory", memory)
            if code == 0:
                resource = {"vm": VM, "port": PORT, "arena": "arena"}.get(memory)
                auto = VM if board in ("pico", ZERO) else PORT
                frames += check_played(story, both(resource or auto))
            else:
                check_refused(story, "DMA", PORT if memory == "port" else VM)
    return frames


# ---- seeded faults -------------------------------------------------------------------------------------------------------


def set_code(story):
    story.plan.code = 0


def set_play_code(story):
    story.play.code = 1


def change_bytes(story):
    size = str(story.play_json.json()["plan"]["failure"]["bytes"])
    for run in story.runs():
        run.err = run.err.replace(size, str(int(size) + 1))


def drop_knob(story):
    knob = story.play_json.json()["plan"]["failure"]["knob"]
    for run in story.runs():
        run.err = run.err.replace(knob, "")
        run.out = run.out.replace(knob.encode(), b"")


def change_plan(story):
    story.plan.err = story.plan.err.replace("DMA", "FAST")


def leave_file(story):
    story.left.append(".out.wav.Ab3dEf")


def two_sentences(story):
    story.play.err *= 2


def change_class(story):
    story.plan_json.out = story.plan_json.out.replace(b'"DMA"', b'"FAST"')


FAULTS = (set_code, set_play_code, change_bytes, drop_knob, change_plan, leave_file, two_sentences, change_class)


def self_test(folder, case):
    found = 0
    for board, memory, resource in ((ZERO, "port", PORT), (PLUS, "vm", VM)):
        for number, fault in enumerate(FAULTS):
            story = Story(folder, case, board, "--memory", memory, "--buffer", 21 + number)
            check_refused(story, "DMA", resource)
            fault(story)
            try:
                check_refused(story, "DMA", resource)
                print(f"FAIL the seeded fault {fault.__name__} was not found on {board}")
            except cli.Wrong:
                found += 1
    seeded = 2 * len(FAULTS)
    print(f"self-test: {found} of {seeded} seeded faults found")
    return found == seeded


def main():
    cli.require_tools("sox", "ffmpeg")
    folder = cli.Folder("memory")
    case = common_wavs.by_sox(folder, "story", "s16", 2, 44100)
    try:
        stories, frames = tell(folder, case)
        frames += matrix(folder, case)
        good = self_test(folder, case)
    except (cli.Wrong, KeyError) as error:
        print(f"FAIL {error!r}\nfiles are kept in {folder.path}")
        sys.exit(1)
    print(f"{stories} stories, {len(CODES) * len(MEMORIES)} choices of memory, {frames} frames bit by bit")
    good = good and stories == 13 and frames > 60000
    if good:
        folder.drop()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
