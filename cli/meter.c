// The live meter. In: position, peaks, headroom, holes. Out: one line on stderr, at most 20 times a second, and only on a
// terminal: elsewhere not a byte. NO_COLOR is respected.

#include "meter.h"

#include "cli.h"
#include "input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    INTERVAL_NS = 50000000,
    TEXT_COLUMNS = 62,
    BAR_MIN = 4,
    BAR_MAX = 24,
    FLOOR_DB = 60,
    YELLOW_DB = -12,
    RED_DB = -1
};

uint64_t meter_clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return CLI_COLUMNS;
}

void meter_begin(meter_t *meter, bool wanted)
{
    const char *terminal = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    *meter = (meter_t){0};
    meter->on = wanted && isatty(STDERR_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
    meter->colour = !(no_color && *no_color);
    meter->columns = terminal_columns();
}

void meter_peaks(meter_t *meter, const uint32_t peak[2])
{
    for (int c = 0; c < 2; c++) {
        if (peak[c] > meter->hold[c])
            meter->hold[c] = peak[c];
    }
}

bool meter_due(const meter_t *meter, uint64_t now_ns)
{
    return meter->on && now_ns >= meter->next_ns;
}

static void draw_bar(const meter_t *meter, uint32_t peak, unsigned width)
{
    double db = peak ? 20 * log10(peak / 2147483648.0) : -1000;
    double part = (db + FLOOR_DB) / FLOOR_DB;
    unsigned lit = part <= 0 ? 0 : part >= 1 ? width : (unsigned)lround(part * width);
    const char *colour = db >= RED_DB ? "31" : db >= YELLOW_DB ? "33" : "32";
    if (meter->colour)
        (void)fprintf(stderr, "\033[%sm", colour);
    for (unsigned i = 0; i < width; i++)
        (void)fputc(i < lit ? '#' : '-', stderr);
    if (meter->colour)
        (void)fputs("\033[0m", stderr);
}

void meter_draw(meter_t *meter, uint64_t now_ns, const meter_view_t *view)
{
    char at[CLI_NUMBER_MAX], total[CLI_NUMBER_MAX] = "?";
    unsigned bar = meter->columns > TEXT_COLUMNS + 2 * BAR_MIN ? (meter->columns - TEXT_COLUMNS) / 2 : BAR_MIN;
    if (bar > BAR_MAX)
        bar = BAR_MAX;
    if (view->total_frames)
        (void)input_time(view->total_frames, view->rate_hz, total);
    (void)fprintf(stderr, "\r\033[K%9s / %-9s L ", input_time(view->position_frames, view->rate_hz, at), total);
    draw_bar(meter, meter->hold[0], bar);
    (void)fputs(" R ", stderr);
    draw_bar(meter, meter->hold[1], bar);
    (void)fprintf(stderr, " %6.1f ms ahead, %u hole%s, %.1fx", (double)view->headroom_us / 1000, view->holes,
                  view->holes == 1 ? "" : "s", view->speed);
    (void)fflush(stderr);
    meter->drawn = true;
    meter->next_ns = now_ns + INTERVAL_NS;
    meter->hold[0] = meter->hold[1] = 0;
}

void meter_end(meter_t *meter)
{
    if (meter->drawn)
        (void)fputs("\r\033[K", stderr);
    meter->drawn = false;
}
