// A graph's cost and what is said of it. In: costs of its sources. Out: shares of a processor, and a sentence. Invariant: per_second of the graph is the sum of its rows', none of them wrapped.
#include "tonearm/cost.h"
#include "tonearm/load.h"

#include <string.h>

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static ta_cost_row_t *row_for(ta_cost_graph_t *graph, const char *name)
{
    for (uint32_t r = 0; r < graph->rows; r++) {
        if (strcmp(graph->row[r].name, name) == 0)
            return &graph->row[r];
    }
    if (graph->rows < TA_COST_ROWS) {
        graph->row[graph->rows++].name = name;
    } else {
        graph->row[TA_COST_ROWS - 1].name = "others";
    }
    return &graph->row[graph->rows - 1];
}

void ta_cost_add(ta_cost_graph_t *graph, const ta_cost_t *cost, uint32_t count)
{
    if (count == 0)
        return;
    ta_cost_row_t *row = row_for(graph, cost->name);
    row->count += count;
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++) {
        uint64_t more = product(ta_cost_per_second(cost, (ta_cost_chip_t)chip), count);
        row->per_second[chip] = sum_of(row->per_second[chip], more);
        graph->per_second[chip] = sum_of(graph->per_second[chip], more);
    }
}

// ---- the sentence --------------------------------------------------------------------------------------------------------------

typedef struct {
    char *at;
    size_t left; // room, the 0 at the end included
} writer_t;

static void say(writer_t *writer, const char *text)
{
    for (; *text && writer->left > 1; writer->left--)
        *writer->at++ = *text++;
    if (writer->left)
        *writer->at = '\0';
}

static void say_number(writer_t *writer, uint32_t number)
{
    char digits[11], *at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
    } while (number /= 10);
    say(writer, at);
}

uint32_t ta_cost_permille(uint64_t per_second, uint32_t clk_hz)
{
    if (clk_hz == 0)
        return UINT32_MAX;
    uint64_t whole = per_second / clk_hz, rest = per_second % clk_hz; // rest * 1000 fits
    uint64_t permille = sum_of(product(whole, 1000), (rest * 1000 + clk_hz - 1) / clk_hz);
    return permille > UINT32_MAX ? UINT32_MAX : (uint32_t)permille;
}

// 142 %, 9.3 %
static void say_share(writer_t *writer, uint32_t permille)
{
    if (permille < 100) {
        say_number(writer, permille / 10);
        say(writer, ".");
        say_number(writer, permille % 10);
    } else {
        say_number(writer, permille / 10 + (permille % 10 ? 1 : 0));
    }
    say(writer, " %");
}

// The greatest one behind that in the order (cycles, place).
const ta_cost_row_t *ta_cost_next_row(const ta_cost_graph_t *graph, ta_cost_chip_t chip, const ta_cost_row_t *last)
{
    const ta_cost_row_t *best = NULL;
    if ((unsigned)chip >= TA_COST_CHIPS)
        return NULL;
    for (uint32_t r = 0; r < graph->rows; r++) {
        const ta_cost_row_t *row = &graph->row[r];
        uint64_t here = row->per_second[chip];
        bool later = !last || here < last->per_second[chip] || (here == last->per_second[chip] && row > last);
        if (later && (!best || here > best->per_second[chip]))
            best = row;
    }
    return best;
}

static void say_rows(writer_t *writer, const ta_cost_graph_t *graph, ta_cost_chip_t chip, uint32_t clk_hz)
{
    const char *between = ": ";
    for (const ta_cost_row_t *row = ta_cost_next_row(graph, chip, NULL); row;
         row = ta_cost_next_row(graph, chip, row)) {
        say(writer, between);
        if (row->count > 1) {
            say_number(writer, row->count);
            say(writer, " ");
        }
        say(writer, row->name);
        say(writer, " ");
        say_share(writer, ta_cost_permille(row->per_second[chip], clk_hz));
        between = ", ";
    }
}

static void say_clock(writer_t *writer, uint32_t clk_hz)
{
    const bool whole = clk_hz % 1000000 == 0;
    say_number(writer, clk_hz / (whole ? 1000000 : 1000));
    say(writer, whole ? " MHz" : " kHz");
}

static bool has(const ta_cost_graph_t *graph, const char *name)
{
    for (uint32_t r = 0; r < graph->rows; r++) {
        if (strcmp(graph->row[r].name, name) == 0)
            return true;
    }
    return false;
}

// What helps, of what there is.
static void say_advice(writer_t *writer, const ta_cost_graph_t *graph, ta_cost_verdict_t verdict)
{
    if (verdict == TA_COST_KEEPS_UP)
        return;
    const bool tight = verdict == TA_COST_TIGHT;
    say(writer, tight ? "; that leaves the program little: " : "; it will not keep up: take ");
    say(writer, has(graph, "mixer") || has(graph, "synthesizer") ? "fewer voices, " : "");
    say(writer, has(graph, "resampler") ? "a cheaper resampler, " : "");
    say(writer, "a lower rate or a faster clock");
    say(writer, tight ? " leave more" : "");
}

const char *ta_cost_verdict_name(ta_cost_verdict_t verdict)
{
    switch (verdict) {
    case TA_COST_KEEPS_UP:
        return "keeps up";
    case TA_COST_TIGHT:
        return "tight";
    case TA_COST_TOO_MUCH:
        return "too much";
    }
    return "?";
}

_Static_assert(TA_COST_MOST == 1000 - 1000 / TA_PACE_PARTS - (1000 % TA_PACE_PARTS > 0),
               "what the feed leaves the task");

ta_cost_verdict_t ta_cost_judge(const ta_cost_graph_t *graph, ta_cost_chip_t chip, uint32_t clk_hz, uint32_t *permille,
                                char *text, size_t size)
{
    bool known = (unsigned)chip < TA_COST_CHIPS && clk_hz > 0;
    uint32_t needed = known ? ta_cost_permille(graph->per_second[chip], clk_hz) : UINT32_MAX;
    uint32_t tight = chip == TA_COST_RP2350 ? TA_COST_TIGHT_RP2350 : TA_COST_TIGHT_RP2040;
    ta_cost_verdict_t verdict = needed > TA_COST_MOST ? TA_COST_TOO_MUCH
                                : needed >= tight     ? TA_COST_TIGHT
                                                      : TA_COST_KEEPS_UP;
    if (permille)
        *permille = needed;
    writer_t writer = {text, text ? size : 0};
    if (writer.left)
        *text = '\0';
    if (!known) {
        say(&writer, "no such processor");
        return verdict;
    }
    say(&writer, chip == TA_COST_RP2350 ? "the graph needs at least " : "the graph needs ");
    say_share(&writer, needed);
    say(&writer, " of ");
    say_clock(&writer, clk_hz);
    say_rows(&writer, graph, chip, clk_hz);
    say_advice(&writer, graph, verdict);
    return verdict;
}
