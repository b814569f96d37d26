// Files of mean and covariance: ours, other tools', and what isn't one.
#include "metrics/sets/statistics_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

Gaussian small_gaussian() {
    at::Tensor rows = at::empty({9, 4}, at::kDouble);
    for (int64_t i = 0; i < 9; i++) {
        for (int64_t j = 0; j < 4; j++) rows[i][j] = static_cast<double>((3 * i + 5 * j * j + i * j) % 11) / 8;
    }
    return gaussian_of(rows_of(rows));
}

template <class Do>
std::string message_of(const Do& what) {
    try {
        what();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

void expect_close(const Gaussian& found, const Gaussian& wanted, double tolerance) {
    EXPECT_LT((found.mean - wanted.mean).abs().max().item<double>(), tolerance);
    EXPECT_LT((found.covariance_matrix() - wanted.covariance_matrix()).abs().max().item<double>(), tolerance);
}

TEST(StatisticsFile, AreReadAsTheyWereWritten) {
    const Scratch scratch;
    const SetStatistics wanted{small_gaussian(), "some features", "clean", "abc"};
    write_statistics(scratch / "a.stats", wanted, StatisticsFormat::kStats);
    const SetStatistics found = read_statistics(scratch / "a.stats", 4);
    expect_close(found.gaussian, wanted.gaussian, 1e-15);
    EXPECT_EQ(found.gaussian.n, 9);
    EXPECT_EQ(found.features, "some features");
    EXPECT_EQ(found.convention, "clean");
    EXPECT_EQ(found.list_sha256, "abc");
    write_statistics(scratch / "a.npz", wanted, StatisticsFormat::kNpz);
    write_statistics(scratch / "a.pth", wanted, StatisticsFormat::kPth);
    for (const char* name : {"a.npz", "a.pth"}) {
        const SetStatistics again = read_statistics(scratch / name, 4);
        expect_close(again.gaussian, wanted.gaussian, 1e-15);
        EXPECT_EQ(again.gaussian.n, 9) << name;
        EXPECT_EQ(again.features, "some features") << name;
        EXPECT_EQ(again.convention, "clean") << name;
        EXPECT_EQ(again.list_sha256, "abc") << name;
    }
    // BasicSR's own layout: torch's old container, the arrays under its names
    const std::string bytes = read_text(scratch / "a.pth", 10000);
    EXPECT_EQ(bytes.substr(2, 12), std::string("\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19", 12));
    for (const char* word : {"mean", "cov", "numpy.core.multiarray\n_reconstruct\n"})
        EXPECT_THAT(bytes, HasSubstr(word));
}

TEST(StatisticsFile, OfOtherTools) {
    const auto folder = data_dir() / "goldens/statistics";
    for (const char* file : {"basicsr.pth", "pytorch-fid.npz"}) {
        const SetStatistics found = read_statistics(folder / file, 4);
        expect_close(found.gaussian, small_gaussian(), 1e-7);  // BasicSR's mean is in single precision
        EXPECT_EQ(found.gaussian.n, 0);
        EXPECT_EQ(found.features, "");
    }
    // hashed matrices: read, and no covariances
    const auto goldens_folder = goldens("checkpoints", "fid-stats.pth");
    BFR_SKIP_WITHOUT("goldens/checkpoints", goldens_folder);
    for (const char* file : {"fid-stats.pth", "fid-stats.npz"}) {
        EXPECT_THAT(message_of([&] { read_statistics(*goldens_folder / file, 16); }), HasSubstr("is not symmetric"));
    }
}

TEST(StatisticsFile, ADamagedRemarkOfWhatTheyAreOfIsRefused) {
    const Scratch scratch;
    const SetStatistics wanted{small_gaussian(), "some features", "clean", "abc"};
    for (const auto& [name, format] :
         {std::pair{"a.npz", StatisticsFormat::kNpz}, std::pair{"a.pth", StatisticsFormat::kPth}}) {
        write_statistics(scratch / name, wanted, format);
        const std::string whole = read_text(scratch / name);
        for (const auto& [from, to, message] : std::vector<std::array<std::string, 3>>{
                 {R"("schema")", R"("sch{ma")", "is no remark of bfr stats"},
                 {R"("n":"9")", R"("n": 9 )", "is no remark of bfr stats"},
                 {R"("n":"9")", R"("n":"x")", "doesn't say of how many pictures"}}) {
            std::string text = whole;
            ASSERT_NE(text.find(from), std::string::npos) << name;
            write_text(scratch / "bad", text.replace(text.find(from), from.size(), to));
            const std::string found = message_of([&] { read_statistics(scratch / "bad", 4); });
            // an archive's own checksum finds it first, where the reader compares it
            EXPECT_THAT(found, AnyOf(HasSubstr(message), HasSubstr("checksum"), HasSubstr("CRC"))) << name;
        }
    }
}

TEST(StatisticsFile, WhatIsNoneIsRefused) {
    const Scratch scratch;
    const auto written = [&](const std::function<void(Gaussian&)>& change) {
        Gaussian gaussian = small_gaussian();
        gaussian.mean = gaussian.mean.clone();
        gaussian.covariance = gaussian.covariance_matrix().clone();
        change(gaussian);
        write_statistics(scratch / "bad.npz", {gaussian, "", "", ""}, StatisticsFormat::kNpz);
        return message_of([&] { read_statistics(scratch / "bad.npz", 4); });
    };
    EXPECT_EQ(written([](Gaussian&) {}), "nothing was thrown");
    EXPECT_THAT(written([](Gaussian& g) { g.mean[1] = std::nan(""); }),
                HasSubstr("bad.npz: holds numbers that are not finite"));
    EXPECT_THAT(written([](Gaussian& g) { g.covariance[1][1] = std::numeric_limits<double>::infinity(); }),
                HasSubstr("not finite"));
    EXPECT_THAT(written([](Gaussian& g) { g.covariance[1][2] = 7; }), HasSubstr("is not symmetric"));
    EXPECT_THAT(written([](Gaussian& g) { g.covariance[1][1] = -7; }), HasSubstr("negative variance"));
    EXPECT_THAT(written([](Gaussian& g) { g.mean = at::zeros({5}, at::kDouble); }),
                HasSubstr("statistics of other features"));
    EXPECT_THAT(written([](Gaussian& g) {
                    g.covariance = at::zeros({4, 5}, at::kDouble);
                }),
                HasSubstr("statistics of other features"));
    EXPECT_THAT(message_of([&] { read_statistics(scratch / "nowhere.stats", 4); }), HasSubstr("nowhere.stats"));
    write_text(scratch / "text.stats", "mean and covariance");
    EXPECT_THAT(message_of([&] { read_statistics(scratch / "text.stats", 4); }), HasSubstr("text.stats"));
    const auto folder = data_dir() / "goldens/checkpoints";
    EXPECT_THAT(message_of([&] { read_statistics(folder / "mixed.safetensors", 4); }),
                HasSubstr("holds no statistics of a set"));
    // a .stats without its n
    write_statistics(scratch / "n.stats",
                     {{0, small_gaussian().mean, {}, small_gaussian().covariance_matrix()}, "features", "clean", ""},
                     StatisticsFormat::kStats);
    EXPECT_THAT(message_of([&] { read_statistics(scratch / "n.stats", 4); }),
                HasSubstr("doesn't say of how many pictures"));
}

TEST(StatisticsFile, CutAnywhereIsRefused) {
    const Scratch scratch;
    for (const auto format : {StatisticsFormat::kStats, StatisticsFormat::kNpz}) {
        write_statistics(scratch / "a", {small_gaussian(), "f", "clean", ""}, format);
        const std::string whole = read_text(scratch / "a");
        for (size_t cut = 0; cut < whole.size(); cut += 7) {
            write_text(scratch / "cut", whole.substr(0, cut));
            EXPECT_THROW(read_statistics(scratch / "cut", 4), Error) << cut;
        }
    }
}

}  // namespace
}  // namespace bfr::testing
