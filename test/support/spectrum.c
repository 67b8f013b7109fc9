// The audible band. In: a signal. Out: power, flat and as the ear weighs it.

#include "test/support/spectrum.h"

#include <math.h>
#include <stdbool.h>

double complex spectrum_turned_by(double angle)
{
    return cos(angle) + sin(angle) * (double complex)I;
}

static void transform(double complex *x, size_t count, size_t step, double complex *out)
{
    if (count == 1) {
        out[0] = x[0];
        return;
    }
    transform(x, count / 2, 2 * step, out);
    transform(x + step, count / 2, 2 * step, out + count / 2);
    for (size_t k = 0; k < count / 2; k++) {
        double complex turned = spectrum_turned_by(-2 * SPECTRUM_PI * (double)k / (double)count) * out[k + count / 2];
        out[k + count / 2] = out[k] - turned;
        out[k] += turned;
    }
}

double spectrum_a_weight(double f)
{
    double f2 = f * f;
    double r = 12194.217 * 12194.217 * f2 * f2 /
               ((f2 + 20.598997 * 20.598997) * sqrt((f2 + 107.65265 * 107.65265) * (f2 + 737.86223 * 737.86223)) *
                (f2 + 12194.217 * 12194.217));
    return pow(r * pow(10, 0.1), 2);
}

spectrum_noise_t spectrum_noise(const double *signal, double rate_hz, size_t tone)
{
    enum { POINTS = SPECTRUM_POINTS };
    static double complex in[POINTS];
    static double complex lines[POINTS];
    spectrum_noise_t noise = {0, 0, 0};
    for (size_t i = 0; i < POINTS; i++) {
        in[i] = signal[i] * (1 - cos(2 * SPECTRUM_PI * (double)i / POINTS));
    }
    transform(in, POINTS, 1, lines);
    for (size_t k = 1; k < POINTS / 2; k++) {
        double f = (double)k * rate_hz / POINTS;
        bool apart = k > 2 && (tone == 0 || k + 2 < tone || k > tone + 2);
        if (f < 20 || f > 20000 || !apart) {
            continue;
        }
        // Two sides, the window's mean square 3/2, and a sine's 1/2.
        double power = 2 * creal(lines[k] * conj(lines[k])) / POINTS / POINTS / 1.5 * 2;
        noise.flat += power;
        noise.weighted += power * spectrum_a_weight(f);
        noise.peak = fmax(noise.peak, power * 1.5); // a line lies in three
    }
    return noise;
}
