// A rig for tests of the virtual chip. In: a board's name. Out: a powered chip whose pins are recorded. A chip that cannot
// be powered up ends the program with a message: no test may pass without one.

#include "test/support/chip_rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

rig_record_t rig_record;

static void record(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    rig_record_t *to = context;
    if (to->events < RIG_EVENTS_MAX)
        to->event[to->events++] = (rig_event_t){cycle, levels, changed};
    else
        to->lost++;
}

void rig_boot(const char *board, uint32_t hook_cycles)
{
    if (chip_boot(chip_board_find(board)) || !chip_pins_listen(UINT64_MAX, record, &rig_record)) {
        fprintf(stderr, "board %s cannot be powered up\n", board);
        abort();
    }
    chip_set_hook_cycles(hook_cycles);
    rig_forget();
}

void rig_forget(void)
{
    memset(&rig_record, 0, sizeof rig_record);
}

void *rig_sram(size_t bytes, size_t align, const char *name)
{
    void *base;
    size_t left;
    chip_sram_free(&base, &left);
    size_t skip = (size_t)(-(uintptr_t)base & (align - 1));
    uint8_t *memory = chip_sram_take(skip + bytes);
    if (!memory) {
        fprintf(stderr, "%zu bytes of SRAM are not left\n", bytes);
        abort();
    }
    chip_dma_allow(memory + skip, bytes, name);
    return memory + skip;
}

uint32_t rig_address(const volatile void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

pio_sm_config rig_config(void)
{
    pio_sm_config config = pio_get_default_sm_config();
    sm_config_set_out_pins(&config, 0, 8);
    sm_config_set_set_pins(&config, 0, 5);
    sm_config_set_in_pins(&config, 0);
    return config;
}

void rig_program(PIO pio, uint sm, const uint16_t *instructions, unsigned count, const pio_sm_config *config)
{
    struct pio_program program = {.instructions = instructions, .length = (uint8_t)count, .origin = 0};
    if (pio_add_program(pio, &program) != 0) {
        fprintf(stderr, "the program does not fit\n");
        abort();
    }
    pio_sm_config c = *config;
    sm_config_set_wrap(&c, 0, count - 1);
    for (uint pin = 0; pin < 8; pin++)
        pio_gpio_init(pio, pin);
    pio_sm_init(pio, sm, 0, &c);
    pio_sm_set_consecutive_pindirs(pio, sm, 0, 8, true);
}

static void panic_here(void (*act)(void), int to)
{
    (void)signal(SIGABRT, SIG_DFL);
    if (dup2(to, STDERR_FILENO) < 0)
        _exit(3);
    act();
    _exit(0);
}

bool rig_panics(void (*act)(void), const char *word)
{
    int ends[2];
    char said[1000] = "";
    size_t length = 0;
    if (pipe(ends))
        return false;
    pid_t child = fork();
    if (child == 0)
        panic_here(act, ends[1]);
    close(ends[1]);
    for (ssize_t got; length < sizeof said - 1 && (got = read(ends[0], said + length, sizeof said - 1 - length)) > 0;)
        length += (size_t)got;
    close(ends[0]);
    int status = 0;
    bool aborted =
        child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    if (!aborted || !strstr(said, "*** PANIC ***") || !strstr(said, word))
        fprintf(stderr, "a panic about '%s' was expected; status %d, said: %s\n", word, status, said);
    return aborted && strstr(said, "*** PANIC ***") && strstr(said, word);
}
