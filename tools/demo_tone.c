// A stereo recording for `make demo`: plucked strings that wander from left to right. In: nothing. Out: a 16-bit stereo WAV
// at 44.1 kHz on stdout, about eleven seconds, the same bytes every time.

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum {
    RATE_HZ = 44100,
    NOTE_FRAMES = 11025,
    PHRASE = 12,
    NOTES = 3 * PHRASE,
    TAIL_FRAMES = 66150,
    FRAMES = NOTES * NOTE_FRAMES + TAIL_FRAMES
};

// Semitones above A2: an A minor ninth chord, up and down; then the same on F and on G.
static const int semitone[PHRASE] = {0, 7, 12, 15, 19, 22, 26, 22, 19, 15, 12, 7};
static const int root[NOTES / PHRASE] = {0, -4, -2};

static double pluck(double hz, double seconds)
{
    double sound = 0;
    for (int harmonic = 1; harmonic <= 6; harmonic++) {
        sound +=
            sin(2 * 3.14159265358979 * hz * harmonic * seconds) * exp(-seconds * (1.2 + 0.9 * harmonic)) / harmonic;
    }
    return sound * (seconds < 0.002 ? seconds / 0.002 : 1);
}

static void put(uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        putchar((int)(value >> (8 * i) & 0xFF));
    }
}

int main(void)
{
    const uint32_t bytes = FRAMES * 4;
    fputs("RIFF", stdout);
    put(36 + bytes, 4);
    fputs("WAVEfmt ", stdout);
    put(16, 4);
    put(1, 2);
    put(2, 2);
    put(RATE_HZ, 4);
    put(RATE_HZ * 4, 4);
    put(4, 2);
    put(16, 2);
    fputs("data", stdout);
    put(bytes, 4);
    for (int frame = 0; frame < FRAMES; frame++) {
        double left = 0, right = 0;
        for (int note = 0; note < NOTES && note * NOTE_FRAMES <= frame; note++) {
            const double seconds = (double)(frame - note * NOTE_FRAMES) / RATE_HZ;
            if (seconds > 4)
                continue;
            const double sound = pluck(110 * pow(2, (semitone[note % PHRASE] + root[note / PHRASE]) / 12.0), seconds);
            const double place = fabs(1 - (double)(note % PHRASE) / 6); // left, right, and back
            left += sound * (1 - place);
            right += sound * place;
        }
        put((uint32_t)(int32_t)lrint(left * 10000), 2);
        put((uint32_t)(int32_t)lrint(right * 10000), 2);
    }
    return ferror(stdout) ? 1 : 0;
}
