// What a need may ask for, the same for a resource and for a plan. Not for users.
#ifndef TONEARM_MEM_NEED_H
#define TONEARM_MEM_NEED_H

#include "tonearm/memory.h"

static inline bool ta_need_is_valid(const ta_need_t *need)
{
    bool power = need->align != 0 && (need->align & (need->align - 1)) == 0;
    bool one_class = need->cls == TA_CLASS_DMA || need->cls == TA_CLASS_FAST || need->cls == TA_CLASS_BULK;
    return need->bytes != 0 && power && need->align <= TA_NEED_ALIGN_MAX && one_class;
}

#endif
