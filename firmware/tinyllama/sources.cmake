# The program without its main(): everything but where it runs.
set(TINYLLAMA_SOURCES
  attention.c
  checkpoint.c
  failure.c
  generate.c
  math_check.c
  matrix.c
  model.c
  profiled.c
  sampler.c
  settings.c
  statistics.c
  tinyllama.c
  tokenizer.c
  vector.c
  vocabulary.c)
