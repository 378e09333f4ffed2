# Warnings for our own code; errors only where a preset says so.
add_library(sluice_warnings INTERFACE)
target_compile_options(sluice_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough
  # GCC 12, optimising, takes std::string's own code for overlapping, the empty half of a variant for uninitialised, and
  # the frames of Asio's coroutines for freed by the wrong function.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers -Wno-restrict -Wno-maybe-uninitialized
    -Wno-mismatched-new-delete>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-field-initializers -Wno-missing-braces>
  $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)

# For C, whose compiler refuses some of the above.
add_library(sluice_c_warnings INTERFACE)
target_compile_options(sluice_c_warnings INTERFACE
  -Wall -Wextra -pedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)
