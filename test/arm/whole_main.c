// whole.c as a program, for the desktop and a Cortex-M33: a line `hash frames peak name` for each case.
#include "whole.h"

#include <stdio.h>

int main(void)
{
    for (uint32_t index = 0; whole_name(index); index++) {
        uint32_t hash = whole_run(index);
        printf("%08lx %lu %lu %s\n", (unsigned long)hash, (unsigned long)whole_frames, (unsigned long)whole_peak,
               whole_name(index));
    }
    return 0;
}
