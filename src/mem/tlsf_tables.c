// Constants of tlsf_private.h. In: a block's size in units of 8 bytes, or a window of a de Bruijn sequence. Out: the
// class of the size, or the number of the bit. Invariant: classes rise with size.

#include "tlsf_private.h"

const uint8_t ta_tlsf_class_of_units[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  8,  9,  9,  10, 10, 11, 11,
                                            12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15,
                                            16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17,
                                            18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19};

const uint8_t ta_tlsf_bit_of_window[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                           31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
