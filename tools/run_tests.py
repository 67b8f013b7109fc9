#!/usr/bin/env python3
"""Builds and runs every test, two at a time, and says what came of each.

In: test/**, found by name; the folder BUILD. Out: a line per job with its seconds and those of processor time ("cpu", its
children's too), the log of each that failed, the costliest, and the last line `N passed, N failed`; logs in BUILD/log, with
durations.json and processor.json, each job's seconds. Exit code 0 only if something ran and nothing failed.

A job is one build, one test program under one tool, or one script. Programs are test/{unit,sweep,model,fault,cli}/test_*.c.
Scripts are the executable *.sh and *.py below test/; they run in the repository's root with BUILD (the folder), TONEARM
(the command) and TMPDIR (a folder of their own) set, those of test/emulator after the firmware has been built, those of
test/python after MicroPython has. A tool that is missing is a failed job: nothing is ever skipped.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("BUILD", "build")
WORKERS = 2
KINDS = ("unit", "sweep", "model", "fault", "cli")
SCRIPT_FOLDERS = ("unit", "sweep", "golden", "model", "model/*", "fault", "cli", "checks", "arm", "emulator", "python")
# Further builds that a folder's scripts want, or one script.
WANTS = {"emulator": ("firmware",), "python": ("micropython",), "test/emulator/micropython.sh": ("micropython-rp2",),
         "bench/output.sh": ("firmware",)}
TOOLS = {  # tool or file: Debian package
    "gcc": "build-essential", "clang": "clang", "clang-format": "clang-format", "clang-tidy": "clang-tidy",
    "valgrind": "valgrind", "spin": "spin", "sox": "sox", "ffmpeg": "ffmpeg", "sigrok-cli": "sigrok-cli",
    "cmake": "cmake", "ctest": "cmake", "pkg-config": "pkg-config", "jq": "jq", "man": "man-db", "git": "git",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi", "arm-none-eabi-g++": "libstdc++-arm-none-eabi-newlib", "node": "nodejs",
    "qemu-system-arm": "qemu-system-arm", "/usr/sbin/mkfs.fat": "dosfstools", "mcopy": "mtools",
    "/usr/share/sounds/alsa/Front_Center.wav": "alsa-utils",
    "/usr/share/games/openttd/baseset/openmsx/tttheme2.mid": "openttd-openmsx",
}
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
# Uninitialised memory. What is not compiled with it counts as uninitialised, so the tests come with a cmocka of our own.
MEMORY = "-fsanitize=memory"
# name: (make's arguments, targets, kinds whose programs run). miniaudio takes long to compile, so only two builds have it,
# and the others show that everything works without. A build makes what it runs: what more there is would be the same warnings again,
# but for clang's, and those test/checks/check_clang.sh asks for. -g1 is what a sanitizer's report needs.
BUILDS = {
    "gcc": ([], ["all", "tests", "benches", "programs"], KINDS),
    "asan": (["CC=gcc", "CFLAGS=-O1 -g1", f"EXTRA_CFLAGS={SANITIZE}", "MINIAUDIO_DIR="], ["all"], KINDS),
    "m32": (["CC=gcc", "CFLAGS=-O2 -g1", "M32=1", "MINIAUDIO_DIR="], ["libs"], ("unit", "sweep", "model")),
    "clang": (["CC=clang", "CFLAGS=-O1 -g1", f"EXTRA_CFLAGS={MEMORY}", "CMOCKA=", "TEST_INCLUDE=-Itest/support/m32"], ["libs"], ("unit",)),
    "release": (["CC=gcc", "CFLAGS=-Os -DTA_RELEASE", "MINIAUDIO_DIR="], ["all"], ()),
}
# Enumerations that take minutes are thinned in other builds; the plain build runs all of them.
THINNED = {("test_stall", "asan"): ["--slice", "47"], ("test_stall_pwm", "asan"): ["--slice", "61"],
           ("test_ring_model", "asan"): ["--slice", "5"], ("test_ring_model", "m32"): ["--slice", "5"]}
# Scripts that are run once more with another build's command.
AGAIN = {"test/cli/test_cli_errors.py": "asan", "test/cli/test_cli_text.py": "asan"}
# A sanitizer's report must not look like the exit code of a refusal.
SANITIZER_OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99", "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99",
                     "MSAN_OPTIONS": "exitcode=99"}
VALGRIND = ("valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite,possible")
# Uninitialised memory is looked for by clang's sanitizer, many times as fast as valgrind, which has what is left: test_stream calls
# fstat, of which that sanitizer does not know; test_output is quicker so; and one changes stacks, which valgrind is told of.
VALGRIND_PROGRAMS = ("test_stream", "test_output", "test_chip_core1")
ONLY_VALGRIND = VALGRIND_PROGRAMS[:2]
THIN = {"TA_THIN": "16"}  # the longest enumerations, which the plain build runs whole
# First what others wait for, then what takes longest; a former run's durations are better than these guesses.
GUESS = {"build": 1000, "fault": 120, "emulator": 100, "arm": 90, "python": 20, "sweep": 60, "model": 50, "golden": 40, "valgrind": 30, "bench": 60, "checks": 20}


class Job:
    """Something that passes or fails."""

    def __init__(self, name, command, kind, after=(), env=None, timeout=900):
        self.name, self.command, self.kind, self.after = name, command, kind, after
        self.env, self.timeout = env or {}, timeout
        self.log = os.path.join(BUILD, "log", re.sub(r"[^\w.-]+", "_", name) + ".log")
        self.passed, self.seconds, self.cpu = None, 0.0, 0.0

    def finish(self, process):
        """Waits for the process, takes its processor time and its children's, and says how it ended."""
        late = threading.Event()

        def stop():
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(self.timeout, stop)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = used.ru_utime + used.ru_stime
        return process.returncode, late.is_set()

    def run(self):
        scratch = os.path.join(ROOT, BUILD, "tmp", os.path.basename(self.log)[:-4])
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        env = {**os.environ, "BUILD": BUILD, "TONEARM": os.path.join(BUILD, "tonearm"), "TMPDIR": scratch, **self.env}
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
            env.pop(name, None)
        began = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            log.write("$ " + " ".join(self.command) + "\n")
            log.flush()
            try:
                process = subprocess.Popen(self.command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=subprocess.STDOUT, start_new_session=True)
                code, late = self.finish(process)
                if late:
                    log.write(f"\nstopped after {self.timeout} s\n")
            except OSError as error:
                log.write(f"\n{error}\n")
                code = -1
            if code:
                log.write(f"\nexit code {code}\n")
        self.passed = code == 0
        self.seconds = time.monotonic() - began
        if self.passed:
            shutil.rmtree(scratch, ignore_errors=True)


def programs(kinds):
    return [name for kind in kinds for name in sorted(glob.glob(f"test/{kind}/test_*.c"))]


def tools_job():
    missing = [f"{tool} (Debian's {package})" for tool, package in TOOLS.items()
               if not (os.path.exists(tool) if tool.startswith("/") else shutil.which(tool))]
    said = "missing: " + ", ".join(missing) if missing else "every tool is there"
    return Job("tools", ["sh", "-c", f'echo "{said}"; exit {1 if missing else 0}'], "tools")


def build_jobs():
    for name, (options, targets, kinds) in BUILDS.items():
        targets = targets + [f"tests-{kind}" for kind in kinds if "tests" not in targets]
        folder = BUILD if name == "gcc" else f"{BUILD}/{name}"
        command = ["make", "--no-print-directory", "-k", "-j2" if name == "gcc" else "-j1", f"BUILD={folder}"] + options + targets
        yield Job(f"build [{name}]", command, "build", after=() if name == "gcc" else ("build [gcc]",))
    chips = {"JOBS": "1", "NO_DEBUG": "1"}
    yield Job("build [firmware]", ["tools/firmware.sh", "-DTONEARM_PROBES=ON"], "build", after=("build [gcc]",), env=chips)
    yield Job("build [micropython]", ["tools/micropython.sh", "unix"], "build", after=("build [gcc]",), env={"JOBS": "1"})
    yield Job("build [micropython-rp2]", ["tools/micropython-rp2.sh"], "build", after=("build [micropython]",), env=chips)


def program_jobs():
    for variant, (_, _, kinds) in BUILDS.items():
        folder = BUILD if variant == "gcc" else f"{BUILD}/{variant}"
        for source in programs(kinds):
            kind, name = source.split("/")[1:]
            path = f"{folder}/test/{kind}/{name[:-2]}"
            command = [path, *THINNED.get((name[:-2], variant), [])]
            if variant == "clang" and name[:-2] in ONLY_VALGRIND:
                continue
            env = {**SANITIZER_OPTIONS, **(THIN if variant == "clang" else {})}
            yield Job(f"{kind}/{name[:-2]} [{variant}]", command, kind, after=(f"build [{variant}]",), env=env)
    for name in VALGRIND_PROGRAMS:
        yield Job(f"unit/{name} [valgrind]", [*VALGRIND, f"{BUILD}/test/unit/{name}"], "valgrind", after=("build [gcc]",), env=THIN)


def script_jobs():
    found = sorted({name for folder in SCRIPT_FOLDERS for end in ("sh", "py") for name in glob.glob(f"test/{folder}/*.{end}")})
    for name in found:
        base = os.path.basename(name)
        if os.access(name, os.X_OK):
            kind = name.split("/")[1]
            after = ("build [gcc]", *(f"build [{what}]" for what in WANTS.get(name, WANTS.get(kind, ()))))
            yield Job(name[len("test/"):], [f"./{name}"], kind, after=after)
            if name in AGAIN:
                variant = AGAIN[name]
                yield Job(f"{name[len('test/'):]} [{variant}]", [f"./{name}"], kind, after=(f"build [{variant}]",),
                          env=dict(SANITIZER_OPTIONS, TONEARM=os.path.join(BUILD, variant, "tonearm")))
        elif base.startswith(("test_", "check_")):
            yield Job(name[len("test/"):], ["sh", "-c", f"echo {name} is a test that is not executable; exit 1"], "checks")


def other_jobs():
    yield Job("fuzz corpus", ["tools/fuzz.sh", "replay"], "fuzz", after=("build [gcc]",))
    for name in sorted(glob.glob("bench/*.sh") + glob.glob("bench/*.py")):
        after = ("build [gcc]", *(f"build [{what}]" for what in WANTS.get(name, ())))
        yield Job(name, [f"./{name}"], "bench", after=after)


def discard_stale(job):
    """After a build that failed, old programs must not stand in for those that could not be built."""
    variant = re.search(r"\[([\w-]+)\]", job.name).group(1)
    if variant not in BUILDS:
        return  # the tools that make them remove old ones themselves
    folder = BUILD if variant == "gcc" else f"{BUILD}/{variant}"
    for source in programs(KINDS):
        path = f"{folder}/{source[:-2]}"
        if os.path.exists(path):
            fresh = subprocess.run(["make", "-q", f"BUILD={folder}", *BUILDS[variant][0], path], cwd=ROOT, check=False,
                                   capture_output=True)
            if fresh.returncode:
                os.remove(path)


class Board:
    """Runs jobs as they become ready and tells the user."""

    def __init__(self, jobs, former):
        self.jobs, self.former, self.lock, self.done = jobs, former, threading.Lock(), 0

    def weight(self, job):
        return GUESS["build"] if job.kind == "build" else self.former.get(job.name, GUESS.get(job.kind, 10))

    def one(self, job):
        job.run()
        if job.kind == "build" and not job.passed:
            discard_stale(job)
        with self.lock:
            self.done += 1
            far = f"[{self.done:{len(str(len(self.jobs)))}}/{len(self.jobs)}]"
            print(f"  {far} {'ok  ' if job.passed else 'FAIL'} {job.seconds:7.1f} s {job.cpu:7.1f} cpu  {job.name}", flush=True)
            if not job.passed:
                with open(job.log, encoding="utf-8", errors="replace") as log:
                    for line in log.read().split("\n")[-40:]:
                        print("       | " + line)
                print(f"       | whole log: {job.log}", flush=True)

    def run(self):
        waiting, running = sorted(self.jobs, key=self.weight, reverse=True), {}
        names = {job.name for job in self.jobs}
        with concurrent.futures.ThreadPoolExecutor(max_workers=WORKERS) as pool:
            while waiting or running:
                finished = {job.name for job in self.jobs if job.passed is not None}
                for job in list(waiting):
                    alone = any(other.name == "build [gcc]" for other in running.values())
                    if len(running) < WORKERS and not alone and all(a in finished or a not in names for a in job.after):
                        waiting.remove(job)
                        running[pool.submit(self.one, job)] = job
                ended, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in ended:
                    future.result()
                    del running[future]


def expression(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from error


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", metavar="REGEX", type=expression, help="run the jobs whose names match; builds they need are run too")
    parser.add_argument("--list", action="store_true", help="only say what would run")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.makedirs(f"{BUILD}/log", exist_ok=True)
    jobs = [tools_job(), *build_jobs(), *program_jobs(), *script_jobs(), *other_jobs()]
    if options.only:
        wanted = [job for job in jobs if options.only.search(job.name)]
        if not wanted:
            print(f"no job matches '{options.only.pattern}': tools/run_tests.py --list names them all")
            return 1
        needed = {name for job in wanted for name in job.after}
        needed |= {"build [gcc]"} if needed else set()
        jobs = [job for job in jobs if job in wanted or job.name in needed]
    if options.list:
        print("\n".join(job.name for job in jobs))
        return 0
    record = f"{BUILD}/log/durations.json"
    former = {}
    if os.path.exists(record):
        with open(record, encoding="utf-8") as file:
            former = json.load(file)
    began = time.monotonic()
    print(f"{len(jobs)} jobs, {WORKERS} at a time; logs in {BUILD}/log", flush=True)
    Board(jobs, former).run()
    with open(record, "w", encoding="utf-8") as file:
        json.dump({**former, **{job.name: round(job.seconds, 1) for job in jobs}}, file, indent=1)
    with open(f"{BUILD}/log/processor.json", "w", encoding="utf-8") as file:
        json.dump({job.name: round(job.cpu, 1) for job in jobs}, file, indent=1)
    print(f"\n{time.monotonic() - began:.0f} s, {sum(job.cpu for job in jobs):.0f} s of processor time; most of it:")
    for job in sorted(jobs, key=lambda job: job.cpu, reverse=True)[:10]:
        print(f"  {job.seconds:7.1f} s {job.cpu:7.1f} cpu  {job.name}")
    failed = [job for job in jobs if not job.passed]
    if failed:
        print("\nfailed:")
        for job in failed:
            print(f"  {job.name}  ({job.log})")
    print(f"\n{len(jobs) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not jobs else 0


sys.exit(main())
