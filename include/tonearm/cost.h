/// @file cost.h  What a graph of sources will take of a processor, known before anything plays.
///
/// The figures behind it are measured and gated (bench/, docs/figures.md): cycles of the RP2040's Cortex-M0+ on an emulator, and instructions of the RP2350's
/// Cortex-M33, of which some take more than a cycle: a share of an RP2350 is the least that it may be. Between measured shapes costs are straight lines; where only one was
/// measured they are rather too high than too low. Code and data in SRAM; a file system, and code in flash that is not in the cache, come on top.
#ifndef TONEARM_COST_H
#define TONEARM_COST_H

#include "tonearm/mixer.h"
#include "tonearm/resample.h"
#include "tonearm/synth.h"
#include "tonearm/wav.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TA_COST_RP2040, ///< cycles
    TA_COST_RP2350, ///< instructions
    TA_COST_CHIPS
} ta_cost_chip_t;

/// What one source, or an output's feed, takes.
typedef struct {
    const char *name; ///< a constant
    uint32_t rate_hz;
    uint32_t frame[TA_COST_CHIPS]; ///< of one frame, in hundredths
} ta_cost_t;

/// A second of it, in whole cycles or instructions, rounded up. Ctx: any. Cost: constant. Own: none. Fails: 0 for a chip that there is not.
uint64_t ta_cost_per_second(const ta_cost_t *cost, ta_cost_chip_t chip);

// ---- sources -------------------------------------------------------------------------------------------------------------------

// Each of these: a source as it was, or will be, configured, without what it consumes, which is added apart, but for 16-bit sources in memory.
// What fails leaves a cost of nothing.

/// How a mixer is used. All zero: every voice plays, in the mixer's own format, at levels that stand still.
typedef struct {
    uint32_t sounding;  ///< voices that play; 0, or more than the mixer lets: all that it lets
    ta_sample_t sample; ///< of what they play
    uint8_t channels;   ///< likewise, 1 or 2; 0: both are the mixer's
    bool moving;        ///< levels or panning change all the time
    uint32_t resampled; ///< voices of those that play whose rate is another than the mixer's
    uint32_t rate_hz;   ///< theirs; of several the highest
} ta_mixer_use_t;

/// use NULL: all zero. Resampling is in it: `resampled` voices are resampled as the config says.
/// Ctx: any. Cost: constant. Own: none. Fails: as ta_mixer_need; TA_E_ARG for a sample format or channels that there are not; TA_E_RATE for voices of another rate
/// where the config does not resample, or none that high.
TA_NODISCARD ta_status_t ta_mixer_cost(const ta_mixer_config_t *config, const ta_mixer_use_t *use, ta_cost_t *cost);

/// How a synthesizer is used: notes that sound at a time, and how many of them have what. All zero: every voice sounds, and has nothing more than its waveform.
typedef struct {
    uint32_t notes;       ///< 0, or more than there are voices: all of them
    uint32_t ringing;     ///< with a ring modulator
    uint32_t filtered;    ///< with a filter
    uint32_t bandlimited; ///< with TA_TONE_SAW or TA_TONE_SQUARE
    uint32_t moving;      ///< with LFOs for amplitude, panning and bend
} ta_synth_use_t;

/// use NULL: all zero. Ctx: any. Cost: constant. Own: none. Fails: as ta_synth_need.
TA_NODISCARD ta_status_t ta_synth_cost(const ta_synth_config_t *config, const ta_synth_use_t *use, ta_cost_t *cost);

/// A resampler that is given frames of in_hz. Ctx: any. Cost: constant. Own: none. Fails: as ta_resampler_need; TA_E_RATE (in_hz).
TA_NODISCARD ta_status_t ta_resampler_cost(const ta_resampler_config_t *config, uint32_t in_hz, ta_cost_t *cost);

typedef enum {
    TA_EFFECT_FILTER,     ///< amount: biquads
    TA_EFFECT_DISTORTION, ///< amount: the mode, 0 clip, 1 lofi, 2 overdrive, 3 waveshape; extra: soft clipping
    TA_EFFECT_PHASER,     ///< amount: stages
    TA_EFFECT_FREEVERB,   ///< amount: biquads before and behind it
    TA_EFFECT_ECHO,       ///< amount: biquads; extra: freq_shift
    TA_EFFECT_CHORUS,     ///< amount: voices
    TA_EFFECT_FLANGER,
    TA_EFFECT_MULTITAP, ///< amount: taps
    TA_EFFECT_PITCH,    ///< extra: by other than 0 semitones
    TA_EFFECT_GRANULAR, ///< amount: density
    TA_EFFECTS
} ta_effect_t;

/// "filter", "echo", ... Ctx: any. Cost: constant. Own: a constant. Fails: "?" for anything else.
const char *ta_effect_name(ta_effect_t effect);

/// An effect of 16 bits. Ctx: any. Cost: constant. Own: none.
/// Fails: TA_E_FORMAT (channels, rate), TA_E_ARG (effect; amount above 255, a mode that there is not).
TA_NODISCARD ta_status_t ta_fx_cost(ta_effect_t effect, unsigned channels, uint32_t rate_hz, uint32_t amount,
                                    bool extra, ta_cost_t *cost);

/// What formats other than s16 add to an effect: `own` is its format, and `played` that of what it plays. 0 where both are s16.
/// Ctx: any. Cost: constant. Own: none. Fails: TA_E_FORMAT (own wider than 16 bits, channels, rate), TA_E_ARG (effect).
TA_NODISCARD ta_status_t ta_fx_format_cost(ta_effect_t effect, ta_sample_t own, ta_sample_t played, unsigned channels,
                                           uint32_t rate_hz, ta_cost_t *cost);

/// A WAV file's reader, for what ta_wav_open has found, without the stream below it but for one copy of what is read: a file system comes on top. An upper bound
/// with buffers of TA_WAV_BUFFER_FRAMES or more. Ctx: any. Cost: constant. Own: none. Fails: TA_E_FORMAT for what is not opened.
TA_NODISCARD ta_status_t ta_wav_cost(const ta_wav_info_t *info, ta_cost_t *cost);

/// What an output's feed and interrupts take, with conversion.
typedef struct {
    ta_format_t format;   ///< of what it plays
    ta_wire_t wire;       ///< TA_WIRE_PWM: shaped, or dithered
    uint32_t slot_frames; ///< 1..65536
    bool lent;            ///< DMA reads what it plays where it lies
    bool volume;          ///< other than 1
    bool dither;          ///< of what is narrowed
    bool mono;            ///< both channels are mixed; nothing to do where there is one
    bool louder;          ///< volume above 1, which may saturate
} ta_output_use_t;

/// An output. Ctx: any. Cost: constant. Own: none. Fails: TA_E_FORMAT, TA_E_ARG (wire, slot_frames).
TA_NODISCARD ta_status_t ta_output_cost(const ta_output_use_t *use, ta_cost_t *cost);

// ---- a graph -------------------------------------------------------------------------------------------------------------------

enum {
    TA_COST_ROWS = 12,            ///< kinds that a graph tells apart
    TA_COST_SENTENCE_BYTES = 384, ///< room for any sentence
    TA_COST_TIGHT_RP2040 = 850,   ///< from this share on (1/1000) little is left for the program
    TA_COST_TIGHT_RP2350 = 650,   ///< likewise; lower, as an instruction may take more than a cycle
    TA_COST_MOST = 937,           ///< above this share it will not keep up: a sixteenth is the task's, see load.h
};

typedef struct {
    const char *name;
    uint32_t count; ///< how many of the kind
    uint64_t per_second[TA_COST_CHIPS];
} ta_cost_row_t;

/// All zero: an empty graph.
typedef struct {
    ta_cost_row_t row[TA_COST_ROWS]; ///< the last one is "others" where there are more kinds
    uint32_t rows;
    uint64_t per_second[TA_COST_CHIPS];
} ta_cost_graph_t;

/// Add `count` sources of that cost. Those of one name are one row. Ctx: any. Cost: O(rows). Own: the name is borrowed. Fails: never; sums stay at their greatest value.
void ta_cost_add(ta_cost_graph_t *graph, const ta_cost_t *cost, uint32_t count);

typedef enum {
    TA_COST_KEEPS_UP,
    TA_COST_TIGHT,   ///< it fits, but the program has little left
    TA_COST_TOO_MUCH ///< it needs more than there is beside the task's sixteenth
} ta_cost_verdict_t;

/// "keeps up", "tight", "too much". Ctx: any. Cost: constant. Own: a constant. Fails: "?" for anything else.
const char *ta_cost_verdict_name(ta_cost_verdict_t verdict);

/// The share of clk_hz that so many cycles a second are, in 1/1000, rounded up. Ctx: any. Cost: two divisions. Own: none. Fails: UINT32_MAX beyond that, or at 0 Hz.
uint32_t ta_cost_permille(uint64_t per_second, uint32_t clk_hz);

/// The rows, the greatest first, of equal ones as added: behind `last`, or from the beginning where that is NULL. Ctx: any. Cost: O(rows). Own: the graph's. Fails: NULL behind the last, or for a chip that there is not.
const ta_cost_row_t *ta_cost_next_row(const ta_cost_graph_t *graph, ta_cost_chip_t chip, const ta_cost_row_t *last);

/// Will a chip keep up at clk_hz? `permille` is the share of its processor, rounded up; `text` is a sentence that says so, the greatest parts first, and if it will not, what
/// helps; cut where `size` bytes do not do. Either may be NULL.
/// Ctx: any. Cost: O(rows^2). Own: none. Fails: TA_COST_TOO_MUCH for a chip that there is not, or at 0 Hz.
ta_cost_verdict_t ta_cost_judge(const ta_cost_graph_t *graph, ta_cost_chip_t chip, uint32_t clk_hz, uint32_t *permille,
                                char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
