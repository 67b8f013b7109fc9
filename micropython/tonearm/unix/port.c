// The unix port: MicroPython on a virtual Pico. In: TONEARM_BOARD, TONEARM_PIN (chip, speaker, wav:FILE). Out: outputs on the virtual
// chip, whose pins are heard by a file or by nobody, or on the sound card; and virtual time.
//
// Invariants: everything that touches the chip or the library runs between port_enter and port_leave: one thread at a time, and no
// signal there, since MicroPython's handler of Ctrl-C leaves by longjmp. Once an output has been planned or opened on the chip, the
// clocks and the sleeps of this process are the chip's (virtual_time.c); until then, and with the sound card, they are the machine's.

#define _GNU_SOURCE
#include "../shared.h"

#include "chip/chip.h"
#include "recorder.h"
#include "turns.h"
#include "virtual_time.h"

#include "py/gc.h"
#include "py/mpstate.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENT_US = 10 }; // what a bytecode or two take

typedef enum { PIN_UNKNOWN, PIN_CHIP, PIN_WAV, PIN_SPEAKER } pin_t;
static pin_t pin;
static const char *wav_path;

// ---- in and out --------------------------------------------------------------------------------------------------------------

static pthread_mutex_t inside = PTHREAD_MUTEX_INITIALIZER;
static __thread unsigned depth;
static __thread sigset_t signals_outside;

void port_enter(void)
{
    if (depth++)
        return;
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV); // the virtual chip's registers live by it
    sigdelset(&all, SIGTRAP);
    sigdelset(
        &all,
        SIGRTMIN +
            5); // by which another thread that collects asks for this one's stack (unix/mpthreadport.c), and waits
    (void)pthread_sigmask(SIG_BLOCK, &all, &signals_outside);
    (void)pthread_mutex_lock(&inside);
}

void port_leave(void)
{
    if (--depth)
        return;
    (void)pthread_mutex_unlock(&inside);
    (void)pthread_sigmask(SIG_SETMASK, &signals_outside, NULL); // Ctrl-C may leave from here
}

static pthread_t main_thread;

static __attribute__((constructor)) void note_main_thread(void)
{
    main_thread = pthread_self();
}

// As on a board. Here a second thread inside would wait for the collector's lock, and whoever has that, for this one's.
bool port_is_here(void)
{
    return pthread_equal(pthread_self(), main_thread);
}

// ---- the heap: the board's, where a Pico has it --------------------------------------------------------------------------------

extern long heap_size __attribute__((weak)); // MicroPython's default, which -X heapsize=N changes

static const chip_board_t *board_wanted(void)
{
    const char *name = getenv("TONEARM_BOARD");
    return chip_board_find(name && *name ? name : "pico");
}

__attribute__((constructor)) static void size_heap(void)
{
    const chip_board_t *board = board_wanted();
    if (&heap_size && board)
        heap_size = board->vm_heap_bytes;
}

void __real_gc_init(void *start, void *end);
void __wrap_gc_init(void *start, void *end);

// A heap that fits lies where the board's does; a larger one where the host put it, which no DMA of a Pico reads.
void __wrap_gc_init(void *start, void *end)
{
    size_t bytes = (size_t)((char *)end - (char *)start), there = 0;
    const chip_board_t *board = board_wanted();
    if (!board) {
        fprintf(stderr, "TONEARM_BOARD is \"%s\": there is no such board; there are ", getenv("TONEARM_BOARD"));
        for (const chip_board_t *one = chip_boards(); one->name; one++)
            fprintf(stderr, "%s%s", one == chip_boards() ? "" : ", ", one->name);
        fputc('\n', stderr);
        exit(2);
    }
    if (chip_boot(board) != 0)
        exit(2); // it has said why
    void *base = NULL;
    if (board->vm_heap_in_psram) {
        chip_psram(&base, &there);
    } else {
        chip_sram_free(&base, &there);
    }
    if (bytes > there) {
        __real_gc_init(start, end);
        return;
    }
    if (!board->vm_heap_in_psram)
        base = chip_sram_take(bytes);
    __real_gc_init(base, (char *)base + bytes);
}

void port_kept_back(void **base, size_t *bytes)
{
    static void *kept;
    static size_t kept_bytes;
    if (!kept)
        chip_sram_free(&kept, &kept_bytes); // what the VM's heap has left
    *base = kept;
    *bytes = kept_bytes;
}

void port_dma_block(void *block, size_t bytes, const char *name)
{
    if (bytes) {
        chip_dma_allow(block, bytes, name);
    } else {
        chip_dma_forbid(block);
    }
}

ta_chip_t port_chip(void)
{
    return chip_board()->chip;
}

int port_pins(void)
{
    return chip_board()->pins;
}

bool port_pin(mp_obj_t object, unsigned *gpio)
{
    (void)object; // this port has no machine.Pin
    (void)gpio;
    return false;
}

// ---- which pin ---------------------------------------------------------------------------------------------------------------

bool port_begin(char *error)
{
    if (!port_is_here()) {
        snprintf(error, TA_SENTENCE_MAX, "audio belongs to the main thread: call it from there");
        return false;
    }
    if (pin != PIN_UNKNOWN)
        return true;
    const char *name = getenv("TONEARM_PIN");
    if (!name || !*name || strcmp(name, "chip") == 0) {
        pin = PIN_CHIP;
    } else if (strcmp(name, "speaker") == 0) {
        pin = PIN_SPEAKER;
    } else if (strncmp(name, "wav:", 4) == 0 && name[4]) {
        pin = PIN_WAV;
        wav_path = name + 4;
    } else {
        snprintf(error, TA_SENTENCE_MAX, "TONEARM_PIN is \"%.100s\": choose chip, speaker or wav:FILE", name);
        return false;
    }
    if (pin != PIN_SPEAKER)
        virtual_time_begin();
    return true;
}

uint64_t port_now_us(void)
{
    return pin == PIN_SPEAKER ? machine_now_us() : virtual_time_now_us();
}

bool port_has_pins(void)
{
    return pin != PIN_SPEAKER;
}

// ---- the sound card ------------------------------------------------------------------------------------------------------------

static void *feed(void *context)
{
    port_output_t *port = context;
    while (port->feeding) {
        if (ta_desktop_run(&port->desktop) != TA_OK) {
            port->gone = true;
            break;
        }
    }
    return NULL;
}

static ta_status_t open_speaker(port_output_t *port, const output_config_t *config, const ta_memory_t *memory,
                                char *error)
{
    enum { BUFFER_MIN_US = 100000 }; // what a sound system wants
    uint32_t buffer_us = config->kind == OUTPUT_I2S ? config->i2s.buffer_us : config->pwm.buffer_us;
    ta_desktop_config_t desktop = {.bits = config->kind == OUTPUT_I2S ? config->i2s.bits : 16,
                                   .buffer_us = buffer_us < BUFFER_MIN_US ? BUFFER_MIN_US : buffer_us};
    ta_status_t status = ta_speaker_open(&port->desktop, &desktop, memory);
    if (status != TA_OK) {
        snprintf(error, TA_SENTENCE_MAX, "%s", port->desktop.error);
        return status;
    }
    port->output = &port->desktop.output;
    port->feeding = true;
    if (pthread_create(&port->feeder, NULL, feed, port) == 0) // signals are blocked here, and so in it
        return TA_OK;
    port->feeding = false;
    (void)ta_desktop_close(&port->desktop);
    snprintf(error, TA_SENTENCE_MAX, "no thread for the sound card's feed");
    return TA_E_STATE;
}

static void close_speaker(port_output_t *port)
{
    if (port->feeding) {
        port->feeding = false;
        (void)pthread_join(port->feeder, NULL);
    }
    (void)ta_desktop_close(&port->desktop);
}

// ---- outputs -----------------------------------------------------------------------------------------------------------------

static ta_status_t open_on_chip(port_output_t *port, const output_config_t *config, const ta_memory_t *memory)
{
    port->is_pwm = config->kind == OUTPUT_PWM;
    if (port->is_pwm) {
        port->output = &port->pwm.output;
        return ta_pwm_open(&port->pwm, &config->pwm, memory);
    }
    port->output = &port->i2s.output;
    return ta_i2s_open(&port->i2s, &config->i2s, memory);
}

ta_status_t port_open(port_output_t *port, const output_config_t *config, const ta_memory_t *memory, char *error)
{
    if (pin == PIN_SPEAKER)
        return open_speaker(port, config, memory, error);
    output_plan_t plan;
    ta_status_t planned = config_plan(config, &plan, error); // before anybody listens to pins that cannot be
    if (planned != TA_OK)
        return planned;
    if (pin == PIN_WAV) {
        port->recorder = recorder_begin(wav_path, config, error);
        if (!port->recorder)
            return TA_E_IO;
    }
    ta_status_t status = open_on_chip(port, config, memory);
    if (status == TA_OK) {
        recorder_of(port->recorder, port->output);
        return TA_OK;
    }
    snprintf(error, TA_SENTENCE_MAX, "%s", port->is_pwm ? port->pwm.error : port->i2s.error);
    recorder_end(port->recorder, true);
    return status;
}

void port_close(port_output_t *port)
{
    if (pin == PIN_SPEAKER) {
        close_speaker(port);
        return;
    }
    if (port->is_pwm) {
        ta_pwm_close(&port->pwm);
    } else {
        ta_i2s_close(&port->i2s);
    }
    recorder_end(port->recorder, false);
}

ta_output_t *port_output(port_output_t *port)
{
    return port->output;
}

const char *port_trouble(const port_output_t *port)
{
    if (pin == PIN_SPEAKER)
        return port->gone ? port->desktop.error : NULL;
    return recorder_trouble(port->recorder);
}

// The chip's time stands still while sources are at work (but for load.c), so meters look at what this thread has had of the machine's processor: a pull is one thread's.
static uint32_t machine_now(void)
{
    return (uint32_t)machine_thread_ns();
}

// With the sound card each output is fed by a thread of its own, and meters of one clock must be one after the other's.
ta_meter_clock_t *port_meter_clock(void)
{
    static ta_meter_clock_t clock = {machine_now, 1000000000, NULL};
    return pin == PIN_SPEAKER ? NULL : &clock;
}

const char *port_meter_unit(void)
{
    return "ns";
}

mp_float_t port_meter_tick(void)
{
    return 1;
}

static uint32_t chip_now(void)
{
    return (uint32_t)(chip_cycles_to_ns(chip_cycles()) / 1000);
}

const ta_guard_config_t *port_guard(void)
{
    static ta_guard_config_t guard = {.now = chip_now, .hz = 1000000};
    guard.load = ta_rp2_load(0);
    return &guard;
}

void port_wait_us(uint32_t us)
{
    if (pin == PIN_SPEAKER) {
        machine_sleep_us(us);
    } else {
        virtual_time_pass(us);
    }
}

void port_moment(void)
{
    if (pin == PIN_SPEAKER) {
        output_tick();
    } else {
        virtual_time_moment(MOMENT_US);
    }
}

// ---- the collector, the end ----------------------------------------------------------------------------------------------------

void __real_gc_collect(void);
void __wrap_gc_collect(void);
void __real_gc_sweep_all(void);
void __wrap_gc_sweep_all(void);
void __real_mp_deinit(void);
void __wrap_mp_deinit(void);

void __wrap_gc_collect(void)
{
    turns_collection_begins();
    output_before_collection();
    __real_gc_collect();
    turns_collection_ends();
}

// Everything is about to be finalised, in any order: files before those who write them.
void __wrap_gc_sweep_all(void)
{
    output_close_all();
    __real_gc_sweep_all();
}

void __wrap_mp_deinit(void)
{
    output_close_all();
    __real_mp_deinit();
}

// ---- for those who look at the chip --------------------------------------------------------------------------------------------

// tonearm.chip([us]): the virtual chip at this moment, or after so many microseconds in which the VM does nothing, as in a long call of C.
static mp_obj_t look_at_chip(size_t n_args, const mp_obj_t *args)
{
    chip_claims_t claims;
    if (n_args > 0)
        virtual_time_pass((uint64_t)errors_int(MP_QSTR_us, args[0], 0, INT32_MAX));
    port_enter();
    chip_claims(&claims);
    uint64_t us = chip_cycles_to_ns(chip_cycles()) / 1000;
    uint64_t violations = chip_violations(NULL, 0);
    bool nothing = chip_claims_none();
    uint64_t pins = chip_pins();
    port_leave();
    mp_obj_t dict = mp_obj_new_dict(7);
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_board), mp_obj_new_str_from_cstr(chip_board()->name));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_us), mp_obj_new_int_from_ull(us));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_violations), mp_obj_new_int_from_ull(violations));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_dma_channels), mp_obj_new_int_from_uint(claims.dma_channels));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_state_machines), mp_obj_new_int_from_uint(claims.state_machines));
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_pins), mp_obj_new_int_from_ull(pins)); // levels; bit n is GPIO n
    mp_obj_dict_store(dict, MP_OBJ_NEW_QSTR(MP_QSTR_idle), mp_obj_new_bool(nothing));
    return dict;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(port_chip_obj, 0, 1, look_at_chip);
