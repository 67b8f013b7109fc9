// Pitches in Hz. Apart from the rest, since it brings a library's power of 2 along.

#include "tonearm/control.h"

#include "real.h"

ta_real_t ta_voct_to_hz(ta_real_t octaves)
{
    ta_real_t power = real_within(octaves, -11, 11) - 7;
    return REAL(8372) * REAL_EXP2(power);
}

ta_real_t ta_midi_to_hz(ta_real_t note)
{
    return ta_voct_to_hz(note / 12 - 3);
}
