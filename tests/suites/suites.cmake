# The two forms in which RISC-V test suites come, as CTest tests. Both hold for any suite: the
# official ones, built elsewhere, and the small one in own/.

set(SUITE_LIMIT 200000000)
set(SUITE_TIMEOUT 120)

# What an ELF named PREFIX-ENVIRONMENT-NAME may use beyond rv32gc or rv64gc, by the part of PREFIX
# after rv32 or rv64. A prefix that is not here names something that Kiln does not emulate.
set(SUITE_BASE gc_zicntr_zihpm)
set(SUITE_EXTENSIONS
    ui= um= ua= uf= ud= uc= mi= si= uziccid=
    uzfh=_zfh uzicond=_zicond mzicbo=_zicboz ssvnapot=_svnapot
    uzba=_zba uzbb=_zbb uzbc=_zbc uzbs=_zbs uzbkb=_zbkb uzbkx=_zbkx)

# The --isa string for the riscv-tests program NAME, empty when Kiln does not emulate its extension.
function(suite_isa name result)
  set(${result} "" PARENT_SCOPE)
  if(NOT name MATCHES "^(rv32|rv64)([a-z]+)-")
    return()
  endif()
  set(xlen ${CMAKE_MATCH_1})
  set(prefix ${CMAKE_MATCH_2})
  foreach(entry IN LISTS SUITE_EXTENSIONS)
    if(entry MATCHES "^${prefix}=(.*)$")
      set(${result} ${xlen}${SUITE_BASE}${CMAKE_MATCH_1} PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# A test that passes when COMMAND exits with CODE. CTest knows only zero and not zero and does not print
# the code, which for a suite is the number of the case that failed; so the shell compares.
function(kiln_exit_test suite name code)
  add_test(NAME ${suite}.${name} COMMAND sh -c
    "\"$@\"; got=$?; test $got -eq ${code} || { echo \"exit code $got, expected ${code}\"; exit 1; }"
    ${suite} ${ARGN})
  set_tests_properties(${suite}.${name} PROPERTIES LABELS "suite;${suite}" TIMEOUT ${SUITE_TIMEOUT})
endfunction()

# On each engine: passes when the program ELF exits through HTIF with CODE.
function(kiln_tohost_test suite elf code)
  get_filename_component(name ${elf} NAME)
  suite_isa(${name} isa)
  foreach(engine IN LISTS KILN_ENGINES KILN_SHORT_ENGINES)
    kiln_exit_test(${suite} ${name}.${engine} ${code}
      ${KILN_ON_${engine}} run ${elf} --isa ${isa} --limit-instructions ${SUITE_LIMIT})
  endforeach()
endfunction()

# kiln_signature_test(SUITE NAME ELF REFERENCE): passes when the signature that the program leaves
# equals REFERENCE. A file ELF with .isa for .elf holds the --isa string; without one it is rv32gc or
# rv64gc with every extension above.
function(kiln_signature_test suite name elf reference)
  foreach(engine IN LISTS KILN_ENGINES KILN_SHORT_ENGINES)
    set(test ${suite}.${name}.${engine})
    add_test(NAME ${test}
      COMMAND ${CMAKE_COMMAND} -DKILN=${KILN_ON_${engine}} -DELF=${elf} -DREFERENCE=${reference}
              -DSIGNATURE=${CMAKE_CURRENT_BINARY_DIR}/signatures/${suite}/${name}.${engine}.signature
              -DLIMIT=${SUITE_LIMIT} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/compare_signature.cmake)
    set_tests_properties(${test} PROPERTIES LABELS "suite;${suite}" TIMEOUT ${SUITE_TIMEOUT})
  endforeach()
endfunction()

# One test called SUITE that CTest reports as skipped, with the reason.
function(kiln_absent_suite suite reason)
  add_test(NAME ${suite} COMMAND sh -c "echo \"$1\"; exit 77" skip ${reason})
  set_tests_properties(${suite} PROPERTIES LABELS "suite;${suite}" SKIP_RETURN_CODE 77)
endfunction()

# Every rv32* and rv64* ELF in FOLDER, a built riscv-tests `isa` folder.
function(kiln_riscv_tests suite folder)
  file(GLOB elves CONFIGURE_DEPENDS ${folder}/rv32* ${folder}/rv64*)
  list(FILTER elves EXCLUDE REGEX "\\.[a-z0-9]+$")
  set(count 0)
  set(unknown "")
  foreach(elf IN LISTS elves)
    get_filename_component(name ${elf} NAME)
    suite_isa(${name} isa)
    if(IS_DIRECTORY ${elf})
      continue()
    elseif(isa)
      kiln_tohost_test(${suite} ${elf} 0)
      math(EXPR count "${count} + 1")
    else()
      string(REGEX REPLACE "-.*" "" prefix ${name})
      list(APPEND unknown ${prefix})
    endif()
  endforeach()
  if(unknown)
    list(REMOVE_DUPLICATES unknown)
    message(STATUS "${suite}: not emulated, left out: ${unknown}")
  endif()
  if(count EQUAL 0)
    message(FATAL_ERROR "${suite}: ${folder}: no built test found")
  endif()
  message(STATUS "${suite}: ${count} tests")
endfunction()

# Every NAME.elf below FOLDER that has a NAME.reference_output beside it.
function(kiln_arch_tests suite folder)
  file(GLOB_RECURSE elves CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.elf)
  set(count 0)
  foreach(elf IN LISTS elves)
    string(REGEX REPLACE "\\.elf$" "" name ${elf})
    set(reference ${folder}/${name}.reference_output)
    if(EXISTS ${reference})
      kiln_signature_test(${suite} ${name} ${folder}/${elf} ${reference})
      math(EXPR count "${count} + 1")
    endif()
  endforeach()
  if(count EQUAL 0)
    message(FATAL_ERROR "${suite}: ${folder}: no .elf with a .reference_output beside it")
  endif()
  message(STATUS "${suite}: ${count} tests")
endfunction()
