# BareFlow on RISC-V's virt machine, in M-mode, started by the reset vector.
set(BAREFLOW_TARGET rv64-m)
include(${CMAKE_CURRENT_LIST_DIR}/rv64.cmake)
