#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
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

// What `reader` says one may choose; nothing where the option is no choice.
std::vector<std::string> choices_of(const std::string& name, const std::string& option) {
    Spec spec(name);
    spec.set(option, "no such choice");
    try {
        metrics().read_options(spec);
    } catch (const UsageError& error) {
        const std::string text = error.what(), before = "must be one of ";
        const size_t at = text.find(before);
        if (at == std::string::npos) return {};
        std::vector<std::string> all;
        for (size_t begin = at + before.size(); begin < text.size();) {
            const size_t end = std::min(text.find(", ", begin), text.size());
            all.push_back(text.substr(begin, end - begin));
            begin = end + 2;
        }
        return all;
    }
    return {};
}

bool has_word(const std::string& text, const std::string& word) {
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; };
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const size_t end = at + word.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}

TEST(MetricRegistry, ListedOptionsAreThoseThatAreRead) {
    size_t choices = 0;
    for (const auto& entry : metrics().entries()) {
        const std::set<std::string> with_file = {"torchscript", "values"};  // they read their file first
        std::map<std::string, std::string> read;
        if (!with_file.contains(entry.name)) {
            read = metrics().read_options(Spec(entry.name));
            std::set<std::string> listed;
            for (const auto& option : entry.options) listed.insert(option.key);
            for (const auto& [key, fallback] : read) EXPECT_TRUE(listed.contains(key)) << entry.name << " " << key;
        }
        for (const auto& option : entry.options) {
            const std::string where = entry.name + ":" + option.key;
            for (const auto& choice : choices_of(entry.name, option.key)) {
                EXPECT_TRUE(has_word(option.summary, choice) || has_word(option.fallback, choice))
                    << where << " takes " << choice << " and doesn't list it";
                choices++;
            }
            const auto found = read.find(option.key);
            if (found == read.end() || found->second.empty()) continue;
            EXPECT_TRUE(has_word(option.fallback, found->second))
                << where << " is " << found->second << " and not " << option.fallback;
        }
    }
    EXPECT_GT(choices, 50U);
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
