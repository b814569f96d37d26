// The program itself, run on synthetic pictures. Metrics and tasks used here need no model file.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tests/support/support.h"

namespace bfr::testing {

// `bfr WORDS...`, with no model files in reach.
Ran bfr(const std::vector<std::string>& words);
// The same through a shell: `line` says "$0" where it means the program.
Ran shell(const std::string& line);

// A smooth picture of its name with noise of `noise` levels at most.
void write_picture(const std::filesystem::path& file, const std::string& name, int side, float noise);

// Folders `degraded` and `reference` below `root` with pictures of these names.
struct Pairs {
    explicit Pairs(const std::filesystem::path& root, const std::vector<std::string>& names, int side = 32);
    std::filesystem::path degraded, reference;
    // --degraded ... --reference ... --out OUT, and what follows.
    std::vector<std::string> run(const std::filesystem::path& out, const std::vector<std::string>& more = {}) const;
};
std::vector<std::string> numbered_names(int count);  // "p00", "p01" ...

// The standing choice of these tests: two methods, two metrics, one task.
extern const std::vector<std::string> kUnits;
std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b);

// A report without what may differ between equal ones.
Json without_context(Json report);
Json report_of(const std::filesystem::path& out);
std::vector<Json> json_lines(const std::filesystem::path& file);
size_t line_count(const std::filesystem::path& file);  // 0 where it isn't there

// The program in the background.
class Started {
  public:
    explicit Started(const std::vector<std::string>& words);
    ~Started();
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;
    void signal(int number) const;
    int wait();  // exit status, or 128 + signal
    // Looks until `condition` holds or the program ends; false for the latter, or after a minute.
    bool wait_until(const std::function<bool()>& condition);

  private:
    pid_t pid_ = 0;
    int status_ = -1;
};

}  // namespace bfr::testing
