# The parts of firmware/tinyllama and of tools/model, on the host.
add_library(tinyllama_test_runtime STATIC tinyllama_test_runtime.cpp)
target_include_directories(tinyllama_test_runtime PUBLIC ${PROJECT_SOURCE_DIR}/firmware/bareflow/include)
foreach(name tinyllama_checkpoint_test tinyllama_kernels_test tinyllama_model_test
             tinyllama_quantize_test tinyllama_sampler_test tinyllama_settings_test
             tinyllama_tokenizer_test)
  kiln_unit_test(${name} kiln_model_parts tinyllama_parts tinyllama_test_runtime)
endforeach()
