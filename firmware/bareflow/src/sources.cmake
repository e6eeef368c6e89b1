# The common part of the runtime.
target_sources(bareflow PRIVATE
  src/backtrace.c
  src/console.c
  src/cxx.cpp
  src/decimal.c
  src/exit.c
  src/files.c
  src/heap.c
  src/heap_check.c
  src/jitctl.c
  src/malloc.c
  src/memory.c
  src/micro_jit.c
  src/number.c
  src/options.c
  src/printf.c
  src/printf_float.c
  src/profile.c
  src/sort.c
  src/start.c
  src/string.c
  src/symbols.c
  src/uart16550.c)
