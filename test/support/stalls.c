// The enumeration of stalls. In: a stage and its scenes. Out: a line for each scene, a sentence for each run that went wrong.

#include "test/support/stalls.h"

#include "chip/chip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 2, HOOKS_MAX = 1 << 16, LONG_SLICE = 7 };

static const uint32_t durations_ms[] = {1, 5, 50, 500, 5000};
enum { DURATIONS = sizeof durations_ms / sizeof *durations_ms };

typedef struct {
    uint32_t runs, exact, indeterminate, holes, failures;
    uint64_t frames;
} tally_t;

static const stall_stage_t *stage;
static bool whole; // nothing is thinned

// ---- one run ---------------------------------------------------------------------------------------------------------------

static struct {
    uint64_t number[HOOKS_MAX], cycle[HOOKS_MAX];
    size_t count;
} hooks;

static void note_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)kind;
    (void)what;
    if (hooks.count < HOOKS_MAX) {
        hooks.number[hooks.count] = number;
        hooks.cycle[hooks.count++] = cycle;
    }
}

// Plays the program with a fault, or listens to its hooks.
static const char *perform(const stall_scene_t *s, const chip_fault_t *fault, uint32_t *split)
{
    const char *wrong = stage->open(s);
    *split = 0;
    if (wrong)
        return wrong;
    if (fault && !chip_fault_add(fault))
        return "the fault could not be added";
    if (!fault)
        chip_on_hook(note_hook, NULL);
    wrong = stage->play(s, split);
    chip_on_hook(NULL, NULL);
    return wrong ? wrong : stage->close(s);
}

static const char *run_one(const stall_scene_t *s, const chip_fault_t *fault, tally_t *tally)
{
    uint32_t split;
    const char *wrong = perform(s, fault, &split);
    ta_output_stats_t stats;
    ta_output_stats(stage->output(), &stats);
    uint32_t indeterminate = stats.ring.indeterminate;
    if (!wrong)
        wrong = stage->judge(s, split, indeterminate);
    tally->runs++;
    tally->exact += !wrong && !indeterminate;
    tally->indeterminate += indeterminate != 0;
    tally->holes += stats.ring.holes;
    tally->frames += stage->heard();
    tally->failures += wrong != NULL;
    return wrong;
}

static chip_fault_t fault_at(const stall_scene_t *s, size_t hook, uint32_t ms)
{
    return (chip_fault_t){.kind = s->mask_only ? CHIP_FAULT_MASK : CHIP_FAULT_FREEZE,
                          .at = s->mask_only ? hooks.cycle[hook] : hooks.number[hook],
                          .cycles = (uint64_t)ms * (chip_board()->system_hz / 1000U)};
}

// ---- all runs --------------------------------------------------------------------------------------------------------------

static bool count_hooks(const stall_scene_t *s)
{
    tally_t none = {0};
    hooks.count = 0;
    const char *wrong = run_one(s, NULL, &none);
    if (!wrong && hooks.count == HOOKS_MAX)
        wrong = "there are more events than the list holds";
    if (wrong)
        printf("stall/%s without a fault: %s\n", s->name, wrong);
    return !wrong;
}

// Of how many events one is tried with this duration. The longest takes as long as all others together and differs from the second
// longest in arithmetic only, not in where it ends: both have gone round the ring several times, and what follows repeats itself.
static unsigned step_of(size_t duration, unsigned slice)
{
    return duration == DURATIONS - 1 && slice < LONG_SLICE && !whole ? LONG_SLICE : slice;
}

static void work(const stall_scene_t *s, unsigned worker, unsigned slice, tally_t *tally)
{
    unsigned turn = 0;
    for (size_t d = 0; d < DURATIONS; d++)
        for (size_t h = 0; h < hooks.count; h += step_of(d, slice)) {
            if (durations_ms[d] > s->most_ms || turn++ % WORKERS != worker)
                continue;
            chip_fault_t fault = fault_at(s, h, durations_ms[d]);
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
    size_t runs = 0;
    for (size_t d = 0; d < DURATIONS; d++) {
        unsigned step = step_of(d, slice);
        runs += durations_ms[d] <= s->most_ms ? (hooks.count + step - 1) / step : 0;
    }
    return runs;
}

// Half of the runs each, in processes of their own.
static bool share_work(const stall_scene_t *s, unsigned slice, tally_t *sum)
{
    int channel[WORKERS][2];
    bool complete = true;
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
    for (unsigned w = 0; w < WORKERS; w++) {
        tally_t part = {0};
        complete = read(channel[w][0], &part, sizeof part) == (ssize_t)sizeof part && complete;
        close(channel[w][0]);
        add(sum, &part);
    }
    while (wait(NULL) > 0) {
    }
    return complete;
}

static bool run_scene(const stall_scene_t *s, unsigned slice)
{
    tally_t sum = {0};
    if (!count_hooks(s))
        return false;
    bool complete = share_work(s, slice, &sum);
    printf("%-7s %5zu events, stalls up to %4u ms  %6u runs  %6u exact  %4u indeterminate  %6u holes  %4llu s heard  "
           "%u failed\n",
           s->name, hooks.count, s->most_ms, sum.runs, sum.exact, sum.indeterminate, sum.holes,
           (unsigned long long)(sum.frames / s->rate_hz), sum.failures);
    // It must have done real work: holes were made, and faults outside the publication section never excuse themselves.
    bool worked =
        hooks.count > 400 && sum.runs == runs_due(s, slice) && sum.holes > sum.runs / 20 && sum.exact > sum.runs / 2;
    if (!worked)
        printf("stall/%s: the enumeration did too little to mean anything\n", s->name);
    return complete && worked && sum.failures == 0;
}

// ---- one run, by its id ----------------------------------------------------------------------------------------------------

static void print_holes(void)
{
    ta_hole_t hole;
    for (uint32_t k = 0; ta_output_hole(stage->output(), k, &hole); k++)
        printf("  hole at output frame %llu, %llu frames, then program frame %llu, %s\n",
               (unsigned long long)hole.at_frame, (unsigned long long)hole.frames,
               (unsigned long long)hole.source_frame, ta_hole_cause_name(hole.cause));
}

static int replay(const stall_scene_t *scenes, unsigned count, const char *id)
{
    char name[16];
    unsigned long long number;
    unsigned ms;
    if (sscanf(id, "stall/%15[a-z]:hook=%llu:ms=%u", name, &number, &ms) != 3)
        return 2;
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(scenes[i].name, name) != 0 || !count_hooks(&scenes[i]))
            continue;
        size_t hook = 0;
        while (hook < hooks.count && hooks.number[hook] != number)
            hook++;
        if (hook == hooks.count)
            return 2;
        tally_t tally = {0};
        chip_fault_t fault = fault_at(&scenes[i], hook, ms);
        const char *wrong = run_one(&scenes[i], &fault, &tally);
        printf("%s: %s\n", id, wrong ? wrong : "as it should be");
        print_holes();
        return wrong != NULL;
    }
    return 2;
}

int stalls(const stall_stage_t *on, const stall_scene_t *scenes, unsigned count, int argc, char **argv)
{
    unsigned slice = 1;
    stage = on;
    if (argc == 3 && strcmp(argv[1], "--slice") == 0) {
        slice = (unsigned)atoi(argv[2]);
    } else if (argc == 2 && strcmp(argv[1], "--whole") == 0) {
        whole = true;
    } else if (argc == 2) {
        return replay(scenes, count, argv[1]);
    }
    bool good = slice > 0;
    for (unsigned s = 0; good && s < count; s++)
        good = run_scene(&scenes[s], slice);
    return good ? 0 : 1;
}
