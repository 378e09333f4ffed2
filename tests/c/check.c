#include "check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char* running = "";
static atomic_int checks; /* some tests have threads */
static atomic_int failures;

bool check(bool holds, const char* condition, const char* file, int line) {
  ++checks;
  if (holds) return true;
  ++failures;
  fprintf(stderr, "%s:%d: %s: not so: %s\n", file, line, running, condition);
  return false;
}

bool check_text(const char* actual, const char* expected, const char* expression, const char* file, int line) {
  ++checks;
  if (actual && expected && strcmp(actual, expected) == 0) return true;
  if (!actual && !expected) return true;
  ++failures;
  fprintf(stderr, "%s:%d: %s: %s is \"%s\", not \"%s\"\n", file, line, running, expression, actual ? actual : "(null)",
          expected ? expected : "(null)");
  return false;
}

bool check_number(long long actual, long long expected, const char* expression, const char* file, int line) {
  ++checks;
  if (actual == expected) return true;
  ++failures;
  fprintf(stderr, "%s:%d: %s: %s is %lld, not %lld\n", file, line, running, expression, actual, expected);
  return false;
}

void run_test(const char* name, void (*test)(void)) {
  running = name;
  test();
}

int check_result(void) {
  printf("%d checks, %d failed\n", atomic_load(&checks), atomic_load(&failures));
  return failures == 0 ? 0 : 1;
}
