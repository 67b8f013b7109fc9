// What a report says when something is wrong. In: the command's own parts, run in one process with a disturbance that no option makes: claims
// and blocks that somebody else leaves behind, an allocation while it plays, a DMA that reads where it must not, and a report of figures
// that are all different. Out: each is told, as a number in the JSON and in words in the text, and nothing is told when nothing is wrong.

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/play.h"
#include "cli/session.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "hardware/pwm.h"
#include "hardware/sync.h"
#include "pico/time.h"
#include "test/support/wav_builder.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 12000 };

static char name[400], out_name[sizeof name + 4];
static options_t options;
static session_t session;
static cJSON *json;
static char text[4096];

static void give_blocks(void);

// ---- a run, and what was told of it --------------------------------------------------------------------------------------

static bool parse(const char *command, const char *more[], int count)
{
    char *words[16] = {"tonearm", (char *)(uintptr_t)command, name};
    int code = 0, all = 3;
    optind = 0; // getopt begins anew
    for (int i = 0; i < count; i++)
        words[all++] = (char *)(uintptr_t)more[i];
    return options_parse(&options, all, words, &code);
}

#define PARSE(command, ...)                                                                                            \
    parse(command, (const char *[]){__VA_ARGS__}, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)))

static void tell(bool with_report)
{
    cJSON *facts = facts_json(&session.plan, with_report ? &session.report : NULL);
    char *printed = cJSON_PrintUnformatted(facts);
    cJSON_Delete(facts);
    json = cJSON_Parse(printed); // numbers go in as text: they are read as numbers
    free(printed);
    assert_non_null(json);
    if (!with_report)
        return;
    FILE *file = tmpfile();
    assert_non_null(file);
    report_print(&session.plan, &session.report, file);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
}

static const cJSON *at(const char *path)
{
    const cJSON *item = json;
    char part[40];
    for (const char *p = path; *p; p += *p == '.') {
        size_t length = strcspn(p, ".");
        (void)snprintf(part, sizeof part, "%.*s", (int)length, p);
        item = cJSON_GetObjectItemCaseSensitive(item, part);
        if (!item)
            fail_msg("%s: there is no %s", path, part);
        p += length;
    }
    return item;
}

static void number(const char *path, double wanted)
{
    const cJSON *item = at(path);
    if (!cJSON_IsNumber(item) || cJSON_GetNumberValue(item) < wanted || cJSON_GetNumberValue(item) > wanted)
        fail_msg("%s is %g, not %g", path, cJSON_GetNumberValue(item), wanted);
}

static void truth(const char *path, bool wanted)
{
    if (!cJSON_IsBool(at(path)) || cJSON_IsTrue(at(path)) != wanted)
        fail_msg("%s is not %s", path, wanted ? "true" : "false");
}

static void said(const char *words, bool wanted)
{
    if ((strstr(text, words) != NULL) != wanted)
        fail_msg("\"%s\" is %ssaid:\n%s", words, wanted ? "not " : "", text);
}

static void begin(void)
{
    assert_int_equal(session_begin(&session, &options), CLI_OK);
}

// As play.c does, up to the report.
static void play(void)
{
    int code = session_open_files(&session);
    if (code == CLI_OK)
        code = session.plan.on_board ? play_i2s(&session) : play_desktop(&session);
    assert_int_equal(code, CLI_OK);
    assert_int_equal(session_check_source(&session), CLI_OK);
}

static void end(void)
{
    give_blocks();
    cJSON_Delete(json);
    json = NULL;
    (void)session_end(&session, CLI_OK);
    (void)unlink(out_name);
}

static int clean(void **unused)
{
    (void)unused;
    end();
    return 0;
}

// ---- disturbances --------------------------------------------------------------------------------------------------------

static void *block[4];
static unsigned blocks;

static void take_block(void)
{
    const ta_need_t need = {.object = "a stranger's block", .bytes = 64, .align = 8, .cls = TA_CLASS_FAST};
    assert_int_equal(ta_mem_alloc(session.memory.memory.fast, &need, &block[blocks++], NULL), TA_OK);
}

static void give_blocks(void)
{
    while (blocks > 0)
        ta_mem_free(session.memory.memory.fast, block[--blocks]);
}

static int32_t (*read_of_the_file)(ta_stream_t *stream, void *to, uint32_t bytes);
static unsigned to_take;

// While it plays, whoever reads the file allocates.
static int32_t read_and_allocate(ta_stream_t *stream, void *to, uint32_t bytes)
{
    for (; to_take > 0 && session.report.tries_to_open > 0; to_take--)
        take_block();
    return read_of_the_file(stream, to, bytes);
}

// While it is heard, the bit clock is taken off its pin for some of its periods.
static int32_t read_and_disconnect(ta_stream_t *stream, void *to, uint32_t bytes)
{
    if (to_take > 0 && session.report.stats.ring.program_frames > 0 && to_take-- == 1) {
        gpio_function_t function = gpio_get_function(options.bclk_pin);
        gpio_set_function(options.bclk_pin, GPIO_FUNC_SIO);
        busy_wait_us(5);
        gpio_set_function(options.bclk_pin, function);
    }
    return read_of_the_file(stream, to, bytes);
}

static void while_it_plays(int32_t (*read)(ta_stream_t *stream, void *to, uint32_t bytes), unsigned count)
{
    to_take = count;
    read_of_the_file = session.input.stream.read;
    session.input.stream.read = read;
}

static void nobody(void)
{
}

// 1 channel, 2 state machines, 3 instructions, 4 user interrupts, 5 handlers, 6 pins, 2 pacing timers, 3 slices, 4 spin locks.
static void leave_claims(void)
{
    static const uint16_t nops[] = {0xa042, 0xa042, 0xa042};
    static const pio_program_t program = {.instructions = nops, .length = 3, .origin = -1};
    (void)dma_claim_unused_channel(true);
    (void)pio_claim_unused_sm(pio1, true);
    (void)pio_claim_unused_sm(pio1, true);
    assert_true(pio_add_program(pio1, &program) >= 0);
    for (int i = 0; i < 4; i++)
        (void)user_irq_claim_unused(true);
    for (unsigned i = 0; i < 5; i++)
        irq_add_shared_handler(i, nobody, PICO_SHARED_IRQ_HANDLER_DEFAULT_ORDER_PRIORITY);
    for (unsigned pin = 0; pin < 6; pin++)
        gpio_set_function(pin, GPIO_FUNC_SIO);
    (void)dma_claim_unused_timer(true);
    (void)dma_claim_unused_timer(true);
    for (unsigned slice = 0; slice < 3; slice++)
        pwm_set_enabled(slice, true);
    for (unsigned lock = 0; lock < 4; lock++)
        (void)spin_lock_claim_unused(true);
}

// ---- tests ---------------------------------------------------------------------------------------------------------------

static void test_nothing_is_wrong(void **unused)
{
    (void)unused;
    static const char *const zero[] = {"report.allocations.after_open",
                                       "report.allocations.left",
                                       "report.dma_violations",
                                       "report.malformed_half_frames",
                                       "report.claims_left.dma_channels",
                                       "report.claims_left.state_machines",
                                       "report.claims_left.pio_instructions",
                                       "report.claims_left.user_irqs",
                                       "report.claims_left.irq_handlers",
                                       "report.claims_left.dma_timers",
                                       "report.claims_left.pwm_slices",
                                       "report.claims_left.spin_locks",
                                       "report.claims_left.pins"};
    assert_true(PARSE("play", "--quiet"));
    begin();
    play();
    tell(true);
    for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
        number(zero[i], 0);
    number("report.allocations.to_open", 3);
    truth("report.claims_none", true);
    said("3 allocations to open, 0 after; all given back", true);
    said("claims    all given back", true);
    said("no access outside", true);
    said("MALFORMED", false);
}

static void test_claims_that_are_left(void **unused)
{
    (void)unused;
    assert_true(PARSE("play", "--quiet"));
    begin();
    leave_claims();
    play();
    tell(true);
    truth("report.claims_none", false);
    number("report.claims_left.dma_channels", 1);
    number("report.claims_left.state_machines", 2);
    number("report.claims_left.pio_instructions", 3);
    number("report.claims_left.user_irqs", 4);
    number("report.claims_left.irq_handlers", 5);
    number("report.claims_left.pins", 6);
    number("report.claims_left.dma_timers", 2);
    number("report.claims_left.pwm_slices", 3);
    number("report.claims_left.spin_locks", 4);
    truth("report.claims_left.core1", false);
    said("claims    LEFT BEHIND (--report says which)", true);
    said("0 after; all given back", true);
}

static void test_allocations_while_it_plays(void **unused)
{
    (void)unused;
    for (int pin = 0; pin < 2; pin++) {
        if (pin == 0)
            assert_true(PARSE("play", "--quiet"));
        else
            assert_true(PARSE("play", "--quiet", "--pin", "wav", "--out", out_name));
        begin();
        while_it_plays(read_and_allocate, 2);
        play();
        tell(true);
        number("report.allocations.to_open", 3);
        number("report.allocations.after_open", 2);
        number("report.allocations.left", 2);
        said("3 allocations to open, 2 after; BLOCKS WERE LEFT BEHIND", true);
        end();
    }
}

static void test_blocks_that_are_left(void **unused)
{
    (void)unused;
    for (int pin = 0; pin < 2; pin++) {
        if (pin == 0)
            assert_true(PARSE("play", "--quiet"));
        else
            assert_true(PARSE("play", "--quiet", "--pin", "wav", "--out", out_name));
        begin();
        take_block();
        play();
        tell(true);
        number("report.allocations.to_open", 4);
        number("report.allocations.after_open", 0);
        number("report.allocations.left", 1);
        said("4 allocations to open, 0 after; BLOCKS WERE LEFT BEHIND", true);
        end();
    }
}

static void test_a_dma_that_reads_where_it_must_not(void **unused)
{
    (void)unused;
    assert_true(PARSE("play", "--quiet"));
    begin();
    static const uint32_t nowhere = 0x20020000;
    int channel = dma_claim_unused_channel(true);
    dma_channel_config c = dma_channel_get_default_config((unsigned)channel);
    channel_config_set_write_increment(&c, false);
    dma_channel_configure((unsigned)channel, &c, &pio1->txf[0], (const void *)(uintptr_t)nowhere, 2, true);
    play();
    dma_channel_unclaim((unsigned)channel);
    tell(true);
    number("report.dma_violations", 2);
    said("2 ACCESSES OUTSIDE the registered blocks,\n            the first to 0x20020000, near ", true);
}

static void test_a_clock_that_stumbles(void **unused)
{
    (void)unused;
    assert_true(PARSE("play", "--quiet"));
    begin();
    while_it_plays(read_and_disconnect, 1);
    play();
    tell(true);
    number("report.malformed_half_frames", 1);
    said("  wire      1 MALFORMED half frames\n", true);
}

static void test_a_refusal_that_leaves_something(void **unused)
{
    (void)unused;
    for (int dirty = 0; dirty < 2; dirty++) {
        assert_true(PARSE("play", "--quiet", "--fail-alloc", "9"));
        begin();
        if (dirty) {
            take_block();
            take_block();
            (void)dma_claim_unused_channel(true);
        }
        options.fail_alloc = session.memory.tries; // the last that was tried
        assert_int_equal(session_plan(&session), CLI_OK);
        session.plan.fits = TA_E_NOMEM;
        session.plan.failure = (ta_failure_t){
            .status = TA_E_NOMEM, .object = "ring", .resource = "heap", .bytes = 7, .align = 4, .cls = TA_CLASS_DMA};
        assert_int_equal(session_refused(&session), CLI_REFUSED);
        tell(false);
        truth("plan.fits", false);
        number("plan.left.blocks", dirty ? 2 : 0);
        truth("plan.left.claims_none", !dirty);
        end();
    }
}

// The share is of the clock that the chip has then, whatever its board begins with.
static void test_a_processor_of_another_clock(void **unused)
{
    (void)unused;
    static const struct {
        uint32_t hz, permille; // hz 0: so that the share is that
        const char *verdict;
        bool keeps_up, warned;
    } cases[] = {{125000000, 0, "keeps up", true, false},
                 {48000000, 0, "keeps up", true, false},
                 {0, 900, "tight", true, true},
                 {0, 1100, "too much", false, true}};
    uint32_t cycles = 0; // of the board's own clock
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint32_t hz = cases[c].hz ? cases[c].hz : (uint32_t)((uint64_t)cycles * 1000 / cases[c].permille);
        assert_true(PARSE("plan", "--json"));
        begin();
        assert_int_equal(session_plan(&session), CLI_OK);
        session.plan.i2s.rate.system_hz = hz;
        if (hz == 48000000) { // as firmware does, which then has the driver plan
            set_sys_clock_48mhz();
            ta_plan_init(&session.plan.needs);
            assert_int_equal(session_plan(&session), CLI_OK);
        }
        assert_int_equal(load_work_out(&session.plan), CLI_OK);
        tell(false);
        number("plan.processor.system_hz", hz);
        number("plan.processor.cycles_per_s", c ? cycles : cJSON_GetNumberValue(at("plan.processor.cycles_per_s")));
        cycles = (uint32_t)cJSON_GetNumberValue(at("plan.processor.cycles_per_s"));
        uint32_t permille = (uint32_t)(((uint64_t)cycles * 1000 + hz - 1) / hz);
        number("plan.processor.permille", permille);
        assert_true(cases[c].hz || permille - cases[c].permille <= 1);
        char share[60];
        if (permille < 100) {
            (void)snprintf(share, sizeof share, " %u.%u %% of %.6g MHz: ", permille / 10, permille % 10, hz / 1e6);
        } else {
            (void)snprintf(share, sizeof share, " %u %% of %.6g MHz: ", (permille + 9) / 10, hz / 1e6);
        }
        assert_string_equal(cJSON_GetStringValue(at("plan.processor.verdict")), cases[c].verdict);
        truth("plan.processor.keeps_up", cases[c].keeps_up);
        assert_int_equal(cJSON_IsString(at("plan.processor.try")), cases[c].warned); // a board with its own clock
        FILE *file = tmpfile();
        assert_non_null(file);
        load_print(&session.plan, file);
        rewind(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        (void)fclose(file);
        said(share, true);
        end();
    }
}

// Every figure of the report is another, so that none can stand in for its neighbour.
static void test_each_figure_is_its_own(void **unused)
{
    (void)unused;
    assert_true(PARSE("play", "--quiet", "--stall", "1:2", "--stall", "3.5:4"));
    begin();
    assert_int_equal(session_plan(&session), CLI_OK);
    ta_hole_t *hole = malloc(sizeof *hole);
    assert_non_null(hole);
    *hole =
        (ta_hole_t){.at_frame = 101, .frames = 102, .source_frame = 103, .cause = TA_HOLE_FEED_LATE, .exact = false};
    report_t *report = &session.report;
    *report = (report_t){.frames_out = 104,
                         .hole = hole,
                         .holes = 1,
                         .tries_to_open = 105,
                         .tries_after_open = 106,
                         .live = 107,
                         .virtual_ns = 3000000000U,
                         .real_ns = 1500000000U,
                         .closed_ns = 108000000U,
                         .stall_came = {false, true},
                         .violations = 109,
                         .malformed = 110,
                         .interrupted = true};
    report->claims.core1 = true;
    report->claims.user_irqs_core1 = 0x1f;
    report->stats.source_frames = 111;
    report->stats.ring.program_frames = 112;
    report->stats.ring.holes = 113;
    report->stats.ring.hole_frames = 114;
    report->stats.ring.indeterminate = 115;
    report->stats.ring.largest_step = 116;
    report->stats.headroom_min_frames = 117;
    report->stats.feeds = 118;
    report->first_violation.address = 0x20001234;
    strcpy(report->first_violation.nearest, "a ring");
    report->timing = (timing_ranks_t){
        .count = 2,
        .rank = {{"one", {119, 1200, 121, 122, 123}, 124, 125}, {"other", {126, 1270, 128, 129, 130}, 131, 132}}};
    tell(true);
    static const struct {
        const char *path;
        double value;
    } wanted[] = {{"frames_in", 111},
                  {"frames_out", 104},
                  {"program_frames", 112},
                  {"holes_counted", 113},
                  {"hole_frames", 114},
                  {"indeterminate", 115},
                  {"largest_ramp_step_q16", 116},
                  {"headroom_min_frames", 117},
                  {"feeds", 118},
                  {"allocations.to_open", 105},
                  {"allocations.after_open", 106},
                  {"allocations.left", 107},
                  {"closed_ms", 108},
                  {"dma_violations", 109},
                  {"malformed_half_frames", 110},
                  {"claims_left.user_irqs_core1", 5},
                  {"virtual_s", 3},
                  {"real_s", 1.5},
                  {"virtual_s_per_real_s", 2}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char path[60];
        (void)snprintf(path, sizeof path, "report.%s", wanted[i].path);
        number(path, wanted[i].value);
    }
    truth("report.interrupted", true);
    truth("report.claims_left.core1", true);
    truth("report.claims_none", false);
    const cJSON *told = cJSON_GetArrayItem(at("report.holes"), 0);
    assert_int_equal(cJSON_GetObjectItem(told, "at_frame")->valueint, 101);
    assert_int_equal(cJSON_GetObjectItem(told, "frames")->valueint, 102);
    assert_int_equal(cJSON_GetObjectItem(told, "source_frame")->valueint, 103);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(told, "exact")));
    static const char *const members[] = {"frames", "pulls", "permille", "host_ns_per_frame"};
    static const int figures[2][4] = {{119, 122, 125, 124}, {126, 129, 132, 131}};
    for (int s = 0; s < 2; s++) {
        const cJSON *source = cJSON_GetArrayItem(at("report.sources"), s);
        for (int m = 0; m < 4; m++)
            assert_int_equal(cJSON_GetObjectItem(source, members[m])->valueint, figures[s][m]);
        double us = cJSON_GetNumberValue(cJSON_GetObjectItem(source, "host_us"));
        double longest = cJSON_GetNumberValue(cJSON_GetObjectItem(source, "host_longest_us"));
        assert_int_equal((int)(us * 10 + 0.5), s ? 128 : 121); // of ticks of 100 ns
        assert_int_equal((int)(longest * 10 + 0.5), s ? 130 : 123);
    }
    said("  sources   one 12.5 %, other 13.2 % of their time on this machine\n", true);
    for (int s = 0; s < 2; s++)
        assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(at("report.stalls"), s), "came")), s);
    said("stopped   111 frames in, 104 out", true);
    said("holes     113, together 114 frames", true);
    said("feed late, inexact", true);
    said("115 publications were indeterminate", true);
    said("1 of 2 stalls never came: the output closed at 0.108 s", true);
    said("largest step 116/65536", true);
    said("105 allocations to open, 106 after; BLOCKS WERE LEFT BEHIND", true);
    said("109 ACCESSES OUTSIDE the registered blocks,\n            the first to 0x20001234, near a ring", true);
    said("110 MALFORMED half frames", true);
    said("LEFT BEHIND (--report", true);
    said("2.0 virtual seconds per real second", true);
}

static int make_file(void **unused)
{
    (void)unused;
    static wavb_t wav;
    wavb_plain(&wav, FRAMES);
    const char *folder = getenv("TMPDIR");
    (void)snprintf(name, sizeof name, "%s/facts.XXXXXX", folder ? folder : "/tmp");
    int descriptor = mkstemp(name);
    if (descriptor < 0 || write(descriptor, wav.bytes, wav.size) != (ssize_t)wav.size)
        return -1;
    (void)snprintf(out_name, sizeof out_name, "%s.out", name);
    return close(descriptor);
}

static int remove_file(void **unused)
{
    (void)unused;
    return unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_is_wrong, clean),
        cmocka_unit_test_teardown(test_claims_that_are_left, clean),
        cmocka_unit_test_teardown(test_allocations_while_it_plays, clean),
        cmocka_unit_test_teardown(test_blocks_that_are_left, clean),
        cmocka_unit_test_teardown(test_a_dma_that_reads_where_it_must_not, clean),
        cmocka_unit_test_teardown(test_a_clock_that_stumbles, clean),
        cmocka_unit_test_teardown(test_a_refusal_that_leaves_something, clean),
        cmocka_unit_test_teardown(test_a_processor_of_another_clock, clean),
        cmocka_unit_test_teardown(test_each_figure_is_its_own, clean),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
