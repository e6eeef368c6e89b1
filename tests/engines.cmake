# The engines that guest code is tested on. Each is a script that runs kiln with the engine's options,
# so that what it tests need not know of engines.
#   interp       the interpreter alone
#   asmjit       hot code is compiled
#   asmjit-now   all code is compiled when it is met
#   tiered       hot code is compiled, and very hot regions by LLVM meanwhile; both soon
# KILN_SHORT_ENGINES are more, for programs that are short: LLVM takes milliseconds for a region.
#   llvm         hot regions are compiled while the guest waits
# KILN_AUDITED are more, for what is not too long: many times slower than the others.
#   asmjit-audit all code is compiled when it is met, and checked against the interpreter
# KILN_FOR_A_FEW are more, for a few programs.
#   llvm-now     LLVM compiles all code when it is met, block by block
#   llvm-audit   hot regions are compiled, and checked against the interpreter
#   tiered-audit the same, beside blocks
set(KILN_ENGINES interp)
set(KILN_SHORT_ENGINES "")
set(KILN_AUDITED "")
set(KILN_FOR_A_FEW "")
set(engine_options_interp --backend interp)
if(KILN_ASMJIT)
  list(APPEND KILN_ENGINES asmjit asmjit-now)
  set(engine_options_asmjit --backend asmjit)
  set(engine_options_asmjit-now --backend asmjit --tier-up 0)
  list(APPEND KILN_AUDITED asmjit-audit)
  set(engine_options_asmjit-audit --backend asmjit --tier-up 0 --audit)
endif()
if(KILN_LLVM)
  list(APPEND KILN_SHORT_ENGINES llvm)
  set(engine_options_llvm --backend llvm --tier-up 200)
  list(APPEND KILN_FOR_A_FEW llvm-now llvm-audit)
  set(engine_options_llvm-now --backend llvm --tier-up 0)
  set(engine_options_llvm-audit --backend llvm --tier-up 20 --audit)
endif()
if(KILN_ASMJIT AND KILN_LLVM)
  list(APPEND KILN_ENGINES tiered)
  set(engine_options_tiered --backend tiered --tier-up 5)
  list(APPEND KILN_FOR_A_FEW tiered-audit)
  set(engine_options_tiered-audit --backend tiered --tier-up 2 --audit)
endif()

foreach(engine IN LISTS KILN_ENGINES KILN_SHORT_ENGINES KILN_AUDITED KILN_FOR_A_FEW)
  set(KILN_ON_${engine} ${PROJECT_BINARY_DIR}/tests/engines/kiln-${engine})
  list(JOIN engine_options_${engine} " " options)
  file(GENERATE OUTPUT ${KILN_ON_${engine}}
    CONTENT "#!/bin/sh\ncommand=$1\nshift\nexec $<TARGET_FILE:kiln> \"$command\" ${options} \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
