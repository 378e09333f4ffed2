#ifndef SLUICE_TESTS_C_CHECK_H
#define SLUICE_TESTS_C_CHECK_H
/* Checks for the tests in C: a failed one is printed and counted, the program goes on and fails at its end. */
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected) \
  check_number((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define RUN(test) run_test(#test, test)

bool check(bool holds, const char* condition, const char* file, int line);
bool check_text(const char* actual, const char* expected, const char* expression, const char* file, int line);
bool check_number(long long actual, long long expected, const char* expression, const char* file, int line);
void run_test(const char* name, void (*test)(void));
/* The exit code of main. */
int check_result(void);

#ifdef __cplusplus
}
#endif
#endif
