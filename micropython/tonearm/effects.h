// Effects as tables: what their constructors take, what can be set, and what of the library does the work.
#ifndef TONEARM_MICROPYTHON_EFFECTS_H
#define TONEARM_MICROPYTHON_EFFECTS_H

#include "node.h"

#include "tonearm/chain.h"
#include "tonearm/cost.h"
#include "tonearm/fx.h"

#include <stddef.h>

/// How a field is given, shown and set.
typedef enum {
    FIELD_PARAM,  ///< a BlockInput: a ta_param_t of the structure
    FIELD_NUMBER, ///< likewise, but nothing may move it
    FIELD_BOOL,   ///< a bool of the structure
    FIELD_CHAIN,  ///< None, a Biquad or a tuple of them: a ta_chain_t of the structure
    FIELD_SIZE,   ///< an int that the constructor takes: a uint32_t of the configuration
    FIELD_OWN,    ///< the effect's own functions show and set it
    FIELD_SHOWN   ///< a property that is only read, and no argument; the last of an effect
} field_as_t;

typedef struct {
    qstr_short_t name;
    uint8_t as;                      ///< field_as_t
    uint8_t kept;                    ///< objects that the node keeps for its own functions
    uint16_t at;                     ///< place in the structure, or in the configuration
    int16_t first, last, by_default; ///< a size's
    mp_obj_t (*get)(node_t *node, mp_obj_t *kept);
    void (*set)(
        node_t *node, mp_obj_t *kept,
        mp_obj_t
            value); ///< the constructor, too, when the argument is given; runs scripts, and looks whether the node is there after that
} effect_field_t;

enum { EFFECT_CONFIG_WORDS = 12, EFFECT_FIELDS_MAX = 8, EFFECT_FILTERS_MAX = 8 }; // filters: of a chain

/// Every effect's configuration begins with the frame's, and is no longer than this.
typedef union {
    ta_fx_config_t fx;
    uint32_t words[EFFECT_CONFIG_WORDS];
} effect_config_t;

typedef struct {
    const mp_obj_type_t *type;
    node_kind_t kind;
    const effect_field_t *field;
    uint8_t fields, needs;
    uint8_t cost;                                                    ///< ta_effect_t
    uint16_t bytes;                                                  ///< of the structure, which begins with a ta_fx_t
    bool signed16;                                                   ///< 16 bits, signed, and nothing else
    ta_status_t (*need)(effect_config_t *config, ta_need_t needs[]); ///< may change what was given
    ta_status_t (*init)(void *structure, const effect_config_t *config, void *const blocks[]);
    uint32_t (*amount)(node_t *node, bool *extra); ///< of ta_fx_cost, without filters. NULL: 0
} effect_t;

/// What every effect's node does.
#define EFFECT_KIND(of)                                                                                                \
    {                                                                                                                  \
        .name = of, .inputs = 1, .source = effect_source, .play = effect_play, .holds = effect_holds,                  \
        .busy = effect_busy, .settle = effect_settle, .clear = effect_clear, .cost = effect_cost                       \
    }
ta_source_t *effect_source(node_t *node);
ta_status_t effect_play(node_t *node, unsigned input, ta_source_t *source);
bool effect_holds(const node_t *node, unsigned input, const ta_source_t *source);
bool effect_busy(const node_t *node, unsigned input);
void effect_settle(node_t *node, unsigned input);
void effect_clear(node_t *node);
void effect_cost(node_t *node, ta_cost_t *cost);
/// The first object that the node keeps for that field. MP_OBJ_NULL: none yet.
mp_obj_t effect_kept(node_t *node, qstr field);

/// Its type. The name of the effect_t is the type's with _effect.
#define EFFECT_TYPE(symbol, name)                                                                                      \
    MP_DEFINE_CONST_OBJ_TYPE(symbol, name, MP_TYPE_FLAG_NONE, make_new, effect_make_new, attr, effect_attr,            \
                             locals_dict, &effect_members)
mp_obj_t effect_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args);
void effect_attr(mp_obj_t self, qstr name, mp_obj_t *dest);
extern const mp_obj_dict_t effect_members;

extern const effect_t audiofilters_filter_effect, audiofilters_distortion_effect, audiofilters_phaser_effect;
extern const effect_t audiodelays_echo_effect, audiodelays_chorus_effect, audiodelays_flanger_effect;
extern const effect_t audiodelays_multitapdelay_effect, audiodelays_pitchshift_effect;
extern const effect_t audiodelays_granularpitchshift_effect, audiofreeverb_freeverb_effect;
extern const mp_obj_type_t audiofilters_filter_type, audiofilters_distortion_type, audiofilters_phaser_type;
extern const mp_obj_type_t audiodelays_echo_type, audiodelays_chorus_type, audiodelays_flanger_type;
extern const mp_obj_type_t audiodelays_multitapdelay_type, audiodelays_pitchshift_type;
extern const mp_obj_type_t audiodelays_granularpitchshift_type, audiofreeverb_freeverb_type;

// ---- chains of filters -------------------------------------------------------------------------------------------------------

/// The filter in a Biquad, or NULL. synthio's.
ta_biquad_t *synthio_biquad(mp_obj_t object);

#endif
