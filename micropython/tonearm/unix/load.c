// The virtual processor takes no time for sources. tonearm.load(ns) makes it: so long the chip's time goes by, in the feed, for each frame that a note adds, and for each that a sample
// lends which something else plays. In: pulls, and the synthesizer's kernels, wrapped by the linker (micropython.mk). Out: the same, later.

#include "../shared.h"

#include "src/source/synth_kernel.h"
#include "virtual_time.h"

#include "hardware/timer.h"

static uint32_t frame_ns, rest_ns;
static uint32_t depth, takes; // pulls within pulls; how often time was taken

static void take(uint32_t frames)
{
    if (frame_ns == 0 || !virtual_time_is_on())
        return;
    takes++;
    uint64_t ns = (uint64_t)frame_ns * frames + rest_ns;
    rest_ns = (uint32_t)(ns % 1000);
    port_enter();
    busy_wait_us(ns / 1000);
    port_leave();
}

ta_pull_t __real_ta_source_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block);
ta_pull_t __wrap_ta_source_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block);
ta_osc_add_mono_t __real_ta_osc_add_mono, __wrap_ta_osc_add_mono;
ta_osc_add_stereo_t __real_ta_osc_add_stereo, __wrap_ta_osc_add_stereo;

ta_pull_t __wrap_ta_source_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    if (frame_ns == 0) // with the sound card there are several threads
        return __real_ta_source_pull(source, max_frames, block);
    const uint32_t before = takes;
    depth++;
    ta_pull_t result = __real_ta_source_pull(source, max_frames, block);
    depth--;
    if (depth > 0 && takes == before && result != TA_PULL_FAULT) // it plays nothing that has taken its time already
        take(block->frames);
    return result;
}

void __wrap_ta_osc_add_mono(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t gain)
{
    take(frames);
    __real_ta_osc_add_mono(osc, bus, frames, gain);
}

void __wrap_ta_osc_add_stereo(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t left, int32_t right)
{
    take(frames);
    __real_ta_osc_add_stereo(osc, bus, frames, left, right);
}

static mp_obj_t load(mp_obj_t ns)
{
    frame_ns = (uint32_t)errors_int(MP_QSTR_ns, ns, 0, 1000000);
    depth = 0;
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(port_load_obj, load);
