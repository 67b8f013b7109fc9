// The unix port's standard variant, but for Ctrl-C: as on a board it interrupts between bytecodes. The standard variant leaves wherever
// it happens to be by longjmp, a collection included, after which the heap stays locked.

#include "variants/standard/mpconfigvariant.h"

#undef MICROPY_ASYNC_KBD_INTR
#define MICROPY_ASYNC_KBD_INTR (0)
