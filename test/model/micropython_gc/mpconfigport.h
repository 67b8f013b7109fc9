// The settings of MicroPython's rp2 port that its collector depends on, and nothing else: enough to compile py/gc.c
// -m32.
#include <alloca.h>
#include <stdint.h>

#define MICROPY_CONFIG_ROM_LEVEL     (MICROPY_CONFIG_ROM_LEVEL_MINIMUM)
#define MICROPY_ENABLE_COMPILER      (0)
#define MICROPY_ENABLE_GC            (1)
#define MICROPY_ENABLE_FINALISER     (1)
#define MICROPY_GC_ALLOC_THRESHOLD   (1)
#define MICROPY_GC_SPLIT_HEAP        (0)
#define MICROPY_ALLOC_GC_STACK_SIZE  (64)
#define MICROPY_GC_STACK_ENTRY_TYPE  uint16_t
#define MICROPY_PY_GC_COLLECT_RETVAL (1)

typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
typedef long mp_off_t;

#define MICROPY_HW_BOARD_NAME "none"
#define MICROPY_HW_MCU_NAME   "none"
#define MP_STATE_PORT         MP_STATE_VM
