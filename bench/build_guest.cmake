# Runs HOST, a kernel built for the host, and COMMAND with -DEXPECTED=its checksum and -o OUTPUT.
execute_process(COMMAND ${HOST} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "^0x[0-9a-f]+" checksum "${printed}")
execute_process(COMMAND ${COMMAND} -DEXPECTED=${checksum} -o ${OUTPUT} COMMAND_ERROR_IS_FATAL ANY)
