#pragma once
// The boundary: every function of the C API runs inside one of these two, so that no exception leaves the library.
#include <cstring>
#include <new>
#include <type_traits>

#include "sluice/c/base.h"
#include "sluice/error.hpp"

namespace sluice::c {

/// By the ranges of sluice_error.
sluice_error to_c(const error_code&) noexcept;

/// What makes a function of this API return this error.
[[noreturn]] inline void refuse(Error error) { throw boost::system::system_error{make_error_code(error)}; }
inline void require(bool holds) {
  if (!holds) refuse(Error::bad_argument);
}
template <class Object>
Object& require(Object* object) {
  require(object != nullptr);
  return *object;
}

/// The value, or the error as exception.
template <class Value>
Value require(Result<Value> result) {
  if (!result) throw boost::system::system_error{result.error()};
  return *std::move(result);
}

/// The error that the function has returned or thrown; none if it returns nothing.
template <class Function>
sluice_error guarded(Function function) noexcept {
  try {
    using Returned = decltype(function());
    if constexpr (std::is_void_v<Returned>) {
      function();
      return SLUICE_OK;
    } else if constexpr (std::is_same_v<Returned, sluice_error>) {
      return function();
    } else {
      return to_c(function());
    }
  } catch (const boost::system::system_error& failure) {
    return to_c(failure.code());
  } catch (const std::bad_alloc&) {
    return SLUICE_ERROR_OUT_OF_MEMORY;
  } catch (...) {
    return SLUICE_ERROR_UNKNOWN;
  }
}

/// What the function returns, or `otherwise` if it throws or there is no object to call it with.
template <class Object, class Value, class Function>
Value guarded_or(Object* object, Value otherwise, Function function) noexcept {
  if (!object) return otherwise;
  try {
    return function(*object);
  } catch (...) {
    return otherwise;
  }
}

/// The number of an enumerator, also of one that does not exist: C lets a program pass any.
template <class Enum>
int number(const Enum& value) noexcept {
  static_assert(sizeof(Enum) == sizeof(int));
  int result = 0;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

}  // namespace sluice::c
