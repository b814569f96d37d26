set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # assertions stay on: they cost nothing here and catch a wrong shape

find_program(BFR_CCACHE ccache)
if(BFR_CCACHE)
    # Paths below the checkout are hashed relative to it, so that a second clone finds what the first one compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${BFR_CCACHE})
endif()

add_library(bfr_options INTERFACE)
target_include_directories(bfr_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(bfr_options INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual -fno-strict-aliasing)
if(BFR_SANITIZE)
    target_compile_options(bfr_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(bfr_options INTERFACE -fsanitize=address,undefined)
endif()
