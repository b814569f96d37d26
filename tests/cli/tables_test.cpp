// bfr report's tables for papers and programs, and the schemas of what is printed as JSON.
#include "base/files.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool has_validator() { return run({"python3", "-c", "import jsonschema"}).code == 0; }

// Where the JSON doesn't follow reports/schema/NAME.schema.json; empty where it does.
std::string schema_errors(const Scratch& scratch, const std::string& json, const std::string& name) {
    write_text(scratch / "printed.json", json);
    const Ran ran = run({"python3", "-c",
                         "import json, sys, jsonschema\n"
                         "schema, value = (json.load(open(name, encoding='utf-8')) for name in sys.argv[1:])\n"
                         "jsonschema.Draft7Validator.check_schema(schema)\n"
                         "for error in list(jsonschema.Draft7Validator(schema).iter_errors(value))[:5]:\n"
                         "    print('/'.join(map(str, error.absolute_path)), error.message[:200])\n",
                         (source_dir() / "reports/schema" / (name + ".schema.json")).native(),
                         (scratch / "printed.json").native()});
    return ran.code == 0 ? ran.out : "the validator failed: " + ran.err;
}

// Twelve pairs in a manifest: two people, three expressions and one without, one picture that can't be read.
class Tables : public ::testing::Test {
  protected:
    Tables() : pairs_(scratch_.path(), numbered_names(12)) {
        std::string manifest = "id,degraded,reference,group,label\n", scenes = "id,scene,all\n";
        const std::vector<std::string> labels = {"happy", "sad", "neutral", ""};
        for (const auto& name : numbered_names(12)) {
            const int i = std::stoi(name.substr(1));
            manifest += name + "," + (pairs_.degraded / (name + ".png")).string() + "," +
                        (pairs_.reference / (name + ".png")).string() + (i < 6 ? ",anna," : ",bob,") +
                        labels[static_cast<size_t>(i % 4)] + "\n";
            scenes += name + (i % 3 == 0 ? ",10" : ",9") + ",x\n";
        }
        write_text(scratch_ / "faces.csv", manifest);
        write_text(scratch_ / "scenes.csv", scenes);
        write_text(pairs_.degraded / "p07.png", "no picture");
        out_ = (scratch_ / "out").string();
        const Ran ran = bfr({"run", "--manifest", scratch_ / "faces.csv", "--out", out_, "--method", "degraded",
                             "--method", "opencv-denoise", "--metric", "psnr", "--metric", "ssim", "--metric",
                             "psnr:convention=vqfr", "--metric", "ssim:convention=vqfr"});
        EXPECT_EQ(ran.code, 1) << "one can't be read: " << ran.err;
    }

    Ran report(const std::vector<std::string>& words) const {
        return bfr(std::vector<std::string>{"report", out_} + words);
    }

    Scratch scratch_;
    Pairs pairs_;
    std::string out_;
};

TEST_F(Tables, OfEachGroup) {
    const Ran text = report({"--by", "label", "--column", "psnr", "--column", "n", "--column", "failed"});
    ASSERT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, AllOf(HasSubstr("| label       | method         |"), HasSubstr("| all samples | degraded "),
                                HasSubstr("| happy       | degraded "), HasSubstr("| no label    | opencv-denoise |")));
    const Json json = Json::parse(report({"--by", "label", "--format", "json"}).out);
    const Json& groups = json["by"]["groups"];
    ASSERT_EQ(groups.size(), 4U);
    EXPECT_EQ(groups[0]["name"], "happy");
    EXPECT_EQ(groups[3]["rows"][0]["n"], 2);
    EXPECT_EQ(groups[3]["rows"][0]["failed"], 1) << "p07, which has no label";
    if (has_validator()) {
        EXPECT_EQ(schema_errors(scratch_, json.dump(), "report"), "");
    }
    // As from the report.json that the run wrote, and of a report that has its groups already.
    const Ran of_file = bfr({"report", out_ + "/report.json", "--by", "label", "--format", "csv"});
    EXPECT_EQ(of_file.out, report({"--by", "label", "--format", "csv"}).out);
    write_text(scratch_ / "grouped.json", json.dump());
    EXPECT_EQ(bfr({"report", scratch_ / "grouped.json", "--format", "csv"}).out, of_file.out);
}

TEST_F(Tables, AGroupOfAllSamplesHasTheRowsOfTheReport) {
    const Json json =
        Json::parse(report({"--by", (scratch_ / "scenes.csv").string() + ":all", "--format", "json"}).out);
    ASSERT_EQ(json["by"]["groups"].size(), 1U);
    for (size_t i = 0; i < 2; i++) {
        const Json &row = json["by"]["groups"][0]["rows"][i], &whole = json["rows"][i];
        for (const char* key : {"method", "n", "failed", "failures", "values"}) EXPECT_EQ(row[key], whole[key]) << key;
    }
    EXPECT_THAT(report({"--by", (scratch_ / "scenes.csv").string() + ":scene", "--format", "csv"}).out,
                AllOf(HasSubstr("\r\nscene,9,degraded,psnr,dB,higher,"), HasSubstr("\r\nscene,10,degraded,psnr,")));
}

TEST_F(Tables, AsJsonFollowTheirSchema) {
    const std::vector<std::vector<std::string>> all = {
        {}, {"--by", "group"}, {"--against", "degraded"}, {"--column", "psnr as PSNR", "--row", "degraded as A"}};
    for (const auto& words : all) {
        const Ran ran = report(words + std::vector<std::string>{"--format", "table-json"});
        ASSERT_EQ(ran.code, 0) << ran.err;
        const Json json = Json::parse(ran.out);
        EXPECT_EQ(json["schema"], "bfr-table/1");
        for (const Json& table : json["tables"])
            for (const Json& row : table["rows"]) EXPECT_EQ(row["cells"].size(), table["columns"].size());
        if (has_validator()) {
            EXPECT_EQ(schema_errors(scratch_, ran.out, "table"), "");
        }
    }
    const Json whole = report_of(out_);
    const Json one = Json::parse(report(all[3] + std::vector<std::string>{"--format", "table-json"}).out);
    const Json& cell = one["tables"][0]["rows"][0]["cells"][0];
    const Json& psnr = whole["rows"][0]["values"]["psnr"];
    EXPECT_EQ(one["tables"][0]["rows"][0]["row"], "A");
    EXPECT_EQ(one["tables"][0]["columns"][0]["name"], "psnr");
    EXPECT_EQ(cell["number"], psnr["mean"]);
    EXPECT_EQ(cell["interval"]["low"], psnr["interval"]["low"]);
    if (!has_validator())
        GTEST_SKIP() << "SKIPPED: python3 has no jsonschema here (apt-get install python3-jsonschema)";
}

TEST_F(Tables, OfAComparisonFollowItsSchema) {
    if (!has_validator())
        GTEST_SKIP() << "SKIPPED: python3 has no jsonschema here (apt-get install python3-jsonschema)";
    const std::vector<std::string> compare = {"compare",          out_, "--fail-if", "psnr > baseline / 0", "--fail-if",
                                              "failed > baseline"};
    const Ran ran = bfr(compare + std::vector<std::string>{"--format", "json"});
    EXPECT_EQ(ran.code, 2) << "a division by 0";
    EXPECT_EQ(schema_errors(scratch_, ran.out, "comparison"), "");
    EXPECT_EQ(schema_errors(scratch_, bfr(compare + std::vector<std::string>{"--format", "table-json"}).out, "table"),
              "");
    // Two reports that differ, by force; of the other two pairs are left, and a value has none.
    Json other = report_of(out_);
    other["units"][0]["convention"] = "another";
    for (Json& sample : other["samples"]) {
        sample["results"].erase("degraded");
        if (sample["id"] != "p00" && sample["id"] != "p01")
            sample["results"]["opencv-denoise"]["values"]["psnr"] = nullptr;
        sample["results"]["opencv-denoise"]["values"]["ssim"] = nullptr;
    }
    other["rows"].erase(0);
    other["methods"].erase(0);
    write_text(scratch_ / "other.json", other.dump());
    const Ran forced = bfr({"compare", out_, scratch_ / "other.json", "--force", "--format", "json"});
    ASSERT_EQ(forced.code, 0) << forced.err;
    EXPECT_EQ(schema_errors(scratch_, forced.out, "comparison"), "");
    const Json good = Json::parse(forced.out);
    const std::vector<std::function<void(Json&)>> damages = {
        [](Json& c) { c["schema"] = "bfr-comparison/2"; },
        [](Json& c) { c["extra"] = 1; },
        [](Json& c) { c.erase("ranks"); },
        [](Json& c) { c["forced"] = Json::object(); },
        [](Json& c) { c["comparisons"][0]["values"]["psnr"].erase("wilcoxon"); },
        [](Json& c) { c["comparisons"][0]["values"]["psnr"]["verdict"] = "best"; },
        [](Json& c) { c["comparisons"][0]["values"]["psnr"]["p_holm"] = 2; },
        [](Json& c) { c["comparisons"][0]["values"]["psnr"]["interval"]["low"] = "1"; },
        [](Json& c) { c["units"][0].erase("label"); },
        [](Json& c) {
            c["rows"].erase(1);
            c["rows"].erase(1);
        }};
    for (size_t i = 0; i < damages.size(); i++) {
        Json bad = good;
        damages[i](bad);
        EXPECT_NE(schema_errors(scratch_, bad.dump(), "comparison"), "") << i;
    }
}

TEST_F(Tables, AlignedAndGroupedInLatex) {
    const Ran ran =
        report({"--by", "group", "--format", "latex", "--siunitx", "--intervals", "--column", "psnr as PSNR"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("% \\usepackage{siunitx}"), HasSubstr("{lS[table-format=2.3,detect-weight]@{\\,}l}"),
                      HasSubstr("\\multicolumn{3}{l}{\\textit{group: anna}} \\\\"), HasSubstr("PSNR (psnr): ")));
    EXPECT_THAT(bfr({"compare", out_, "--format", "latex", "--siunitx"}).out,
                AllOf(HasSubstr("retain-explicit-plus]@{\\,}l"), HasSubstr("% \\usepackage{siunitx}")));
}

TEST_F(Tables, MixedConventionsNeedForce) {
    const std::vector<std::string> columns = {"--column", "psnr:convention=vqfr as PSNR", "--column", "ssim as SSIM"};
    for (const char* format : {"text", "markdown", "latex", "csv", "table-json"}) {
        const std::vector<std::string> words = columns + std::vector<std::string>{"--format", format};
        const Ran refused = report(words);
        EXPECT_EQ(refused.code, 2) << format;
        EXPECT_THAT(refused.out, IsEmpty());
        EXPECT_THAT(refused.err, AllOf(HasSubstr("mix conventions"), HasSubstr("--force"))) << format;
        const Ran forced = report(words + std::vector<std::string>{"--force"});
        EXPECT_EQ(forced.code, 0) << forced.err;
        EXPECT_THAT(forced.out + forced.err, HasSubstr("printed by force: ")) << format;
    }
    EXPECT_EQ(report({"--column", "psnr:convention=vqfr as PSNR", "--column", "ssim:convention=vqfr as SSIM"}).code, 0);
}

TEST_F(Tables, MistakesAreTold) {
    const auto err = [&](const std::vector<std::string>& words) {
        const Ran ran = report(words);
        EXPECT_EQ(ran.code, 2) << words[0];
        return ran.err;
    };
    EXPECT_THAT(err({"--by", "lable"}), HasSubstr("did you mean label"));
    EXPECT_THAT(err({"--by", "folder"}), HasSubstr("--recursive"));
    EXPECT_THAT(err({"--by", "label", "--format", "html"}), HasSubstr("the page chooses"));
    EXPECT_THAT(err({"--by", "label", "--against", "degraded"}), HasSubstr("don't go together"));
    EXPECT_THAT(err({"--by", "label", "--at-least", "4"}),
                HasSubstr("no group has as many samples; the largest, 'happy'"));
    EXPECT_THAT(err({"--by", "label", "--at-least", "0"}), HasSubstr("whole number from 1"));
    EXPECT_THAT(err({"--at-least", "4"}), HasSubstr("--by"));
    EXPECT_THAT(err({"--siunitx"}), HasSubstr("--format latex"));
    EXPECT_THAT(err({"--force"}), HasSubstr("--column"));
    EXPECT_THAT(err({"--format", "tablejson"}), HasSubstr("did you mean table-json"));
}

}  // namespace
}  // namespace bfr::testing
