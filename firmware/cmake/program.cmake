# bareflow_program(NAME [SOURCES file...] [LIBRARIES library...]): the image NAME.elf.
#
# It is linked twice: the first link tells where functions are, the second adds the table of them that
# backtraces and the profiler read. The linker scripts place the table last, so that nothing moves.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_compile_options(
  -ffreestanding -fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables
  -fno-optimize-sibling-calls -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)

set(BAREFLOW_SYMBOL_TABLE ${CMAKE_CURRENT_LIST_DIR}/../../tools/symbol_table)

function(bareflow_link target linker_script)
  target_link_libraries(${target} PRIVATE ${ARGN} bareflow gcc)
  target_link_options(${target} PRIVATE -nostdlib -static -no-pie -T${linker_script} -Wl,--gc-sections
    -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -Wl,-u,_start
    $<$<CONFIG:Release>:-Wl,--strip-debug>) # libgcc and libm come with it
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${linker_script})
endfunction()

function(bareflow_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(objects ${name}_objects)
  add_library(${objects} OBJECT ${arg_SOURCES})
  target_link_libraries(${objects} PRIVATE ${arg_LIBRARIES} bareflow)

  add_executable(${name}.unlisted $<TARGET_OBJECTS:${objects}>)
  bareflow_link(${name}.unlisted ${BAREFLOW_LINKER_SCRIPT} ${arg_LIBRARIES})
  add_custom_command(OUTPUT ${name}.symbols.S
    COMMAND ${Python3_EXECUTABLE} ${BAREFLOW_SYMBOL_TABLE} --nm ${CMAKE_NM}
            $<TARGET_FILE:${name}.unlisted> ${name}.symbols.S
    DEPENDS ${name}.unlisted ${BAREFLOW_SYMBOL_TABLE} VERBATIM)
  add_executable(${name} $<TARGET_OBJECTS:${objects}> ${name}.symbols.S)
  set_target_properties(${name} PROPERTIES SUFFIX .elf)
  bareflow_link(${name} ${BAREFLOW_LINKER_SCRIPT} ${arg_LIBRARIES})
  if(COMMAND bareflow_finish_program) # what the architecture makes of it besides the ELF file
    bareflow_finish_program(${name})
  endif()
endfunction()
