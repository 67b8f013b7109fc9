/// @file mix_jobs.h  A mixer's blocks, as jobs of jobs.c.
#ifndef TONEARM_BENCH_ARM_MIX_JOBS_H
#define TONEARM_BENCH_ARM_MIX_JOBS_H

#include <stddef.h>
#include <stdint.h>

enum { MIX_JOBS = 24 };

/// Set mixer `index` up over samples in memory, and write its name. Returns frames times voices of a run, 0 when there is no such job.
uint32_t mix_job(uint32_t index, char *name, const void *samples, size_t bytes);

/// One block of 128 frames, pulled as an output does.
void mix_run(void);

#endif
