/// @file pico/platform.h  What pico-sdk's platform headers give, for the virtual chip.
///
/// On silicon these constants are fixed when the program is compiled. Here one build serves both chips, so the
/// constants that differ ask the chip that is powered up. They are expressions, not integer constants: no #if on them.
#ifndef CHIP_PICO_PLATFORM_H
#define CHIP_PICO_PLATFORM_H

#include "pico/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PICO_ON_DEVICE            0
#define PICO_NO_HARDWARE          1
#define PICO_VIRTUAL_CHIP         1
#define PICO_RP2040               0
#define PICO_RP2350               0
#define PICO_SDK_VERSION_MAJOR    2
#define PICO_SDK_VERSION_MINOR    1
#define PICO_SDK_VERSION_REVISION 1
#define PICO_SDK_VERSION_STRING   "2.1.1"

#define NUM_CORES              2u
#define NUM_DMA_CHANNELS       (chip_constant_dma_channels())
#define NUM_DMA_TIMERS         4u
#define NUM_DMA_IRQS           (chip_constant_dma_irqs())
#define NUM_IRQS               (chip_constant_irqs())
#define NUM_USER_IRQS          6u
#define FIRST_USER_IRQ         (NUM_IRQS - NUM_USER_IRQS)
#define NUM_PIOS               (chip_constant_pios())
#define NUM_PIO_STATE_MACHINES 4u
#define NUM_PIO_IRQS           2u
#define PIO_INSTRUCTION_COUNT  32u
#define NUM_PWM_SLICES         (chip_constant_pwm_slices())
#define NUM_PWM_IRQS           (chip_constant_pwm_irqs())
#define NUM_BANK0_GPIOS        (chip_constant_gpios())
#define XOSC_HZ                12000000u
#define SYS_CLK_HZ             (chip_constant_system_hz())

/// The constants of the chip that is up; those of RP2040 when none is.
uint chip_constant_dma_channels(void);
uint chip_constant_dma_irqs(void);
uint chip_constant_irqs(void);
uint chip_constant_pios(void);
uint chip_constant_pwm_slices(void);
uint chip_constant_pwm_irqs(void);
uint chip_constant_gpios(void);
uint chip_constant_system_hz(void);
uint chip_constant_flash_bytes(void);
/// True on RP2350.
bool chip_constant_is_rp2350(void);

#define __not_in_flash(group)
#define __not_in_flash_func(func_name)           func_name
#define __no_inline_not_in_flash_func(func_name) __attribute__((__noinline__)) func_name
#define __time_critical_func(func_name)          func_name
#define __in_flash(group)
#define __scratch_x(group)
#define __scratch_y(group)
#define __after_data(group)
#define __uninitialized_ram(group) group
#define __isr

#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __force_inline
#define __force_inline inline __attribute__((__always_inline__))
#endif
#ifndef __weak
#define __weak __attribute__((__weak__))
#endif
#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif
#ifndef count_of
#define count_of(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#ifndef MIN
#define MIN(a, b) ((b) > (a) ? (a) : (b))
#endif

#define hard_assert(condition) ((condition) ? (void)0 : panic("hard assertion failed: %s", #condition))

/// Print a sentence and abort.
__attribute__((__noreturn__, __format__(__printf__, 1, 2))) void panic(const char *fmt, ...);

/// A turn of a loop that waits: takes time here, so that what is waited for can happen.
void tight_loop_contents(void);
void busy_wait_at_least_cycles(uint32_t minimum_cycles);
uint get_core_num(void);
/// Number of the exception being served, 16 + interrupt number; 0 in ordinary code.
uint __get_current_exception(void);

#ifdef __cplusplus
}
#endif
#endif
