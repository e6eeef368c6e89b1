# BareFlow on RISC-V's virt machine, in S-mode, started by OpenSBI.
set(BAREFLOW_TARGET rv64-s)
include(${CMAKE_CURRENT_LIST_DIR}/rv64.cmake)
