# TinyLlama against the host's build of the same sources, on tiny random models and, where it was
# fetched, on stories15M.
set(TINYLLAMA_HOST ${KILN_FIRMWARE_DIR}/host/tinyllama/host/tinyllama_host)
set(PACK_MODEL ${PROJECT_SOURCE_DIR}/tools/pack_model)
set(FIRMWARE_ARCHIVES "")

# random_model(NAME OPTION...): NAME.cpio with a random model and its tokenizer.
function(random_model name)
  add_custom_command(OUTPUT ${name}.cpio
    COMMAND kiln_model random ${name}.model ${name}.tokenizer ${ARGN}
    COMMAND ${PACK_MODEL} ${name}.model ${name}.tokenizer ${name}.cpio
    DEPENDS kiln_model ${PACK_MODEL} VERBATIM)
  list(APPEND FIRMWARE_ARCHIVES ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpio)
  set(FIRMWARE_ARCHIVES ${FIRMWARE_ARCHIVES} PARENT_SCOPE)
endfunction()

random_model(tiny --seed 1)
random_model(own_classifier --seed 2 --own-classifier --byte-tokens raw --heads 8 --kv-heads 2)
random_model(wide --seed 3 --seq-len 32768 --layers 16 --kv-heads 4)
random_model(other --seed 4 --vocab-size 300)
add_custom_command(OUTPUT int8.cpio
  COMMAND kiln_model quantize tiny.model int8.model --group-size 32
  COMMAND ${PACK_MODEL} int8.model tiny.tokenizer int8.cpio
  DEPENDS kiln_model ${PACK_MODEL} tiny.cpio VERBATIM)
add_custom_command(OUTPUT no_model.cpio
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/bad_archives.py
          tiny.model tiny.tokenizer other.tokenizer ${CMAKE_CURRENT_BINARY_DIR}
  DEPENDS bad_archives.py tiny.cpio other.cpio VERBATIM)
add_custom_target(firmware_archives ALL DEPENDS ${FIRMWARE_ARCHIVES} int8.cpio no_model.cpio)

# tinyllama_test(NAME ARCHIVE SETTINGS [MACHINES machine...]): the same lines as the host's build.
function(tinyllama_test name archive settings)
  firmware_test(tinyllama.${name} tinyllama --initrd ${archive} --append ${settings}
    --reference "'${TINYLLAMA_HOST}' --initrd '${archive}' '${settings}'" ${ARGN})
endfunction()

foreach(model tiny int8 own_classifier)
  tinyllama_test(${model}.logits ${CMAKE_CURRENT_BINARY_DIR}/${model}.cpio "mode=logits steps=64")
endforeach()
tinyllama_test(story ${CMAKE_CURRENT_BINARY_DIR}/tiny.cpio "steps=64 prompt=\"Once upon\"")
tinyllama_test(sampled ${CMAKE_CURRENT_BINARY_DIR}/tiny.cpio
  "mode=logits steps=64 temperature=1.1 top_p=0.8 seed=7")
# Firmware that starts first, on a PC or OpenSBI, swallows what is typed before the program runs.
firmware_test(tinyllama.interactive tinyllama
  --initrd ${CMAKE_CURRENT_BINARY_DIR}/tiny.cpio --append "mode=interactive steps=16"
  --input "Once upon\nThe\nquit\n"
  --line "> Once upon" --line "Once upon.+" --line "> The" --line "The.+" --line "> quit"
  MACHINES rv64-m.interp rv64-m.qemu)
tinyllama_test(math ${CMAKE_CURRENT_BINARY_DIR}/tiny.cpio "mode=math")

# refusal(NAME EXIT REASON BOOT_TEST_OPTION...)
function(refusal name exit reason)
  firmware_test(tinyllama.refuses.${name} tinyllama --exit ${exit} --line "tinyllama: ${reason}"
    ${ARGN})
endfunction()
function(bad_archive name reason)
  refusal(${name} 65 ${reason} --initrd ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpio)
endfunction()

refusal(no_archive 65 "model\\.bin: .*")
bad_archive(no_model "model\\.bin: .*")
bad_archive(no_tokenizer "tokenizer\\.bin: .*")
bad_archive(truncated_model "model\\.bin: .*")
bad_archive(truncated_header "model\\.bin: .*")
bad_archive(absurd_dim "model\\.bin: .*")
bad_archive(zero_heads "model\\.bin: .*")
bad_archive(negative_layers "model\\.bin: .*")
bad_archive(other_vocabulary "tokenizer\\.bin: .*")
bad_archive(truncated_tokenizer "tokenizer\\.bin: .*")
bad_archive(damaged_archive "model\\.bin: .*")
bad_archive(truncated_archive "model\\.bin: .*")
refusal(small_ram 71 "model\\.bin: .*" --initrd ${CMAKE_CURRENT_BINARY_DIR}/wide.cpio
  --append steps=0 --ram 128M)
refusal(settings 2 "steps: .*" --initrd ${CMAKE_CURRENT_BINARY_DIR}/tiny.cpio --append steps=many)

set(stories ${PROJECT_SOURCE_DIR}/.cache/model)
if(EXISTS ${stories}/model.bin AND EXISTS ${stories}/tokenizer.bin)
  add_custom_command(OUTPUT stories15M.cpio
    COMMAND ${PACK_MODEL} ${stories}/model.bin ${stories}/tokenizer.bin stories15M.cpio
    DEPENDS ${PACK_MODEL} ${stories}/model.bin ${stories}/tokenizer.bin VERBATIM)
  add_custom_target(stories15M_archive ALL DEPENDS stories15M.cpio)
  tinyllama_test(stories15M ${CMAKE_CURRENT_BINARY_DIR}/stories15M.cpio steps=32
    --line "Once upon a time, there was a little girl named Lily\\. She loved to play outside in the sunshine\\..*")
else()
  message(STATUS "No stories15M in ${stories}: not tested (tools/fetch_model fetches it)")
endif()
