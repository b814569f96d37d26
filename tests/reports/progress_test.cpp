#include "reports/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The tests' stderr is captured to a file, so these are the plain lines.
TEST(Progress, PlainLinesWithoutATerminal) {
    ::testing::internal::CaptureStderr();
    {
        const auto progress = terminal_progress();
        progress->begin("run", 100, 40);
        for (int i = 0; i < 60; i++) progress->advance(1);
        progress->note("a note");
        progress->end();
    }
    const std::string shown = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(shown,
                AllOf(HasSubstr("a note\n"), HasSubstr("run: 100/100"), Not(HasSubstr("\r")), Not(HasSubstr("\033"))));
    EXPECT_LE(std::count(shown.begin(), shown.end(), '\n'), 3) << "60 quick steps must not give 60 lines";
}

// A step that comes after five seconds is shown at once; the end must not repeat it.
TEST(Progress, TheLastLineComesOnce) {
    ::testing::internal::CaptureStderr();
    const auto progress = terminal_progress();
    progress->begin("pictures", 1, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5100));
    progress->advance(1);
    progress->end();
    const std::string shown = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 1) << shown;
    EXPECT_THAT(shown, HasSubstr("pictures: 1/1"));
}

TEST(Progress, NothingToDoIsNoDivisionByZero) {
    ::testing::internal::CaptureStderr();
    const auto progress = terminal_progress();
    progress->begin("run", 0, 0);
    progress->end();
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("0/0"));
}

TEST(Progress, SilentSaysNothing) {
    ::testing::internal::CaptureStderr();
    const auto progress = silent_progress();
    progress->begin("run", 2, 0);
    progress->note("x");
    progress->end();
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace bfr
