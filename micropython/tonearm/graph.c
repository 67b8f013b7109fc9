// What graphs of samples cost, and what they have taken. In: what a sample plays, and what that plays; the meters of all nodes. Out: costs added up and judged, as entries of a plan;
// figures ranked, as entries of a report. Invariant: nothing is allocated while the graph is looked at, since a collection may take nodes away.

#include "node.h"

#include <string.h>

// ---- what it will take -------------------------------------------------------------------------------------------------------

uint32_t graph_given_hz(const sample_t *sample)
{
    node_t *node = (node_t *)sample;
    return sample->ops->is_node ? node->kind->source(node)->format.rate_hz : sample->rate_hz;
}

static void add(ta_cost_graph_t *graph, ta_cost_t *cost, mp_float_t frames_per_s)
{
    const mp_float_t most = 4294967040; // the last float below 2^32
    cost->rate_hz = (uint32_t)(frames_per_s < most ? frames_per_s + MICROPY_FLOAT_CONST(0.5) : most);
    if (cost->frame[0])
        ta_cost_add(graph, cost, 1);
}

static void add_node(ta_cost_graph_t *graph, node_t *node, mp_float_t frames_per_s, unsigned most);

// It gives so many frames a second, which is its own rate unless a SpeedChanger plays it.
static void add_sample(ta_cost_graph_t *graph, const sample_t *sample, mp_float_t frames_per_s, unsigned most)
{
    ta_cost_t cost;
    if (sample->ops->is_node) {
        add_node(graph, (node_t *)sample, frames_per_s, most);
    } else if (sample->ops->cost) {
        sample->ops->cost(sample, &cost);
        add(graph, &cost, frames_per_s);
    }
}

static void add_node(ta_cost_graph_t *graph, node_t *node, mp_float_t frames_per_s, unsigned most)
{
    const node_kind_t *kind = node->kind;
    const uint32_t own_hz = graph_given_hz(&node->sample);
    ta_cost_t cost;
    kind->cost(node, &cost);
    add(graph, &cost, frames_per_s);
    for (unsigned i = 0; most > 0 && i < node->inputs; i++) {
        const sample_t *sample = node_newest(node, i);
        if (!sample)
            continue;
        const uint32_t hz = graph_given_hz(sample);
        mp_float_t speed = kind->speed ? kind->speed(node) : 1;
        add_sample(graph, sample, frames_per_s * speed * (mp_float_t)hz / (mp_float_t)own_hz, most - 1);
    }
}

ta_status_t graph_plan(output_config_t *config, const sample_t *sample, uint32_t gain_q16, output_plan_t *plan,
                       ta_cost_graph_t *graph, char *error)
{
    ta_format_t format = {TA_SAMPLE_S16, 2, config_get_rate(config)};
    if (sample) {
        format = sample_format(sample);
        config_set_rate(config, sample->rate_hz);
    }
    ta_status_t status = config_plan(config, plan, error);
    if (status != TA_OK)
        return status;
    ta_output_use_t use;
    ta_cost_t cost;
    config_use(config, plan, &format, gain_q16, &use);
    memset(graph, 0, sizeof *graph);
    if (ta_output_cost(&use, &cost) == TA_OK)
        ta_cost_add(graph, &cost, 1);
    if (sample)
        add_sample(graph, sample, (mp_float_t)format.rate_hz, NODE_LEVELS_MAX);
    return TA_OK;
}

static ta_cost_chip_t chip(void)
{
    return port_chip() == TA_CHIP_RP2040 ? TA_COST_RP2040 : TA_COST_RP2350;
}

static mp_obj_t rows_of(const ta_cost_graph_t *graph)
{
    mp_obj_t list = mp_obj_new_list(0, NULL);
    for (const ta_cost_row_t *row = NULL; (row = ta_cost_next_row(graph, chip(), row)) != NULL;) {
        mp_obj_t parts[3] = {mp_obj_new_str_from_cstr(row->name), mp_obj_new_int_from_uint(row->count),
                             mp_obj_new_int_from_ull(row->per_second[chip()])};
        mp_obj_list_append(list, mp_obj_new_tuple(3, parts));
    }
    return list;
}

static mp_obj_t judge(const ta_cost_graph_t *graph, uint32_t clk_hz, ta_cost_verdict_t *verdict, uint32_t *permille)
{
    char sentence[TA_COST_SENTENCE_BYTES];
    *verdict = ta_cost_judge(graph, chip(), clk_hz, permille, sentence, sizeof sentence);
    return mp_obj_new_str_from_cstr(sentence);
}

void graph_put_plan(mp_obj_t dict, const ta_cost_graph_t *graph, uint32_t clk_hz)
{
    ta_cost_verdict_t verdict;
    uint32_t permille;
    dict_put(dict, MP_QSTR_cost, judge(graph, clk_hz, &verdict, &permille));
    dict_put(dict, MP_QSTR_verdict, mp_obj_new_str_from_cstr(ta_cost_verdict_name(verdict)));
    dict_put_uint(dict, MP_QSTR_permille, permille);
    dict_put_uint(dict, MP_QSTR_cycles_per_s, graph->per_second[chip()]);
    dict_put(dict, MP_QSTR_sources, rows_of(graph));
}

// ---- what it has taken ---------------------------------------------------------------------------------------------------------

static size_t count_nodes(void)
{
    size_t count = 0;
    for (const node_t *node = node_after(NULL); node; node = node_after(node))
        count++;
    return count;
}

// Copies: what they are of may go. Inside.
static size_t rank(const ta_meter_t **meters, ta_meter_rank_t *ranks, size_t most, uint32_t *shed)
{
    size_t count = 0;
    for (const node_t *node = node_after(NULL); node; node = node_after(node)) {
        *shed += node->kind->shed ? node->kind->shed(node) : 0;
        if (count < most && node_meter(node)->source)
            meters[count++] = node_meter(node);
    }
    ta_meter_rank(meters, count, ranks);
    return count;
}

static mp_obj_t told(const ta_meter_rank_t *rank)
{
    const ta_meter_figures_t *figures = &rank->figures;
    mp_float_t each = (mp_float_t)figures->own * port_meter_tick() / (mp_float_t)figures->frames;
    mp_obj_t parts[4] = {mp_obj_new_str_from_cstr(rank->name), mp_obj_new_int_from_ull(figures->frames),
                         mp_obj_new_float(each), MP_OBJ_NEW_SMALL_INT(rank->permille)};
    return mp_obj_new_tuple(4, parts);
}

void graph_put_report(mp_obj_t dict, const ta_cost_graph_t *graph, uint32_t clk_hz)
{
    ta_cost_verdict_t verdict;
    uint32_t shed = 0;
    const size_t most = count_nodes(); // allocating may make them fewer
    const ta_meter_t **meters = m_new(const ta_meter_t *, most + 1);
    ta_meter_rank_t *ranks = m_new(ta_meter_rank_t, most + 1);
    mp_obj_t list = mp_obj_new_list(0, NULL);
    port_enter();
    size_t count = rank(meters, ranks, most, &shed);
    port_leave();
    for (size_t r = 0; r < count; r++) {
        if (ranks[r].figures.frames)
            mp_obj_list_append(list, told(&ranks[r]));
    }
    dict_put(dict, MP_QSTR_sources, list);
    dict_put(dict, MP_QSTR_unit, mp_obj_new_str_from_cstr(port_meter_unit()));
    dict_put_uint(dict, MP_QSTR_shed, shed);
    dict_put(dict, MP_QSTR_cost, graph ? judge(graph, clk_hz, &verdict, NULL) : mp_const_none);
}
