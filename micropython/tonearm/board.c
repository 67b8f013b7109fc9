// Module board: GP0, GP1, ... are numbers of GPIOs, which machine.Pin takes, too.

#include "py/obj.h"

// This chip's pins: 30, or 48 of RP2350B; the virtual chip has as many as any.
#ifdef PICO_RP2350A
#define MORE_PINS (!PICO_RP2350A)
#else
#define MORE_PINS TONEARM_PINS_48
#endif

#define GP(n)                                                                                                          \
    {                                                                                                                  \
        MP_ROM_QSTR(MP_QSTR_GP##n), MP_ROM_INT(n)                                                                      \
    }

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
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);

const mp_obj_module_t board_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_board, board_module);
