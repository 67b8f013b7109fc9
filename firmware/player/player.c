// Plays WAV files from flash by I2S or PWM, as a console says: on a board by UART (GPIO 0 and 1, 115200 baud) and USB, on the desktop by
// standard input. In: commands, a line each; `help` lists them. Out: sound, and an answer to every command whose last line is "ok" or
// "error: " and a sentence. If PLAYER_AUTOPLAY is 1 (-DTONEARM_AUTOPLAY=ON), the last track is played at the start.

#include "console.h"
#include "deck.h"
#include "settings.h"
#include "tracks.h"

#include "pico/stdlib.h"
#if PICO_ON_DEVICE
#include "hardware/watchdog.h"
#include "pico/bootrom.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOOT_MS = 10, WAIT_DEFAULT_MS = 60000 };

static bool ending;
static track_t last_track; // what `play` without a name plays

typedef const char *command_t(int count, char **word); // NULL, or a sentence

// ---- numbers -------------------------------------------------------------------------------------------------------------

// "0.5", "1", "80%": in 1/65536. At most four digits count behind the point.
static bool volume(const char *text, uint32_t *gain_q16)
{
    uint32_t whole = 0, part = 0, unit = 1;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && whole < 1000; at++)
        whole = whole * 10 + (uint32_t)(*at - '0');
    bool digits = at != text;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            digits = true;
            if (unit < 10000) {
                part = part * 10 + (uint32_t)(*at - '0');
                unit *= 10;
            }
        }
    }
    uint32_t scale = *at == '%' ? 100 : 1;
    at += *at == '%';
    uint64_t gain =
        (((uint64_t)whole * unit + part) * TA_GAIN_UNITY_Q16 + (uint64_t)unit * scale / 2) / ((uint64_t)unit * scale);
    *gain_q16 = (uint32_t)gain;
    return digits && *at == 0 && gain <= TA_GAIN_MAX_Q16;
}

static char complaint[TA_SENTENCE_MAX];

static const char *complain(const char *before, const char *what, const char *after)
{
    (void)snprintf(complaint, sizeof complaint, "%s%s%s", before, what, after);
    return complaint;
}

static const char *do_open(int count, char **word)
{
    either_config_t config;
    bool pwm = count > 1 && strcmp(word[1], "pwm") == 0;
    if (count > 1 && !pwm && strcmp(word[1], "i2s") != 0)
        return complain("open: there is no output ", word[1], ": type open i2s or open pwm");
    either_defaults(&config, pwm ? EITHER_PWM : EITHER_I2S);
    for (int n = 2; n < count; n++) {
        const char *wrong = settings_set(&config, word[n]);
        if (wrong)
            return wrong;
    }
    return deck_open(&config);
}

// ---- commands ------------------------------------------------------------------------------------------------------------

static const char *do_list(int count, char **word)
{
    (void)count;
    (void)word;
    track_t track;
    for (unsigned n = 0; tracks_get(n, &track); n++) {
        ta_stream_t stream;
        static ta_wav_t wav;
        ta_stream_from_memory(&stream, track.bytes, track.size);
        say("%-3u %-20s %s, ", n + 1, track.name, track.appended ? "appended" : "embedded");
        if (ta_wav_open(&wav, &stream) == TA_OK) {
            say("%u bits, %u channels, %lu Hz, %llu frames\n", wav.info.bits, wav.info.channels,
                (unsigned long)wav.info.format.rate_hz, (unsigned long long)wav.info.frames);
        } else {
            say("%s\n", wav.error);
        }
    }
    return tracks_trouble();
}

static const char *start(int count, char **word, bool behind)
{
    track_t track = last_track;
    if (count > 1 && !tracks_named(word[1], &track))
        return complain("there is no track ", word[1], ": list names them");
    const char *wrong = deck_play(&track, behind);
    if (!wrong)
        last_track = track;
    return wrong;
}

static const char *do_play(int count, char **word)
{
    return start(count, word, false);
}

static const char *do_queue(int count, char **word)
{
    return start(count, word, true);
}

static const char *do_stop(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_stop();
}

static const char *do_pause(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_pause();
}

static const char *do_resume(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_resume();
}

static const char *do_loop(int count, char **word)
{
    unsigned long times = 0;
    bool forever = count == 1 || strcmp(word[1], "forever") == 0, off = count > 1 && strcmp(word[1], "off") == 0;
    if (!forever && !off && !settings_number(word[1], UINT32_MAX - 1, &times))
        return complain("loop ", word[1], " cannot be: give how many more times a track is played, forever, or off");
    deck_loop(forever ? TA_LOOP_FOREVER : (uint32_t)times);
    return NULL;
}

static const char *do_volume(int count, char **word)
{
    uint32_t gain;
    if (count < 2 || !volume(word[1], &gain))
        return complain("volume ", count < 2 ? "alone" : word[1], " cannot be: give 0 to 4, as in 0.5, or 0% to 400%");
    return deck_volume(gain);
}

static const char *do_plan(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_say_plan();
}

static const char *do_report(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_say_report();
}

static const char *do_close(int count, char **word)
{
    (void)count;
    (void)word;
    return deck_close();
}

static const char *do_wait(int count, char **word)
{
    unsigned long ms = WAIT_DEFAULT_MS;
    if (count > 1 && !settings_number(word[1], 3600000, &ms))
        return complain("wait ", word[1], " cannot be: give milliseconds, an hour at most");
    uint64_t until = time_us_64() + ms * UINT64_C(1000);
    while (time_us_64() < until && (count > 1 || deck_busy()))
        console_rest();
    return count > 1 || !deck_busy() ? NULL : "something still plays after a minute: type stop";
}

static const char *do_reboot(int count, char **word)
{
    (void)count;
    (void)word;
    ending = true;
    return NULL;
}

static const char *do_bootsel(int count, char **word)
{
    (void)count;
    (void)word;
#if PICO_ON_DEVICE
    (void)deck_close(); // quiet, if it is open
    say_ok();
    sleep_ms(BOOT_MS);
    reset_usb_boot(0, 0);
#endif
    return "this is no board: nothing to boot";
}

static const char *do_help(int count, char **word);

static const struct {
    const char *name, *what;
    command_t *run;
} commands[] = {
    {"help", "[open]: this list, or the settings of open", do_help},
    {"list", "tracks, with numbers", do_list},
    {"open", "[i2s or pwm [name=value ...]]: open an output; help open lists the settings", do_open},
    {"plan", "what the output takes and gives", do_plan},
    {"play", "[name or number]: play a track now", do_play},
    {"queue", "[name or number]: play it behind what plays, without a gap", do_queue},
    {"stop", "fade out, drop what plays", do_stop},
    {"pause", "fade out, keep the place", do_pause},
    {"resume", "go on with the very next frame", do_resume},
    {"loop", "[n, forever or off]: tracks played from now on play n more times", do_loop},
    {"volume", "0 to 4, as in 0.5, or 0% to 400%", do_volume},
    {"report", "what was played, holes, claims, memory", do_report},
    {"wait", "[ms]: until nothing plays, or so long", do_wait},
    {"close", "close the output, give everything back", do_close},
    {"reboot", "start again; on the desktop: end", do_reboot},
    {"bootsel", "become a USB drive, for another UF2 file", do_bootsel},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const char *do_help(int count, char **word)
{
    if (count > 1 && strcmp(word[1], "open") == 0) {
        settings_say();
        return NULL;
    }
    for (int n = 0; n < COMMANDS; n++)
        say("%-8s %s\n", commands[n].name, commands[n].what);
    return NULL;
}

static const char *carry_out(int count, char **word)
{
    for (int n = 0; n < COMMANDS; n++) {
        if (strcmp(commands[n].name, word[0]) == 0)
            return commands[n].run(count, word);
    }
    return complain("there is no command ", word[0], ": help lists them");
}

static void obey(int count, char **word)
{
    const char *wrong = carry_out(count, word);
    if (wrong) {
        say_error("%s", wrong);
    } else {
        say_ok();
    }
}

static int leave(void)
{
    (void)deck_close(); // its sentence, when nothing is open, is of no interest now
#if PICO_ON_DEVICE
    watchdog_reboot(0, 0, BOOT_MS);
    for (;;)
        tight_loop_contents();
#endif
    return EXIT_SUCCESS;
}

#ifndef PLAYER_AUTOPLAY
#define PLAYER_AUTOPLAY 0
#endif

int main(void)
{
    stdio_init_all();
    if (!deck_begin())
        return EXIT_FAILURE;
    say("player: Tonearm %s; help lists the commands\n", TONEARM_VERSION);
    if (!tracks_find())
        say("player: %s\n", tracks_trouble());
    (void)tracks_get(tracks_count() - 1, &last_track);
    if (PLAYER_AUTOPLAY) {
        char command[2][5] = {"open", "play"};
        for (int n = 0; n < 2; n++)
            obey(1, (char *[]){command[n], NULL});
    }
    console_open(deck_idle);
    while (!ending && !console_ended()) {
        char **word;
        int count;
        if (console_poll(&word, &count))
            obey(count, word);
    }
    return leave();
}
