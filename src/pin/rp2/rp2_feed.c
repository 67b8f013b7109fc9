// Interrupts and feed contexts.
// In: the slot interrupt of channel C, the stop mark's of channel D, and kicks from the task. Out: calls of ta_output_feed in the one
// context that was chosen when the output was opened.
//
//     slot interrupt (SRAM) --posts-->  software interrupt of the lowest priority, or the second core, or the caller's own loop
//
// Invariants: the interrupt handler posts and returns. A line is served by one core. The lists of outputs are changed by the task, in a
// locked section, by one store each; whoever reads them meanwhile finds the old list or the new one, and an output that leaves stays
// whole until every reader has been elsewhere.

#include "rp2_private.h"

#include "hardware/claim.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#if TA_CFG_CORE1
#include "pico/multicore.h"
#endif

#if PICO_ON_DEVICE && defined(__arm__)
#include "hardware/structs/nvic.h"
#endif

// Interrupt 0 is exception 16 (ARMv6-M Architecture Reference Manual B1.5.2).
enum { LINES_MAX = 4, EXCEPTIONS = 16, NO_PIN = -2 };

// An interrupt handler is told nothing but its number: everything that it may find hangs here.
static ta_rp2_walk_t *volatile on_line[LINES_MAX];
static ta_rp2_walk_t *volatile fed_by[NUM_CORES][NUM_USER_IRQS]; // each core has software interrupts of its own
static volatile uint8_t core_of[LINES_MAX];                      // whose interrupts a line's are, while it has outputs
static ta_load_t load_of[NUM_CORES];                             // what its feeds take

// ---- interrupts ----------------------------------------------------------------------------------------------------------

static inline void pend(uint irq)
{
#if PICO_ON_DEVICE && defined(__arm__)
    // What irq_set_pending does. That function lies in flash, and this must not wait for flash; one word on RP2040, two on RP2350.
    io_rw_32 *ispr = (io_rw_32 *)&nvic_hw->ispr;
    ispr[NUM_IRQS > 32 ? irq / 32 : 0] = 1U << (irq % 32);
#else
    irq_set_pending(irq);
#endif
}

static inline void post(ta_rp2_walk_t *walk)
{
    walk->slots_done = walk->slots_done + 1;
    if (walk->feed_irq >= 0) {
        pend((uint)walk->feed_irq);
    } else {
        __sev(); // the second core, or a caller who waits for events
    }
}

static void __not_in_flash_func(dma_isr)(void)
{
    uint line = __get_current_exception() - EXCEPTIONS - (uint)dma_get_irq_num(0);
    for (ta_rp2_walk_t *walk = on_line[line]; walk; walk = walk->next) {
        if (dma_irqn_get_channel_status(line, walk->dma_next)) {
            dma_irqn_acknowledge_channel(line, walk->dma_next);
            post(walk);
        } else if (dma_irqn_get_channel_status(
                       line, walk->dma_data)) { // the stop mark; after a slot the line stays up for it
            dma_irqn_acknowledge_channel(line, walk->dma_data);
            rp2_of(walk)->parked = true;
            post(walk);
        }
    }
}

static void serve(ta_rp2_walk_t *walk)
{
    ta_rp2_t *rp2 = rp2_of(walk);
    if (walk->slots_seen != walk->slots_done || ta_output_has_commands(&rp2->output))
        ta_rp2_service(rp2);
}

static void feed_isr(void)
{
    ta_rp2_walk_t *walk = fed_by[get_core_num()][__get_current_exception() - EXCEPTIONS - FIRST_USER_IRQ];
    if (walk)
        serve(walk);
}

void ta_rp2_service(ta_rp2_t *rp2)
{
    rp2->walk.slots_seen = rp2->walk.slots_done;
    ta_output_feed(&rp2->output);
}

void rp2_kick(ta_rp2_t *rp2)
{
    if (rp2->feed_irq >= 0) {
        irq_set_pending((uint)rp2->feed_irq);
    } else {
        __sev();
    }
}

// ---- the second core -----------------------------------------------------------------------------------------------------

#if TA_CFG_CORE1

static volatile uint32_t core1_turns; // times that it went round all outputs
static bool core1_runs;               // the task's word
static volatile bool core1_ends, core1_ended;

// The other core's outputs are none of ours to look at: they may be closed meanwhile.
static ta_rp2_walk_t *of_this_core(uint line)
{
    return on_line[line] && core_of[line] == get_core_num() ? on_line[line] : NULL;
}

static void take_turn(bool enabled[LINES_MAX])
{
    for (uint line = 0; line < (uint)NUM_DMA_IRQS; line++) {
        ta_rp2_walk_t *walk = of_this_core(line);
        if ((walk != NULL) != enabled[line]) { // the interrupt controller is this core's own
            enabled[line] = walk != NULL;
            irq_set_enabled((uint)dma_get_irq_num(line), enabled[line]);
        }
        for (; walk; walk = walk->next) {
            if (!rp2_of(walk)->feed_waits)
                serve(walk);
        }
    }
    core1_turns = core1_turns + 1;
}

static void feed_on_core1(void)
{
    bool enabled[LINES_MAX] = {false};
    multicore_lockout_victim_init(); // so that flash_safe_execute on the other core can hold this one while it erases
    while (!core1_ends) {
        take_turn(enabled);
        __wfe();
    }
    take_turn(enabled);
    multicore_lockout_victim_deinit();
    core1_ended = true;
    for (;;)
        __wfe();
}

// Waits until the second core has finished the turn that it may be in, and one more. An interrupt there ends within its turn.
static void let_core1_pass(void)
{
    uint32_t turn = core1_turns;
    while (core1_turns - turn < 2) {
        __sev();
        busy_wait_us_32(1);
    }
}

static bool core1_has_outputs(void)
{
    for (uint line = 0; line < LINES_MAX; line++) {
        if (on_line[line] && core_of[line] == 1)
            return true;
    }
    return false;
}

static void start_core1(void)
{
    if (core1_runs)
        return;
    core1_ends = core1_ended = false;
    core1_runs = true;
    multicore_launch_core1(feed_on_core1);
}

static void end_core1(void)
{
    if (!core1_runs || core1_has_outputs())
        return;
    core1_ends = true;
    while (!core1_ended) {
        __sev();
        busy_wait_us_32(1);
    }
    multicore_reset_core1();
    core1_runs = false;
}

#endif

// ---- the line ------------------------------------------------------------------------------------------------------------

static uint number_of(uint line)
{
    return (uint)dma_get_irq_num(line);
}

// Is this output open, or is there one whose amplifier is at this pin?
static bool any_open(const ta_rp2_t *rp2, int amplifier_pin)
{
    bool found = false;
    uint32_t was = hw_claim_lock();
    for (int line = 0; line < LINES_MAX; line++) {
        for (ta_rp2_walk_t *w = on_line[line]; w; w = w->next)
            found = found || rp2_of(w) == rp2 || rp2_of(w)->amplifier_pin == amplifier_pin;
    }
    hw_claim_unlock(was);
    return found;
}

bool rp2_is_open(const ta_rp2_t *rp2)
{
    return any_open(rp2, NO_PIN);
}

bool rp2_drives_amplifier(uint pin)
{
    return any_open(NULL, (int)pin);
}

// The vector table is both cores', so the handler is installed once; to be enabled is each core's own matter. A line that both cores
// had enabled would keep the one busy until the other has acknowledged.
ta_status_t rp2_claim_line(ta_rp2_t *rp2)
{
    uint line = rp2->line, number = number_of(line);
    if (irq_get_exclusive_handler(number)) { // to share it would panic
        return rp2_fail(rp2, TA_E_BUSY, "the DMA interrupt line has an exclusive handler",
                        "choose another line (dma_irq), or let that handler be shared");
    }
    ta_rp2_walk_t *walk = &rp2->walk;
    walk->dma_data = (uint8_t)rp2->dma_data;
    walk->dma_next = (uint8_t)rp2->dma_next;
    walk->feed_irq = rp2->feed_irq;
    uint32_t was = hw_claim_lock();
    ta_rp2_walk_t *first = on_line[line];
    bool foreign = first && core_of[line] != rp2->core;
    if (!foreign) {
        walk->next = first;
        core_of[line] = rp2->core;
        __dmb(); // whoever finds it finds it whole
        on_line[line] = walk;
    }
    hw_claim_unlock(was);
    if (foreign) {
        return rp2_fail(rp2, TA_E_BUSY, "the DMA interrupt line serves outputs of the other core",
                        "choose another line (dma_irq)");
    }
    if (!first)
        irq_add_shared_handler(number, dma_isr, PICO_SHARED_IRQ_HANDLER_DEFAULT_ORDER_PRIORITY);
    return TA_OK;
}

void rp2_enable_line(const ta_rp2_t *rp2)
{
    if (rp2->feed != TA_FEED_CORE1) // which enables it itself
        irq_set_enabled(number_of(rp2->line), true);
}

void rp2_release_line(ta_rp2_t *rp2)
{
    uint line = rp2->line, number = number_of(line);
    uint32_t was = hw_claim_lock();
    if (on_line[line] == &rp2->walk) {
        on_line[line] = rp2->walk.next;
    } else {
        ta_rp2_walk_t *before = on_line[line];
        while (before->next != &rp2->walk)
            before = before->next;
        before->next = rp2->walk.next;
    }
    bool last = !on_line[line];
    hw_claim_unlock(was);
#if TA_CFG_CORE1
    if (core1_runs && rp2->core == 1)
        let_core1_pass();
#endif
    rp2->walk.next = NULL;
    if (!last)
        return;
    irq_remove_handler(number, dma_isr);
    if (rp2->core == get_core_num() && !irq_has_shared_handler(number)) // others on the line keep it
        irq_set_enabled(number, false);
}

// ---- what feeds ----------------------------------------------------------------------------------------------------------

static ta_status_t claim_core1(ta_rp2_t *rp2)
{
#if TA_CFG_CORE1
    if (get_core_num() != 0 || (!core1_runs && core1_has_outputs())) {
        return rp2_fail(rp2, TA_E_STATE, "the second core runs a program of its own",
                        "open the output on core 0 before anything is launched there, or call ta_rp2_service there "
                        "(TA_FEED_CALLER)");
    }
    rp2->core = 1;
    return TA_OK;
#else
    return rp2_fail(rp2, TA_E_STATE, "feeding on the second core is not built in",
                    "build with TA_CFG_CORE1=1, or call ta_rp2_service there (TA_FEED_CALLER)");
#endif
}

// Each core claims software interrupts of its own, but both use one table of vectors: a number that is free here may have the other core's
// handler, and to replace it would panic. Such a one is kept while the next is looked for.
static int claim_software_interrupt(void)
{
    uint32_t foreign = 0; // bit n: FIRST_USER_IRQ + n
    int irq;
    while ((irq = user_irq_claim_unused(false)) >= 0) {
        if (!irq_has_handler((uint)irq) || irq_get_exclusive_handler((uint)irq) == feed_isr)
            break;
        foreign |= 1U << ((uint)irq - FIRST_USER_IRQ);
    }
    for (uint n = 0; foreign >> n; n++) {
        if (foreign >> n & 1)
            user_irq_unclaim(FIRST_USER_IRQ + n);
    }
    return irq;
}

ta_status_t rp2_claim_feed(ta_rp2_t *rp2)
{
    rp2->core = (uint8_t)get_core_num();
    if (rp2->feed == TA_FEED_CORE1)
        return claim_core1(rp2);
    if (rp2->feed != TA_FEED_INTERRUPT)
        return TA_OK;
    rp2->feed_irq = (int8_t)claim_software_interrupt();
    if (rp2->feed_irq < 0)
        return rp2_fail(rp2, TA_E_BUSY, "no software interrupt is free", "close one, or feed by hand (TA_FEED_CALLER)");
    fed_by[rp2->core][(uint)rp2->feed_irq - FIRST_USER_IRQ] = &rp2->walk;
    irq_set_exclusive_handler((uint)rp2->feed_irq, feed_isr);
    irq_set_priority((uint)rp2->feed_irq, PICO_LOWEST_IRQ_PRIORITY);
    return TA_OK;
}

ta_load_t *ta_rp2_load(unsigned core)
{
    return core < NUM_CORES ? &load_of[core] : NULL;
}

static bool feeds_alone(const ta_rp2_t *rp2)
{
    for (uint line = 0; line < LINES_MAX; line++) {
        for (ta_rp2_walk_t *w = on_line[line]; w; w = w->next) {
            if (w != &rp2->walk && rp2_of(w)->core == rp2->core)
                return false;
        }
    }
    return true;
}

// Interrupts keep a program from running; the second core, where it feeds, has none. The first output of a core begins its account anew, but for what others have read of it.
ta_load_t *rp2_account(ta_rp2_t *rp2)
{
    if (rp2->feed == TA_FEED_CALLER)
        return NULL;
    ta_load_t *load = &load_of[rp2->core];
    if (feeds_alone(rp2)) {
        *load = (ta_load_t){.paces = rp2->feed == TA_FEED_INTERRUPT,
                            .spans = load->spans,
                            .paced = load->paced,
                            .fed_us = load->fed_us};
    }
    return load;
}

void rp2_enable_feed(ta_rp2_t *rp2)
{
    if (rp2->feed_irq >= 0)
        irq_set_enabled((uint)rp2->feed_irq, true);
#if TA_CFG_CORE1
    if (rp2->feed == TA_FEED_CORE1)
        start_core1();
#endif
}

void rp2_hold_feed(ta_rp2_t *rp2, bool hold)
{
#if TA_CFG_CORE1
    if (rp2->feed != TA_FEED_CORE1)
        return;
    rp2->feed_waits = hold;
    if (hold) {
        let_core1_pass();
    } else {
        __sev();
    }
#else
    (void)rp2;
    (void)hold;
#endif
}

void rp2_disable_feed(ta_rp2_t *rp2)
{
    if (rp2->feed_irq >= 0)
        irq_set_enabled((uint)rp2->feed_irq, false);
    rp2_hold_feed(rp2, true);
}

void rp2_release_feed(ta_rp2_t *rp2)
{
#if TA_CFG_CORE1
    end_core1();
#endif
    if (rp2->feed_irq < 0)
        return;
    uint number = (uint)rp2->feed_irq - FIRST_USER_IRQ;
    fed_by[rp2->core][number] = NULL;
    bool elsewhere = false; // each core has software interrupts of its own, but both use one table of vectors
    for (uint core = 0; core < NUM_CORES; core++)
        elsewhere = elsewhere || fed_by[core][number];
    if (!elsewhere)
        irq_remove_handler((uint)rp2->feed_irq, feed_isr);
    user_irq_unclaim((uint)rp2->feed_irq);
    rp2->feed_irq = -1;
}
