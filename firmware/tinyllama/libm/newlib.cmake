# libm from the sources of newlib (Debian: newlib-source), unpacked into the build folder.
set(NEWLIB_SOURCE "" CACHE FILEPATH "newlib's sources as a tar file; empty: the installed newlib-source")
set(archive ${NEWLIB_SOURCE})
if(NOT archive)
  file(GLOB archive /usr/src/newlib/newlib-*.tar.xz)
endif()
list(LENGTH archive archives)
if(NOT archives EQUAL 1)
  message(FATAL_ERROR "newlib's sources: found ${archives} archives in /usr/src/newlib, not one; "
                      "install newlib-source or set NEWLIB_SOURCE")
endif()

set(unpacked ${CMAKE_CURRENT_BINARY_DIR}/newlib)
if(${archive} IS_NEWER_THAN ${unpacked}/stamp)
  message(STATUS "Unpacking newlib's libm from ${archive}")
  file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${unpacked}
    PATTERNS */newlib/libm/math/* */newlib/libm/common/* */newlib/libc/include/*)
  file(TOUCH ${unpacked}/stamp)
endif()
file(GLOB sources ${unpacked}/*/newlib/libm)
file(GLOB headers ${unpacked}/*/newlib/libc/include)

# What newlib's own configure step would write.
set(configured ${CMAKE_CURRENT_BINARY_DIR}/configured)
file(WRITE ${configured}/newlib.h "")
file(WRITE ${configured}/_newlib_version.h "")

set(files math/wf_exp.c math/ef_exp.c math/sf_sin.c math/sf_cos.c math/kf_sin.c math/kf_cos.c
  math/ef_rem_pio2.c math/kf_rem_pio2.c math/wf_pow.c math/ef_pow.c math/ef_sqrt.c math/sf_floor.c
  math/sf_fabs.c common/sf_scalbn.c common/sf_copysign.c
  common/sf_nan.c)
list(TRANSFORM files PREPEND ${sources}/)
add_library(libm STATIC ${files})
set_target_properties(libm PROPERTIES OUTPUT_NAME tinyllama_math)
target_include_directories(libm PRIVATE ${configured} ${sources}/common)
target_include_directories(libm SYSTEM PRIVATE ${headers})
# _IEEE_LIBM: no errno. Strict aliasing is not kept by sources this old; its warnings are not ours.
target_compile_definitions(libm PRIVATE __OBSOLETE_MATH=1 _IEEE_LIBM)
target_compile_options(libm PRIVATE -ffreestanding -fno-builtin -fno-strict-aliasing -w)
