// pico-sdk's PIO functions. In: calls of the program. Out: hooks, configuration values, and register writes in the order
// in which the SDK makes them.

#include "chip/model.h"

static sm_t *sm_of(PIO pio, uint sm)
{
    return &chip.pio[PIO_NUM(pio)].sm[sm];
}

static void begin(const char *what, PIO pio, uint sm)
{
    hook(what);
    uintptr_t offset = (uintptr_t)pio - PIO0_BASE;
    if (offset & 0xfffff || offset >> 20 >= chip.pios || sm >= 4)
        panic("%s: there is no state machine %u of PIO %p", what, sm, (void *)pio);
}

static void put(PIO pio, uint32_t offset, uint32_t value)
{
    pio_register_write(PIO_NUM(pio), offset, value, chip.now);
    engine_touch();
    hook_end();
}

static uint32_t look(PIO pio, uint32_t offset)
{
    return pio_register_read(PIO_NUM(pio), offset, chip.now);
}

#define PIO_REGISTER(field)    ((uint32_t)offsetof(pio_hw_t, field))
#define SM_REGISTER(sm, field) (PIO_REGISTER(sm) + 24u * (sm) + (uint32_t)offsetof(pio_sm_hw_t, field))

// ---- configuration values (pure, no hooks) -------------------------------------------------------------------------

enum { HI_OUT, HI_SET, HI_SIDE, HI_IN, HI_JMP, HI_ALL = 0x3ff };

static void set_field(uint32_t *word, unsigned lsb, uint32_t bits, uint32_t value)
{
    *word = (*word & ~(bits << lsb)) | (value & bits) << lsb;
}

static void set_pin(pio_sm_config *c, uint32_t *word, unsigned lsb, unsigned hi, uint pin)
{
    set_field(word, lsb, 31, pin);
    set_field(&c->pinhi, hi * 2, 3, pin >> 4);
}

void sm_config_set_out_pin_base(pio_sm_config *c, uint out_base)
{
    set_pin(c, &c->pinctrl, PIO_SM0_PINCTRL_OUT_BASE_LSB, HI_OUT, out_base);
}

void sm_config_set_out_pin_count(pio_sm_config *c, uint out_count)
{
    set_field(&c->pinctrl, PIO_SM0_PINCTRL_OUT_COUNT_LSB, 63, out_count);
}

void sm_config_set_out_pins(pio_sm_config *c, uint out_base, uint out_count)
{
    sm_config_set_out_pin_base(c, out_base);
    sm_config_set_out_pin_count(c, out_count);
}

void sm_config_set_set_pin_base(pio_sm_config *c, uint set_base)
{
    set_pin(c, &c->pinctrl, PIO_SM0_PINCTRL_SET_BASE_LSB, HI_SET, set_base);
}

void sm_config_set_set_pin_count(pio_sm_config *c, uint set_count)
{
    set_field(&c->pinctrl, PIO_SM0_PINCTRL_SET_COUNT_LSB, 7, set_count);
}

void sm_config_set_set_pins(pio_sm_config *c, uint set_base, uint set_count)
{
    sm_config_set_set_pin_base(c, set_base);
    sm_config_set_set_pin_count(c, set_count);
}

void sm_config_set_in_pin_base(pio_sm_config *c, uint in_base)
{
    set_pin(c, &c->pinctrl, PIO_SM0_PINCTRL_IN_BASE_LSB, HI_IN, in_base);
}

void sm_config_set_in_pins(pio_sm_config *c, uint in_base)
{
    sm_config_set_in_pin_base(c, in_base);
}

void sm_config_set_in_pin_count(pio_sm_config *c, uint in_count)
{
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_IN_COUNT_LSB, 31, in_count);
}

void sm_config_set_sideset_pin_base(pio_sm_config *c, uint sideset_base)
{
    set_pin(c, &c->pinctrl, PIO_SM0_PINCTRL_SIDESET_BASE_LSB, HI_SIDE, sideset_base);
}

void sm_config_set_sideset_pins(pio_sm_config *c, uint sideset_base)
{
    sm_config_set_sideset_pin_base(c, sideset_base);
}

void sm_config_set_sideset(pio_sm_config *c, uint bit_count, bool optional, bool pindirs)
{
    set_field(&c->pinctrl, PIO_SM0_PINCTRL_SIDESET_COUNT_LSB, 7, bit_count);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_SIDE_EN_LSB, 1, optional);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_SIDE_PINDIR_LSB, 1, pindirs);
}

void sm_config_set_clkdiv_int_frac8(pio_sm_config *c, uint32_t div_int, uint8_t div_frac8)
{
    if (div_int >> 16 || (div_int == 0 && div_frac8))
        panic("sm_config_set_clkdiv_int_frac8: %u + %u/256", (unsigned)div_int, div_frac8);
    c->clkdiv = div_int << PIO_SM0_CLKDIV_INT_LSB | (uint32_t)div_frac8 << PIO_SM0_CLKDIV_FRAC_LSB;
}

void sm_config_set_clkdiv_int_frac(pio_sm_config *c, uint16_t div_int, uint8_t div_frac8)
{
    sm_config_set_clkdiv_int_frac8(c, div_int, div_frac8);
}

void sm_config_set_wrap(pio_sm_config *c, uint wrap_target, uint wrap)
{
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_WRAP_BOTTOM_LSB, 31, wrap_target);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_WRAP_TOP_LSB, 31, wrap);
}

void sm_config_set_jmp_pin(pio_sm_config *c, uint pin)
{
    set_pin(c, &c->execctrl, PIO_SM0_EXECCTRL_JMP_PIN_LSB, HI_JMP, pin);
}

void sm_config_set_in_shift(pio_sm_config *c, bool shift_right, bool autopush, uint push_threshold)
{
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_IN_SHIFTDIR_LSB, 1, shift_right);
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_AUTOPUSH_LSB, 1, autopush);
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_PUSH_THRESH_LSB, 31, push_threshold);
}

void sm_config_set_out_shift(pio_sm_config *c, bool shift_right, bool autopull, uint pull_threshold)
{
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_OUT_SHIFTDIR_LSB, 1, shift_right);
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_AUTOPULL_LSB, 1, autopull);
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_PULL_THRESH_LSB, 31, pull_threshold);
}

void sm_config_set_fifo_join(pio_sm_config *c, enum pio_fifo_join join)
{
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_FJOIN_TX_LSB, 3, (uint32_t)join & 3);
    set_field(&c->shiftctrl, PIO_SM0_SHIFTCTRL_FJOIN_RX_GET_LSB, 3, (uint32_t)join >> 2);
}

void sm_config_set_out_special(pio_sm_config *c, bool sticky, bool has_enable_pin, uint enable_bit_index)
{
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_OUT_STICKY_LSB, 1, sticky);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_INLINE_OUT_EN_LSB, 1, has_enable_pin);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_OUT_EN_SEL_LSB, 31, enable_bit_index);
}

void sm_config_set_mov_status(pio_sm_config *c, enum pio_mov_status_type status_sel, uint status_n)
{
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_STATUS_SEL_LSB, 3, (uint32_t)status_sel);
    set_field(&c->execctrl, PIO_SM0_EXECCTRL_STATUS_N_LSB, 31, status_n);
}

pio_sm_config pio_get_default_sm_config(void)
{
    pio_sm_config c = {.pinhi = HI_ALL};
    sm_config_set_clkdiv_int_frac8(&c, 1, 0);
    sm_config_set_wrap(&c, 0, 31);
    sm_config_set_in_shift(&c, true, false, 32);
    sm_config_set_out_shift(&c, true, false, 32);
    return c;
}

uint pio_get_index(PIO pio)
{
    return PIO_NUM(pio);
}

uint pio_get_funcsel(PIO pio)
{
    return (uint)PIO_FUNCSEL_NUM(pio, 0);
}

PIO pio_get_instance(uint instance)
{
    return PIO_INSTANCE(instance);
}

uint pio_get_dreq(PIO pio, uint sm, bool is_tx)
{
    return PIO_DREQ_NUM(pio, sm, is_tx);
}

int pio_get_irq_num(PIO pio, uint irqn)
{
    return (int)PIO_IRQ_NUM(pio, irqn);
}

// ---- programs ------------------------------------------------------------------------------------------------------

static uint32_t program_mask(const pio_program_t *program)
{
    return program->length >= 32 ? UINT32_MAX : (1u << program->length) - 1;
}

/// Does a PIO with this base reach pins in these ranges of sixteen?
static bool base_reaches(uint base, uint32_t ranges)
{
    return !(base ? ranges & 1 : ranges & 4);
}

static int check_program(PIO pio, const pio_program_t *program, uint offset)
{
    if (program->length == 0 || offset >= 32)
        return PICO_ERROR_INVALID_ARG;
    if (program->pio_version && !chip.rp2350)
        return PICO_ERROR_VERSION_MISMATCH;
    if (!base_reaches(chip.pio[PIO_NUM(pio)].base, program->used_gpio_ranges) ||
        (program->origin >= 0 && (uint)program->origin != offset) || offset + program->length > 32)
        return PICO_ERROR_BAD_ALIGNMENT;
    if (chip.program_used[PIO_NUM(pio)] & program_mask(program) << offset)
        return PICO_ERROR_INSUFFICIENT_RESOURCES;
    return PICO_OK;
}

/// Where it fits: at its origin, else as high as possible.
static int find_place(PIO pio, const pio_program_t *program)
{
    if (program->origin >= 0) {
        int result = check_program(pio, program, (uint)program->origin);
        return result == PICO_OK ? program->origin : result;
    }
    int result = PICO_ERROR_INSUFFICIENT_RESOURCES;
    for (int offset = 32 - program->length; offset >= 0; offset--) {
        result = check_program(pio, program, (uint)offset);
        if (result == PICO_OK)
            return offset;
    }
    return result;
}

static int add_at(PIO pio, const pio_program_t *program, int offset)
{
    if (offset < 0)
        return offset;
    int result = check_program(pio, program, (uint)offset);
    if (result != PICO_OK)
        return result;
    for (uint i = 0; i < program->length; i++) {
        uint instruction = program->instructions[i];
        if ((instruction & 0xe000) == pio_instr_bits_jmp)
            instruction += (uint)offset;
        else if ((instruction & 0xe060) == pio_instr_bits_wait) // a GPIO number, relative to the base
            instruction ^= chip.pio[PIO_NUM(pio)].base;
        pio_register_write(PIO_NUM(pio), PIO_REGISTER(instr_mem) + 4 * ((uint)offset + i), instruction, chip.now);
    }
    chip.program_used[PIO_NUM(pio)] |= program_mask(program) << offset;
    engine_touch();
    return offset;
}

bool pio_can_add_program(PIO pio, const pio_program_t *program)
{
    begin("pio_can_add_program", pio, 0);
    return find_place(pio, program) >= 0;
}

bool pio_can_add_program_at_offset(PIO pio, const pio_program_t *program, uint offset)
{
    begin("pio_can_add_program_at_offset", pio, 0);
    return check_program(pio, program, offset) == PICO_OK;
}

int pio_add_program(PIO pio, const pio_program_t *program)
{
    begin("pio_add_program", pio, 0);
    if (claim_must_fail())
        return PICO_ERROR_INSUFFICIENT_RESOURCES;
    return add_at(pio, program, find_place(pio, program));
}

int pio_add_program_at_offset(PIO pio, const pio_program_t *program, uint offset)
{
    begin("pio_add_program_at_offset", pio, 0);
    if (claim_must_fail())
        return PICO_ERROR_INSUFFICIENT_RESOURCES;
    return add_at(pio, program, (int)offset);
}

void pio_remove_program(PIO pio, const pio_program_t *program, uint loaded_offset)
{
    begin("pio_remove_program", pio, 0);
    uint32_t mask = program_mask(program) << loaded_offset;
    if ((chip.program_used[PIO_NUM(pio)] & mask) != mask)
        panic("pio_remove_program: no program of %u words lies at %u", program->length, loaded_offset);
    chip.program_used[PIO_NUM(pio)] &= ~mask;
}

void pio_clear_instruction_memory(PIO pio)
{
    begin("pio_clear_instruction_memory", pio, 0);
    chip.program_used[PIO_NUM(pio)] = 0;
    for (uint i = 0; i < 32; i++)
        pio_register_write(PIO_NUM(pio), PIO_REGISTER(instr_mem) + 4 * i, pio_encode_jmp(i), chip.now);
    engine_touch();
}

/// One try on one PIO, in the SDK's way: with `move`, all its state machines must be free, and its base is set first.
static int try_pio(PIO pio, const pio_program_t *program, uint32_t ranges, bool move, uint *sm)
{
    pio_t *block = &chip.pio[PIO_NUM(pio)];
    uint32_t taken = chip.sm_claimed >> (PIO_NUM(pio) * 4) & 15;
    if (taken == 15 || (move && (taken || chip.program_used[PIO_NUM(pio)])))
        return -1;
    if (move)
        pio_register_write(PIO_NUM(pio), PIO_REGISTER(gpiobase), ranges & 4 ? 16 : 0, chip.now);
    if (!base_reaches(block->base, ranges))
        return -1;
    int offset = add_at(pio, program, find_place(pio, program));
    if (offset < 0)
        return -1;
    *sm = (uint)__builtin_ctz(~taken);
    chip.sm_claimed |= 1u << (PIO_NUM(pio) * 4 + *sm);
    return offset;
}

bool pio_claim_free_sm_and_add_program_for_gpio_range(const pio_program_t *program, PIO *pio, uint *sm, uint *offset,
                                                      uint gpio_base, uint gpio_count, bool set_gpio_base)
{
    hook("pio_claim_free_sm_and_add_program_for_gpio_range");
    uint32_t ranges = 0;
    if (gpio_count && chip.rp2350)
        ranges = 1u << (gpio_base >> 4) | 1u << ((gpio_base + gpio_count - 1) >> 4);
    bool refused = claim_must_fail();       // the state machine
    refused = claim_must_fail() || refused; // the program
    for (uint pass = 0; pass < (set_gpio_base && chip.rp2350 ? 2u : 1u) && !refused; pass++) {
        for (uint i = chip.pios; i-- > 0;) {
            int at = try_pio(pio_get_instance(i), program, ranges, pass == 1, sm);
            if (at < 0)
                continue;
            *pio = pio_get_instance(i);
            *offset = (uint)at;
            return true;
        }
    }
    *pio = NULL;
    return false;
}

bool pio_claim_free_sm_and_add_program(const pio_program_t *program, PIO *pio, uint *sm, uint *offset)
{
    return pio_claim_free_sm_and_add_program_for_gpio_range(program, pio, sm, offset, 0, 0, false);
}

void pio_remove_program_and_unclaim_sm(const pio_program_t *program, PIO pio, uint sm, uint offset)
{
    pio_remove_program(pio, program, offset);
    pio_sm_unclaim(pio, sm);
}

uint pio_get_gpio_base(PIO pio)
{
    begin("pio_get_gpio_base", pio, 0);
    return chip.pio[PIO_NUM(pio)].base;
}

int pio_set_gpio_base(PIO pio, uint gpio_base)
{
    begin("pio_set_gpio_base", pio, 0);
    if (!chip.rp2350)
        return gpio_base == 0 ? PICO_OK : PICO_ERROR_BAD_ALIGNMENT;
    if (gpio_base != 0 && gpio_base != 16)
        return PICO_ERROR_BAD_ALIGNMENT;
    if (chip.program_used[PIO_NUM(pio)])
        return PICO_ERROR_INVALID_STATE;
    put(pio, PIO_REGISTER(gpiobase), gpio_base);
    return PICO_OK;
}

// ---- state machines ------------------------------------------------------------------------------------------------

static uint32_t pin_low_bits(const pio_sm_config *config, unsigned hi, unsigned lsb, uint base)
{
    bool given = (config->pinhi >> (hi * 2) & 3) != 3;
    return given && base ? 16u << lsb : 0; // 16-31 becomes 0-15, 32-47 becomes 16-31
}

int pio_sm_set_config(PIO pio, uint sm, const pio_sm_config *config)
{
    begin("pio_sm_set_config", pio, sm);
    uint base = chip.pio[PIO_NUM(pio)].base;
    for (unsigned hi = 0; hi < 5; hi++) {
        unsigned range = config->pinhi >> (hi * 2) & 3;
        if ((range == 0 && base) || (range == 2 && !base))
            return PICO_ERROR_BAD_ALIGNMENT;
    }
    uint32_t flip = pin_low_bits(config, HI_OUT, PIO_SM0_PINCTRL_OUT_BASE_LSB, base) |
                    pin_low_bits(config, HI_SET, PIO_SM0_PINCTRL_SET_BASE_LSB, base) |
                    pin_low_bits(config, HI_SIDE, PIO_SM0_PINCTRL_SIDESET_BASE_LSB, base) |
                    pin_low_bits(config, HI_IN, PIO_SM0_PINCTRL_IN_BASE_LSB, base);
    put(pio, SM_REGISTER(sm, clkdiv), config->clkdiv);
    put(pio, SM_REGISTER(sm, shiftctrl), config->shiftctrl);
    put(pio, SM_REGISTER(sm, execctrl),
        config->execctrl ^ pin_low_bits(config, HI_JMP, PIO_SM0_EXECCTRL_JMP_PIN_LSB, base));
    put(pio, SM_REGISTER(sm, pinctrl), config->pinctrl ^ flip);
    return PICO_OK;
}

static void set_ctrl(PIO pio, uint32_t enable, uint32_t strobes)
{
    put(pio, PIO_REGISTER(ctrl), enable | strobes);
}

void pio_set_sm_mask_enabled(PIO pio, uint32_t mask, bool enabled)
{
    begin("pio_set_sm_mask_enabled", pio, 0);
    uint32_t now = look(pio, PIO_REGISTER(ctrl));
    set_ctrl(pio, enabled ? now | mask : now & ~mask, 0);
}

void pio_sm_set_enabled(PIO pio, uint sm, bool enabled)
{
    begin("pio_sm_set_enabled", pio, sm);
    uint32_t now = look(pio, PIO_REGISTER(ctrl));
    set_ctrl(pio, enabled ? now | 1u << sm : now & ~(1u << sm), 0);
}

void pio_restart_sm_mask(PIO pio, uint32_t mask)
{
    begin("pio_restart_sm_mask", pio, 0);
    set_ctrl(pio, look(pio, PIO_REGISTER(ctrl)), mask << PIO_CTRL_SM_RESTART_LSB);
}

void pio_sm_restart(PIO pio, uint sm)
{
    begin("pio_sm_restart", pio, sm);
    set_ctrl(pio, look(pio, PIO_REGISTER(ctrl)), 1u << (PIO_CTRL_SM_RESTART_LSB + sm));
}

void pio_clkdiv_restart_sm_mask(PIO pio, uint32_t mask)
{
    begin("pio_clkdiv_restart_sm_mask", pio, 0);
    set_ctrl(pio, look(pio, PIO_REGISTER(ctrl)), mask << PIO_CTRL_CLKDIV_RESTART_LSB);
}

void pio_sm_clkdiv_restart(PIO pio, uint sm)
{
    begin("pio_sm_clkdiv_restart", pio, sm);
    set_ctrl(pio, look(pio, PIO_REGISTER(ctrl)), 1u << (PIO_CTRL_CLKDIV_RESTART_LSB + sm));
}

void pio_enable_sm_mask_in_sync(PIO pio, uint32_t mask)
{
    begin("pio_enable_sm_mask_in_sync", pio, 0);
    set_ctrl(pio, look(pio, PIO_REGISTER(ctrl)) | mask, mask << PIO_CTRL_CLKDIV_RESTART_LSB);
}

int pio_sm_init(PIO pio, uint sm, uint initial_pc, const pio_sm_config *config)
{
    pio_sm_set_enabled(pio, sm, false);
    pio_sm_config defaults = pio_get_default_sm_config();
    int result = pio_sm_set_config(pio, sm, config ? config : &defaults);
    if (result != PICO_OK)
        return result;
    pio_sm_clear_fifos(pio, sm);
    uint32_t flags = 1u << PIO_FDEBUG_TXOVER_LSB | 1u << PIO_FDEBUG_RXUNDER_LSB | 1u << PIO_FDEBUG_TXSTALL_LSB |
                     1u << PIO_FDEBUG_RXSTALL_LSB;
    put(pio, PIO_REGISTER(fdebug), flags << sm);
    pio_sm_restart(pio, sm);
    pio_sm_clkdiv_restart(pio, sm);
    pio_sm_exec(pio, sm, pio_encode_jmp(initial_pc));
    return PICO_OK;
}

uint8_t pio_sm_get_pc(PIO pio, uint sm)
{
    begin("pio_sm_get_pc", pio, sm);
    return sm_of(pio, sm)->pc;
}

void pio_sm_exec(PIO pio, uint sm, uint instr)
{
    begin("pio_sm_exec", pio, sm);
    put(pio, SM_REGISTER(sm, instr), instr);
}

bool pio_sm_is_exec_stalled(PIO pio, uint sm)
{
    begin("pio_sm_is_exec_stalled", pio, sm);
    return sm_of(pio, sm)->forced;
}

void pio_sm_exec_wait_blocking(PIO pio, uint sm, uint instr)
{
    pio_sm_exec(pio, sm, instr);
    while (pio_sm_is_exec_stalled(pio, sm))
        tight_loop_contents();
}

void pio_sm_set_wrap(PIO pio, uint sm, uint wrap_target, uint wrap)
{
    begin("pio_sm_set_wrap", pio, sm);
    pio_sm_config c = {.execctrl = sm_of(pio, sm)->execctrl};
    sm_config_set_wrap(&c, wrap_target, wrap);
    put(pio, SM_REGISTER(sm, execctrl), c.execctrl);
}

void pio_sm_set_clkdiv_int_frac8(PIO pio, uint sm, uint32_t div_int, uint8_t div_frac8)
{
    begin("pio_sm_set_clkdiv_int_frac8", pio, sm);
    pio_sm_config c = {0};
    sm_config_set_clkdiv_int_frac8(&c, div_int, div_frac8);
    put(pio, SM_REGISTER(sm, clkdiv), c.clkdiv);
}

void pio_sm_set_clkdiv_int_frac(PIO pio, uint sm, uint16_t div_int, uint8_t div_frac8)
{
    pio_sm_set_clkdiv_int_frac8(pio, sm, div_int, div_frac8);
}

// ---- FIFOs ---------------------------------------------------------------------------------------------------------

void pio_sm_put(PIO pio, uint sm, uint32_t data)
{
    begin("pio_sm_put", pio, sm);
    put(pio, PIO_REGISTER(txf) + 4 * sm, data);
}

uint32_t pio_sm_get(PIO pio, uint sm)
{
    begin("pio_sm_get", pio, sm);
    uint32_t word = look(pio, PIO_REGISTER(rxf) + 4 * sm);
    engine_touch();
    hook_end();
    return word;
}

void pio_sm_put_blocking(PIO pio, uint sm, uint32_t data)
{
    while (pio_sm_is_tx_fifo_full(pio, sm))
        tight_loop_contents();
    pio_sm_put(pio, sm, data);
}

uint32_t pio_sm_get_blocking(PIO pio, uint sm)
{
    while (pio_sm_is_rx_fifo_empty(pio, sm))
        tight_loop_contents();
    return pio_sm_get(pio, sm);
}

bool pio_sm_is_rx_fifo_full(PIO pio, uint sm)
{
    begin("pio_sm_is_rx_fifo_full", pio, sm);
    return sm_of(pio, sm)->rx_level == sm_of(pio, sm)->rx_depth;
}

bool pio_sm_is_rx_fifo_empty(PIO pio, uint sm)
{
    begin("pio_sm_is_rx_fifo_empty", pio, sm);
    return sm_of(pio, sm)->rx_level == 0;
}

uint pio_sm_get_rx_fifo_level(PIO pio, uint sm)
{
    begin("pio_sm_get_rx_fifo_level", pio, sm);
    return sm_of(pio, sm)->rx_level;
}

bool pio_sm_is_tx_fifo_full(PIO pio, uint sm)
{
    begin("pio_sm_is_tx_fifo_full", pio, sm);
    return sm_of(pio, sm)->tx_level == sm_of(pio, sm)->tx_depth;
}

bool pio_sm_is_tx_fifo_empty(PIO pio, uint sm)
{
    begin("pio_sm_is_tx_fifo_empty", pio, sm);
    return sm_of(pio, sm)->tx_level == 0;
}

uint pio_sm_get_tx_fifo_level(PIO pio, uint sm)
{
    begin("pio_sm_get_tx_fifo_level", pio, sm);
    return sm_of(pio, sm)->tx_level;
}

void pio_sm_drain_tx_fifo(PIO pio, uint sm)
{
    begin("pio_sm_drain_tx_fifo", pio, sm);
    bool autopull = sm_of(pio, sm)->pull_at != PULL_NEVER;
    uint instruction = autopull ? pio_encode_out(pio_null, 32) : pio_encode_pull(false, false);
    while (!pio_sm_is_tx_fifo_empty(pio, sm))
        pio_sm_exec(pio, sm, instruction);
}

void pio_sm_clear_fifos(PIO pio, uint sm)
{
    begin("pio_sm_clear_fifos", pio, sm);
    pio_clear(&chip.pio[PIO_NUM(pio)], sm_of(pio, sm), chip.now);
    engine_touch();
    hook_end();
}

// ---- pins, through a state machine that is lent for it -------------------------------------------------------------

/// SET one pin at a time, without side-set and stickiness, as the SDK does.
static void set_with_mask(PIO pio, uint sm, enum pio_src_dest what, uint64_t values, uint64_t mask)
{
    begin("pio_sm_set_with_mask", pio, sm);
    sm_t *machine = sm_of(pio, sm);
    uint32_t pinctrl = machine->pinctrl;
    uint32_t execctrl = machine->execctrl;
    uint base = chip.pio[PIO_NUM(pio)].base;
    put(pio, SM_REGISTER(sm, execctrl), execctrl & ~(1u << PIO_SM0_EXECCTRL_OUT_STICKY_LSB));
    for (uint32_t left = (uint32_t)(mask >> base); left; left &= left - 1) {
        uint pin = (uint)__builtin_ctz(left);
        put(pio, SM_REGISTER(sm, pinctrl), 1u << PIO_SM0_PINCTRL_SET_COUNT_LSB | pin << PIO_SM0_PINCTRL_SET_BASE_LSB);
        pio_sm_exec(pio, sm, pio_encode_set(what, values >> base >> pin & 1));
    }
    put(pio, SM_REGISTER(sm, pinctrl), pinctrl);
    put(pio, SM_REGISTER(sm, execctrl), execctrl);
}

void pio_sm_set_pins(PIO pio, uint sm, uint32_t pin_values)
{
    set_with_mask(pio, sm, pio_pins, pin_values, UINT32_MAX);
}

void pio_sm_set_pins64(PIO pio, uint sm, uint64_t pin_values)
{
    set_with_mask(pio, sm, pio_pins, pin_values, UINT64_MAX);
}

void pio_sm_set_pins_with_mask(PIO pio, uint sm, uint32_t pin_values, uint32_t pin_mask)
{
    set_with_mask(pio, sm, pio_pins, pin_values, pin_mask);
}

void pio_sm_set_pins_with_mask64(PIO pio, uint sm, uint64_t pin_values, uint64_t pin_mask)
{
    set_with_mask(pio, sm, pio_pins, pin_values, pin_mask);
}

void pio_sm_set_pindirs_with_mask(PIO pio, uint sm, uint32_t pin_dirs, uint32_t pin_mask)
{
    set_with_mask(pio, sm, pio_pindirs, pin_dirs, pin_mask);
}

void pio_sm_set_pindirs_with_mask64(PIO pio, uint sm, uint64_t pin_dirs, uint64_t pin_mask)
{
    set_with_mask(pio, sm, pio_pindirs, pin_dirs, pin_mask);
}

int pio_sm_set_consecutive_pindirs(PIO pio, uint sm, uint pins_base, uint pin_count, bool is_out)
{
    uint base = pio_get_gpio_base(pio);
    if (pins_base < base || pins_base - base >= 32 || pin_count > 32)
        return PICO_ERROR_INVALID_ARG;
    uint64_t mask = (((uint64_t)1 << pin_count) - 1) << pins_base;
    set_with_mask(pio, sm, pio_pindirs, is_out ? mask : 0, mask);
    return PICO_OK;
}

// ---- interrupts ----------------------------------------------------------------------------------------------------

void pio_set_irqn_source_enabled(PIO pio, uint irq_index, pio_interrupt_source_t source, bool enabled)
{
    begin("pio_set_irqn_source_enabled", pio, 0);
    uint32_t offset = irq_index ? PIO_REGISTER(inte1) : PIO_REGISTER(inte0);
    uint32_t now = look(pio, offset);
    put(pio, offset, enabled ? now | 1u << source : now & ~(1u << source));
}

void pio_set_irq0_source_enabled(PIO pio, pio_interrupt_source_t source, bool enabled)
{
    pio_set_irqn_source_enabled(pio, 0, source, enabled);
}

void pio_set_irq1_source_enabled(PIO pio, pio_interrupt_source_t source, bool enabled)
{
    pio_set_irqn_source_enabled(pio, 1, source, enabled);
}

bool pio_interrupt_get(PIO pio, uint pio_interrupt_num)
{
    begin("pio_interrupt_get", pio, 0);
    return chip.pio[PIO_NUM(pio)].irq_flags >> pio_interrupt_num & 1;
}

void pio_interrupt_clear(PIO pio, uint pio_interrupt_num)
{
    begin("pio_interrupt_clear", pio, 0);
    put(pio, PIO_REGISTER(irq), 1u << pio_interrupt_num);
}
