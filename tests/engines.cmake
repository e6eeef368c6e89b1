# The engines that guest code is tested on. Each is a script that runs kiln with the engine's options,
# so that what it tests need not know of engines.
#   interp       the interpreter alone
#   asmjit       hot code is compiled
#   asmjit-now   all code is compiled when it is met
# KILN_AUDITED is one more, for what is not too long: many times slower than the others.
#   asmjit-audit all code is compiled when it is met, and checked against the interpreter
set(KILN_ENGINES interp)
set(KILN_AUDITED "")
set(engine_options_interp --backend interp)
if(KILN_ASMJIT)
  list(APPEND KILN_ENGINES asmjit asmjit-now)
  set(engine_options_asmjit --backend asmjit)
  set(engine_options_asmjit-now --backend asmjit --tier-up 0)
  set(KILN_AUDITED asmjit-audit)
  set(engine_options_asmjit-audit --backend asmjit --tier-up 0 --audit)
endif()

foreach(engine IN LISTS KILN_ENGINES KILN_AUDITED)
  set(KILN_ON_${engine} ${PROJECT_BINARY_DIR}/tests/engines/kiln-${engine})
  list(JOIN engine_options_${engine} " " options)
  file(GENERATE OUTPUT ${KILN_ON_${engine}}
    CONTENT "#!/bin/sh\ncommand=$1\nshift\nexec $<TARGET_FILE:kiln> \"$command\" ${options} \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
