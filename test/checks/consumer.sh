# shellcheck shell=bash
# To be sourced. The program in the README, built as its reader would build it: against an installed Tonearm.

# readme_program FILE: the first ```c block of README.md.
readme_program() {
    awk '/^```c$/ && !seen { seen = 1; on = 1; next } /^```/ { on = 0 } on' README.md >"$1"
    [ -s "$1" ] || {
        echo "README.md has no \`\`\`c block"
        return 1
    }
}

# readme_output FILE: the first ```text block after the program: what it prints.
readme_output() {
    awk '/^```c$/ { seen = 1 } seen && /^```text$/ && !done { on = 1; done = 1; next } /^```/ { on = 0 } on' README.md >"$1"
    [ -s "$1" ] || {
        echo "README.md does not say in a \`\`\`text block, after the program, what it prints"
        return 1
    }
}

# readme_run PROGRAM WORK [LIBRARY FOLDER]: it prints what the README says, twice the same.
readme_run() {
    (cd "$2" && LD_LIBRARY_PATH=${3:-} timeout 120 "$1" >"$2/printed") || {
        echo "$1 ended with $?"
        cat "$2/printed"
        return 1
    }
    diff -u "$2/said" "$2/printed"
}

# readme_with_cmake PREFIX WORK: find_package, shared and static.
readme_with_cmake() {
    mkdir -p "$2/consumer"
    cat >"$2/consumer/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.20)
project(consumer C)
find_package(Tonearm 0.1 REQUIRED)
add_executable(shared ../program.c)
target_link_libraries(shared PRIVATE Tonearm::virtual_pico Tonearm::tonearm)
add_executable(static ../program.c)
target_link_libraries(static PRIVATE Tonearm::tonearm_static)
target_include_directories(static PRIVATE $<TARGET_PROPERTY:Tonearm::virtual_pico,INTERFACE_INCLUDE_DIRECTORIES>)
END
    cmake -S "$2/consumer" -B "$2/consumer/build" -DCMAKE_PREFIX_PATH="$1" >"$2/cmake.log" 2>&1 &&
        cmake --build "$2/consumer/build" >>"$2/cmake.log" 2>&1 || {
        cat "$2/cmake.log"
        return 1
    }
    readme_run "$2/consumer/build/shared" "$2" && readme_run "$2/consumer/build/static" "$2"
}
