// One file on a server of the test's own, fetched into a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "tests/support/support.h"
#include "tests/support/web_server.h"
#include "weights/fetch/fetch.h"

namespace bfr::testing {

// Bytes that don't compress and hold no page.
inline std::string bytes_of(const std::string& name, size_t size) {
    std::string text;
    for (const float value : hash_fill(name, size, 0, 256))
        text += static_cast<char>(static_cast<unsigned char>(value));
    return text;
}

class Notes : public FetchProgress {
  public:
    void begin(const std::string&, std::optional<uint64_t>, uint64_t) override {}
    void advance(uint64_t) override {}
    void note(const std::string& line) override { lines.push_back(line); }
    void end() override {}
    std::vector<std::string> lines;
};

class Fetch : public ::testing::Test {
  protected:
    Fetch() {
        options_.first_pause = std::chrono::milliseconds(1);
        options_.stall = std::chrono::seconds(1);
        file_ = {"net.bin", {server_.url("/net.bin")}, sha256(content_), content_.size(), "MIT", "", "", {}};
    }

    Fetched fetch() { return fetch_file(file_, folder_, options_, notes_); }
    std::string failure() {
        try {
            fetch();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    void serve(const Answer& answer) { server_.serve("/net.bin", answer); }
    std::string ranges() const {
        std::string text;
        for (const auto& request : server_.requests()) text += request.range + ";";
        return text;
    }
    // The file and nothing else.
    void expect_right() {
        ASSERT_TRUE(std::filesystem::exists(target_));
        EXPECT_EQ(sha256_of_file(target_), sha256(content_));
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) EXPECT_EQ(entry.path(), target_);
    }

    const Scratch scratch_;
    const std::filesystem::path folder_ = scratch_ / "weights", target_ = folder_ / "net.bin";
    const std::string content_ = bytes_of("content", 300'000);
    WebServer server_;
    KnownFile file_;
    FetchOptions options_;
    Notes notes_;
};

}  // namespace bfr::testing
