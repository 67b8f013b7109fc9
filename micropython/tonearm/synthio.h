// What the parts of module synthio share: synthio.c is the module and Envelope; synthio_block.c LFO and Math; synthio_filter.c Biquad; synthio_note.c Note;
// synthio_synth.c Synthesizer; synthio_midi.c MidiTrack.
//
// LFO, Math, Biquad and Note are plain objects of the VM's heap, which do not move; the feed reads them where they lie. What they follow they keep.
#ifndef TONEARM_MICROPYTHON_SYNTHIO_H
#define TONEARM_MICROPYTHON_SYNTHIO_H

#include "node.h"

#include "tonearm/biquad.h"
#include "tonearm/synth.h"

#include "py/objarray.h"

/// Knob: notes that a Synthesizer or a MidiTrack can sound at once.
#ifndef TONEARM_POLYPHONY
#define TONEARM_POLYPHONY 24
#endif

enum {
    SYNTHIO_DEPTH_MAX = 6 ///< blocks in a row, each of which follows the next: the feed's stack is short
};

// ---- constants (synthio.c) -----------------------------------------------------------------------------------------------------

/// A member of FilterMode, MathOperation, EnvelopeState.
typedef struct {
    mp_obj_base_t base;
    qstr_short_t name;
    uint8_t value;
} synthio_enum_t;
void synthio_enum_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind);

/// The object of this type in an object of it, or of a script's class of it; NULL if it is none, or none yet.
void *synthio_native(mp_obj_t object, const mp_obj_type_t *type);
/// TypeName(name=value, ...) of all that is in a table.
void synthio_print(const mp_print_t *print, mp_obj_t self, const property_t *table, size_t count);
/// A number within first..last, or a ValueError; what is none: a TypeError.
mp_float_t synthio_number(qstr name, mp_obj_t given, mp_int_t first, mp_int_t last);

// ---- waveforms (synthio.c) -----------------------------------------------------------------------------------------------------

/// A waveform that a script gave. An array that grows moves: whoever reads it in the feed asks where it is (synthio_wave_moved).
typedef struct {
    mp_obj_t object;             ///< none: there is no waveform
    const mp_obj_array_t *array; ///< NULL: it does not move
    ta_wave_t wave;              ///< samples NULL: there is none
} synthio_wave_t;

/// Check it: None, or a buffer of type 'h'. Raises.
void synthio_wave_from(qstr name, mp_obj_t given, synthio_wave_t *wave);
/// Has its array moved? Then `wave` says where it is now. Ctx: any.
bool synthio_wave_moved(synthio_wave_t *wave);

// ---- envelopes (synthio.c) -----------------------------------------------------------------------------------------------------

/// False: it is None. Raises.
bool synthio_envelope_from(mp_obj_t given, ta_envelope_t *envelope);
/// The constant, or None.
mp_obj_t synthio_envelope_state(ta_envelope_state_t state);

// ---- objects -------------------------------------------------------------------------------------------------------------------

typedef struct {
    mp_obj_base_t base;
    ta_lfo_t lfo;
    ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock); ///< the library's
    synthio_wave_t wave;
    mp_obj_t kept[4];
} synthio_lfo_t;

typedef struct {
    mp_obj_base_t base;
    ta_note_t note;
    volatile bool editing; ///< the task's: the feed keeps its hands off the settings
    synthio_wave_t wave, ring_wave;
    mp_obj_t envelope, filter;
    mp_obj_t kept[8];
} synthio_note_t;

/// Tell the note where its waveforms are, if they have moved. Ctx: feed, or the task while `editing`.
void synthio_note_refresh(synthio_note_t *note);

/// What Synthesizer and MidiTrack have in common: what they are given, checked.
typedef struct {
    ta_synth_config_t config;
    ta_envelope_t envelope;
    synthio_wave_t wave;
} synthio_sound_t;

/// From the arguments sample_rate, waveform, envelope, interpolate. Raises.
void synthio_sound_from(mp_obj_t rate, mp_obj_t waveform, mp_obj_t envelope, bool interpolate, synthio_sound_t *sound);
/// Has the synthesizer's waveform moved? Then its voices begin to read it where it is now. Ctx: feed, before a tick.
void synthio_sound_refresh(ta_synth_t *synth, synthio_wave_t *wave);

/// What a synthesizer takes with every voice, as many of which as `use` says having more than a waveform. For a node's kind.
void synthio_sound_cost(const ta_synth_t *synth, const ta_synth_use_t *use, ta_cost_t *cost);

extern const mp_obj_type_t synthio_envelopestate_type;
extern const mp_obj_type_t synthio_lfo_type, synthio_math_type, synthio_mathoperation_type;
extern const mp_obj_type_t synthio_biquad_type, synthio_filtermode_type, synthio_note_type;
extern const mp_obj_type_t synthio_synthesizer_type, synthio_miditrack_type;
MP_DECLARE_CONST_FUN_OBJ_KW(synthio_from_file_obj);
MP_DECLARE_CONST_FUN_OBJ_VAR(synthio_lfo_tick_obj);

#endif
