# The part of BareFlow's runtime that knows no machine, for the host. What it calls by names of C's
# library is renamed, so that both are in one program and can be compared.
set(runtime ${PROJECT_SOURCE_DIR}/firmware/bareflow)
set(names
  memchr memcmp memcpy memmove memset printf putchar puts qsort snprintf strchr strcmp strcpy strlen
  strncmp strncpy strstr strtod strtol strtoul strtoull vprintf vsnprintf)
list(TRANSFORM names REPLACE "(.+)" "\\1=bareflow_\\1")

add_library(bareflow_runtime OBJECT)
foreach(name console decimal files heap heap_check jitctl memory number options printf printf_float profile
             sort string)
  target_sources(bareflow_runtime PRIVATE ${runtime}/src/${name}.c)
endforeach()
set_target_properties(bareflow_runtime PROPERTIES C_STANDARD 11)
target_compile_definitions(bareflow_runtime PRIVATE ${names})
target_compile_options(bareflow_runtime PRIVATE
  -ffreestanding -ffp-contract=off
  $<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)
target_include_directories(bareflow_runtime PUBLIC ${runtime}/include ${runtime}/src)

add_library(bareflow_host STATIC bareflow_host.c $<TARGET_OBJECTS:bareflow_runtime>)
target_include_directories(bareflow_host PUBLIC ${runtime}/include ${runtime}/src)

foreach(subject files heap number printf profile sort string)
  kiln_unit_test(bareflow_${subject}_test bareflow_host)
endforeach()

# What reads the machine's own description, in the two forms of it.
set(bareflow_rv64 ${PROJECT_SOURCE_DIR}/firmware/bareflow/arch/rv64)
add_library(bareflow_device_tree STATIC
  ${bareflow_rv64}/fdt.c ${bareflow_rv64}/machine.c ${bareflow_rv64}/tree.c)
set_target_properties(bareflow_device_tree PROPERTIES C_STANDARD 11)
target_compile_definitions(bareflow_device_tree PRIVATE BAREFLOW_MODE=1)
target_include_directories(bareflow_device_tree
  PUBLIC ${bareflow_rv64} ${bareflow_rv64}/../../src ${bareflow_rv64}/../../include)
kiln_unit_test(bareflow_device_tree_test bareflow_device_tree kiln_devices)
set(bareflow_x86 ${PROJECT_SOURCE_DIR}/firmware/bareflow/arch/x86)
add_library(bareflow_multiboot2 STATIC ${bareflow_x86}/memory_map.c ${bareflow_x86}/x86_64/multiboot2.c)
set_target_properties(bareflow_multiboot2 PROPERTIES C_STANDARD 11)
target_include_directories(bareflow_multiboot2 PUBLIC
  ${bareflow_x86} ${bareflow_x86}/x86_64 ${bareflow_x86}/../../src ${bareflow_x86}/../../include)
kiln_unit_test(bareflow_multiboot2_test bareflow_multiboot2)
