// PWM audio on the virtual chip, for bench/chip.sh: 44.1 kHz stereo at 11 bits, paced by a DMA timer, decoded at the pins.
// In: a board's name and a number of virtual seconds. Out: exit code 0 when every frame was heard.
//
// What a driver does, without its feed: a data channel moves 128 frames to CC, a control channel starts it again and
// interrupts. So the figure is the model's own.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pwm.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLOT_FRAMES = 128, TOP = 2047, A_PIN = 2, DATA = 0, CONTROL = 1 };

static unsigned slots;
static uint64_t high;

static void on_slot(void)
{
    dma_irqn_acknowledge_channel(0, CONTROL);
    slots++;
}

static void on_period(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high)
{
    (void)context;
    (void)cycle;
    high += a_high + b_high;
}

/// The fraction of two 16-bit numbers that is nearest to rate / clk_sys.
static void set_rate(uint timer, uint32_t rate)
{
    uint32_t hz = clock_get_hz(clk_sys), best_x = 1, best_y = UINT16_MAX;
    for (uint32_t x = 1; x < 100; x++) {
        uint64_t y = ((uint64_t)hz * x + rate / 2) / rate;
        if (y > UINT16_MAX)
            break;
        int64_t error = llabs((int64_t)(hz * (uint64_t)x) - (int64_t)(y * rate));
        int64_t best = llabs((int64_t)(hz * (uint64_t)best_x) - (int64_t)(best_y * (uint64_t)rate));
        if (error * best_x < best * x) {
            best_x = x;
            best_y = (uint32_t)y;
        }
    }
    dma_timer_set_fraction(timer, (uint16_t)best_x, (uint16_t)best_y);
}

static void start(void)
{
    uint slice = pwm_gpio_to_slice_num(A_PIN);
    uint32_t *slot = chip_sram_take(SLOT_FRAMES * sizeof(uint32_t));
    uint32_t *block = chip_sram_take(sizeof(uint32_t));
    chip_dma_allow(slot, SLOT_FRAMES * sizeof(uint32_t), "slot");
    chip_dma_allow(block, sizeof(uint32_t), "block");
    *block = (uint32_t)(uintptr_t)slot;
    for (uint32_t i = 0; i < SLOT_FRAMES; i++)
        slot[i] = (i * 16 + 1) | (TOP - i * 16) << 16;

    pwm_config config = pwm_get_default_config();
    pwm_config_set_wrap(&config, TOP);
    pwm_init(slice, &config, true);
    gpio_set_function(A_PIN, GPIO_FUNC_PWM);
    gpio_set_function(A_PIN + 1, GPIO_FUNC_PWM);
    set_rate(0, 44100);

    dma_channel_config c = dma_channel_get_default_config(DATA);
    channel_config_set_dreq(&c, dma_get_timer_dreq(0));
    channel_config_set_chain_to(&c, CONTROL);
    channel_config_set_irq_quiet(&c, true);
    dma_channel_configure(DATA, &c, &pwm_hw->slice[slice].cc, slot, SLOT_FRAMES, false);
    c = dma_channel_get_default_config(CONTROL);
    channel_config_set_read_increment(&c, false);
    dma_channel_configure(CONTROL, &c, &dma_hw->ch[DATA].al3_read_addr_trig, block, 1, false);
    irq_set_exclusive_handler(DMA_IRQ_0, on_slot);
    dma_irqn_set_channel_enabled(0, CONTROL, true);
    irq_set_enabled(DMA_IRQ_0, true);
    dma_channel_start(CONTROL);
}

int main(int argc, char **argv)
{
    const chip_board_t *board = argc == 3 ? chip_board_find(argv[1]) : NULL;
    unsigned seconds = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
    static chip_pwm_t pwm;
    const chip_pwm_config_t pins = {A_PIN, A_PIN + 1};
    if (!board || seconds == 0 || chip_boot(board) || !chip_pwm_listen(&pwm, &pins, on_period, NULL)) {
        (void)fprintf(stderr, "usage: chip_pwm BOARD SECONDS\n");
        return 2;
    }
    start();
    chip_run_until((uint64_t)seconds * board->system_hz);
    uint64_t periods = (uint64_t)seconds * board->system_hz / (TOP + 1);
    bool whole = pwm.frames <= periods && pwm.frames + 3 >= periods && pwm.cut == 0 &&
                 slots == (44100 * seconds - 1) / SLOT_FRAMES + 1 && high / periods > TOP - 10 &&
                 high / periods < TOP + 10;
    if (!whole)
        (void)fprintf(stderr, "chip_pwm: %u slots, %llu periods, mean %llu: not what was to be heard\n", slots,
                      (unsigned long long)pwm.frames, (unsigned long long)(high / periods));
    return whole ? 0 : 1;
}
