# libm from the installed picolibc. It is part of libc.a there; only its members of libm are taken, so
# that no function of the C library can come in place of the runtime's.
find_library(PICOLIBC NAMES libc.a PATHS /usr/lib/picolibc/riscv64-unknown-elf/lib
  PATH_SUFFIXES rv64imafdc/lp64d NO_DEFAULT_PATH DOC "picolibc's libc.a for rv64imafdc, lp64d")
if(NOT PICOLIBC)
  message(FATAL_ERROR "picolibc is missing; install picolibc-riscv64-unknown-elf or set PICOLIBC")
endif()

set(archive ${CMAKE_CURRENT_BINARY_DIR}/libtinyllama_math.a)
add_custom_command(OUTPUT ${archive}
  COMMAND ${CMAKE_COMMAND} -D AR=${CMAKE_AR} -D FROM=${PICOLIBC} -D TO=${archive}
          -P ${CMAKE_CURRENT_SOURCE_DIR}/extract.cmake
  DEPENDS ${PICOLIBC} ${CMAKE_CURRENT_SOURCE_DIR}/extract.cmake VERBATIM)
add_custom_target(picolibc_math DEPENDS ${archive})
add_library(libm STATIC IMPORTED GLOBAL)
set_target_properties(libm PROPERTIES IMPORTED_LOCATION ${archive})
add_dependencies(libm picolibc_math)
