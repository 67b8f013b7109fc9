# Copy this file into your project, as pico_sdk_import.cmake is, and include it after that one. It finds Tonearm and adds the
# library tonearm_rp2. In, each as a CMake variable or from the environment:
#   TONEARM_PATH                  a Tonearm tree; relative to the build folder
#   TONEARM_FETCH_FROM_GIT        ON: without a TONEARM_PATH, clone it
#   TONEARM_FETCH_FROM_GIT_URL    from here: an address, or a folder with a repository
#   TONEARM_FETCH_FROM_GIT_TAG    tag, branch or commit; default main
#   TONEARM_FETCH_FROM_GIT_PATH   clone into this folder instead of the build folder

foreach(name TONEARM_PATH TONEARM_FETCH_FROM_GIT TONEARM_FETCH_FROM_GIT_URL TONEARM_FETCH_FROM_GIT_TAG TONEARM_FETCH_FROM_GIT_PATH)
    if(DEFINED ENV{${name}} AND NOT ${name})
        set(${name} $ENV{${name}})
        message("Using ${name} from environment ('${${name}}')")
    endif()
endforeach()
set(TONEARM_PATH "${TONEARM_PATH}" CACHE PATH "a Tonearm tree")
set(TONEARM_FETCH_FROM_GIT "${TONEARM_FETCH_FROM_GIT}" CACHE BOOL "clone Tonearm if TONEARM_PATH names none")
set(TONEARM_FETCH_FROM_GIT_URL "${TONEARM_FETCH_FROM_GIT_URL}" CACHE STRING "where Tonearm is cloned from")
set(TONEARM_FETCH_FROM_GIT_TAG "${TONEARM_FETCH_FROM_GIT_TAG}" CACHE STRING "what is checked out")
set(TONEARM_FETCH_FROM_GIT_PATH "${TONEARM_FETCH_FROM_GIT_PATH}" CACHE PATH "where Tonearm is cloned to")

if(NOT PICO_SDK_VERSION_STRING)
    message(FATAL_ERROR "include pico_sdk_import.cmake before tonearm_import.cmake: Tonearm is built for the SDK's PICO_BOARD")
endif()
if(NOT TARGET tonearm_rp2)
    set(tonearm_found ${TONEARM_PATH})
    if(NOT tonearm_found AND TONEARM_FETCH_FROM_GIT)
        if(NOT TONEARM_FETCH_FROM_GIT_URL)
            message(FATAL_ERROR "TONEARM_FETCH_FROM_GIT is on: TONEARM_FETCH_FROM_GIT_URL must say from where")
        endif()
        if(NOT TONEARM_FETCH_FROM_GIT_TAG)
            set(TONEARM_FETCH_FROM_GIT_TAG main)
        endif()
        include(FetchContent)
        if(TONEARM_FETCH_FROM_GIT_PATH)
            get_filename_component(FETCHCONTENT_BASE_DIR "${TONEARM_FETCH_FROM_GIT_PATH}" REALPATH BASE_DIR "${CMAKE_SOURCE_DIR}")
        endif()
        FetchContent_Declare(tonearm GIT_REPOSITORY ${TONEARM_FETCH_FROM_GIT_URL} GIT_TAG ${TONEARM_FETCH_FROM_GIT_TAG})
        FetchContent_MakeAvailable(tonearm)
    elseif(NOT tonearm_found)
        message(FATAL_ERROR "Tonearm was not found: set TONEARM_PATH to a tree, or TONEARM_FETCH_FROM_GIT to ON to clone it")
    else()
        get_filename_component(tonearm_found "${tonearm_found}" REALPATH BASE_DIR "${CMAKE_BINARY_DIR}")
        if(NOT EXISTS ${tonearm_found}/include/tonearm/tonearm.h)
            message(FATAL_ERROR "TONEARM_PATH is ${tonearm_found}, which has no include/tonearm/tonearm.h: name a Tonearm tree")
        endif()
        add_subdirectory(${tonearm_found} tonearm)
    endif()
endif()
