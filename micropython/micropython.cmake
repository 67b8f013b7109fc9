# Tonearm for MicroPython's rp2 port: -DUSER_C_MODULES=<this file>. In: the Pico SDK, which the port has set up. Out: the modules, the library
# that they are made of, and what the linker wraps. Knobs: -DTONEARM_SRAM_BYTES=n, SRAM that is kept back from the VM's heap (RP2350); -DTONEARM_POLYPHONY=n, voices of a synthesizer (24).
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/tonearm_rp2.cmake)
file(GLOB tonearm_modules CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/tonearm/*.c ${CMAKE_CURRENT_LIST_DIR}/tonearm/rp2/*.c)

add_library(usermod_tonearm INTERFACE)
target_sources(usermod_tonearm INTERFACE ${tonearm_modules})
target_include_directories(usermod_tonearm INTERFACE ${CMAKE_CURRENT_LIST_DIR}/tonearm ${CMAKE_CURRENT_LIST_DIR}/tonearm/rp2
    ${CMAKE_CURRENT_LIST_DIR}/../include)
# The second core is MicroPython's own (_thread). What moves samples is worth its size; the rest of the firmware is compiled for size.
get_target_property(tonearm_library tonearm_rp2 INTERFACE_SOURCES)
set_property(SOURCE ${tonearm_modules} ${tonearm_library} APPEND PROPERTY COMPILE_DEFINITIONS TA_CFG_CORE1=0
    TA_CFG_RESAMPLE_BEST=0) # scripts choose between linear and good: 25 KB less of flash
set_property(SOURCE ${tonearm_library} APPEND PROPERTY COMPILE_OPTIONS -O2)
set(tonearm_plans ${tonearm_library})
list(FILTER tonearm_plans INCLUDE REGEX "/cost[a-z_]*\\.c$")
set_property(SOURCE ${tonearm_plans} APPEND PROPERTY COMPILE_OPTIONS -Os)
set_property(SOURCE ${tonearm_modules} APPEND PROPERTY COMPILE_OPTIONS -Wall -Wextra -Werror -Wno-unused-parameter)
if(DEFINED TONEARM_SRAM_BYTES)
    set_property(SOURCE ${tonearm_modules} APPEND PROPERTY COMPILE_DEFINITIONS TONEARM_SRAM_BYTES=${TONEARM_SRAM_BYTES})
endif()
if(DEFINED TONEARM_POLYPHONY)
    set_property(SOURCE ${tonearm_modules} APPEND PROPERTY COMPILE_DEFINITIONS TONEARM_POLYPHONY=${TONEARM_POLYPHONY})
endif()
foreach(function gc_collect gc_sweep_all machine_i2s_deinit_all set_sys_clock_pll)
    target_link_options(usermod_tonearm INTERFACE -Wl,--wrap=${function})
endforeach()
# The expression keeps the library from the port's search for names of Python's, which there are none of in it.
target_link_libraries(usermod INTERFACE usermod_tonearm $<1:tonearm_rp2>)
