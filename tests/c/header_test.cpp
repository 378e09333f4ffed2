// The C header is C++ too, beside the C++ API.
#include <sluice/sluice.h>

#include <sluice/sluice.hpp>

#include "check.h"

static void the_functions_have_the_linkage_of_c() {
  const char* (*const version)() = sluice_version;
  CHECK(version() != nullptr);
  CHECK_NUMBER(SLUICE_ERROR_CLOSED, static_cast<int>(sluice::Error::closed));
}

static void an_exception_in_a_handler_comes_out_as_an_error() {
  auto* loop = sluice_loop_new();
  CHECK_NUMBER(sluice_loop_post(
                   loop, [](void*) { throw 5; }, nullptr),
               SLUICE_OK);
  CHECK_NUMBER(sluice_loop_run(loop, nullptr), SLUICE_ERROR_UNKNOWN);
  CHECK_NUMBER(sluice_loop_post(
                   loop, [](void*) { throw std::bad_alloc{}; }, nullptr),
               SLUICE_OK);
  CHECK_NUMBER(sluice_loop_run(loop, nullptr), SLUICE_ERROR_OUT_OF_MEMORY);
  CHECK_NUMBER(sluice_loop_run(loop, nullptr), SLUICE_OK);
  sluice_loop_free(loop);
}

int main() {
  RUN(the_functions_have_the_linkage_of_c);
  RUN(an_exception_in_a_handler_comes_out_as_an_error);
  return check_result();
}
