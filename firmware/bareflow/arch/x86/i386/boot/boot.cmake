# boot.bin: the disk's first 16 sectors. For any PC from the 386 on, so that it can say what is missing.
set(boot ${CMAKE_CURRENT_LIST_DIR})
add_executable(bareflow_boot
  ${boot}/console.c
  ${boot}/disk.c
  ${boot}/loader.c
  ${boot}/memory.c
  ${boot}/processor.c
  ${boot}/stage1.S
  ${boot}/stage2.S)
target_include_directories(bareflow_boot PRIVATE ${boot}/../..)
target_compile_options(bareflow_boot PRIVATE -Os -march=i386 -mno-sse -mfpmath=387 -fomit-frame-pointer)
target_link_options(bareflow_boot PRIVATE -nostdlib -static -no-pie -T${boot}/boot.ld
  -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack)
target_link_libraries(bareflow_boot PRIVATE gcc)
set_target_properties(bareflow_boot PROPERTIES LINK_DEPENDS ${boot}/boot.ld)
add_custom_command(TARGET bareflow_boot POST_BUILD
  COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:bareflow_boot> ${CMAKE_CURRENT_BINARY_DIR}/boot.bin VERBATIM)

# NAME.bin, the flat program that tools/pack_disk_image takes.
function(bareflow_finish_program name)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}>
            $<TARGET_FILE_DIR:${name}>/${name}.bin VERBATIM)
endfunction()
