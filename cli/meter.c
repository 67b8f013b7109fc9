// The live meter. In: position, peaks, headroom, holes. Out: one line on stderr, at most 20 times a second, and only on a
// terminal, of whatever width it has just then: elsewhere not a byte. NO_COLOR is respected.

#include "meter.h"

#include "cli.h"
#include "input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { INTERVAL_NS = 50000000, BAR_MIN = 4, BAR_MAX = 24, FLOOR_DB = 60, YELLOW_DB = -12, RED_DB = -1 };

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

// What there is to say.
typedef struct {
    char place[CLI_NUMBER_MAX], whole[CLI_NUMBER_MAX], state[2 * CLI_NUMBER_MAX], speed[CLI_NUMBER_MAX];
    unsigned bar; // columns of each bar; 0: no bars
} meter_line_t;

static void say_parts(meter_line_t *line, const meter_view_t *view)
{
    char at[CLI_NUMBER_MAX], whole[CLI_NUMBER_MAX] = "?";
    if (view->total_frames)
        (void)input_time(view->total_frames, view->rate_hz, whole);
    (void)snprintf(line->place, sizeof line->place, "%9.24s", input_time(view->position_frames, view->rate_hz, at));
    (void)snprintf(line->whole, sizeof line->whole, " / %-9.24s", whole);
    const char *s = view->holes == 1 ? "" : "s";
    if (view->silent_us) {
        (void)snprintf(line->state, sizeof line->state, "STALLED, silent for %.0f ms, %u hole%s",
                       (double)view->silent_us / 1000, view->holes, s);
    } else {
        (void)snprintf(line->state, sizeof line->state, "%6.1f ms ahead, %u hole%s", (double)view->headroom_us / 1000,
                       view->holes, s);
    }
    (void)snprintf(line->speed, sizeof line->speed, ", %.1fx", view->speed);
}

// What does not fit beside the last column, where a cursor would wrap, is left out: first the speed, then the bars, the length
// of the whole, and the place.
static void choose_parts(meter_line_t *line, size_t columns)
{
    const size_t room = columns > 1 ? columns - 1 : 1, around_bars = strlen(" L  R  ");
    size_t place = strlen(line->place), whole = strlen(line->whole), state = strlen(line->state);
    size_t bars = around_bars + (size_t)2 * BAR_MIN;
    if (place + whole + bars + state + strlen(line->speed) > room)
        line->speed[0] = '\0';
    size_t rest = place + whole + state + strlen(line->speed);
    line->bar = rest + bars > room ? 0 : (unsigned)((room - rest - around_bars) / 2);
    if (line->bar > BAR_MAX)
        line->bar = BAR_MAX;
    if (rest + 1 > room)
        line->whole[0] = '\0';
    if (place + 1 + state > room)
        line->place[0] = '\0';
    if (state > room)
        line->state[room] = '\0';
}

void meter_draw(meter_t *meter, uint64_t now_ns, const meter_view_t *view)
{
    meter_line_t line;
    say_parts(&line, view);
    choose_parts(&line, terminal_columns());
    (void)fprintf(stderr, "\r\033[K%s%s", line.place, line.whole);
    if (line.bar) {
        (void)fputs(" L ", stderr);
        draw_bar(meter, meter->hold[0], line.bar);
        (void)fputs(" R ", stderr);
        draw_bar(meter, meter->hold[1], line.bar);
    }
    (void)fprintf(stderr, "%s%s%s", *line.place ? " " : "", line.state, line.speed);
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
