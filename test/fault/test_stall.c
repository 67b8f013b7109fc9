// Stalls, enumerated. In: a short program played on a virtual board, and every place at which the processor could stand still
// while it does so. Out: a verdict on every frame heard.
//
// The program, 200 ms long, runs once without a fault, and every hook of the interrupt handlers, the feed and the task is counted: the
// events. Then it runs again, from boot, for every event and every duration, with the processor frozen there, interrupts masked, while
// DMA and PIO go on. Each recording must be predicted to the frame by the output's own report of holes. A run in which the output says
// that a publication was indeterminate is held to the weaker rule: in order, nothing doubled, at most one slot lost for each.
//
// What is enumerated: five configurations (16 bits on a Pico and a Pico 2, 24 bits, a pause and a resume, interrupts masked instead of a
// frozen processor), in each of them every event x {1, 5, 50, 500, 5000} ms. Nothing is left out and nothing sampled. What a run costs is
// the sound that it lasts for, so small slots, which make many events, go with a low rate: a slot is 6 to 23 ms long. One scene more,
// "quick", has the smallest slots at 44.1 kHz, 1.5 ms each: 7683 events, of which only stalls of 1 and 5 ms are tried. Longer ones
// would take more than twice as long as all the rest, and they overrun its buffer as those of 5 ms do.
//
//     test_stall                 all of it, on two processors
//     test_stall ID              one run, such as "stall/large:hook=123:ms=50", with its verdict
//     test_stall --slice K       every K-th event only: for slow builds, K a prime, so that all places in a slot take turns

#include "test/support/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRAM_MS = 200, WORKERS = 2 };

typedef struct {
    const char *name, *board;
    uint8_t bits;
    uint32_t rate_hz;
    uint16_t slot_frames;
    uint32_t buffer_us;
    bool pause;       ///< pause after 60 ms, resume 40 ms later
    bool mask_only;   ///< from each event on interrupts are masked, but the program goes on
    uint32_t most_ms; ///< longest stall tried
} stall_scene_t;

static const stall_scene_t scenes[] = {
    {"large", "pico", 16, 44100, 1024, 70000, false, false, 5000},
    {"small", "pico2", 16, 11025, 64, 10000, false, false, 5000},
    {"wide", "pico", 24, 11025, 128, 20000, false, false, 5000},
    {"pause", "pico", 16, 11025, 128, 20000, true, false, 5000},
    {"masked", "pico", 16, 22050, 512, 40000, false, true, 5000},
    {"quick", "pico2", 16, 44100, 64, 2000, false, false, 5},
};

static const uint32_t durations_ms[] = {1, 5, 50, 500, 5000};

typedef struct {
    uint32_t runs, exact, indeterminate, holes, failures;
    uint64_t frames;
} tally_t;

static scene_t scene;

// ---- one run ---------------------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t number[1 << 16], cycle[1 << 16];
    size_t count;
} hooks_t;

static void note_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    hooks_t *hooks = context;
    (void)kind;
    (void)what;
    if (hooks->count < sizeof hooks->number / sizeof *hooks->number) {
        hooks->number[hooks->count] = number;
        hooks->cycle[hooks->count++] = cycle;
    }
}

static uint64_t ms_to_cycles(uint32_t ms)
{
    return (uint64_t)ms * (scene.board->system_hz / 1000U);
}

static uint32_t program_frames(const stall_scene_t *s)
{
    return s->rate_hz / 25 * PROGRAM_MS / 40; // exact for these rates
}

// Plays the program with a fault (or none); split is set to the frame at which a pause fell.
static const char *perform(const stall_scene_t *s, const chip_fault_t *fault, hooks_t *hooks, uint32_t *split)
{
    static numbered_t program;
    ta_i2s_config_t config = scene_config(chip_board_find(s->board));
    config.bits = s->bits;
    config.rate_hz = s->rate_hz;
    config.slot_frames = s->slot_frames;
    config.buffer_us = s->buffer_us;
    if (!scene_open(&scene, s->board, &config))
        return "the scene could not be opened";
    scene_numbered(&program, 1, program_frames(s), s->rate_hz, s->bits);
    if (hooks)
        chip_on_hook(note_hook, hooks);
    if (fault && !chip_fault_add(fault))
        return "the fault could not be added";
    if (ta_output_play(&scene.i2s.output, &program.source) != TA_OK)
        return "the program could not be played";
    *split = 0;
    if (s->pause) {
        scene_run_us(&scene, 60000);
        if (ta_output_pause(&scene.i2s.output) != TA_OK)
            return "it could not be paused";
        scene_run_us(&scene, 40000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        *split = (uint32_t)stats.position_frame;
        if (ta_output_resume(&scene.i2s.output) != TA_OK)
            return "it could not be resumed";
    }
    bool idle = scene_run(&scene, PROGRAM_MS + 2 * 5000 + 500);
    chip_on_hook(NULL, NULL);
    if (!idle)
        return "it was still playing long after its end";
    return scene_close(&scene);
}

static const char *judge(const stall_scene_t *s, uint32_t split, uint32_t indeterminate)
{
    uint32_t frames = program_frames(s);
    if (indeterminate)
        return scene_check_order(&scene, 1, frames, indeterminate * s->slot_frames);
    const stretch_t whole[] = {{1, frames}};
    const stretch_t parts[] = {{1, split}, {1 + split, frames - split}};
    bool paused = s->pause && split > 0 && split < frames;
    return paused ? scene_check(&scene, parts, 2) : scene_check(&scene, whole, 1);
}

static const char *run_one(const stall_scene_t *s, const chip_fault_t *fault, tally_t *tally)
{
    uint32_t split;
    const char *wrong = perform(s, fault, NULL, &split);
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    uint32_t indeterminate = stats.ring.indeterminate;
    if (!wrong)
        wrong = judge(s, split, indeterminate);
    tally->runs++;
    tally->exact += !wrong && !indeterminate;
    tally->indeterminate += indeterminate != 0;
    tally->holes += stats.ring.holes;
    tally->frames += scene.heard_count;
    tally->failures += wrong != NULL;
    return wrong;
}

static chip_fault_t fault_at(const stall_scene_t *s, uint64_t hook, uint64_t cycle, uint32_t ms)
{
    return (chip_fault_t){.kind = s->mask_only ? CHIP_FAULT_MASK : CHIP_FAULT_FREEZE,
                          .at = s->mask_only ? cycle : hook,
                          .cycles = ms_to_cycles(ms)};
}

// ---- all runs --------------------------------------------------------------------------------------------------------------

static hooks_t hooks;

static bool count_hooks(const stall_scene_t *s)
{
    uint32_t split;
    hooks.count = 0;
    const char *wrong = perform(s, NULL, &hooks, &split);
    if (!wrong)
        wrong = judge(s, split, 0);
    if (!wrong && hooks.count == sizeof hooks.number / sizeof *hooks.number)
        wrong = "there are more events than the list holds";
    if (wrong)
        printf("stall/%s without a fault: %s\n", s->name, wrong);
    return !wrong;
}

static void work(const stall_scene_t *s, unsigned worker, unsigned slice, tally_t *tally)
{
    unsigned turn = 0;
    for (size_t d = 0; d < sizeof durations_ms / sizeof *durations_ms; d++)
        for (size_t h = 0; h < hooks.count; h += slice) {
            if (durations_ms[d] > s->most_ms || turn++ % WORKERS != worker)
                continue;
            chip_fault_t fault = fault_at(s, hooks.number[h], hooks.cycle[h], durations_ms[d]);
            const char *wrong = run_one(s, &fault, tally);
            if (wrong && tally->failures <= 5)
                printf("stall/%s:hook=%llu:ms=%u: %s\n", s->name, (unsigned long long)hooks.number[h], durations_ms[d],
                       wrong);
        }
}

static void add(tally_t *sum, const tally_t *part)
{
    sum->runs += part->runs;
    sum->exact += part->exact;
    sum->indeterminate += part->indeterminate;
    sum->holes += part->holes;
    sum->frames += part->frames;
    sum->failures += part->failures;
}

static size_t runs_due(const stall_scene_t *s, unsigned slice)
{
    size_t events = (hooks.count + slice - 1) / slice, runs = 0;
    for (size_t d = 0; d < sizeof durations_ms / sizeof *durations_ms; d++)
        runs += durations_ms[d] <= s->most_ms ? events : 0;
    return runs;
}

static bool run_scene(const stall_scene_t *s, unsigned slice)
{
    tally_t sum = {0};
    int channel[WORKERS][2];
    if (!count_hooks(s))
        return false;
    fflush(stdout);
    for (unsigned w = 0; w < WORKERS; w++) {
        if (pipe(channel[w]) != 0)
            return false;
        if (fork() == 0) {
            tally_t tally = {0};
            work(s, w, slice, &tally);
            fflush(stdout);
            _exit(write(channel[w][1], &tally, sizeof tally) == (ssize_t)sizeof tally ? 0 : 1);
        }
        close(channel[w][1]);
    }
    bool complete = true;
    for (unsigned w = 0; w < WORKERS; w++) {
        tally_t part = {0};
        complete = read(channel[w][0], &part, sizeof part) == (ssize_t)sizeof part && complete;
        close(channel[w][0]);
        add(&sum, &part);
    }
    while (wait(NULL) > 0) {
    }
    printf("%-7s %5zu events, stalls up to %4u ms  %6u runs  %6u exact  %4u indeterminate  %6u holes  %4llu s heard  "
           "%u failed\n",
           s->name, hooks.count, s->most_ms, sum.runs, sum.exact, sum.indeterminate, sum.holes,
           (unsigned long long)(sum.frames / s->rate_hz), sum.failures);
    // It must have done real work: holes were made, and faults outside the publication section never excuse themselves.
    bool worked =
        hooks.count > 300 && sum.runs == runs_due(s, slice) && sum.holes > sum.runs / 20 && sum.exact > sum.runs / 2;
    if (!worked)
        printf("stall/%s: the enumeration did too little to mean anything\n", s->name);
    return complete && worked && sum.failures == 0;
}

static int replay(const char *id)
{
    char name[16];
    unsigned long long hook;
    unsigned ms;
    if (sscanf(id, "stall/%15[a-z]:hook=%llu:ms=%u", name, &hook, &ms) != 3)
        return 2;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        if (strcmp(scenes[i].name, name) != 0 || !count_hooks(&scenes[i]))
            continue;
        tally_t tally = {0};
        uint64_t cycle = 0;
        for (size_t h = 0; h < hooks.count; h++)
            if (hooks.number[h] == hook)
                cycle = hooks.cycle[h];
        chip_fault_t fault = fault_at(&scenes[i], hook, cycle, ms);
        const char *wrong = run_one(&scenes[i], &fault, &tally);
        printf("%s: %s\n", id, wrong ? wrong : "as it should be");
        for (uint32_t k = 0;; k++) {
            ta_hole_t hole;
            if (!ta_output_hole(&scene.i2s.output, k, &hole))
                break;
            printf("  hole at output frame %llu, %llu frames, then program frame %llu, %s\n",
                   (unsigned long long)hole.at_frame, (unsigned long long)hole.frames,
                   (unsigned long long)hole.source_frame, ta_hole_cause_name(hole.cause));
        }
        return wrong != NULL;
    }
    return 2;
}

int main(int argc, char **argv)
{
    unsigned slice = 1;
    if (argc == 3 && strcmp(argv[1], "--slice") == 0)
        slice = (unsigned)atoi(argv[2]);
    else if (argc == 2)
        return replay(argv[1]);
    bool good = slice > 0;
    for (size_t s = 0; good && s < sizeof scenes / sizeof *scenes; s++)
        good = run_scene(&scenes[s], slice) && good;
    scene_free(&scene);
    return good ? 0 : 1;
}
