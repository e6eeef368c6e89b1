# BareFlow on a PC in long mode, started by a Multiboot2 loader.
set(BAREFLOW_TARGET x86_64)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
# No red zone: an interrupt handler runs on the program's stack.
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "-m64 -march=x86-64 -mno-red-zone -mcmodel=small -fno-pic -fcf-protection=none")
endforeach()
# Not the C++ library of the build machine.
string(APPEND CMAKE_CXX_FLAGS_INIT " -nostdinc++")
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
