# BareFlow on a PC: one source for both widths, and a folder for what differs.
target_include_directories(bareflow PRIVATE arch/x86 arch/x86/${BAREFLOW_TARGET})
target_sources(bareflow PRIVATE
  arch/x86/cpu.c
  arch/x86/faults.c
  arch/x86/frame.c
  arch/x86/interrupts.c
  arch/x86/keyboard.c
  arch/x86/memory_map.c
  arch/x86/pic.c
  arch/x86/platform.c
  arch/x86/timer.c
  arch/x86/vga.c
  arch/x86/${BAREFLOW_TARGET}/boot.c
  arch/x86/${BAREFLOW_TARGET}/descriptors.c
  arch/x86/${BAREFLOW_TARGET}/start.S
  arch/x86/${BAREFLOW_TARGET}/vectors.S)
set_source_files_properties(arch/x86/${BAREFLOW_TARGET}/vectors.S PROPERTIES
  OBJECT_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/arch/x86/vector_entries.inc)
target_link_options(bareflow INTERFACE -Wl,-z,max-page-size=4096)

set(BAREFLOW_LINKER_SCRIPT
  ${CMAKE_CURRENT_SOURCE_DIR}/arch/x86/${BAREFLOW_TARGET}/${BAREFLOW_TARGET}.ld)

if(BAREFLOW_TARGET STREQUAL x86_64)
  target_sources(bareflow PRIVATE arch/x86/x86_64/multiboot2.c)
else()
  include(arch/x86/i386/boot/boot.cmake)
endif()
