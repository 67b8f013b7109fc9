/// @file spectrum.h  What is in the audible band of a signal.
#ifndef TA_TEST_SPECTRUM_H
#define TA_TEST_SPECTRUM_H

#include <complex.h>
#include <stddef.h>

enum { SPECTRUM_POINTS = 1 << 16 };
#define SPECTRUM_PI 3.14159265358979323846

/// Power in 20 Hz to 20 kHz, of full scale's sine; peak: of the highest line.
typedef struct {
    double flat, weighted, peak;
} spectrum_noise_t;

double complex spectrum_turned_by(double angle);

/// IEC 61672's A, as power.
double spectrum_a_weight(double hz);

/// Of what a Hann window sees of SPECTRUM_POINTS values, without the `tone` (a line of the transform, 0: none) and without the mean.
spectrum_noise_t spectrum_noise(const double *signal, double rate_hz, size_t tone);

#endif
