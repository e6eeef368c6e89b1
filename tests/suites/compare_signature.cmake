# Runs one signature test: KILN runs ELF with at most LIMIT instructions and writes SIGNATURE, which
# must equal REFERENCE but for the case of its digits and the ends of its lines.

# An error's own text would be wrapped at 80 columns.
function(fail reason)
  message(NOTICE "${ELF}: ${reason}")
  message(FATAL_ERROR "the signature test failed")
endfunction()

# The length of the reference's lines says how large its words are.
file(STRINGS ${REFERENCE} expected)
list(GET expected 0 first)
string(LENGTH "${first}" digits)
math(EXPR granularity "${digits} / 2")

string(REGEX REPLACE "\\.elf$" ".isa" isa_file ${ELF})
if(EXISTS ${isa_file})
  file(STRINGS ${isa_file} isa)
else()
  # Byte 4 of an ELF is its class: 1 for 32 bits, 2 for 64.
  file(READ ${ELF} class OFFSET 4 LIMIT 1 HEX)
  set(xlen_01 32)
  set(xlen_02 64)
  set(isa rv${xlen_${class}}gc_zba_zbb_zbc_zbs_zbkb_zbkx_zicond_zfh)
endif()

get_filename_component(folder ${SIGNATURE} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
file(REMOVE ${SIGNATURE})
execute_process(
  COMMAND ${KILN} run ${ELF} --isa ${isa} --limit-instructions ${LIMIT} --signature ${SIGNATURE}
          --signature-granularity ${granularity}
  RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  fail("exit code ${code}")
endif()

file(STRINGS ${SIGNATURE} actual)
string(TOLOWER "${expected}" expected)
list(LENGTH expected expected_count)
list(LENGTH actual actual_count)
if(actual STREQUAL expected)
  return()
elseif(NOT actual_count EQUAL expected_count)
  fail("${actual_count} words of signature, expected ${expected_count}")
endif()
set(line 1)
foreach(want got IN ZIP_LISTS expected actual)
  if(NOT want STREQUAL got)
    fail("word ${line} of the signature is ${got}, expected ${want}")
  endif()
  math(EXPR line "${line} + 1")
endforeach()
