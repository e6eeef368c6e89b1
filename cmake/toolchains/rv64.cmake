# What rv64-m.cmake and rv64-s.cmake share.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "-march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany")
endforeach()
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
