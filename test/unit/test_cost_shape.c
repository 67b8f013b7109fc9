// What an output is said to cost when it shapes what it plays: volume, mixing, dither; and what a graph that is too much is advised to do without.
#include "tonearm/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 44100, NAME_MAX = 64 };

static ta_cost_chip_t chip_asked;

// What shaping takes is what the bench says it takes beyond the way that changes nothing.
static bool tell_shape(const char *name, double value)
{
    static double plain[TA_COST_CHIPS];
    char way[NAME_MAX], sample[NAME_MAX], wire[NAME_MAX];
    if (sscanf(name, "%63[^.].%63[^.].%63s", way, sample, wire) != 3)
        return false;
    ta_output_use_t use = {.slot_frames = 65536, .format = {TA_SAMPLE_S16, 2, RATE}};
    use.format.sample = strcmp(sample, "s16") == 0   ? TA_SAMPLE_S16
                        : strcmp(sample, "s24") == 0 ? TA_SAMPLE_S24
                                                     : TA_SAMPLE_S32;
    use.wire = strcmp(wire, "pwm") == 0 ? TA_WIRE_PWM : strcmp(wire, "s24") == 0 ? TA_WIRE_S24 : TA_WIRE_S16;
    ta_cost_t shaped, unshaped;
    assert_int_equal(ta_output_cost(&use, &unshaped), TA_OK);
    use.volume = strstr(way, "quieter") || strcmp(way, "louder") == 0;
    use.louder = strcmp(way, "louder") == 0;
    use.mono = strstr(way, "mono") != NULL;
    use.dither = strstr(way, "dither") != NULL;
    bool known = use.volume || use.mono || use.dither || strcmp(way, "ramp") == 0 || strcmp(way, "plain") == 0;
    if (strcmp(way, "identity") == 0 || strcmp(way, "shaped") == 0) { // it comes first
        plain[chip_asked] = use.wire == TA_WIRE_PWM && use.format.sample != TA_SAMPLE_S16 ? plain[chip_asked] : value;
        return true;
    }
    assert_int_equal(ta_output_cost(&use, &shaped), TA_OK);
    double told = (shaped.frame[chip_asked] - (double)unshaped.frame[chip_asked]) / 100;
    double wanted = value - plain[chip_asked];
    if (known && strcmp(way, "ramp") != 0 && strcmp(way, "plain") != 0 &&
        (told < wanted - 0.03 || told > wanted + 0.03))
        fail_msg("%s, chip %d: %.2f, not %.2f", name, (int)chip_asked, told, wanted);
    return known;
}

static unsigned each_line(const char *file, const char *prefix)
{
    char line[400], name[NAME_MAX];
    unsigned count = 0;
    FILE *budget = fopen(file, "r");
    if (!budget)
        fail_msg("%s is missing: run this test where the project's root is", file);
    while (fgets(line, sizeof line, budget)) {
        double value;
        if (strncmp(line, prefix, strlen(prefix)) != 0)
            continue;
        assert_int_equal(sscanf(line, "%63s %lf", name, &value), 2);
        if (!tell_shape(name + strlen(prefix), value))
            fail_msg("%s: nobody knows what %s costs: teach src/source/cost.c", file, name);
        count++;
    }
    fclose(budget);
    return count;
}

static void test_shaping_costs_what_the_bench_allows(void **state)
{
    (void)state;
    for (chip_asked = TA_COST_RP2040; chip_asked < TA_COST_CHIPS; chip_asked++) {
        const char *file = chip_asked == TA_COST_RP2040 ? "bench/m0plus.budget" : "bench/m33.budget";
        assert_int_equal(each_line(file, "shape."), 21);
        assert_int_equal(each_line(file, "pwm."), 6);
    }
}

// Of volume, louder, mono and dither, whatever comes on top costs something, but for the mixing of one channel.
static void test_more_shaping_never_costs_less(void **state)
{
    (void)state;
    enum { VOLUME = 1, LOUDER = 2, MONO = 4, DITHER = 8 };
    for (unsigned kind = 0; kind < 4 * 2 * TA_SAMPLES; kind++) {
        ta_cost_t cost[16];
        for (unsigned how = 0; how < 16; how++) {
            const ta_output_use_t use = {.format = {(ta_sample_t)(kind / 8), (uint8_t)(1 + kind / 4 % 2), RATE},
                                         .wire = (ta_wire_t)(kind % 4),
                                         .slot_frames = 128,
                                         .volume = how & VOLUME,
                                         .louder = how & LOUDER,
                                         .mono = how & MONO,
                                         .dither = how & DITHER};
            assert_int_equal(ta_output_cost(&use, &cost[how]), TA_OK);
            for (unsigned less = 0; less < how; less++)
                if ((less & how) == less)
                    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
                        assert_true(cost[how].frame[chip] >= cost[less].frame[chip]);
            if (use.format.channels == 1 && use.mono)
                assert_int_equal(cost[how].frame[0], cost[how & ~(unsigned)MONO].frame[0]);
            else if (use.mono)
                assert_true(cost[how].frame[0] > cost[how & ~(unsigned)MONO].frame[0]);
        }
        assert_true(cost[DITHER | LOUDER].frame[0] > cost[DITHER | VOLUME].frame[0]);
    }
}

// No voices where there are none, and the resampler where there is one.
static void test_advice_is_of_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t permille;
        const char *advice;
    } cases[] = {
        {"mixer", 1100, "; it will not keep up: take fewer voices, a lower rate or a faster clock"},
        {"synthesizer", 900,
         "; that leaves the program little: fewer voices, a lower rate or a faster clock leave more"},
        {"resampler", 1100, "; it will not keep up: take a cheaper resampler, a lower rate or a faster clock"},
        {"resampler", 900,
         "; that leaves the program little: a cheaper resampler, a lower rate or a faster clock leave more"},
        {"output", 1100, "; it will not keep up: take a lower rate or a faster clock"},
        {"resampler", 800, ""},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        ta_cost_graph_t graph = {0};
        ta_cost_t cost = {cases[c].name, 1000, {cases[c].permille * 12500, 0}}; // thousandths of 125 MHz
        char text[TA_COST_SENTENCE_BYTES];
        ta_cost_add(&graph, &cost, 1);
        (void)ta_cost_judge(&graph, TA_COST_RP2040, 125000000, NULL, text, sizeof text);
        const char *advice = strchr(text, ';');
        assert_string_equal(advice ? advice : "", cases[c].advice);
    }
}

static void test_rows_are_told_the_greatest_first(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t cycles, instructions;
    } parts[] = {{"a", 300, 900}, {"b", 700, 100}, {"c", 300, 900}, {"d", 0, 500}};
    static const char *const order[TA_COST_CHIPS] = {"bacd", "acdb"}; // equal ones as added
    ta_cost_graph_t graph = {0};
    for (unsigned n = 0; n < sizeof parts / sizeof *parts; n++) {
        ta_cost_t cost = {parts[n].name, 100, {parts[n].cycles, parts[n].instructions}};
        ta_cost_add(&graph, &cost, 1);
    }
    for (ta_cost_chip_t chip = TA_COST_RP2040; chip < TA_COST_CHIPS; chip++) {
        char told[8] = "";
        for (const ta_cost_row_t *row = NULL; (row = ta_cost_next_row(&graph, chip, row)) != NULL;)
            strcat(told, row->name);
        assert_string_equal(told, order[chip]);
    }
    assert_null(ta_cost_next_row(&graph, TA_COST_CHIPS, NULL));
    assert_null(ta_cost_next_row(&(ta_cost_graph_t){0}, TA_COST_RP2040, NULL));
}

static void test_shares_are_rounded_up_and_verdicts_have_names(void **state)
{
    (void)state;
    assert_int_equal(ta_cost_permille(0, 125000000), 0);
    assert_int_equal(ta_cost_permille(1, 125000000), 1);
    assert_int_equal(ta_cost_permille(125000, 125000000), 1);
    assert_int_equal(ta_cost_permille(125001, 125000000), 2);
    assert_int_equal(ta_cost_permille(UINT64_MAX, 1), UINT32_MAX);
    assert_int_equal(ta_cost_permille(1, 0), UINT32_MAX);
    assert_string_equal(ta_cost_verdict_name(TA_COST_KEEPS_UP), "keeps up");
    assert_string_equal(ta_cost_verdict_name(TA_COST_TIGHT), "tight");
    assert_string_equal(ta_cost_verdict_name(TA_COST_TOO_MUCH), "too much");
    assert_string_equal(ta_cost_verdict_name((ta_cost_verdict_t)9), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shaping_costs_what_the_bench_allows),
        cmocka_unit_test(test_more_shaping_never_costs_less),
        cmocka_unit_test(test_advice_is_of_what_there_is),
        cmocka_unit_test(test_rows_are_told_the_greatest_first),
        cmocka_unit_test(test_shares_are_rounded_up_and_verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
