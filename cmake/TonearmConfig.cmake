# find_package(Tonearm): Tonearm::tonearm (shared), Tonearm::tonearm_static, and Tonearm::virtual_pico, which adds the
# pico-sdk headers of the virtual chip.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/TonearmTargets.cmake")
