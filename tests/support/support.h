// What tests share: where data lies, the goldens' hash fill, scratch folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace bfr::testing {

// The repository's root, and the program under test.
std::filesystem::path source_dir();
std::filesystem::path program();  // build/bfr

// tests/data: small goldens that lie in the repository; always there.
std::filesystem::path data_dir();

// $BFR_GOLDENS, where it is set: what lies there must then be compared.
std::optional<std::filesystem::path> given_goldens();
// The folder PART of the goldens ("faces", "nets"): $BFR_GOLDENS/PART where that is set and `file` lies there, else
// ../shared/goldens/PART where it exists (a test must then fail for whatever it lacks), else the copy in
// tests/data/goldens where that holds `file`.
std::optional<std::filesystem::path> goldens(const std::string& part, const std::string& file = "");
// ../shared (photographs, weights), where it exists.
std::optional<std::filesystem::path> shared_dir();

// goldens' values: a function of the name and the index (../shared/README.md).
std::vector<float> hash_fill(std::string_view name, size_t count, float lo, float hi);

Json read_json(const std::filesystem::path& path);

// A folder of its own for one test, removed afterwards.
class Scratch {
  public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

// Runs a program without a shell and waits for it.
struct Ran {
    int code;  // exit status, or 128 + signal
    std::string out, err;
};
Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& extra_environment = {});

}  // namespace bfr::testing

// Skips a test whose data isn't here, saying which; the count of skipped tests is in the output's last lines.
#define BFR_SKIP_WITHOUT(what, optional_path)                                          \
    do {                                                                               \
        if (!(optional_path)) GTEST_SKIP() << "SKIPPED: " << (what) << " is not here"; \
    } while (false)
