// Samples that are sources of the library, most of which consume other samples: Mixer, effects, synthesizers. A node has inputs, at each of which
// one sample is played; blocks of memory, which it takes when it is made; and parameters, which may follow an LFO or a Math.
//
// A node is a sample like any other: outputs, writers and other nodes play it, one at a time. What is played at its inputs is kept for as long as the
// feed may touch it, and read ahead.
#ifndef TONEARM_MICROPYTHON_NODE_H
#define TONEARM_MICROPYTHON_NODE_H

#include "shared.h"

#include "tonearm/control.h"
#include "tonearm/cost.h"
#include "tonearm/meter.h"
#include "tonearm/resample.h"

enum {
    NODE_BLOCKS_MAX = 4,  ///< that a kind needs beside its own structure
    NODE_VOICES = 2,      ///< samples that one input can hold: one that the feed lets go of, one that it takes
    NODE_LEVELS_MAX = 6,  ///< nodes in a row, each of which plays the next: the feed's stack is short
    NODE_RATES_MAX = 1000 ///< product of the speeds and ratios of rates in a row that are above 1: its time, too
};

typedef struct node node_t;

/// What kinds of nodes differ in. `input` counts from 0. All but `play` are called inside; none raises. Without inputs, what concerns them is NULL.
typedef struct {
    const char *name; ///< "Mixer": for sentences
    uint8_t inputs;   ///< 0: as many as node_new is told, which may be none
    bool any_rate;    ///< samples of other rates are played, too
    bool restarts;    ///< reset_buffer begins what is played anew
    bool follows;     ///< it ends when what it plays does, and loops when that does
    bool pieces;      ///< get_buffer gives what one pull does, and not whole blocks
    /// What whoever plays it pulls.
    ta_source_t *(*source)(node_t *node);
    /// The feed is to consume `source` from now on, NULL: nothing any more. Any time; waits for nobody. Inside.
    ta_status_t (*play)(node_t *node, unsigned input, ta_source_t *source);
    bool (*holds)(const node_t *node, unsigned input, const ta_source_t *source);
    bool (*busy)(const node_t *node, unsigned input);
    /// What the feed would do first: take what is offered, and let go of the rest. While nobody pulls it.
    void (*settle)(node_t *node, unsigned input);
    /// As before its first frame. While nobody pulls it. NULL: it has no memory of its sound.
    void (*clear)(node_t *node);
    /// Give this rate from now on, whatever its sample_rate says. While nobody pulls it. NULL: it has a rate of its own.
    ta_status_t (*target)(node_t *node, uint32_t rate_hz);
    /// Does it begin anew at its own end, from now on? NULL: it has none.
    void (*loop)(node_t *node, bool loop);
    /// Frames of its input for each of its own. NULL: 1.
    mp_float_t (*speed)(const node_t *node);
    /// Frames given since it was made. NULL: its source's position, which never goes back.
    uint64_t (*given)(node_t *node);
    /// A collection begins: forget objects of its own that the feed no longer holds. NULL: it has none.
    void (*tidy)(node_t *node);
    /// What it takes at the most as it is set up now, without what it plays; nothing where that is not known.
    void (*cost)(node_t *node, ta_cost_t *cost);
    /// Voices that it has let go because there was no time for them. NULL: it has none.
    uint32_t (*shed)(const node_t *node);
} node_kind_t;

/// What the feed touches of an input.
typedef struct {
    raw_voice_t raw[NODE_VOICES];
    ta_source_t *source[NODE_VOICES]; ///< NULL: this voice holds nothing
    uint8_t newest;                   ///< the voice that was played last
    bool loop;                        ///< as it was asked for
} node_input_t;

typedef struct node_state node_state_t;

/// The object.
struct node {
    sample_t sample;
    const node_kind_t *kind;
    node_state_t *state;  ///< NULL once deinitialised
    uint64_t began;       ///< position of its source when it was last played
    uint32_t wanted_hz;   ///< rate of the node that is about to play it; 0: none is
    uint32_t block_bytes; ///< that audiocore.get_buffer gives
    uint16_t kept_count;
    uint8_t inputs;
    /// What the collector must reach: samples, NODE_VOICES for each input, and then the kind's own (node_own).
    mp_obj_t kept[];
};

/// A new object of this kind that is not alive yet; `own`: objects of its own that it keeps, all MP_OBJ_NULL. Raises.
node_t *node_new(const mp_obj_type_t *type, const node_kind_t *kind, unsigned inputs, unsigned own);
/// Take its memory, all or nothing: `struct_bytes` for the kind's own structure, zeroed (node_c), and the needs (node_block). Raises.
void node_take(node_t *node, size_t struct_bytes, const ta_need_t *needs, unsigned count);
/// It has been set up: now it is alive, and shows the format and sizes of its source. `status` of the setting up: raises.
void node_begin(node_t *node, ta_status_t status, uint32_t max_buffer_length, uint32_t block_bytes);

/// The kind's structure, of class FAST.
void *node_c(const node_t *node);
/// Storage for the need of that number.
void *node_block(const node_t *node, unsigned number);
static inline mp_obj_t *node_own(node_t *node, unsigned number)
{
    return &node->kept[NODE_VOICES * node->inputs + number];
}

/// The node that an object is; raises if it is deinitialised, or another thread's.
node_t *node_alive(mp_obj_t object);

/// The contract's checks of what is to be played: raises. Runs no script.
void node_check(const node_t *node, const sample_t *sample);
/// May it have that speed where it is played, and with what it plays? Raises. Runs no script.
void node_check_speed(const node_t *node, mp_float_t speed);
/// Play a sample at an input from its beginning: nothing is allocated. Runs scripts. Raises.
void node_play(node_t *node, unsigned input, mp_obj_t sample, bool loop);
/// Does it begin anew at its end? Of what is played there now, too. Raises.
void node_set_loop(node_t *node, unsigned input, bool loop);
bool node_loops(const node_t *node, unsigned input);
/// Is there a feed that goes on and comes to it? If not, whoever asks may do what the feed would. Inside.
bool node_is_pulled(const node_t *node);
/// Nothing any more.
void node_stop(node_t *node, unsigned input);
bool node_plays(const node_t *node, unsigned input);
/// What was played there last and still is; NULL: nothing.
sample_t *node_newest(node_t *node, unsigned input);

/// The nodes that are there, one after the other, the newest first: the one behind `node`, or behind none. NULL: that was all.
node_t *node_after(const node_t *node);
/// What it has counted since it was made, or set up anew.
const ta_meter_t *node_meter(const node_t *node);
/// A property: voices that were let go. Raises.
mp_obj_t node_get_shed(mp_obj_t self);

/// A type's attr slot: properties of its own first, then those of every sample, then what its dictionary has.
void node_attr(const property_t *table, size_t count, mp_obj_t self, qstr name, mp_obj_t *dest);
/// From the arguments bits_per_sample, samples_signed, channel_count and sample_rate. Raises.
ta_format_t node_format(mp_obj_t bits, bool is_signed, mp_obj_t channels, mp_obj_t rate);

/// deinit, __del__, __enter__, __exit__ for a type's dictionary.
#define NODE_MEMBERS                                                                                                   \
    {MP_ROM_QSTR(MP_QSTR_deinit), MP_ROM_PTR(&sample_deinit_obj)},                                                     \
        {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&node_del_obj)},                                                     \
        {MP_ROM_QSTR(MP_QSTR___enter__), MP_ROM_PTR(&sample_enter_obj)},                                               \
    {                                                                                                                  \
        MP_ROM_QSTR(MP_QSTR___exit__), MP_ROM_PTR(&sample_exit_obj)                                                    \
    }
MP_DECLARE_CONST_FUN_OBJ_1(node_del_obj);

/// How samples are resampled, from "linear" or "good". Raises, naming the argument.
ta_resample_t node_quality(qstr argument, mp_obj_t given);

extern const mp_obj_type_t audiomixer_mixer_type, audiospeed_speedchanger_type, audiospeed_resampler_type;
extern const mp_obj_type_t synthio_synthesizer_type, synthio_miditrack_type;

// ---- parameters (params.c) ---------------------------------------------------------------------------------------------------

/// The control in an LFO or a Math, or NULL. synthio's.
ta_control_t *synthio_control(mp_obj_t object);

/// A BlockInput of which nothing is a script's any more (plain_float): before addresses are taken. Raises.
mp_obj_t param_plain(qstr name, mp_obj_t value);
/// Set a parameter from a BlockInput: a number, None (0), an LFO or a Math, which is then kept in *kept. Runs scripts, unless it is plain. Raises.
void param_set(ta_param_t *param, mp_obj_t *kept, qstr name, mp_obj_t value);
/// The number, or the object.
mp_obj_t param_get(const ta_param_t *param, mp_obj_t kept);

#endif
