// Does to a playing output what firmware must sometimes do: masks interrupts, erases and programs flash, at last halts the core for
// good. In: commands, a line each, by UART, USB or standard input; `help` lists them. Out: two tones by I2S or PWM without an end; for each
// stall a line that says how long it was and what was heard of it. With `ask on` it asks ta_headroom first, and waits until there is
// enough: then no stall is heard.

#include "claims.h"
#include "console.h"
#include "facts.h"
#include "siren.h"

#include "hardware/flash.h"
#include "hardware/sync.h"
#include "pico/flash.h"
#include "pico/multicore.h"
#include "pico/stdlib.h"

#include <stdlib.h>
#include <string.h>

enum {
    RATE_HZ = 22050,
    MEMORY_BYTES = 136 * 1024,
    BUFFER_US = 1100000, // so that half a second of stall and the longest erase fit
    BUFFER_SHORT_US = 20000,
    HOLES_KEPT = 32,
    STALL_MAX_MS = 5000,
    BETWEEN_LOOKS = 100,
    LOCK_MS = 100, // for the other core to come to rest
    // Winbond W25Q16JV datasheet, 9.6: how long a page takes to be programmed, and a sector to be erased, at most.
    PAGE_US = 3000,
    SECTOR_US = 400000,
    SECTOR_FROM_US = 45000, // shorter stalls only program pages
};

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static either_config_t config;
static claims_t at_start;
static ta_arena_t arena;
static either_t dac;
static siren_t siren;
static bool asks;
static volatile bool ending;

// ---- the output ----------------------------------------------------------------------------------------------------------

static void choose_output(either_kind_t kind)
{
    either_defaults(&config, kind);
    config.i2s.rate_hz = config.pwm.rate_hz = RATE_HZ;
    config.i2s.fixed_rate = config.pwm.fixed_rate = true;
    config.i2s.buffer_us = config.pwm.buffer_us = BUFFER_SHORT_US;
    config.i2s.hole_records = config.pwm.hole_records = HOLES_KEPT;
}

static const char *open_output(void)
{
    ta_memory_t everything = ta_memory_all(&arena.mem);
    if (either_open(&dac, &config, &everything) != TA_OK)
        return either_error(&dac);
    siren_init(&siren, RATE_HZ, TA_FRAMES_UNKNOWN);
    return ta_output_play(&dac.output, &siren.source) == TA_OK ? NULL : "the siren is refused: report this";
}

// ---- flash ---------------------------------------------------------------------------------------------------------------

// The last sector of flash is this program's to write.
static uint32_t place(void)
{
    return PICO_FLASH_SIZE_BYTES - FLASH_SECTOR_SIZE;
}

typedef struct {
    uint32_t us;    // how long to go on
    uint32_t spent; // how long it was
    unsigned pages, sectors;
} work_t;

// Looks at the timer now and then only.
static uint64_t masked_until(uint64_t from, uint32_t us)
{
    uint64_t now = from;
    while (now - from < us) {
        for (int n = 0; n < BETWEEN_LOOKS; n++)
            tight_loop_contents();
        now = time_us_64();
    }
    return now;
}

// Interrupts are off, and the other core is not in flash. Every step is begun only while there is time left.
static void work_on_flash(void *context)
{
    static const uint8_t page[FLASH_PAGE_SIZE] = {0}; // bits can be cleared again and again
    static uint8_t in_sram[FLASH_PAGE_SIZE];
    work_t *work = context;
    memcpy(in_sram, page, sizeof page);
    uint64_t began = time_us_64();
    do {
        if (work->us >= SECTOR_FROM_US && work->spent + SECTOR_FROM_US <= work->us) {
            flash_range_erase(place(), FLASH_SECTOR_SIZE);
            work->sectors++;
        } else {
            flash_range_program(place(), in_sram, FLASH_PAGE_SIZE);
            work->pages++;
        }
        work->spent = (uint32_t)(time_us_64() - began);
    } while (work->spent < work->us);
}

// flash_safe_execute wants a second core that it can hold: Tonearm's can be held while it feeds, and otherwise there is none.
static const char *with_flash(work_t *work)
{
    if (multicore_lockout_victim_is_initialized(1))
        return flash_safe_execute(work_on_flash, work, LOCK_MS) == PICO_OK ? NULL : "the second core could not be held";
    uint32_t was = save_and_disable_interrupts();
    work_on_flash(work);
    restore_interrupts(was);
    return NULL;
}

// ---- stalls --------------------------------------------------------------------------------------------------------------

// Waits until the output bears a stall of so many microseconds. NULL, or why it never will.
static const char *ask(uint32_t us)
{
    if (us > either_queued_us(&config))
        return "that is more than this output ever has queued: open it with a larger buffer, or type ask off";
    while (ta_headroom(&dac.output) < us)
        console_rest();
    return NULL;
}

static uint32_t holes(void)
{
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    return stats.ring.holes;
}

// Until the feed has run again, so that what the stall did can be told.
static void recover(void)
{
    ta_output_stats_t before, now;
    ta_output_stats(&dac.output, &before);
    uint64_t until = time_us_64() + 2000000;
    do {
        console_rest();
        ta_output_stats(&dac.output, &now);
    } while ((now.feeds == before.feeds || ta_headroom(&dac.output) == 0) && time_us_64() < until);
}

static const char *stall(uint32_t ms, bool flash)
{
    work_t work = {.us = ms * 1000};
    uint64_t began = time_us_64();
    uint32_t longest = flash ? (work.us >= SECTOR_FROM_US ? SECTOR_US : PAGE_US) : 0;
    const char *wrong = asks ? ask(work.us + longest) : NULL;
    if (wrong)
        return wrong;
    uint32_t waited = (uint32_t)(time_us_64() - began), before = holes();
    if (flash) {
        wrong = with_flash(&work);
    } else {
        uint32_t was = save_and_disable_interrupts();
        uint64_t from = time_us_64();
        work.spent = (uint32_t)(masked_until(from, work.us) - from);
        restore_interrupts(was);
    }
    if (wrong)
        return wrong;
    recover();
    say("stall     %lu us, %s: %u sectors erased, %u pages programmed; %s, waited %lu us; %lu holes\n",
        (unsigned long)work.spent, flash ? "flash" : "interrupts off", work.sectors, work.pages,
        asks ? "asked" : "did not ask", (unsigned long)waited, (unsigned long)(holes() - before));
    return NULL;
}

static const char *set_buffer(uint32_t us)
{
    either_close(&dac);
    uint32_t was = config.i2s.buffer_us;
    config.i2s.buffer_us = config.pwm.buffer_us = us;
    const char *wrong = open_output();
    if (!wrong)
        return NULL;
    config.i2s.buffer_us = config.pwm.buffer_us = was; // which was open before, so that it can be again
    say("stall: %s\n", wrong);
    wrong = open_output();
    return wrong ? wrong : "that buffer cannot be: the output is open as it was before";
}

// Whoever asks has a large buffer, and is never heard; whoever does not has the default one.
static const char *all(void)
{
    static const uint16_t ms[] = {1, 5, 50, 500};
    for (int asking = 1; asking >= 0; asking--) {
        asks = asking;
        const char *refused = set_buffer(asking ? BUFFER_US : BUFFER_SHORT_US);
        if (refused)
            return refused;
        for (int kind = 0; kind < 2; kind++) {
            for (int n = 0; n < 4; n++) {
                const char *wrong = stall(ms[n], kind == 1);
                if (wrong)
                    return wrong;
            }
        }
    }
    return NULL;
}

// ---- commands ------------------------------------------------------------------------------------------------------------

static const char *report(void)
{
    claims_t claims;
    facts_say_output(&dac.output);
    facts_say_holding(&dac, &config);
    claims_since(&at_start, &claims);
    claims_say(&claims);
    facts_say_arena(&arena);
    return NULL;
}

static const char *halt(void)
{
    say("halted: only a reset helps now\n");
    sleep_ms(20); // for the text to leave
#if PICO_ON_DEVICE
    (void)save_and_disable_interrupts();
    for (;;)
        tight_loop_contents();
#endif
    return "this is no board: a core that is halted for good would never end";
}

static const char *set_feed(const char *name)
{
    for (int feed = TA_FEED_INTERRUPT; feed <= TA_FEED_CORE1; feed++) {
        if (strcmp(name, facts_feed_name((ta_feed_t)feed)) != 0 || feed == TA_FEED_CALLER)
            continue;
        either_close(&dac);
        config.i2s.feed = config.pwm.feed = (ta_feed_t)feed;
        return open_output();
    }
    return "feed: give interrupt or core1";
}

static const char *set_output(either_kind_t kind)
{
    either_close(&dac);
    choose_output(kind);
    return open_output();
}

static const char *set_asking(const char *value)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return "ask: give on or off";
    asks = value[1] == 'n';
    return NULL;
}

static const char *help(void)
{
    say("masked MS   mask interrupts for so many milliseconds\n"
        "flash MS    erase and program flash meanwhile, interrupts off\n"
        "ask on|off  ask for headroom before, and wait until there is enough\n"
        "all         1, 5, 50 and 500 ms of each, asking and not\n");
    say("feed NAME   interrupt or core1: open the output anew, fed so\n"
        "buffer US   open the output anew, with so much sound queued\n"
        "i2s, pwm    open that output\n");
    say("plan        what the output takes\n"
        "report      what was played, every hole, claims\n"
        "close       close the output and end\n"
        "halt        mask interrupts and stop for ever: only a reset helps\n");
    return NULL;
}

static bool number(const char *text, unsigned long most, unsigned long *value)
{
    char *end;
    *value = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && *value <= most;
}

static const char *carry_out(int count, char **word)
{
    static char error[TA_SENTENCE_MAX];
    const char *name = word[0], *argument = count > 1 ? word[1] : "";
    unsigned long value;
    bool flash = strcmp(name, "flash") == 0;
    if (flash || strcmp(name, "masked") == 0) {
        if (!number(argument, STALL_MAX_MS, &value) || value == 0)
            return "give milliseconds, 1 to 5000";
        return stall((uint32_t)value, flash);
    }
    if (strcmp(name, "buffer") == 0)
        return number(argument, 2000000, &value) ? set_buffer((uint32_t)value)
                                                 : "buffer: give microseconds, 1500 to 2000000";
    if (strcmp(name, "i2s") == 0 || strcmp(name, "pwm") == 0)
        return set_output(name[0] == 'i' ? EITHER_I2S : EITHER_PWM);
    if (strcmp(name, "ask") == 0)
        return set_asking(argument);
    if (strcmp(name, "feed") == 0)
        return set_feed(argument);
    if (strcmp(name, "plan") == 0)
        return facts_say_plan(&config, error) == TA_OK ? NULL : error;
    ending = strcmp(name, "close") == 0;
    if (ending) {
        either_close(&dac);
        claims_t claims;
        claims_since(&at_start, &claims);
        claims_say(&claims);
        return NULL;
    }
    return strcmp(name, "all") == 0      ? all()
           : strcmp(name, "report") == 0 ? report()
           : strcmp(name, "halt") == 0   ? halt()
           : strcmp(name, "help") == 0   ? help()
                                         : "there is no such command: help lists them";
}

int main(void)
{
    stdio_init_all();
    claims_look(&at_start);
    choose_output(EITHER_I2S);
    const char *wrong =
        ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) == TA_OK ? open_output() : "no memory";
    if (wrong) {
        say_error("%s", wrong);
        return EXIT_FAILURE;
    }
    say("stall: Tonearm %s; help lists the commands\n", TONEARM_VERSION);
    console_open(NULL);
    while (!ending && !console_ended()) {
        char **word;
        int count;
        if (!console_poll(&word, &count))
            continue;
        wrong = carry_out(count, word);
        if (wrong) {
            say_error("%s", wrong);
        } else {
            say_ok();
        }
    }
    if (!ending)
        either_close(&dac);
    return EXIT_SUCCESS;
}
