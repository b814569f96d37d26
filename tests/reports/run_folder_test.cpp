#include "reports/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Scratch;

Json unit(const std::string& label, const std::string& version, const std::string& weights_hash) {
    return {{"label", label},
            {"version", version},
            {"summary", "s"},
            {"weights", {{{"file", "f.bin"}, {"sha256", weights_hash}, {"bytes", 3}}}},
            {"available", true}};
}

RunDescription description_for(const RunFolder& folder) {
    RunDescription description;
    description.config.out = folder.root;
    description.config.data.degraded = "lq";
    description.methods = Json::array({unit("m", "1", "aa")});
    Json metric = {{"kind", "metric"}};
    metric.update(unit("psnr", "1", "bb"));
    description.units = Json::array({metric});
    description.ids = {"a", "b"};
    description.left_out = {{"lq/c.png", "no partner"}};
    return description;
}

std::string refusal(const RunFolder& folder, const RunDescription& description) {
    try {
        enter_run(folder, description);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

TEST(RunFolder, SlugsAreFileNamesAndNeverShared) {
    EXPECT_EQ(method_slug("opencv-denoise"), "opencv-denoise");
    std::set<std::string> slugs;
    const std::vector<std::string> labels = {"a:x=1",
                                             "a:x=2",
                                             "a_x_1",
                                             "..",
                                             ".",
                                             "",
                                             "a/b",
                                             "a:dir=\"/tmp/é\"\n",
                                             "CON",
                                             std::string(300, 'x'),
                                             std::string(301, 'x')};
    for (const auto& label : labels) {
        const std::string slug = method_slug(label);
        EXPECT_TRUE(slugs.insert(slug).second) << label;
        EXPECT_LE(slug.size(), 120u);
        EXPECT_EQ(slug.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"),
                  std::string::npos);
        EXPECT_FALSE(slug.empty() || slug.starts_with("."));
    }
}

TEST(RunFolder, ImagesStayInTheFolder) {
    const RunFolder folder{"out"};
    EXPECT_EQ(folder.image("m", "p/a"), "out/images/m/p/a.png");
    EXPECT_THROW(folder.image("m", "../../a"), Error);
    EXPECT_THROW(folder.image("m", "/etc/a"), Error);
    EXPECT_THROW(folder.image("m", std::string(252, 'x')), Error);
    EXPECT_NO_THROW(folder.image("m", std::string(251, 'x')));
}

TEST(RunFolder, TwoRunsInOneFolderAreRefused) {
    const Scratch scratch;
    const RunFolder folder{scratch / "out"};
    {
        const RunLock lock(folder);
        try {
            const RunLock second(folder);
            FAIL();
        } catch (const UsageError& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr(folder.root.native()), HasSubstr(std::to_string(::getpid()))));
        }
    }
    EXPECT_NO_THROW(RunLock{folder});
}

TEST(RunFolder, AFolderThatCannotBeIsAUsageError) {
    const Scratch scratch;
    write_text(scratch / "file", "x");
    EXPECT_THROW(RunLock(RunFolder{scratch / "file" / "out"}), UsageError);
    EXPECT_THROW(RunLock(RunFolder{scratch / "file"}), UsageError);
}

TEST(RunFolder, DescriptionComesBack) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    const auto description = description_for(folder);
    enter_run(folder, description);
    EXPECT_EQ(to_json(read_description(folder.run_file())).dump(), to_json(description).dump());
}

TEST(RunFolder, WhatCannotChangeANumberMayChange) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    auto description = description_for(folder);
    enter_run(folder, description);
    description.config.jobs = 7;
    description.config.data.limit = 9;
    description.config.weights = {"elsewhere"};
    description.config.save_images = false;
    description.config.allow_commands = true;
    description.ids.push_back("c");
    description.methods[0]["summary"] = "said otherwise";
    EXPECT_EQ(refusal(folder, description), "no error");
    EXPECT_EQ(read_description(folder.run_file()).ids.size(), 3u);
}

TEST(RunFolder, AnotherRunIsRefusedSayingWhatDiffers) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    const auto first = description_for(folder);
    enter_run(folder, first);
    auto other = first;
    other.config.seed = 2;
    EXPECT_THAT(refusal(folder, other),
                AllOf(HasSubstr("seed: 1 there, 2 now"), HasSubstr("\n  Choose another folder with --out")));
    other = first;
    other.config.threads = 4;
    EXPECT_THAT(refusal(folder, other), HasSubstr("threads"));
    other = first;
    other.config.data.degraded = "lq2";
    EXPECT_THAT(refusal(folder, other), HasSubstr("data.degraded"));
    other = first;
    other.methods[0]["version"] = "2";
    EXPECT_THAT(refusal(folder, other), HasSubstr("method m.version"));
    other = first;
    other.units[0]["weights"][0]["sha256"] = "cc";
    EXPECT_THAT(refusal(folder, other), HasSubstr("metric psnr.weights"));
    other = first;
    other.methods.clear();
    EXPECT_THAT(refusal(folder, other), HasSubstr("method m is only there"));
    other = first;
    other.units[0]["available"] = false;
    EXPECT_THAT(refusal(folder, other), HasSubstr("metric psnr.available"));
}

TEST(RunFolder, ARunMayGainUnits) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    auto description = description_for(folder);
    description.units[0]["available"] = false;
    description.units[0]["weights"] = Json::array();
    description.units[0]["version"] = "";
    enter_run(folder, description);
    auto more = description_for(folder);
    more.methods.push_back(unit("n", "1", "aa"));
    EXPECT_EQ(refusal(folder, more), "no error");
    EXPECT_THAT(refusal(folder, description), HasSubstr("method n is only there"));
    more.config.seed = 2;
    EXPECT_THAT(refusal(folder, more), HasSubstr("seed: 1 there, 2 now"));
}

TEST(RunFolder, ANameDoesNotHideOtherOptions) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    auto description = description_for(folder);
    const auto with = [&](const std::string& method, const std::string& metric) {
        description.config.methods = {Spec::parse(method)};
        description.config.metrics = {Spec::parse(metric)};
        return description;
    };
    const std::string metric = "torchscript:file=a.pt,name=mine";
    enter_run(folder, with("vspbfr:name=mine,steps=4", metric));
    EXPECT_THAT(refusal(folder, with("vspbfr:name=mine,steps=2", metric)), HasSubstr("options.steps: \"4\" there"));
    EXPECT_THAT(refusal(folder, with("vspbfr:name=mine,prompt=none", metric)), HasSubstr("options.prompt"));
    EXPECT_THAT(refusal(folder, with("vspbfr:name=mine", metric + ",reference=none")), HasSubstr("options.reference"));
    // Written otherwise, more files beside the results, weights from elsewhere (their content is compared).
    for (const char* same : {"vspbfr:name=mine", "vspbfr:name=mine,steps=04,save=codes,preview=each",
                             "vspbfr:name=mine,files=elsewhere"}) {
        EXPECT_EQ(refusal(folder, with(same, "torchscript:name=mine,file=b.pt")), "no error") << same;
    }
}

TEST(RunFolder, ForeignFilesAreNotARun) {
    const Scratch scratch;
    const RunFolder folder{scratch.path()};
    const auto description = description_for(folder);
    for (const char* text :
         {"", "[]", "{}", "not JSON", R"({"schema": "bfr-run/99", "report_schema": "bfr-report/1"})"}) {
        write_text(folder.run_file(), text);
        EXPECT_THAT(refusal(folder, description), HasSubstr("run.json")) << text;
    }
    std::filesystem::remove(folder.run_file());
    write_text(folder.records(), "{}\n");
    EXPECT_THAT(refusal(folder, description), HasSubstr("no run.json"));
}

}  // namespace
}  // namespace bfr
