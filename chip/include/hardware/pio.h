/// @file hardware/pio.h  pico-sdk's PIO functions.
#ifndef CHIP_HARDWARE_PIO_H
#define CHIP_HARDWARE_PIO_H

#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio_instructions.h"
#include "hardware/regs/dreq.h"
#include "hardware/structs/pio.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PICO_PIO_VERSION       1
#define PICO_PIO_USE_GPIO_BASE 1

enum pio_fifo_join {
    PIO_FIFO_JOIN_NONE = 0,
    PIO_FIFO_JOIN_TX = 1,
    PIO_FIFO_JOIN_RX = 2,
    PIO_FIFO_JOIN_TXGET = 4,   ///< RP2350; not modelled, refused
    PIO_FIFO_JOIN_TXPUT = 8,   ///< RP2350; not modelled, refused
    PIO_FIFO_JOIN_PUTGET = 12, ///< RP2350; not modelled, refused
};

enum pio_mov_status_type { STATUS_TX_LESSTHAN = 0, STATUS_RX_LESSTHAN = 1, STATUS_IRQ_SET = 2 };

typedef pio_hw_t *PIO;

#define pio0                       pio0_hw
#define pio1                       pio1_hw
#define pio2                       pio2_hw
#define PIO_NUM(pio)               ((uint)(((uintptr_t)(pio)-PIO0_BASE) >> 20))
#define PIO_INSTANCE(instance)     ((pio_hw_t *)(uintptr_t)(PIO0_BASE + (instance) * (1u << 20)))
#define PIO_FUNCSEL_NUM(pio, gpio) ((gpio_function_t)((uint)GPIO_FUNC_PIO0 + PIO_NUM(pio)))
#define PIO_DREQ_NUM(pio, sm, is_tx)                                                                                   \
    (DREQ_PIO0_TX0 + (sm) + ((is_tx) ? 0u : NUM_PIO_STATE_MACHINES) + PIO_NUM(pio) * (DREQ_PIO1_TX0 - DREQ_PIO0_TX0))
#define PIO_IRQ_NUM(pio, irqn) (PIO0_IRQ_0 + NUM_PIO_IRQS * PIO_NUM(pio) + (irqn))

/// Register values of a state machine. pinhi holds the upper bit pairs of five pin numbers, for banks of 48 pins:
/// 0 pins 0-15, 1 pins 16-31, 2 pins 32-47, 3 not given; in the order out, set, side-set, in, jmp from bit 0.
typedef struct {
    uint32_t clkdiv;
    uint32_t execctrl;
    uint32_t shiftctrl;
    uint32_t pinctrl;
    uint32_t pinhi;
} pio_sm_config;

typedef struct pio_program {
    const uint16_t *instructions;
    uint8_t length;
    int8_t origin;
    uint8_t pio_version;
    uint8_t used_gpio_ranges;
} pio_program_t;

/// Bits of INTR, as RP2350 lays them out; RP2040 has the first four flags.
typedef enum pio_interrupt_source {
    pis_sm0_rx_fifo_not_empty = 0,
    pis_sm1_rx_fifo_not_empty,
    pis_sm2_rx_fifo_not_empty,
    pis_sm3_rx_fifo_not_empty,
    pis_sm0_tx_fifo_not_full,
    pis_sm1_tx_fifo_not_full,
    pis_sm2_tx_fifo_not_full,
    pis_sm3_tx_fifo_not_full,
    pis_interrupt0,
    pis_interrupt1,
    pis_interrupt2,
    pis_interrupt3,
    pis_interrupt4,
    pis_interrupt5,
    pis_interrupt6,
    pis_interrupt7,
} pio_interrupt_source_t;

void sm_config_set_out_pin_base(pio_sm_config *c, uint out_base);
void sm_config_set_out_pin_count(pio_sm_config *c, uint out_count);
void sm_config_set_out_pins(pio_sm_config *c, uint out_base, uint out_count);
void sm_config_set_set_pin_base(pio_sm_config *c, uint set_base);
void sm_config_set_set_pin_count(pio_sm_config *c, uint set_count);
void sm_config_set_set_pins(pio_sm_config *c, uint set_base, uint set_count);
void sm_config_set_in_pin_base(pio_sm_config *c, uint in_base);
void sm_config_set_in_pins(pio_sm_config *c, uint in_base);
void sm_config_set_in_pin_count(pio_sm_config *c, uint in_count);
void sm_config_set_sideset_pin_base(pio_sm_config *c, uint sideset_base);
void sm_config_set_sideset_pins(pio_sm_config *c, uint sideset_base);
void sm_config_set_sideset(pio_sm_config *c, uint bit_count, bool optional, bool pindirs);
void sm_config_set_clkdiv_int_frac8(pio_sm_config *c, uint32_t div_int, uint8_t div_frac8);
void sm_config_set_clkdiv_int_frac(pio_sm_config *c, uint16_t div_int, uint8_t div_frac8);
void sm_config_set_wrap(pio_sm_config *c, uint wrap_target, uint wrap);
void sm_config_set_jmp_pin(pio_sm_config *c, uint pin);
void sm_config_set_in_shift(pio_sm_config *c, bool shift_right, bool autopush, uint push_threshold);
void sm_config_set_out_shift(pio_sm_config *c, bool shift_right, bool autopull, uint pull_threshold);
void sm_config_set_fifo_join(pio_sm_config *c, enum pio_fifo_join join);
void sm_config_set_out_special(pio_sm_config *c, bool sticky, bool has_enable_pin, uint enable_bit_index);
void sm_config_set_mov_status(pio_sm_config *c, enum pio_mov_status_type status_sel, uint status_n);
pio_sm_config pio_get_default_sm_config(void);

uint pio_get_gpio_base(PIO pio);
int pio_set_gpio_base(PIO pio, uint gpio_base);
uint pio_get_index(PIO pio);
uint pio_get_funcsel(PIO pio);
PIO pio_get_instance(uint instance);
void pio_gpio_init(PIO pio, uint pin);
uint pio_get_dreq(PIO pio, uint sm, bool is_tx);
int pio_get_irq_num(PIO pio, uint irqn);

bool pio_can_add_program(PIO pio, const pio_program_t *program);
bool pio_can_add_program_at_offset(PIO pio, const pio_program_t *program, uint offset);
int pio_add_program(PIO pio, const pio_program_t *program);
int pio_add_program_at_offset(PIO pio, const pio_program_t *program, uint offset);
void pio_remove_program(PIO pio, const pio_program_t *program, uint loaded_offset);
void pio_clear_instruction_memory(PIO pio);

void pio_sm_claim(PIO pio, uint sm);
void pio_claim_sm_mask(PIO pio, uint sm_mask);
void pio_sm_unclaim(PIO pio, uint sm);
int pio_claim_unused_sm(PIO pio, bool required);
bool pio_sm_is_claimed(PIO pio, uint sm);
bool pio_claim_free_sm_and_add_program(const pio_program_t *program, PIO *pio, uint *sm, uint *offset);
bool pio_claim_free_sm_and_add_program_for_gpio_range(const pio_program_t *program, PIO *pio, uint *sm, uint *offset,
                                                      uint gpio_base, uint gpio_count, bool set_gpio_base);
void pio_remove_program_and_unclaim_sm(const pio_program_t *program, PIO pio, uint sm, uint offset);

int pio_sm_init(PIO pio, uint sm, uint initial_pc, const pio_sm_config *config);
int pio_sm_set_config(PIO pio, uint sm, const pio_sm_config *config);
void pio_sm_set_enabled(PIO pio, uint sm, bool enabled);
void pio_set_sm_mask_enabled(PIO pio, uint32_t mask, bool enabled);
void pio_sm_restart(PIO pio, uint sm);
void pio_restart_sm_mask(PIO pio, uint32_t mask);
void pio_sm_clkdiv_restart(PIO pio, uint sm);
void pio_clkdiv_restart_sm_mask(PIO pio, uint32_t mask);
void pio_enable_sm_mask_in_sync(PIO pio, uint32_t mask);
uint8_t pio_sm_get_pc(PIO pio, uint sm);
void pio_sm_exec(PIO pio, uint sm, uint instr);
bool pio_sm_is_exec_stalled(PIO pio, uint sm);
void pio_sm_exec_wait_blocking(PIO pio, uint sm, uint instr);
void pio_sm_set_wrap(PIO pio, uint sm, uint wrap_target, uint wrap);
void pio_sm_set_clkdiv_int_frac8(PIO pio, uint sm, uint32_t div_int, uint8_t div_frac8);
void pio_sm_set_clkdiv_int_frac(PIO pio, uint sm, uint16_t div_int, uint8_t div_frac8);

void pio_sm_put(PIO pio, uint sm, uint32_t data);
uint32_t pio_sm_get(PIO pio, uint sm);
void pio_sm_put_blocking(PIO pio, uint sm, uint32_t data);
uint32_t pio_sm_get_blocking(PIO pio, uint sm);
bool pio_sm_is_rx_fifo_full(PIO pio, uint sm);
bool pio_sm_is_rx_fifo_empty(PIO pio, uint sm);
uint pio_sm_get_rx_fifo_level(PIO pio, uint sm);
bool pio_sm_is_tx_fifo_full(PIO pio, uint sm);
bool pio_sm_is_tx_fifo_empty(PIO pio, uint sm);
uint pio_sm_get_tx_fifo_level(PIO pio, uint sm);
void pio_sm_drain_tx_fifo(PIO pio, uint sm);
void pio_sm_clear_fifos(PIO pio, uint sm);

void pio_sm_set_pins(PIO pio, uint sm, uint32_t pin_values);
void pio_sm_set_pins64(PIO pio, uint sm, uint64_t pin_values);
void pio_sm_set_pins_with_mask(PIO pio, uint sm, uint32_t pin_values, uint32_t pin_mask);
void pio_sm_set_pins_with_mask64(PIO pio, uint sm, uint64_t pin_values, uint64_t pin_mask);
void pio_sm_set_pindirs_with_mask(PIO pio, uint sm, uint32_t pin_dirs, uint32_t pin_mask);
void pio_sm_set_pindirs_with_mask64(PIO pio, uint sm, uint64_t pin_dirs, uint64_t pin_mask);
int pio_sm_set_consecutive_pindirs(PIO pio, uint sm, uint pins_base, uint pin_count, bool is_out);

void pio_set_irq0_source_enabled(PIO pio, pio_interrupt_source_t source, bool enabled);
void pio_set_irq1_source_enabled(PIO pio, pio_interrupt_source_t source, bool enabled);
void pio_set_irqn_source_enabled(PIO pio, uint irq_index, pio_interrupt_source_t source, bool enabled);
bool pio_interrupt_get(PIO pio, uint pio_interrupt_num);
void pio_interrupt_clear(PIO pio, uint pio_interrupt_num);

#ifdef __cplusplus
}
#endif
#endif
