// Errors that a person can mend. A message names the file or the option and says what to do.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace bfr {

// Anything wrong with one sample, file or unit. Only the run engine and main catch it.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A wrong command line, configuration or set-up: the program ends with exit code 2.
class UsageError : public Error {
  public:
    using Error::Error;
};

// A unit that can't be computed here (its weights are missing, say). The run goes on without it and reports the reason.
class NotAvailable : public Error {
  public:
    // `mend`: the command that makes it available, or empty.
    NotAvailable(const std::string& reason, std::string mend)
        : Error(mend.empty() ? reason : reason + "; to mend it: " + mend), reason_(reason), mend_(std::move(mend)) {}
    const std::string& reason() const { return reason_; }
    const std::string& mend() const { return mend_; }

  private:
    std::string reason_, mend_;
};

[[noreturn]] void throw_check_failure(const char* file, int line, const char* condition, const std::string& message);

}  // namespace bfr

// BFR_CHECK(condition, "format {}", values...): a broken promise inside the program, reported with file, line and
// values.
#define BFR_CHECK(condition, ...)                                                                               \
    do {                                                                                                        \
        if (!(condition)) ::bfr::throw_check_failure(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
    } while (false)
