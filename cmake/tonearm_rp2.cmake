# Tonearm for projects that have imported the Pico SDK: the library `tonearm_rp2`, for whatever PICO_BOARD says. In: the SDK's
# variables. Out: one INTERFACE library, as the SDK's own are: its sources are compiled with the program's options, so that
# target_compile_definitions(program PRIVATE TA_CFG_COMMANDS=4) reaches everything. The knobs are in docs/pico-sdk.md.
# It may be added before or after pico_sdk_init(), since the SDK's libraries are looked up when the build files are written.

set(TONEARM_OLDEST_SDK 2.1.1) # the oldest that this was built with
if(PICO_SDK_VERSION_STRING VERSION_LESS TONEARM_OLDEST_SDK)
    message(FATAL_ERROR "Tonearm needs Pico SDK ${TONEARM_OLDEST_SDK} or later, and this is ${PICO_SDK_VERSION_STRING} in "
        "${PICO_SDK_PATH}: name a newer one with PICO_SDK_PATH")
endif()
if(PICO_PLATFORM STREQUAL "host")
    message(FATAL_ERROR "the Pico SDK's platform host has neither DMA nor PIO: set PICO_BOARD to a board, or build Tonearm "
        "without the SDK, which gives the desktop's library with the virtual chip")
endif()

add_library(tonearm_rp2_headers INTERFACE)
target_include_directories(tonearm_rp2_headers INTERFACE ${CMAKE_CURRENT_LIST_DIR}/../include)

get_filename_component(tonearm_root ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
file(GLOB tonearm_sources CONFIGURE_DEPENDS ${tonearm_root}/src/mem/*.c ${tonearm_root}/src/source/*.c
    ${tonearm_root}/src/convert/*.c ${tonearm_root}/src/ring/*.c ${tonearm_root}/src/pin/rp2/*.c)
list(FILTER tonearm_sources EXCLUDE REGEX "/stream_file\\.c$") # reads files with <stdio.h>

add_library(tonearm_rp2 INTERFACE)
target_sources(tonearm_rp2 INTERFACE ${tonearm_sources})
target_link_libraries(tonearm_rp2 INTERFACE tonearm_rp2_headers pico_platform hardware_claim hardware_clocks
    hardware_dma hardware_gpio hardware_irq hardware_pio hardware_pwm hardware_sync hardware_timer pico_multicore)

# tonearm_embed(TARGET NAME FILE): the program has the file's bytes in flash, from `NAME` to `NAME_end`; in C,
# extern const uint8_t NAME[], NAME_end[]. A file that a custom command makes is made first.
set_property(GLOBAL PROPERTY TONEARM_EMBED ${CMAKE_CURRENT_LIST_DIR}/embed.S)
function(tonearm_embed target name file)
    get_property(template GLOBAL PROPERTY TONEARM_EMBED)
    get_filename_component(file ${file} ABSOLUTE)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_${name}.S)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
        "#define EMBED_NAME @name@\n#define EMBED_FILE \"@file@\"\n#include \"@template@\"\n")
    set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS "${file};${template}")
    target_sources(${target} PRIVATE ${source})
endfunction()

# tonearm_warnings(OPTION...): from here on in this folder, Tonearm's own sources are compiled with these options. For Tonearm's tests, and
# for whoever wants to see that nothing is hidden; the SDK's sources keep the options that they have.
function(tonearm_warnings)
    get_target_property(sources tonearm_rp2 INTERFACE_SOURCES)
    set_property(SOURCE ${sources} APPEND PROPERTY COMPILE_OPTIONS ${ARGN})
endfunction()
