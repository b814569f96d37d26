#include "reports/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core/utility.hpp>

#include "base/error.h"
#include "reports/threads.h"

namespace bfr {
namespace {

TEST(Context, KnowsWhereItRuns) {
    const Json context = make_context({}, {"bfr", "run", "é"});
    EXPECT_EQ(context["program"]["name"], "bfr");
    EXPECT_EQ(context["command"].dump(), R"(["bfr","run","é"])");
    EXPECT_THAT(context["libraries"]["libtorch"].get<std::string>(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+.*"));
    EXPECT_EQ(context["libraries"]["opencv"], cv::getVersionString());
    EXPECT_GE(context["threads"]["jobs"].get<int>(), 1);
    EXPECT_GE(context["cpu"]["cores"].get<int>(), 1);
    EXPECT_NE(cpu_model(), "unknown");
    EXPECT_NE(instruction_set(), "unknown");
    EXPECT_THAT(utc_now(), ::testing::MatchesRegex("20..-..-..T..:..:..Z"));
}

TEST(Context, ABlasIsNamedAndOnlyTheReferenceOneIsWarnedOf) {
    const std::string name = blas_name();
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(blas_warning().has_value(), name.starts_with("libblas.so")) << name;
    if (name.starts_with("OpenBLAS")) {
        EXPECT_THAT(name, ::testing::MatchesRegex("OpenBLAS [0-9.]+.* \\(.+, (pthread|OpenMP|sequential)\\)"));
    }
}

TEST(Context, JobsAndThreadsHaveLimits) {
    EXPECT_EQ(resolve_jobs(3), 3);
    EXPECT_GE(resolve_jobs(0), 1);
    EXPECT_THROW(resolve_jobs(-1), UsageError);
    EXPECT_THROW(resolve_jobs(100000), UsageError);
    EXPECT_THROW(set_up_process_threads(1, 0), UsageError);
}

}  // namespace
}  // namespace bfr
