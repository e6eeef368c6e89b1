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

# kiln_firmware(TARGET FILES file... CMAKE_ARGS argument...): FILES of the target's folder are there for
# others to depend on.
function(kiln_firmware target)
  cmake_parse_arguments(arg "" "" "FILES;CMAKE_ARGS" ${ARGN})
  list(TRANSFORM arg_FILES PREPEND ${KILN_FIRMWARE_DIR}/${target}/)
  ExternalProject_Add(firmware-${target}
    PREFIX ${KILN_FIRMWARE_DIR}/${target}/external
    SOURCE_DIR ${PROJECT_SOURCE_DIR}/firmware
    BINARY_DIR ${KILN_FIRMWARE_DIR}/${target}
    CMAKE_ARGS ${arg_CMAKE_ARGS}
    BUILD_BYPRODUCTS ${arg_FILES}
    INSTALL_COMMAND ""
    BUILD_ALWAYS TRUE)
  add_dependencies(firmware firmware-${target})
endfunction()

kiln_firmware(host CMAKE_ARGS -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++)
set(files_of_i386 bareflow/boot.bin tinyllama/tinyllama.bin)
foreach(target IN LISTS KILN_FIRMWARE_TARGETS)
  kiln_firmware(${target} FILES ${files_of_${target}} CMAKE_ARGS
    -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/toolchains/${target}.cmake)
endforeach()

# The disk of a PC that tells a story: 10 MB with a tiny random model. tools/pack_disk_image makes larger
# ones, with a real model.
set(boot_bin ${KILN_FIRMWARE_DIR}/i386/bareflow/boot.bin)
set(tinyllama_bin ${KILN_FIRMWARE_DIR}/i386/tinyllama/tinyllama.bin)
set(tinyllama_img ${KILN_FIRMWARE_DIR}/tinyllama.img)
set(tools ${PROJECT_SOURCE_DIR}/tools)
add_custom_command(OUTPUT ${tinyllama_img}
  COMMAND kiln_model random tiny.model tiny.tokenizer --seed 1
  COMMAND ${tools}/pack_model tiny.model tiny.tokenizer tiny.cpio
  COMMAND ${tools}/pack_disk_image --boot ${boot_bin} --program ${tinyllama_bin} --initrd tiny.cpio ${tinyllama_img}
  DEPENDS kiln_model firmware-i386 ${boot_bin} ${tinyllama_bin}
          ${tools}/pack_model ${tools}/pack_disk_image
  WORKING_DIRECTORY ${KILN_FIRMWARE_DIR} COMMENT "Disk image tinyllama.img" VERBATIM)
add_custom_target(tinyllama_img ALL DEPENDS ${tinyllama_img})
