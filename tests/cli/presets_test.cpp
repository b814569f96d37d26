// Protocols of the field by --preset, evaluate without references, and the page that list shows.
#include "metrics/presets.h"

#include "base/files.h"
#include "metrics/metric.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Json& value_of(const Json& report, const std::string& name) {
    static const Json kNone;
    for (const Json& preset : report["presets"]) {
        for (const Json& value : preset["values"]) {
            if (value["name"] == name) return value;
        }
    }
    return kNone;
}

TEST(CliPresets, AreListed) {
    const Ran all = bfr({"list", "presets"});
    EXPECT_EQ(all.code, 0);
    for (const auto& preset : presets()) EXPECT_THAT(all.out, HasSubstr(preset.name));
    const Ran one = bfr({"list", "presets", "vqfr"});
    EXPECT_EQ(one.code, 0);
    EXPECT_THAT(one.out, AllOf(HasSubstr("vqfr/PSNR"), HasSubstr("--metric psnr:convention=vqfr"),
                               HasSubstr("always on"), HasSubstr("bfr weights fetch niqe_pris_params.npz")));
    const Ran guesses = bfr({"list", "presets", "vspbfr"});
    EXPECT_EQ(guesses.code, 0) << guesses.err;
    EXPECT_THAT(guesses.out, AllOf(HasSubstr("best guess"), HasSubstr("--task emotion")));
    const Ran wrong = bfr({"list", "presets", "vqrf"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("vqfr"));
}

TEST(CliPresets, StandSideBySide) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3), 200);
    const Ran ran = bfr({"evaluate", "--restored", "mine=" + pairs.degraded.string(), "--reference", pairs.reference,
                         "--preset", "all", "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 1) << "units without their weights";
    EXPECT_THAT(ran.out, AllOf(HasSubstr("Protocols side by side"), HasSubstr("basicsr/PSNR (dB) ↑"),
                               HasSubstr("What sets the protocols apart"), HasSubstr("best guess")));
    EXPECT_THAT(ran.err, HasSubstr("niqe_pris_params.npz"));
    const Json report = report_of(scratch / "out");
    EXPECT_EQ(report["presets"].size(), presets().size());
    const Json& row = report["rows"][0]["values"];
    for (const auto& [name, unit] : {std::pair{"basicsr/PSNR", "psnr"},
                                     {"vqfr/PSNR", "psnr:convention=vqfr"},
                                     {"pyiqa/MS-SSIM", "ms_ssim"},
                                     {"restoreformer/SSIM", "ssim"}}) {
        const Json& value = value_of(report, name);
        ASSERT_TRUE(value["available"].get<bool>()) << name;
        EXPECT_EQ(value["unit"], unit);
        EXPECT_EQ(value["results"][0]["method"], "outputs:name=mine");
        EXPECT_EQ(value["results"][0]["value"], row[unit]["mean"]) << name;
        EXPECT_EQ(value["results"][0]["n"], 3);
    }
    EXPECT_NE(value_of(report, "vqfr/PSNR")["results"][0]["value"],
              value_of(report, "pyiqa/PSNR")["results"][0]["value"]);
    EXPECT_FALSE(value_of(report, "vqfr/NIQE")["available"].get<bool>());
    size_t psnr = 0;
    for (const Json& unit : report["units"]) psnr += unit["label"] == "psnr" ? 1 : 0;
    EXPECT_EQ(psnr, 1U) << "typed, and of four presets";
    EXPECT_THAT(read_text(scratch / "out" / "report.html"), HasSubstr("Protocols side by side"));
    EXPECT_THAT(bfr({"report", (scratch / "out" / "report.json").string()}).out, HasSubstr("Protocols side by side"));
}

TEST(CliPresets, WithoutReferencesAreWhatNeedsNone) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2), 200);
    const auto evaluate = [&](const std::vector<std::string>& words) {
        return bfr(std::vector<std::string>{"evaluate", "--restored", "mine=" + pairs.degraded.string()} + words);
    };
    const Ran ran = evaluate({"--preset", "all", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 1) << "NIQE's parameters and Inception are missing here";
    EXPECT_THAT(ran.err, AllOf(HasSubstr("niqe is not available"), Not(HasSubstr("lpips")), Not(HasSubstr("lmd"))));
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("these values need references, and there are none"),
                      HasSubstr("vqfr: PSNR, SSIM, LPIPS, Deg, LMD; restoreformer: PSNR"), HasSubstr("| basicsr/NIQE"),
                      Not(HasSubstr("| basicsr/PSNR")), Not(HasSubstr("| psnr"))));
    const Json report = report_of(scratch / "out");
    for (const Json& unit : report["units"])
        EXPECT_THAT(unit["label"].get<std::string>(), AnyOf(StartsWith("niqe"), HasSubstr("stats="))) << unit;
    size_t named = 0, all = 0;
    for (const Json& preset : report["presets"])
        named += preset["values"].size() + preset.value("lack_references", Json::array()).size();
    for (const auto& preset : presets()) all += preset.values.size();
    EXPECT_EQ(named, all);
    // what was typed is told as ever, and what is nothing without references is refused
    const Ran typed =
        evaluate({"--preset", "basicsr", "--metric", "psnr", "--metric", "zero", "--out", scratch / "two"});
    EXPECT_THAT(typed.out, AllOf(HasSubstr("| basicsr/PSNR"), HasSubstr("there is no reference"),
                                 HasSubstr("basicsr: SSIM, LPIPS")));
    const Ran nothing = evaluate({"--preset", "difface", "--out", scratch / "three"});
    EXPECT_EQ(nothing.code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("all that is to be computed needs references"));
}

TEST(CliPresets, StandInAConfiguration) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    const Json config = {{"data", {{"degraded", "degraded"}, {"reference", "reference"}}},
                         {"methods", {"degraded"}},
                         {"presets", {"restoreformer"}},
                         {"out", "out"}};
    write_text(scratch / "config.json", config.dump());
    const Ran ran = bfr({"run", scratch / "config.json"});
    EXPECT_THAT(ran.out, HasSubstr("restoreformer/PSNR")) << ran.err;
    const Ran gained = bfr({"run", scratch / "config.json", "--preset", "restoreformer", "--preset", "basicsr"});
    EXPECT_THAT(gained.out, AllOf(HasSubstr("restoreformer/PSNR"), HasSubstr("basicsr/PSNR"))) << gained.err;
    const Ran other = bfr({"run", scratch / "config.json", "--preset", "vqfr", "--out", scratch / "other"});
    EXPECT_THAT(other.out, AllOf(HasSubstr("vqfr/PSNR"), Not(HasSubstr("restoreformer/PSNR")))) << other.err;
    write_text(scratch / "config.json", Json{{"presets", {"nobody"}}, {"methods", {"degraded"}}}.dump());
    EXPECT_EQ(bfr({"run", scratch / "config.json", "--reference", pairs.reference, "--out", scratch / "o"}).code, 2);
}

TEST(Evaluate, NeedsNoReferenceWhereNoMetricDoes) {
    const Scratch scratch;
    for (const char* name : {"a", "b", "c"}) write_picture(scratch / "one" / (std::string(name) + ".png"), name, 16, 0);
    for (const char* name : {"b", "d"}) write_picture(scratch / "two" / (std::string(name) + ".png"), name, 16, 0);
    const Ran ran = bfr({"evaluate", "--restored", scratch / "one", "--restored", "two=" + (scratch / "two").string(),
                         "--metric", "zero", "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_EQ(ran.code, 1) << "each folder lacks pictures of the other";
    const Json report = report_of(scratch / "out");
    ASSERT_EQ(report["samples"].size(), 4);
    EXPECT_EQ(report["samples"][3]["id"], "d");
    EXPECT_EQ(report["rows"][0]["n"], 3);
    EXPECT_EQ(report["rows"][0]["failed"], 1);
    EXPECT_EQ(report["rows"][1]["n"], 2);
    EXPECT_EQ(report["rows"][1]["values"]["zero"]["n"], 2);
    EXPECT_TRUE(report["rows"][1]["values"]["psnr"]["mean"].is_null());
    EXPECT_THAT(ran.out, HasSubstr("no reference"));
    const Ran again = bfr({"evaluate", "--restored", scratch / "one", "--restored", "two=" + (scratch / "two").string(),
                           "--metric", "zero", "--metric", "psnr", "--out", scratch / "out"});
    EXPECT_EQ(again.code, 1) << again.err;

    const Ran none = bfr({"evaluate", "--restored", scratch / "one", "--metric", "psnr", "--out", scratch / "other"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("--reference DIR"));
    const Ran named = bfr({"evaluate", "--restored", scratch / "two", "--pattern", "{id}_out", "--metric", "zero",
                           "--out", scratch / "named"});
    EXPECT_EQ(named.code, 2) << "no picture is named so";
}

// What the page says of a metric is what list prints of it.
TEST(MetricsPage, HasEveryMetric) {
    const std::string page =
        read_text(source_dir() / "docs" / "metrics.md") + read_text(source_dir() / "docs" / "set-metrics.md");
    for (const auto& entry : metrics().entries()) {
        if (entry.name == "torchscript" || entry.name == "values") continue;  // docs/adapters.md
        const size_t at = page.find("\n## " + entry.name + "\n\n");
        ASSERT_NE(at, std::string::npos) << entry.name;
        const size_t first = at + entry.name.size() + 6;
        const std::string line = page.substr(first, page.find('\n', first) - first);
        const Ran ran = bfr({"list", "metrics", entry.name});
        EXPECT_EQ(ran.code, 0);
        EXPECT_THAT(ran.out, HasSubstr(line)) << entry.name;
        EXPECT_THAT(ran.out, Not(HasSubstr("\n## ")));
    }
}

}  // namespace
}  // namespace bfr::testing
