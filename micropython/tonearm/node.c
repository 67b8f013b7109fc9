// Sources of the library as samples, and samples played at their inputs. In: objects. Out: a graph that the feed pulls. Invariants: what a node
// plays is kept until the feed has let go of it; a node is played by one at a time, so the graph is a forest without circles; the feed never sees the
// VM. A node's memory outlives its object in a list that the collector does not follow: whoever finalises it on another thread leaves it there.

#include "node.h"

#include "py/gc.h"
#include "py/mpstate.h"

#include <string.h>

enum { LET_GO_US = 500000, STEP_US = 50 };

// At the head of a node's first block. Addresses are written as their complements: the collector looks into this memory, too.
struct node_state {
    uintptr_t next, owner;
    ta_mem_t *resource; // where this block is from
    ta_meter_t meter;
    struct {
        void *lent;
        ta_mem_t *resource;
    } block[NODE_BLOCKS_MAX];
    void *c;
    node_input_t input[];
};

static uintptr_t first = ~(uintptr_t)0;

static uintptr_t hidden(const void *address)
{
    return ~(uintptr_t)address;
}

static void *shown(uintptr_t word)
{
    return (void *)~word;
}

static node_state_t *first_state(void)
{
    return shown(first);
}

static node_state_t *state_after(const node_state_t *state)
{
    return shown(state->next);
}

static node_t *owner_of(const node_state_t *state)
{
    return shown(state->owner);
}

// ---- inputs ----------------------------------------------------------------------------------------------------------------

static bool voice_is_held(const node_t *node, unsigned input, unsigned voice)
{
    const ta_source_t *source = node->state->input[input].source[voice];
    return source && node->kind->holds(node, input, source);
}

// Samples that the feed has let go of may be collected.
static void drop(node_t *node, unsigned input)
{
    for (unsigned v = 0; v < NODE_VOICES; v++) {
        mp_obj_t *kept = &node->kept[NODE_VOICES * input + v];
        if (*kept != MP_OBJ_NULL && !voice_is_held(node, input, v)) {
            *kept = MP_OBJ_NULL;
            node->state->input[input].source[v] = NULL;
        }
    }
}

static bool input_holds(const node_t *node, unsigned input, const sample_t *sample)
{
    for (unsigned v = 0; v < NODE_VOICES; v++) {
        if (node->kept[NODE_VOICES * input + v] == MP_OBJ_FROM_PTR(sample) && voice_is_held(node, input, v))
            return true;
    }
    return false;
}

static bool holds(const node_t *node, const sample_t *sample)
{
    for (unsigned i = 0; i < node->inputs; i++) {
        if (input_holds(node, i, sample))
            return true;
    }
    return false;
}

// The node that plays this one; a node has no more than one.
static node_t *player_of(const sample_t *sample)
{
    for (node_state_t *state = first_state(); state; state = state_after(state)) {
        node_t *node = owner_of(state);
        if (node && holds(node, sample))
            return node;
    }
    return NULL;
}

bool node_holds(const sample_t *sample)
{
    return player_of(sample) != NULL;
}

bool node_is_pulled(const node_t *node)
{
    for (; node; node = player_of(&node->sample)) {
        if (output_pulls(&node->sample))
            return true;
    }
    return false;
}

// Inside.
static bool let_go(node_t *node, unsigned input, const sample_t *sample)
{
    for (uint32_t us = 0; input_holds(node, input, sample); us += STEP_US) {
        if (!node_is_pulled(node)) {
            node->kind->settle(node, input);
        } else if (us < LET_GO_US) {
            port_wait_us(STEP_US);
        } else {
            return false;
        }
    }
    drop(node, input);
    return true;
}

// Inside.
static bool stop_and_let_go(node_t *node, unsigned input, const sample_t *sample)
{
    if (!input_holds(node, input, sample))
        return true;
    if (node_newest(node, input) == sample)
        (void)node->kind->play(node, input, NULL); // nothing can always be played
    return let_go(node, input, sample);
}

bool node_let_go(const sample_t *sample)
{
    bool all = true;
    if (player_of(sample) && !port_is_here())
        port_need(); // says so
    port_enter();
    for (node_state_t *state = first_state(); state; state = state_after(state)) {
        node_t *node = owner_of(state);
        for (unsigned i = 0; node && i < node->inputs; i++)
            all = stop_and_let_go(node, i, sample) && all;
    }
    port_leave();
    return all;
}

// ---- memory ----------------------------------------------------------------------------------------------------------------

static void unlink_state(node_state_t *state)
{
    uintptr_t *link = &first;
    while (shown(*link) && shown(*link) != state)
        link = &((node_state_t *)shown(*link))->next;
    if (shown(*link) == state)
        *link = state->next;
}

static void give_back(node_state_t *state)
{
    unlink_state(state);
    for (unsigned b = NODE_BLOCKS_MAX; b-- > 0;) {
        if (state->block[b].lent)
            ta_mem_free(state->block[b].resource, state->block[b].lent);
    }
    ta_mem_free(state->resource, state);
}

// What nodes have left behind that another thread has finalised.
static void reap(void)
{
    node_state_t *next;
    for (node_state_t *state = first_state(); state; state = next) {
        next = state_after(state);
        if (!owner_of(state))
            give_back(state);
    }
}

node_t *node_new(const mp_obj_type_t *type, const node_kind_t *kind, unsigned inputs, unsigned own)
{
    inputs = kind->inputs ? kind->inputs : inputs;
    unsigned count = NODE_VOICES * inputs + own;
    node_t *node = mp_obj_malloc_var_with_finaliser(node_t, mp_obj_t, count, type);
    memset((char *)node + sizeof node->sample.base, 0,
           sizeof *node + count * sizeof node->kept[0] - sizeof node->sample.base);
    for (unsigned k = 0; k < count; k++)
        node->kept[k] = MP_OBJ_NULL;
    node->kind = kind;
    node->inputs = (uint8_t)inputs;
    node->kept_count = (uint16_t)count;
    return node;
}

static ta_status_t take_blocks(node_state_t *state, const ta_memory_t *memory, const ta_need_t *needs, unsigned count,
                               ta_failure_t *failure)
{
    ta_status_t status = TA_OK;
    for (unsigned b = 0; b < count && status == TA_OK; b++) {
        state->block[b].resource = ta_memory_route(memory, needs[b].cls);
        status = ta_mem_alloc(state->block[b].resource, &needs[b], &state->block[b].lent, failure);
    }
    return status;
}

static ta_status_t try_to_take(node_t *node, size_t struct_bytes, const ta_need_t *needs, unsigned count,
                               ta_failure_t *failure)
{
    size_t head = sizeof(node_state_t) + node->inputs * sizeof(node_input_t);
    head = (head + 7) & ~(size_t)7;
    const ta_need_t need = {.object = node->kind->name, .bytes = head + struct_bytes, .align = 8, .cls = TA_CLASS_FAST};
    ta_memory_t memory = memory_routes();
    void *block;
    ta_status_t status = ta_mem_alloc(memory.fast, &need, &block, failure);
    if (status != TA_OK)
        return status;
    node_state_t *state = block;
    memset(state, 0, need.bytes);
    state->resource = memory.fast;
    state->c = (uint8_t *)block + head;
    status = take_blocks(state, &memory, needs, count, failure);
    if (status != TA_OK) {
        give_back(state);
        return status;
    }
    node->state = state;
    return TA_OK;
}

// What helps is not what would help an output: a node has no buffer_ms. A sentence has room for 92 bytes of it.
static const char *knob_of(const ta_failure_t *failure)
{
    if (failure->cls != TA_CLASS_BULK && memory_kept_back() > 0)
        return "let go of objects, choose fewer channels or voices, or build with more TONEARM_SRAM_BYTES";
    if (failure->free > failure->bytes)
        return "make the largest first, let go of objects, or lower its rate, channels, voices or delay";
    return "let go of objects, or lower its rate, channels, voices or delay";
}

void node_take(node_t *node, size_t struct_bytes, const ta_need_t *needs, unsigned count)
{
    ta_failure_t failure;
    port_need();
    reap();
    ta_status_t status = try_to_take(node, struct_bytes, needs, count, &failure);
    // A first collection finalises nodes that the script has dropped; their memory is free after the second, which the heap makes itself.
    if (status == TA_E_NOMEM) {
        gc_collect();
        status = try_to_take(node, struct_bytes, needs, count, &failure);
    }
    if (status != TA_OK) {
        char sentence[TA_SENTENCE_MAX];
        failure.knob = knob_of(&failure);
        ta_failure_sentence(&failure, sentence, sizeof sentence);
        errors_status(status, sentence);
    }
    node->state->owner = hidden(node);
    node->state->next = first;
    first = hidden(node->state);
}

static void close_node(node_t *node)
{
    node_state_t *state = node->state;
    node->sample.ops = NULL;
    node->state = NULL;
    for (unsigned k = 0; k < node->kept_count; k++)
        node->kept[k] = MP_OBJ_NULL;
    if (!state)
        return;
    state->owner = hidden(NULL);
    if (port_is_here())
        give_back(state);
}

// In a collection nobody reaches it any more, so nobody plays it. A script that calls it means deinit.
static mp_obj_t finalise(mp_obj_t self)
{
    if (MP_STATE_THREAD(gc_lock_depth) & GC_COLLECT_FLAG) {
        close_node(MP_OBJ_TO_PTR(self));
    } else {
        sample_deinit(MP_OBJ_TO_PTR(self));
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(node_del_obj, finalise);

void node_before_collection(void)
{
    if (!port_is_here())
        return;
    reap();
    for (node_state_t *state = first_state(); state; state = state_after(state)) {
        node_t *node = owner_of(state);
        for (unsigned i = 0; node && i < node->inputs; i++)
            drop(node, i);
        if (node && node->sample.ops && node->kind->tidy)
            node->kind->tidy(node);
    }
}

void node_close_all(void)
{
    for (node_state_t *state; (state = first_state()) != NULL;) {
        node_t *node = owner_of(state);
        if (node) {
            close_node(node);
        } else {
            give_back(state);
        }
    }
}

node_t *node_after(const node_t *node)
{
    node_state_t *state = node ? state_after(node->state) : first_state();
    while (state && !owner_of(state))
        state = state_after(state);
    return state ? owner_of(state) : NULL;
}

const ta_meter_t *node_meter(const node_t *node)
{
    return &node->state->meter;
}

void *node_c(const node_t *node)
{
    return node->state->c;
}

void *node_block(const node_t *node, unsigned number)
{
    return node->state->block[number].lent;
}

// ---- as a sample -------------------------------------------------------------------------------------------------------------

static ta_source_t *source_of(node_t *node)
{
    return node->kind->source(node);
}

// From its next pull on. Its source and its meter lie in one block, so neither outlives the other.
static void meter_on(node_t *node)
{
    ta_meter_clock_t *clock = port_meter_clock();
    if (clock)
        (void)!ta_meter_on(&node->state->meter, source_of(node), clock, node->kind->name); // it may have one
}

static uint64_t given(node_t *node)
{
    return node->kind->given ? node->kind->given(node) : source_of(node)->position;
}

// As reset_buffer does. Runs scripts.
static void restart(node_t *node, bool loop)
{
    port_enter();
    if (node->kind->clear)
        node->kind->clear(node);
    if (node->kind->loop)
        node->kind->loop(node, loop);
    port_leave();
    for (unsigned i = 0; node->state && node->kind->restarts && i < node->inputs; i++) {
        sample_t *sample = node_newest(node, i);
        if (node->kind->follows) {
            node_play(node, i, *node_own(node, 0), loop);
        } else if (sample && node_plays(node, i)) {
            node_play(node, i, MP_OBJ_FROM_PTR(sample), node_loops(node, i));
        }
    }
}

static void check_offer(ta_status_t status)
{
    if (status == TA_E_RATE)
        mp_raise_ValueError(MP_ERROR_TEXT("The sample's sample_rate does not match"));
    errors_check(status);
}

static void take_target(node_t *node)
{
    if (!node->kind->target)
        return;
    uint32_t rate_hz = node->wanted_hz ? node->wanted_hz : node->sample.rate_hz;
    node->wanted_hz = 0;
    port_enter();
    ta_status_t status = node->kind->target(node, rate_hz);
    if (status == TA_OK)
        meter_on(node); // a source that is set up anew has lost it
    port_leave();
    check_offer(status);
}

static void prepare(sample_t *sample, bool loop)
{
    sample_let_go(sample);
    (void)sample_alive(MP_OBJ_FROM_PTR(sample)); // a stream that was written to may have run anything
    take_target((node_t *)sample);
    restart((node_t *)sample, loop);
}

static ta_source_t *begin(sample_t *sample, raw_voice_t *raw, bool loop)
{
    (void)raw;
    (void)loop;
    node_t *node = (node_t *)sample;
    node->began = given(node);
    return source_of(node);
}

static uint64_t pulled(sample_t *sample, const raw_voice_t *raw)
{
    (void)raw;
    node_t *node = (node_t *)sample;
    return given(node) - node->began;
}

static void set_loop(sample_t *sample, raw_voice_t *raw, bool loop)
{
    (void)raw;
    node_t *node = (node_t *)sample;
    port_enter();
    if (node->kind->loop)
        node->kind->loop(node, loop);
    port_leave();
    for (unsigned i = 0; node->kind->follows && i < node->inputs; i++)
        node_set_loop(node, i, loop);
}

// What the feed holds there: one that it has let go of may stay in `kept` until the next collection, and be played elsewhere meanwhile. Each time anew,
// since reading runs scripts.
static sample_t *upstream(const node_t *node, unsigned number)
{
    if (!node->state || number >= (unsigned)NODE_VOICES * node->inputs || node->kept[number] == MP_OBJ_NULL)
        return NULL;
    sample_t *sample = MP_OBJ_TO_PTR(node->kept[number]);
    return sample->ops && voice_is_held(node, number / NODE_VOICES, number % NODE_VOICES) ? sample : NULL;
}

static void pump(sample_t *sample)
{
    const node_t *node = (const node_t *)sample;
    for (unsigned u = 0; u < (unsigned)NODE_VOICES * node->inputs; u++) {
        sample_t *up = upstream(node, u);
        if (up && up->ops->pump)
            up->ops->pump(up);
    }
}

static bool hungry(const sample_t *sample)
{
    const node_t *node = (const node_t *)sample;
    for (unsigned u = 0; u < (unsigned)NODE_VOICES * node->inputs; u++) {
        const sample_t *up = upstream(node, u);
        if (up && up->ops->hungry && up->ops->hungry(up))
            return true;
    }
    return false;
}

static bool reading(const sample_t *sample)
{
    const node_t *node = (const node_t *)sample;
    for (unsigned u = 0; u < (unsigned)NODE_VOICES * node->inputs; u++) {
        const sample_t *up = upstream(node, u);
        if (up && up->ops->reading && up->ops->reading(up))
            return true;
    }
    return false;
}

static void refuse_while_played(const node_t *node)
{
    const sample_t *sample = &node->sample;
    if (output_plays(sample) || writer_plays(sample) || node_holds(sample))
        mp_raise_msg_varg(&mp_type_RuntimeError, MP_ERROR_TEXT("the %s is being played"), node->kind->name);
}

// A whole block, which the source may give in pieces.
static int get_buffer(sample_t *sample, const void **data, size_t *bytes)
{
    node_t *node = (node_t *)node_alive(MP_OBJ_FROM_PTR(sample));
    refuse_while_played(node);
    unsigned frame_bytes = ta_frame_bytes(&source_of(node)->format);
    uint32_t frames = node->block_bytes / frame_bytes, there = 0;
    uint8_t *copy = m_malloc(node->block_bytes);
    ta_pull_t pull = TA_PULL_MORE;
    while (pull == TA_PULL_MORE && there < frames) {
        ta_block_t block;
        pump(sample);
        (void)sample_alive(MP_OBJ_FROM_PTR(sample));
        refuse_while_played(node);
        port_enter();
        pull = ta_source_pull(source_of(node), frames - there, &block);
        if (pull != TA_PULL_FAULT)
            memcpy(copy + (size_t)there * frame_bytes, block.data, (size_t)block.frames * frame_bytes);
        port_leave();
        there += block.frames;
        if (node->kind->pieces)
            break;
    }
    *data = copy;
    *bytes = (size_t)there * frame_bytes;
    return pull == TA_PULL_FAULT ? 2 : pull == TA_PULL_END ? 0 : 1;
}

static void reset_buffer(sample_t *sample)
{
    node_t *node = node_alive(MP_OBJ_FROM_PTR(sample));
    refuse_while_played(node);
    restart(node, false);
}

static void deinit(sample_t *sample)
{
    if (!port_is_here())
        port_need(); // says so
    port_enter();
    close_node((node_t *)sample);
    port_leave();
}

static const sample_ops_t ops = {.prepare = prepare,
                                 .begin = begin,
                                 .pulled = pulled,
                                 .set_loop = set_loop,
                                 .pump = pump,
                                 .hungry = hungry,
                                 .reading = reading,
                                 .get_buffer = get_buffer,
                                 .reset_buffer = reset_buffer,
                                 .deinit = deinit,
                                 .is_node = true};

void node_begin(node_t *node, ta_status_t status, uint32_t max_buffer_length, uint32_t block_bytes)
{
    errors_check(status);
    const ta_format_t *format = &source_of(node)->format;
    sample_t *sample = &node->sample;
    sample->rate_hz = format->rate_hz;
    sample->channels = format->channels;
    sample->format = (uint8_t)format->sample;
    sample->bits = (uint8_t)(8 * ta_sample_bytes(format->sample));
    sample->is_signed = format->sample != TA_SAMPLE_U8 && format->sample != TA_SAMPLE_U16;
    sample->max_buffer_length = max_buffer_length;
    node->block_bytes = block_bytes;
    sample->ops = &ops;
    meter_on(node);
}

// ---- playing -----------------------------------------------------------------------------------------------------------------

node_t *node_alive(mp_obj_t object)
{
    node_t *node = (node_t *)sample_alive(object);
    if (!port_is_here())
        port_need(); // says so
    return node;
}

// How many nodes in a row, from here towards what is played. More than `most` is told as most + 1.
static unsigned levels(const sample_t *sample, unsigned most)
{
    if (!sample || !sample->ops || !sample->ops->is_node || most == 0)
        return sample && sample->ops && sample->ops->is_node ? 1 : 0;
    const node_t *node = (const node_t *)sample;
    unsigned deepest = 0;
    for (unsigned u = 0; u < (unsigned)NODE_VOICES * node->inputs; u++) {
        unsigned below = levels(upstream(node, u), most - 1);
        deepest = below > deepest ? below : deepest;
    }
    return 1 + deepest;
}

static mp_float_t at_least_1(mp_float_t times)
{
    return times > 1 ? times : 1;
}

static mp_float_t speed_of(const node_t *node)
{
    return at_least_1(node->kind->speed ? node->kind->speed(node) : 1);
}

// A Resampler shows the rate of what it plays, so whoever plays it has the ratio.
static mp_float_t ratio_of(const node_t *node, const sample_t *sample)
{
    return at_least_1((mp_float_t)sample->rate_hz / (mp_float_t)node->sample.rate_hz);
}

// Frames that one frame may take, along the worst row from here towards what is played. What a slow node saves does not count, for it reads ahead.
static mp_float_t rates_below(const node_t *node, mp_float_t speed, unsigned most)
{
    mp_float_t worst = 1;
    for (unsigned u = 0; most > 0 && u < (unsigned)NODE_VOICES * node->inputs; u++) {
        const sample_t *sample = upstream(node, u);
        if (!sample)
            continue;
        mp_float_t rates = ratio_of(node, sample);
        const node_t *next = (const node_t *)sample;
        if (sample->ops->is_node)
            rates *= rates_below(next, speed_of(next), most - 1);
        worst = rates > worst ? rates : worst;
    }
    return speed * worst;
}

// The same from whoever is played to this one, which is not counted.
static mp_float_t rates_above(const node_t *node)
{
    mp_float_t rates = 1;
    for (const node_t *player; (player = player_of(&node->sample)) != NULL; node = player)
        rates *= speed_of(player) * ratio_of(player, &node->sample);
    return rates;
}

static void check_rates(mp_float_t rates)
{
    if (rates > NODE_RATES_MAX * MICROPY_FLOAT_CONST(1.0001)) // products are rounded
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("rates in a row multiply to more than %d"),
                          NODE_RATES_MAX);
}

void node_check_speed(const node_t *node, mp_float_t speed)
{
    check_rates(rates_above(node) * rates_below(node, at_least_1(speed), NODE_LEVELS_MAX));
}

static bool takes_target(const sample_t *sample)
{
    return sample->ops->is_node && ((const node_t *)sample)->kind->target;
}

void node_check(const node_t *node, const sample_t *sample)
{
    if (sample->rate_hz != node->sample.rate_hz && !node->kind->any_rate && !takes_target(sample))
        mp_raise_ValueError(MP_ERROR_TEXT("The sample's sample_rate does not match"));
    if (sample->channels > 2)
        mp_raise_ValueError(MP_ERROR_TEXT("The sample's channel_count does not match"));
    if (sample->rate_hz < TA_RATE_MIN_HZ || sample->rate_hz > TA_RATE_MAX_HZ)
        errors_range(MP_QSTR_sample_rate, TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
    unsigned above = 0;
    for (const node_t *one = node; one; one = player_of(&one->sample)) {
        above++;
        if (&one->sample == sample)
            mp_raise_ValueError(MP_ERROR_TEXT("a source cannot be played through itself"));
    }
    if (above + levels(sample, NODE_LEVELS_MAX) > NODE_LEVELS_MAX)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("more than %d sources in a row"), NODE_LEVELS_MAX);
    mp_float_t rates = rates_above(node) * speed_of(node) * ratio_of(node, sample);
    const node_t *below = (const node_t *)sample;
    check_rates(sample->ops->is_node ? rates * rates_below(below, speed_of(below), NODE_LEVELS_MAX) : rates);
}

static int free_voice(node_t *node, unsigned input)
{
    drop(node, input);
    for (unsigned v = 0; v < NODE_VOICES; v++) {
        if (node->kept[NODE_VOICES * input + v] == MP_OBJ_NULL)
            return (int)v;
    }
    return -1;
}

// A voice that the feed does not touch. While it lets go of one and has not taken the other, it shall have nothing, and is waited for. Inside.
static int take_voice(node_t *node, unsigned input)
{
    int voice = free_voice(node, input);
    if (voice < 0)
        (void)node->kind->play(node, input, NULL);
    for (uint32_t us = 0; (voice = free_voice(node, input)) < 0 && us < LET_GO_US; us += STEP_US) {
        if (node_is_pulled(node)) {
            port_wait_us(STEP_US);
        } else {
            node->kind->settle(node, input);
        }
    }
    return voice;
}

static ta_status_t offer(node_t *node, unsigned input, unsigned voice, sample_t *sample, ta_source_t *source, bool loop)
{
    node_input_t *of = &node->state->input[input];
    ta_status_t status = node->kind->play(node, input, source);
    if (status != TA_OK)
        return status;
    node->kept[NODE_VOICES * input + voice] = MP_OBJ_FROM_PTR(sample);
    of->source[voice] = source;
    of->newest = (uint8_t)voice;
    of->loop = loop;
    if (!node_is_pulled(node))
        node->kind->settle(node, input);
    return TA_OK;
}

void node_play(node_t *node, unsigned input, mp_obj_t object, bool loop)
{
    sample_t *sample = sample_alive(object);
    node_check(node, sample);
    if (takes_target(sample))
        ((node_t *)sample)->wanted_hz = source_of(node)->format.rate_hz;
    sample_prepare(sample, loop);
    (void)node_alive(MP_OBJ_FROM_PTR(node)); // scripts may have changed anything
    node_check(node, sample);
    port_enter();
    int voice = take_voice(node, input);
    port_leave();
    if (voice < 0)
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("the feed does not run: interrupts are disabled"));
    ta_source_t *source = sample->ops->begin(sample, &node->state->input[input].raw[voice], loop);
    port_enter();
    ta_status_t status = offer(node, input, (unsigned)voice, sample, source, loop);
    port_leave();
    check_offer(status);
    output_tick();
}

void node_stop(node_t *node, unsigned input)
{
    port_enter();
    (void)node->kind->play(node, input, NULL);
    if (!node_is_pulled(node))
        node->kind->settle(node, input);
    drop(node, input);
    port_leave();
}

bool node_plays(const node_t *node, unsigned input)
{
    port_enter();
    bool plays = node->kind->busy(node, input);
    port_leave();
    return plays;
}

sample_t *node_newest(node_t *node, unsigned input)
{
    return upstream(node, NODE_VOICES * input + node->state->input[input].newest);
}

bool node_loops(const node_t *node, unsigned input)
{
    return node->state->input[input].loop;
}

void node_set_loop(node_t *node, unsigned input, bool loop)
{
    node_input_t *of = &node->state->input[input];
    sample_t *sample = node_newest(node, input);
    of->loop = loop;
    if (sample && sample->ops && sample->ops->set_loop)
        sample->ops->set_loop(sample, &of->raw[of->newest], loop);
}

// ---- what kinds have in common ---------------------------------------------------------------------------------------------

void node_attr(const property_t *table, size_t count, mp_obj_t self, qstr name, mp_obj_t *dest)
{
    for (size_t p = 0; p < count; p++) {
        if (table[p].name == name) {
            properties_attr(table, count, self, name, dest);
            return;
        }
    }
    sample_attr(self, name, dest);
}

mp_obj_t node_get_shed(mp_obj_t self)
{
    const node_t *node = node_alive(self);
    port_moment();
    return mp_obj_new_int_from_uint(node->kind->shed(node));
}

ta_format_t node_format(mp_obj_t bits_in, bool is_signed, mp_obj_t channels, mp_obj_t rate)
{
    mp_int_t bits;
    if (!mp_obj_get_int_maybe(bits_in, &bits))
        errors_type(MP_QSTR_bits_per_sample, "int", bits_in);
    if (bits != 8 && bits != 16)
        mp_raise_ValueError(MP_ERROR_TEXT("bits_per_sample must be 8 or 16"));
    ta_sample_t sample = bits == 8   ? (is_signed ? TA_SAMPLE_S8 : TA_SAMPLE_U8)
                         : is_signed ? TA_SAMPLE_S16
                                     : TA_SAMPLE_U16;
    return (ta_format_t){sample, (uint8_t)errors_int(MP_QSTR_channel_count, channels, 1, 2), config_rate_hz(rate)};
}
