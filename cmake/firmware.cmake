# The guest programs. Each target is a build of its own with a compiler of its own: firmware/ is a
# CMake project, configured here once for every toolchain file and once for the host.
include(ExternalProject)

set(KILN_FIRMWARE_TARGETS "")
find_program(KILN_RISCV_CC riscv64-unknown-elf-gcc)
if(KILN_RISCV_CC)
  list(APPEND KILN_FIRMWARE_TARGETS rv64-m rv64-s)
else()
  message(WARNING "riscv64-unknown-elf-gcc is not installed: no BareFlow for RISC-V")
endif()
list(APPEND KILN_FIRMWARE_TARGETS x86_64 i386)

# The images of TARGET are built into ${KILN_FIRMWARE_DIR}/TARGET/PROGRAM/.
set(KILN_FIRMWARE_DIR ${PROJECT_BINARY_DIR}/firmware)
add_custom_target(firmware ALL)

function(kiln_firmware target)
  ExternalProject_Add(firmware-${target}
    PREFIX ${KILN_FIRMWARE_DIR}/${target}/external
    SOURCE_DIR ${PROJECT_SOURCE_DIR}/firmware
    BINARY_DIR ${KILN_FIRMWARE_DIR}/${target}
    CMAKE_ARGS ${ARGN}
    INSTALL_COMMAND ""
    BUILD_ALWAYS TRUE)
  add_dependencies(firmware firmware-${target})
endfunction()

foreach(target IN LISTS KILN_FIRMWARE_TARGETS)
  kiln_firmware(${target}
    -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/toolchains/${target}.cmake)
endforeach()
