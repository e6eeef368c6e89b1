# cmake -D AR=... -D FROM=libc.a -D TO=libm.a -P extract.cmake: the members libm_* as an archive.
set(folder ${TO}.members)
file(REMOVE_RECURSE ${folder} ${TO})
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${AR} t ${FROM} OUTPUT_VARIABLE members COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "libm_[^\n]+" members "${members}")
execute_process(COMMAND ${AR} x ${FROM} ${members} WORKING_DIRECTORY ${folder}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${AR} crs ${TO} ${members} WORKING_DIRECTORY ${folder}
  COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${folder})
