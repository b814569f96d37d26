#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/metrics/support.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;

std::string label(const std::string& spec) {
    const auto unit = testing::metric(spec);
    EXPECT_EQ(unit->info().values.at(0).name, unit->info().label);
    return unit->info().label;
}

std::string usage_error(const std::string& spec) {
    try {
        testing::metric(spec);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

TEST(MetricRegistry, AnUnknownMetricMayComeFromElsewhere) {
    for (const char* name : {"pnsr", "clip_iqa"})
        EXPECT_THAT(usage_error(name),
                    ::testing::AllOf(HasSubstr("torchscript:file=FILE"), HasSubstr("values:file=FILE")));
}

TEST(MetricRegistry, LabelsDropDefaults) {
    EXPECT_EQ(label("psnr"), "psnr");
    EXPECT_EQ(label("psnr:space=rgb,convention=basicsr,crop=0"), "psnr");
    EXPECT_EQ(label("psnr:space=y,convention=pyiqa"), "psnr:convention=pyiqa,space=y");
    EXPECT_EQ(label("psnr:crop=04"), "psnr:crop=4");
    EXPECT_EQ(label("ssim"), "ssim");
    EXPECT_EQ(label("ssim:convention=pyiqa,space=y,downsample=false"), "ssim:convention=pyiqa");
    EXPECT_EQ(label("ssim:convention=pyiqa,space=rgb,downsample=on"),
              "ssim:convention=pyiqa,downsample=true,space=rgb");
    EXPECT_EQ(label("ssim:convention=skimage,window=uniform"), "ssim:convention=skimage");
    EXPECT_EQ(label("ssim:convention=skimage,window=gaussian"), "ssim:convention=skimage,window=gaussian");
    EXPECT_EQ(label("ms_ssim:convention=pyiqa,space=y"), "ms_ssim");
    EXPECT_EQ(label("ms_ssim:space=rgb"), "ms_ssim:space=rgb");
    EXPECT_EQ(label("zero"), "zero");
}

TEST(MetricRegistry, EveryEntryOpensAndDescribesItself) {
    for (const auto& entry : metrics().entries()) {
        EXPECT_FALSE(entry.summary.empty()) << entry.name;
        // These need a model or a table: their own tests.
        const std::set<std::string> elsewhere = {"identity", "torchscript", "values", "lpips", "dists",       "lmd",
                                                 "niqe",     "fid",         "kid",    "pr",    "fid_infinity"};
        if (elsewhere.contains(entry.name)) continue;
        const auto unit = testing::metric(entry.name);
        const ScorerInfo& info = unit->info();
        EXPECT_EQ(info.label, entry.name);
        for (const std::string& text : {info.version, info.summary, info.convention, info.source})
            EXPECT_FALSE(text.empty()) << entry.name;
        EXPECT_EQ(info.values.size(), 1U);
    }
}

TEST(MetricRegistry, WrongSpecsSayWhatToDo) {
    EXPECT_THAT(usage_error("pnsr"), HasSubstr("psnr"));
    EXPECT_THAT(usage_error("psnr:convention=basicrs"), HasSubstr("one of basicsr"));
    EXPECT_THAT(usage_error("psnr:corp=4"), HasSubstr("crop"));
    EXPECT_THAT(usage_error("psnr:crop=-1"), HasSubstr("whole number"));
    EXPECT_THAT(usage_error("psnr:convention=skimage,space=y"), HasSubstr("no Y of its own"));
    EXPECT_THAT(usage_error("ssim:convention=torchmetrics,space=y"), HasSubstr("no Y of its own"));
    EXPECT_THAT(usage_error("ms_ssim:convention=pytorch-msssim,space=y"), HasSubstr("no Y of its own"));
    EXPECT_THAT(usage_error("ssim:downsample=true"), HasSubstr("pyiqa alone"));
    EXPECT_THAT(usage_error("ssim:window=uniform"), HasSubstr("skimage alone"));
    EXPECT_THAT(usage_error("zero:a=b"), HasSubstr("no options"));
    EXPECT_THAT(usage_error("identity:find=whoel"), HasSubstr("whole"));
}

TEST(Zero, IsZeroWithoutAReference) {
    const auto zero = testing::metric("zero");
    EXPECT_FALSE(zero->info().needs_reference);
    EXPECT_EQ(zero->score(*testing::constant(1, 1, 0), nullptr).values.at(0).value, 0);
}

}  // namespace
}  // namespace bfr
