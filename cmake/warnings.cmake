add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
# 128-bit integers are a GNU extension that both compilers have.
add_compile_options(-Wno-pedantic)
