# BareFlow on RISC-V's `virt` machine, in M-mode or in S-mode: one source, a number apart.
if(BAREFLOW_TARGET STREQUAL rv64-m)
  set(mode 3)
  set(BAREFLOW_ORIGIN 0x80000000) # where the reset vector goes
else()
  set(mode 1)
  set(BAREFLOW_ORIGIN 0x80200000) # behind OpenSBI, where it looks for a payload
endif()

target_compile_definitions(bareflow PRIVATE BAREFLOW_MODE=${mode})
target_sources(bareflow PRIVATE
  arch/rv64/boot.c
  arch/rv64/cpu.c
  arch/rv64/fault.c
  arch/rv64/fdt.c
  arch/rv64/frames.c
  arch/rv64/machine.c
  arch/rv64/plic.c
  arch/rv64/power.c
  arch/rv64/stack_guard.c
  arch/rv64/start.S
  arch/rv64/timer.c
  arch/rv64/trap.c
  arch/rv64/trap.S
  arch/rv64/tree.c
  arch/rv64/uart.c)

set(BAREFLOW_LINKER_SCRIPT ${CMAKE_CURRENT_BINARY_DIR}/rv64.ld)
configure_file(arch/rv64/rv64.ld.in ${BAREFLOW_LINKER_SCRIPT} @ONLY)
