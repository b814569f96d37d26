// What holds for every restorer of the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class EveryRestorer : public ::testing::TestWithParam<std::string> {};

// Those that read a folder or run something have tests of their own.
INSTANTIATE_TEST_SUITE_P(Restorers, EveryRestorer,
                         ::testing::Values("degraded", "opencv-denoise:search=7", "opencv-bilateral:d=5"));

TEST_P(EveryRestorer, DescribesItself) {
    const auto restorer = make_restorer(GetParam());
    const RestorerInfo& info = restorer->info();
    EXPECT_EQ(info.label, GetParam());
    for (const auto& text : {info.version, info.summary, info.convention, info.source})
        EXPECT_THAT(text, Not(IsEmpty()));
    EXPECT_FALSE(info.draws);
    EXPECT_FALSE(info.finished);
}

// Nothing has to be there for it: no file, no folder, no program.
TEST(Restorers, ReadTheOptionsThatTheTableNames) {
    for (const auto& entry : restorers().entries()) {
        std::set<std::string> named, read;
        Spec spec(entry.name);
        for (const auto& option : entry.options) {
            named.insert(option.key);
            if (option.fallback == "required") spec.set(option.key, "/nowhere");
        }
        for (const auto& [key, value] : restorers().read_options(spec)) read.insert(key);
        EXPECT_EQ(read, named) << entry.name;
    }
}

TEST_P(EveryRestorer, KeepsTheSizeAndTheInput) {
    const auto restorer = make_restorer(GetParam());
    for (const auto& [width, height] : {std::pair{1, 1}, {2, 17}, {33, 20}}) {
        const ImagePtr input = synthetic("input", width, height, 20);
        const cv::Mat before = input->bgr8().clone();
        const ImagePtr output = restored(*restorer, *input);
        EXPECT_EQ(output->width(), width);
        EXPECT_EQ(output->height(), height);
        EXPECT_EQ(cv::norm(before, input->bgr8(), cv::NORM_INF), 0);
    }
}

TEST_P(EveryRestorer, IgnoresTheSeedAndTheSampleWhereItDrawsNothing) {
    const auto restorer = make_restorer(GetParam());
    const ImagePtr input = synthetic("input", 40, 30, 20);
    EXPECT_EQ(restored(*restorer, *input, "a", 1)->sha256(), restored(*restorer, *input, "b", 2)->sha256());
}

TEST_P(EveryRestorer, GivesTheSameInManyThreads) {
    const auto restorer = make_restorer(GetParam());
    constexpr int kThreads = 4;
    std::vector<ImagePtr> inputs;
    std::vector<std::string> alone, together(kThreads);
    for (int i = 0; i < kThreads; i++) {
        inputs.push_back(synthetic("input " + std::to_string(i), 64, 48, 20));
        alone.push_back(restored(*restorer, *inputs.back())->sha256());
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++) {
        threads.emplace_back([&, i] { together[i] = restored(*restorer, *inputs[i])->sha256(); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(alone, together);
}

TEST_P(EveryRestorer, GivesTheSameWithAnyNumberOfOpencvThreads) {
    const auto restorer = make_restorer(GetParam());
    const ImagePtr input = synthetic("input", 64, 48, 20);
    const int before = cv::getNumThreads();
    cv::setNumThreads(1);
    const std::string one = restored(*restorer, *input)->sha256();
    cv::setNumThreads(4);
    const std::string four = restored(*restorer, *input)->sha256();
    cv::setNumThreads(before);
    EXPECT_EQ(one, four);
}

TEST(RestorerRegistry, AnswersAMisspeltNameWithNearOnes) {
    EXPECT_THAT(message_of<UsageError>([] { make_restorer("opencv-denoize"); }),
                AllOf(HasSubstr("method"), HasSubstr("opencv-denoise")));
}

TEST(RestorerRegistry, AnswersAMisspeltOptionWithNearOnes) {
    for (const auto& [spec, meant] : {std::pair{"opencv-denoise:h_colour=3", "h_color"},
                                      {"opencv-bilateral:sigma_colour=3", "sigma_color"},
                                      {"outputs:dirr=x", "dir"}}) {
        EXPECT_THAT(message_of<UsageError>([spec = spec] { make_restorer(spec); }), HasSubstr(meant)) << spec;
    }
    EXPECT_THAT(message_of<UsageError>([] { make_restorer("degraded:h=1"); }), HasSubstr("no options"));
}

TEST(RestorerRegistry, RefusesValuesOutOfRange) {
    for (const char* spec :
         {"opencv-denoise:h=0", "opencv-denoise:h=nan", "opencv-denoise:template=6", "opencv-denoise:search=1001",
          "opencv-bilateral:d=4", "opencv-bilateral:sigma_space=inf", "opencv-bilateral:d=9.5"}) {
        EXPECT_THROW(make_restorer(spec), UsageError) << spec;
    }
}

TEST(RestorerRegistry, DefaultsAreThoseThatItLists) {
    const ImagePtr input = synthetic("input", 64, 48, 20);
    for (const auto& entry : restorers().entries()) {
        EXPECT_THAT(entry.summary, Not(IsEmpty())) << entry.name;
        if (std::any_of(entry.options.begin(), entry.options.end(),
                        [](const OptionInfo& option) { return option.fallback == "required"; }))
            continue;
        std::unique_ptr<Restorer> plain;
        try {
            plain = make_restorer(entry.name);
        } catch (const NotAvailable&) {  // its files aren't part of the set-up; it has tests of its own
            continue;
        }
        Spec spelt_out(entry.name);
        for (const auto& option : entry.options) spelt_out.set(option.key, option.fallback);
        const UnitContext context;
        const auto restorer = restorers().make(spelt_out, context);
        EXPECT_EQ(restored(*restorer, *input)->sha256(), restored(*plain, *input)->sha256()) << entry.name;
    }
}

}  // namespace
}  // namespace bfr::testing
