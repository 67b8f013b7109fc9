// What the modules share: samples, outputs, memory, and the words of errors. audiocore.c and wavefile.c make samples; output.c plays
// them; audiobusio.c and audiopwmio.c make outputs; memory.c says where bytes come from; port.h is what differs between ports.
#ifndef TONEARM_MICROPYTHON_SHARED_H
#define TONEARM_MICROPYTHON_SHARED_H

#include "tonearm/cost.h"
#include "tonearm/tonearm.h"

#include "port.h"

#include "py/obj.h"
#include "py/runtime.h"

// ---- errors (errors.c) ---------------------------------------------------------------------------------------------------

#define RAISES __attribute__((noreturn)) void

/// ValueError: it was deinitialised.
RAISES errors_deinited(void);
/// ValueError "NAME must be FIRST-LAST".
RAISES errors_range(qstr name, mp_int_t first, mp_int_t last);
/// TypeError "NAME must be of type WANTED, not X".
RAISES errors_type(qstr name, const char *wanted, mp_obj_t given);
/// What a status of the library comes to; `sentence` is heard where the contract has no words of its own.
RAISES errors_status(ta_status_t status, const char *sentence);
/// Nothing if all is well; else the status's name. For what has been checked before.
void errors_check(ta_status_t status);
/// An int within first..last, or a ValueError.
mp_int_t errors_int(qstr name, mp_obj_t given, mp_int_t first, mp_int_t last);

/// What a number, a flag or a key that a script's own class makes of itself comes to: the only place where such a class is asked, which may do
/// anything, deinit included. So a setter begins with one of these, and looks only then whether its object is alive and takes addresses into
/// it; nothing that reads the value after that runs a script. Anything else is returned as it is. Raise.
mp_obj_t plain_int(qstr name, mp_obj_t given);
mp_obj_t plain_float(qstr name, mp_obj_t given);
/// The same where a class that is no number is something else: its int, or the object itself.
mp_obj_t plain_int_or(mp_obj_t given);
mp_obj_t plain_bool(mp_obj_t given);

/// As mp_arg_parse_all, and an unknown keyword is named. Runs scripts where it takes ints and bools: look afterwards whether the object is alive.
void arguments_parse(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, size_t n_allowed, const mp_arg_t *allowed,
                     mp_arg_val_t *values);

/// What was raised where nobody asked is printed, as the VM's scheduler does; an interrupt from the keyboard goes to the program.
void errors_print(const char *what, mp_obj_t exception);
/// Does this end the program, rather than tell of some trouble: an interrupt from the keyboard, an exit? It must not be swallowed.
bool errors_is_end(mp_obj_t exception);
/// A block of the VM's heap, or a MemoryError that says it all.
void *errors_alloc(const char *object, size_t bytes, const char *knob);

// ---- properties (errors.c) -----------------------------------------------------------------------------------------------

typedef struct {
    qstr_short_t name;
    mp_obj_t (*get)(mp_obj_t self);
    void (*set)(mp_obj_t self, mp_obj_t value); ///< NULL: read-only
} property_t;

/// A type's attr slot: properties first, then what its dictionary has.
void properties_attr(const property_t *table, size_t count, mp_obj_t self, qstr name, mp_obj_t *dest);

// ---- memory (memory.c) ---------------------------------------------------------------------------------------------------

/// Which resource serves which class: as the platform table says, for the memory that the VM's heap really lies in.
ta_memory_t memory_routes(void);
/// Bytes of SRAM that are kept back from the VM.
size_t memory_kept_back(void);

// ---- samples -------------------------------------------------------------------------------------------------------------

/// How RawSample is pulled: one for each time that it is played, so that it can be played twice at once.
typedef struct {
    ta_source_t source;
    const mp_obj_t *array; ///< an array that may grow or shrink meanwhile, or NULL
    const uint8_t *data;   ///< else these bytes
    size_t bytes;
    uint64_t pulled; ///< frames lent so far
} raw_voice_t;

/// Make it a source from its first frame on. Raises.
ta_source_t *raw_voice_begin(raw_voice_t *raw, const ta_format_t *format, bool loop);
/// Does it go on behind its end? While the feed runs. Takes none that has ended back to its beginning.
void raw_voice_loop(raw_voice_t *raw, bool loop);

typedef struct sample sample_t;

typedef struct {
    /// Let go of whatever holds it, and read what is to be there first: runs scripts. NULL: there is nothing to do. Raises.
    void (*prepare)(sample_t *sample, bool loop);
    /// Right after that: returns what the feed pulls from the beginning on, which may be `raw`. Runs no script. Raises.
    ta_source_t *(*begin)(sample_t *sample, raw_voice_t *raw, bool loop);
    /// Frames pulled since then.
    uint64_t (*pulled)(sample_t *sample, const raw_voice_t *raw);
    /// Does it begin anew at its end, from now on? NULL: it has no end. Raises.
    void (*set_loop)(sample_t *sample, raw_voice_t *raw, bool loop);
    /// The VM's scheduler: read ahead. NULL: there is nothing to read. Does not raise.
    void (*pump)(sample_t *sample);
    /// Would pump find something to do? Any context.
    bool (*hungry)(const sample_t *sample);
    /// Is a script of its stream's further up the stack? NULL: there is none.
    bool (*reading)(const sample_t *sample);
    /// As audiocore's functions. Raise.
    int (*get_buffer)(sample_t *sample, const void **data, size_t *bytes);
    void (*reset_buffer)(sample_t *sample);
    void (*deinit)(sample_t *sample); ///< nobody holds it
    /// What reading it takes; NULL: nothing, or it is a node, whose kind says so.
    void (*cost)(const sample_t *sample, ta_cost_t *cost);
    bool is_node; ///< node.h: it plays others, and its rate is that of its memory
} sample_ops_t;

/// First member of every sample.
struct sample {
    mp_obj_base_t base;
    const sample_ops_t *ops; ///< NULL once deinitialised
    uint32_t rate_hz;
    uint32_t max_buffer_length;
    uint8_t bits, channels; ///< as properties show them
    uint8_t format;         ///< ta_sample_t
    bool is_signed, single_buffer;
};

/// The sample that an object is, or a TypeError. May be deinitialised.
sample_t *sample_from(mp_obj_t object);
/// The same; raises if it is deinitialised.
sample_t *sample_alive(mp_obj_t object);
/// What a sample's frames are, for a source.
ta_format_t sample_format(const sample_t *sample);
void sample_attr(mp_obj_t self, qstr name, mp_obj_t *dest);
/// Before it is played or written: runs scripts, so that whoever calls it looks anew at what it knows. Raises.
void sample_prepare(sample_t *sample, bool loop);
/// Stops whoever plays or writes it, and waits until none holds it. Raises.
void sample_let_go(sample_t *sample);
/// The same, then forgets what it held. Harmless twice.
void sample_deinit(sample_t *sample);
MP_DECLARE_CONST_FUN_OBJ_1(sample_deinit_obj);
MP_DECLARE_CONST_FUN_OBJ_1(sample_enter_obj);
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(sample_exit_obj);

extern const mp_obj_type_t audiocore_rawsample_type, audiocore_wavefile_type;

// ---- outputs (output.c) --------------------------------------------------------------------------------------------------

enum {
    OUTPUTS_MAX = 8,  ///< open at a time, more than a chip has channels for
    OUTPUT_VOICES = 2 ///< samples that one output can hold: one that fades out, one that plays
};

/// What the feed touches, of class FAST.
typedef struct {
    port_output_t port;
    ta_source_t *source[OUTPUT_VOICES]; ///< what each voice pulls
    raw_voice_t raw[OUTPUT_VOICES];
} output_state_t;

typedef struct {
    mp_obj_base_t base;
    output_state_t *state; ///< NULL once deinitialised
    ta_mem_t *resource;    ///< where it came from
    mp_obj_t sample[OUTPUT_VOICES];
    output_config_t config;
    uint64_t pulled; ///< frames of the newest, once it is no longer held
    uint8_t voice;   ///< the newest
    bool stopped;    ///< stop was called after the last play
} output_obj_t;

/// Can an output play it? Raises.
void output_check_sample(const sample_t *sample);
/// A new output object, not yet open. Raises.
output_obj_t *output_new(const mp_obj_type_t *type);
/// Opens an output that has just been made: takes its memory and its hardware, all or nothing. Raises.
void output_open(output_obj_t *self);
void output_close(output_obj_t *self);
/// Is this pin one of an open output's?
bool output_has_pin(unsigned pin);
/// Does an output hold this source?
bool output_holds(const ta_source_t *source);
/// Does an output hold this sample?
bool output_plays(const sample_t *sample);
/// The same, and its feed goes on: it is not paused.
bool output_pulls(const sample_t *sample);
/// Stops every output that plays this sample and waits until none holds it. False if one does not let go.
bool output_let_go(const sample_t *sample);
/// Time has passed (any context of the VM's own thread): asks the VM's scheduler for reading ahead where it is wanted.
void output_tick(void);
/// Is anything played or written, for which the VM reads ahead?
bool output_reads_ahead(void);
/// A collection begins: what is being heard is kept.
void output_before_collection(void);
/// clk_sys has been changed: rates are divided anew.
void output_clock_changed(void);
/// The VM ends or starts anew: everything is closed.
void output_close_all(void);

void output_attr(mp_obj_t self, qstr name, mp_obj_t *dest);
extern const mp_obj_dict_t output_members; ///< a type's locals_dict

extern const mp_obj_type_t audiobusio_i2sout_type, audiopwmio_pwmaudioout_type;

// ---- nodes (node.c; node.h has what makes them) ------------------------------------------------------------------------------

/// Does a node play this sample?
bool node_holds(const sample_t *sample);
/// Stops every node that plays it, and waits until none holds it. False if one does not let go. Raises on another thread.
bool node_let_go(const sample_t *sample);
/// A collection begins.
void node_before_collection(void);
/// The VM ends or starts anew: every node's memory is given back.
void node_close_all(void);

// ---- files (audiofilewriter.c) -----------------------------------------------------------------------------------------------

bool writer_is_writing(void);
/// Would writer_pump find something to do? Any context of the VM's own thread.
bool writer_is_hungry(void);
/// The VM's scheduler: write. Does not raise.
void writer_pump(void);
/// Is this source written to a file?
bool writer_holds(const ta_source_t *source);
bool writer_plays(const sample_t *sample);
/// Finishes the files that this sample is written to. Raises if one is in the middle of it.
void writer_let_go(const sample_t *sample);
/// The VM ends or starts anew.
void writer_finish_all(void);

// ---- configurations (config.c) -------------------------------------------------------------------------------------------

/// What a plan says of an output of either kind.
typedef struct {
    ta_need_t needs[2]; ///< DMA and FAST
    ta_rate_t rate;
    uint64_t latency_us, stall_limit_us;
    uint32_t buffer_frames, interrupts_per_s_milli;
    uint32_t carrier_hz; ///< 0: there is none
    uint16_t period;
    uint8_t dma_channels, state_machines, dma_timers, pwm_slices;
} output_plan_t;

/// A GPIO's number, from an int or a pin object of the port. Raises.
uint8_t config_pin(mp_obj_t object, qstr name);
/// From the arguments buffer_ms and sample_rate. Raise.
uint32_t config_buffer_us(mp_obj_t ms);
uint32_t config_rate_hz(mp_obj_t hz);
bool config_has_pin(const output_config_t *config, unsigned pin);
/// Raises if a pin is that of an open output.
void config_check_pins(const output_config_t *config);
/// As ta_i2s_plan and ta_pwm_plan. Inside.
ta_status_t config_plan(const output_config_t *config, output_plan_t *plan, char *error);
ta_status_t config_rate(const output_config_t *config, uint32_t rate_hz, ta_rate_t *rate);
/// For a plan: the rate to begin with.
void config_set_rate(output_config_t *config, uint32_t rate_hz);
uint32_t config_get_rate(const output_config_t *config);
/// How it is used for samples of that format, for a cost; slots as in the plan. gain_q16: its volume.
void config_use(const output_config_t *config, const output_plan_t *plan, const ta_format_t *format, uint32_t gain_q16,
                ta_output_use_t *use);

enum { PLAN_ARGUMENTS = 2 }; // sample_rate and sample: the last ones

/// The configuration that the arguments of I2SOut and PWMAudioOut come to; `for_use`: not for a plan, which knows more of them. The sample is the caller's to look at. Raise.
void i2s_config_from(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, bool for_use, output_config_t *config);
void pwm_config_from(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, bool for_use, output_config_t *config);

// ---- what graphs cost, and have taken (graph.c) ------------------------------------------------------------------------------

/// Plan an output for a sample (NULL: 16 bits in stereo from memory), and what it takes at the most with all that this plays, as it is connected and set up now, at that
/// volume. The configuration gets the sample's rate. Fails as config_plan. Inside; runs no script.
ta_status_t graph_plan(output_config_t *config, const sample_t *sample, uint32_t gain_q16, output_plan_t *plan,
                       ta_cost_graph_t *graph, char *error);
/// The rate of what a sample gives: a Resampler shows that of what it plays. Any context.
uint32_t graph_given_hz(const sample_t *sample);
/// Entries of a plan: cost, verdict, permille, cycles_per_s, sources. Leaves the graph in another order. Raises.
void graph_put_plan(mp_obj_t dict, const ta_cost_graph_t *graph, uint32_t clk_hz);
/// Entries of a report: sources, unit, shed, cost; graph NULL: nothing plays. Raises.
void graph_put_report(mp_obj_t dict, const ta_cost_graph_t *graph, uint32_t clk_hz);

// ---- what is told (tonearm.c) ----------------------------------------------------------------------------------------------

/// What an output of this configuration takes and gives when it plays a sample (NULL: 16 bits in stereo from memory), as a dictionary. `taken`: it has been taken
/// already. Raises.
mp_obj_t plan_of(output_config_t *config, const sample_t *sample, bool taken, uint32_t gain_q16);
void dict_put(mp_obj_t dict, qstr name, mp_obj_t value);
void dict_put_uint(mp_obj_t dict, qstr name, uint64_t value);

#endif
