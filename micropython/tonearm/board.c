// Module board: GP0, GP1, ... are numbers of GPIOs, which machine.Pin takes, too; and the names that CircuitPython's board has on a Pico and a
// Pico 2. On another board those are there that mean a GPIO of its own: on a Pico W the LED hangs on the radio. On the desktop they are the
// Pico's, whatever TONEARM_BOARD says.

#include "py/obj.h"

// This chip's pins: 30, or 48 of RP2350B; the virtual chip has as many as any.
#ifdef PICO_RP2350A
#define MORE_PINS (!PICO_RP2350A)
#else
#define MORE_PINS TONEARM_PINS_48
#endif

// Pico Datasheet, section 2.1, and Pico 2 Datasheet, section 2.1: GPIO23 chooses the regulator's mode, 24 senses VBUS, 25 drives the LED, 29
// measures VSYS / 3. The converter's inputs begin at GPIO26, on RP2350B at GPIO40 (RP2350 Datasheet, section 12.4).
#ifdef TONEARM_PINS_48
#define PICO_LAYOUT 1
#define LED_PIN     25
#define ANALOG      26
#else
#if defined(RASPBERRYPI_PICO) || defined(RASPBERRYPI_PICO2)
#define PICO_LAYOUT 1
#endif
#ifdef PICO_DEFAULT_LED_PIN
#define LED_PIN PICO_DEFAULT_LED_PIN
#endif
#if MORE_PINS
#define ANALOG 40
#else
#define ANALOG 26
#endif
#endif

#define PIN(name, n)                                                                                                   \
    {                                                                                                                  \
        MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_INT(n)                                                                     \
    }
#define GP(n) PIN(GP##n, n)

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_board)},
    GP(0),
    GP(1),
    GP(2),
    GP(3),
    GP(4),
    GP(5),
    GP(6),
    GP(7),
    GP(8),
    GP(9),
    GP(10),
    GP(11),
    GP(12),
    GP(13),
    GP(14),
    GP(15),
    GP(16),
    GP(17),
    GP(18),
    GP(19),
    GP(20),
    GP(21),
    GP(22),
    GP(23),
    GP(24),
    GP(25),
    GP(26),
    GP(27),
    GP(28),
    GP(29),
#if MORE_PINS
    GP(30),
    GP(31),
    GP(32),
    GP(33),
    GP(34),
    GP(35),
    GP(36),
    GP(37),
    GP(38),
    GP(39),
    GP(40),
    GP(41),
    GP(42),
    GP(43),
    GP(44),
    GP(45),
    GP(46),
    GP(47),
#endif
#ifdef LED_PIN
    PIN(LED, LED_PIN),
#endif
#if PICO_LAYOUT
    PIN(SMPS_MODE, 23),
    PIN(VBUS_SENSE, 24),
    PIN(VOLTAGE_MONITOR, 29),
    PIN(GP26_A0, 26),
    PIN(GP27_A1, 27),
    PIN(GP28_A2, 28),
#endif
    PIN(A0, ANALOG),
    PIN(A1, ANALOG + 1),
    PIN(A2, ANALOG + 2),
    PIN(A3, ANALOG + 3),
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t board_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_board, board_module);
