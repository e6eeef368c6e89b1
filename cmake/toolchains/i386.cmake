# BareFlow on a PC in 32-bit protected mode, started from the disk's boot sector.
set(BAREFLOW_TARGET i386)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR i386)
# SSE2 for floating point: x87 registers would round differently from every other target.
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "-m32 -march=pentium4 -mfpmath=sse -fno-pic -fcf-protection=none")
endforeach()
# Not the libraries of the build machine, which may not have the other width at all: no C++ library, and
# of <limits.h> the compiler's part without the C library's.
string(APPEND CMAKE_C_FLAGS_INIT " -D_LIBC_LIMITS_H_")
string(APPEND CMAKE_CXX_FLAGS_INIT " -nostdinc++")
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
