/// @file jobs.h  What is measured on Arm cores: conversions by number, and the heap's workload.
///
/// The same list for every core. On the Cortex-M0+ the emulator calls these functions and counts cycles; on the Cortex-M33
/// main.c does, and counts instructions.
#ifndef TONEARM_BENCH_ARM_JOBS_H
#define TONEARM_BENCH_ARM_JOBS_H

#include <stdint.h>

/// Make job `index` the current one: its name is in bench_name. Returns the frames of a run (samples of float32), 0 when
/// there is no such job.
uint32_t bench_job(uint32_t index);
extern char bench_name[64];

/// Jobs of other files: as bench_job, with how to run the one that was made.
enum { BENCH_RESAMPLE_JOBS = 3 * 2 * 2 * 2, BENCH_WAV_JOBS = 6 };
uint32_t bench_resample_job(uint32_t index);
void bench_resample_run(void);
uint32_t bench_wav_job(uint32_t index);
void bench_wav_run(void);

/// Memory for jobs of other files.
enum { BENCH_MEMORY_BYTES = 64 * 1024 };
extern uint8_t bench_memory[BENCH_MEMORY_BYTES];

/// One run of the current job, on noise.
void bench_run(void);

/// What a call of bench_run costs by itself.
void bench_nothing(void);

/// The heap's workload with that seed, through bench_malloc and bench_free. Returns refusals in the low half and the fill, in
/// parts of a thousand, in the high half; bench_heap_digest says where every block lay.
uint32_t bench_heap(uint32_t seed);
extern uint32_t bench_heap_digest;
void *bench_malloc(uint32_t bytes);
void bench_free(void *block);

#endif
