/// @file i2s_private.h  Shared by the parts of the I2S driver.
#ifndef TA_RP2_I2S_PRIVATE_H
#define TA_RP2_I2S_PRIVATE_H

#include "rp2_private.h"

#include "tonearm/i2s.h"

enum { I2S_PROGRAM_LENGTH = 8, I2S_FIFO_FRAMES = 4, I2S_CYCLES_PER_BIT = 2 };

/// Bit clocks of one channel: 16 or 32. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline uint32_t i2s_slot_bits(unsigned bits)
{
    return bits == 16 ? 16 : 32;
}

/// PIO cycles of one frame. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline uint32_t i2s_frame_cycles(unsigned bits)
{
    return 2 * i2s_slot_bits(bits) * I2S_CYCLES_PER_BIT;
}

/// The settings that all outputs have, and bits, with defaults. Ctx: any. Cost: constant. Own: none. Fails: never.
void i2s_settings(const ta_i2s_config_t *config, rp2_settings_t *settings);

/// Bits with their default. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline unsigned i2s_bits(const ta_i2s_config_t *config)
{
    return config->bits ? config->bits : 16;
}

/// ta_i2s_plan, but for what other system clocks would do, which takes the longest.
/// Ctx: task. Cost: a few divisions. Own: none. Fails: as ta_i2s_plan.
TA_NODISCARD ta_status_t i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error);

/// Nearest 16.8 divider for a rate at the present clk_sys, or 0 if there is none.
/// Ctx: task or feed. Cost: one division. Own: none. Fails: 0.
uint32_t i2s_divider_q8(unsigned bits, uint32_t rate_hz);

/// Write the eight instructions of the serialiser. Ctx: task. Cost: constant. Own: none. Fails: never.
void i2s_program(const ta_i2s_config_t *config, uint16_t program[I2S_PROGRAM_LENGTH]);

/// Side-set value (both clock pins) that the program leaves between a frame's last bit and the next frame's first, bit clock low.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
unsigned i2s_rest_side(const ta_i2s_config_t *config);

#endif
