#pragma once
// ErrorScope: around calls into OpenSSL, whose verdicts depend on the thread's error queue.   SSL_get_error(3)
//
// The queue is empty when the calls begin, and when they are over.

namespace sluice::dtls {

class ErrorScope {
 public:
  ErrorScope() noexcept;
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

}  // namespace sluice::dtls
