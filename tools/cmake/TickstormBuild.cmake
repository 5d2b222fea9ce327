# SPDX-License-Identifier: MIT
# Compiler settings and the helpers with which every directory declares its targets.

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# Asserts guard the simulation's invariants and stay on in every build that we run; no build type
# may define NDEBUG or change what floating point means.
set(CMAKE_C_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")

option(TICKSTORM_WERROR "Treat warnings as errors" OFF)
set(TICKSTORM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

option(TICKSTORM_VALIDATE "Check the whole state in every tick" OFF)

if(TICKSTORM_VALIDATE)
    add_compile_definitions(TICKSTORM_VALIDATE)
endif()
if(TICKSTORM_SANITIZE)
    add_compile_options(-fsanitize=${TICKSTORM_SANITIZE} -fno-omit-frame-pointer
                        -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TICKSTORM_SANITIZE})
endif()

add_compile_definitions(_GNU_SOURCE)

function(tickstorm_set_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                           -Wstrict-prototypes -Wmissing-prototypes)
    if(TICKSTORM_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# tickstorm_add_library(NAME SOURCES... )
function(tickstorm_add_library target)
    add_library(${target} STATIC ${ARGN})
    tickstorm_set_warnings(${target})
endfunction()

# tickstorm_add_program(NAME SOURCES...)
# Symbols are exported so that libenet finds the seam's replacements (common/net/enet_seam.h).
function(tickstorm_add_program target)
    add_executable(${target} ${ARGN})
    tickstorm_set_warnings(${target})
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
endfunction()

# tickstorm_add_test(NAME [THREADS] [REAL_TIME] [TIMEOUT SECONDS] SOURCES ... LIBRARIES ...)
# One cmocka program a module. THREADS labels it for the ThreadSanitizer run, REAL_TIME as one that
# waits for clocks and sockets rather than in virtual time.
function(tickstorm_add_test name)
    cmake_parse_arguments(ARG "THREADS;REAL_TIME" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
    if(NOT ARG_SOURCES)
        set(ARG_SOURCES ${name}.c)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    tickstorm_add_program(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} PkgConfig::CMOCKA)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${name} PRIVATE TICKSTORM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
    tickstorm_label_test(${name} "${ARG_THREADS}" "${ARG_REAL_TIME}")
endfunction()

# tickstorm_add_program_test(NAME SCRIPT [THREADS] [PARALLEL] PROGRAMS ... [ARGUMENTS ...])
# A Python script that drives the real programs; it gets their paths, then the arguments. It runs
# alone unless PARALLEL. Exit code 77: a program that it needs is not installed.
function(tickstorm_add_program_test name script)
    cmake_parse_arguments(ARG "THREADS;PARALLEL" "" "PROGRAMS;ARGUMENTS" ${ARGN})
    set(programs)
    foreach(program IN LISTS ARG_PROGRAMS)
        list(APPEND programs $<TARGET_FILE:${program}>)
    endforeach()
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    add_test(NAME ${name} COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/${script}
                                  ${programs} ${ARG_ARGUMENTS})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
    if(NOT ARG_PARALLEL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
    tickstorm_label_test(${name} "${ARG_THREADS}" TRUE)
endfunction()

function(tickstorm_label_test name has_threads is_real_time)
    set(labels)
    if(has_threads)
        list(APPEND labels threads)
    endif()
    if(is_real_time)
        list(APPEND labels real_time)
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "${labels}")
endfunction()
