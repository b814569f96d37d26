// fid, kid, pr and bfr stats through the program, on an Inception with hashed weights.
#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "base/sha256.h"
#include "tests/cli/support.h"
#include "tests/nets/support/hashed_inception.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SetMetricsOfTheProgram : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        scratch_ = new Scratch;
        write_hashed_inception(*scratch_ / "inception.safetensors");
    }
    static void TearDownTestSuite() {
        delete scratch_;
        scratch_ = nullptr;
    }
    static std::string inception() { return (*scratch_ / "inception.safetensors").string(); }
    static std::string spec(const std::string& name, const std::string& options = "") {
        return name + ":weights=\"" + inception() + "\"" + options;
    }
    static const Json& set_value(const Json& report, const std::string& name) {
        for (const auto& [key, value] : report.at("rows")[0].at("set_values").items()) {
            if (key.starts_with(name)) return value;
        }
        throw std::runtime_error("no value " + name);
    }

    static Scratch* scratch_;
};
Scratch* SetMetricsOfTheProgram::scratch_ = nullptr;

TEST_F(SetMetricsOfTheProgram, AMisspeltFileOfStatisticsIsAMistakeOfTheCommandLine) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), {"a"});
    const auto evaluate = [&](const std::string& metric) {
        return bfr(pairs.run(scratch / "run", {"--method", "degraded", "--metric", "psnr", "--metric", metric}));
    };
    // whether or not Inception is here
    for (const auto& metric : {spec("fid", ",stats=nope.stats"), std::string("fid:stats=nope.stats"),
                               std::string("fid_infinity:stats=nope.stats"), std::string("kid:against=nope")}) {
        const Ran ran = evaluate(metric);
        EXPECT_EQ(ran.code, 2) << metric;
        EXPECT_THAT(ran.err, AllOf(HasSubstr("nope"), HasSubstr("there is no such"))) << metric;
    }
    EXPECT_THAT(evaluate(spec("fid", ",stats=nope.stats")).err, HasSubstr("--inception " + inception() + " --out"));
    // a preset's, which nobody mistyped
    const Ran preset = evaluate(spec("fid", ",stats=ffhq512-torch-fidelity.stats"));
    EXPECT_EQ(preset.code, 1);
    EXPECT_THAT(preset.err, AllOf(HasSubstr("is not available: ffhq512-torch-fidelity.stats is neither here"),
                                  HasSubstr("--inception " + inception())));
}

TEST_F(SetMetricsOfTheProgram, RunReportAndStatisticsAgree) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(5));
    write_picture(pairs.reference / "p01.png", "of another size", 41, 5);  // each picture is resized alone
    write_text(pairs.degraded / "p04.png", "no picture");
    const std::vector<std::string> units = {"--method", "degraded",         "--metric", spec("fid"),
                                            "--metric", spec("pr", ",k=1"), "--metric", spec("kid", ",subset_size=3")};
    const Ran ran = bfr(pairs.run(scratch / "run", units + std::vector<std::string>{"--jobs", "1"}));
    EXPECT_EQ(ran.code, 1) << ran.err;  // the broken picture
    EXPECT_THAT(ran.out, HasSubstr("rank of at most 3"));
    const Json report = report_of(scratch / "run");
    const Json& fid = set_value(report, "fid");
    EXPECT_EQ(fid["n"], 4);
    EXPECT_EQ(fid["missing"], 1);
    EXPECT_THAT(fid["note"].get<std::string>(), HasSubstr("n = 4 restored pictures against the 5 references"));
    EXPECT_GT(fid["value"].get<double>(), 0);
    EXPECT_EQ(set_value(report, "pr")["n"], 4);
    EXPECT_TRUE(set_value(report, "kid")["value"].is_number());

    // two jobs, and the report alone again: the same bits
    EXPECT_EQ(bfr(pairs.run(scratch / "two", units + std::vector<std::string>{"--jobs", "2"})).code, 1);
    const auto values = [](const Json& of) { return of.at("rows")[0].at("set_values").dump(); };
    EXPECT_EQ(values(report_of(scratch / "two")), values(report));
    const Ran again = bfr({"report", scratch / "run", "--format", "json"});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(values(Json::parse(again.out)), values(report));
    EXPECT_EQ(without_context(Json::parse(again.out)).at("rows").dump(), without_context(report).at("rows").dump());

    // stores and records are all that a report needs
    fs::remove_all(scratch / "run" / "features");
    const Ran without = bfr({"report", scratch / "run", "--format", "json"});
    EXPECT_THAT(set_value(Json::parse(without.out), "fid")["reason"].get<std::string>(), HasSubstr("lacks features"));
    EXPECT_EQ(bfr(pairs.run(scratch / "run", units)).code, 1);
    EXPECT_EQ(values(report_of(scratch / "run")), values(report));

    // against the statistics of the references: of all five
    fs::remove(pairs.degraded / "p04.png");
    const Ran stats =
        bfr({"stats", pairs.reference, "--out", scratch / "references.stats", "--inception", inception()});
    ASSERT_EQ(stats.code, 0) << stats.err;
    EXPECT_THAT(stats.out, AllOf(HasSubstr("n            5"), HasSubstr("convention   pytorch-fid")));
    EXPECT_FALSE(fs::exists(scratch / "references.stats.features"));
    const std::string file = ",stats=\"" + (scratch / "references.stats").string() + "\"";
    EXPECT_EQ(bfr({"run", "--degraded", pairs.degraded, "--method", "degraded", "--metric", spec("fid", file), "--out",
                   scratch / "blind"})
                  .code,
              0);
    const double wanted = fid["value"].get<double>();
    EXPECT_NEAR(set_value(report_of(scratch / "blind"), "fid")["value"].get<double>(), wanted, 1e-6 * wanted);
    const Ran wrong = bfr(
        pairs.run(scratch / "wrong", {"--method", "degraded", "--metric", spec("fid", file + ",convention=clean")}));
    EXPECT_EQ(wrong.code, 1) << wrong.err;  // as any file that holds something else: told, and the rest is computed
    EXPECT_THAT(wrong.out, HasSubstr("its statistics are of other features"));

    // channels exchanged are other features: of both sides, or neither
    const std::vector<std::string> exchanged = {"stats",   pairs.reference, "--out",       scratch / "bgr.stats",
                                                "--order", "bgr",           "--inception", inception()};
    EXPECT_THAT(bfr(exchanged).out, HasSubstr("channels in the order BGR"));
    const std::string bgr_file = ",stats=\"" + (scratch / "bgr.stats").string() + "\"";
    const auto fid_of = [&](const fs::path& out, const std::string& options) {
        return bfr(pairs.run(out, {"--method", "degraded", "--metric", spec("fid", options)}));
    };
    EXPECT_EQ(fid_of(scratch / "bgr_file", ",order=bgr" + bgr_file).code, 0);
    const double bgr_wanted = set_value(report_of(scratch / "bgr_file"), "fid")["value"].get<double>();
    EXPECT_GT(std::abs(bgr_wanted - wanted), 1e-4 * wanted);
    EXPECT_THAT(fid_of(scratch / "bgr_wrong", bgr_file).out, HasSubstr("its statistics are of other features"));
    EXPECT_THAT(fid_of(scratch / "bgr_back", ",order=bgr" + file).out,
                HasSubstr("--convention pytorch-fid --order bgr --inception "));

    // against the folder itself: FID of the statistics' rows, and what needs the rows
    const std::string folder = ",against=\"" + pairs.reference.string() + "\"";
    const std::vector<std::string> blind = {"run",
                                            "--degraded",
                                            pairs.degraded,
                                            "--method",
                                            "degraded",
                                            "--metric",
                                            spec("fid", folder),
                                            "--metric",
                                            spec("kid", folder + ",subset_size=3"),
                                            "--metric",
                                            spec("pr", folder + ",k=1"),
                                            "--out",
                                            scratch / "folder"};
    const Ran beside = bfr(blind);
    EXPECT_EQ(beside.code, 0) << beside.err;
    for (const char* name : {"fid", "kid", "pr"}) {
        EXPECT_EQ(set_value(report_of(scratch / "folder"), name)["value"], set_value(report, name)["value"]) << name;
        EXPECT_THAT(set_value(report_of(scratch / "folder"), name)["note"].get<std::string>(),
                    HasSubstr("against 5 pictures of"));
    }
    EXPECT_THAT(beside.err, HasSubstr("in this run's folder alone")) << "there is no cache in these tests";
    const Ran told = bfr({"report", scratch / "folder", "--format", "json"});
    EXPECT_EQ(without_context(Json::parse(told.out)).at("rows").dump(),
              without_context(report_of(scratch / "folder")).at("rows").dump());
}

TEST_F(SetMetricsOfTheProgram, AFoldersFeaturesLieInTheUsersCache) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    const std::string metric = spec("fid", ",against=\"" + pairs.reference.string() + "\"");
    const auto evaluate = [&](const std::string& out) {
        const Ran ran =
            shell("XDG_CACHE_HOME='" + (scratch / "cache").string() + "' \"$0\" evaluate --restored '" +
                  pairs.degraded.string() + "' --metric '" + metric + "' --out '" + (scratch / out).string() + "'");
        EXPECT_EQ(ran.code, 0) << ran.err;
        return set_value(report_of(scratch / out), "fid").dump();
    };
    const std::string value = evaluate("one");
    const auto stores = [&] {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(scratch / "cache/bfr/features")) {
            if (entry.path().extension() == ".bin") found.push_back(sha256_of_file(entry.path()));
        }
        return found;
    };
    ASSERT_EQ(stores().size(), 1U);
    const auto before = stores();
    EXPECT_EQ(evaluate("two"), value);
    EXPECT_EQ(stores(), before);

    // a report reads them while another process writes, and computes none
    const auto report = [&] {
        const Ran ran = shell(
            "for lock in '" + (scratch / "cache").string() + "'/bfr/features/*.lock; do test -e \"$lock\" || lock='" +
            (scratch / "lock").string() + "'; XDG_CACHE_HOME='" + (scratch / "cache").string() +
            "' flock \"$lock\" timeout 120 \"$0\" report --format json '" + (scratch / "one").string() + "'; done");
        EXPECT_EQ(ran.code, 0) << ran.err;
        return set_value(Json::parse(ran.out), "fid");
    };
    EXPECT_EQ(report().dump(), value);
    fs::remove_all(scratch / "cache");
    EXPECT_THAT(report()["reason"].get<std::string>(), HasSubstr("give the run's command again"));
    EXPECT_FALSE(fs::exists(scratch / "cache"));
}

TEST_F(SetMetricsOfTheProgram, AFolderWithPicturesThatCannotBeReadIsToldBesideTheValue) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(5));
    for (const char* broken : {"p01.png", "p03.png"}) write_text(pairs.reference / broken, "no picture");
    const auto evaluate = [&](const fs::path& folder) {
        const std::string against = ",against=\"" + folder.string() + "\"";
        return bfr({"evaluate", "--restored", pairs.degraded, "--metric", spec("fid", against), "--metric",
                    spec("kid", against + ",subset_size=3"), "--out", scratch / "run"});
    };
    const Ran ran = evaluate(pairs.reference);
    EXPECT_EQ(ran.code, 1) << "as bfr stats";
    EXPECT_THAT(ran.err, HasSubstr("of the pictures that metrics compare with, 2 can't be read"));
    const Json report = report_of(scratch / "run");
    for (const char* name : {"fid", "kid"}) {
        const Json& value = set_value(report, name);
        EXPECT_TRUE(value["value"].is_number()) << name;
        EXPECT_THAT(value["note"].get<std::string>(),
                    AllOf(HasSubstr("against 3 pictures of"),
                          HasSubstr("2 of its 5 pictures can't be read and are left out: p01, p03")));
    }
    EXPECT_THAT(ran.out, HasSubstr("2 of its 5 pictures can't be read"));

    fs::create_directories(scratch / "empty");
    fs::remove_all(scratch / "run");
    const Ran empty = evaluate(scratch / "empty");
    EXPECT_EQ(empty.code, 2);
    EXPECT_THAT(empty.err, HasSubstr("holds no picture"));
    EXPECT_FALSE(fs::exists(scratch / "run")) << "before the run";
    const Ran none = bfr({"evaluate", "--restored", pairs.degraded, "--out", scratch / "run"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, AllOf(HasSubstr("--metric SPEC"), HasSubstr("--preset NAME")));
}

TEST_F(SetMetricsOfTheProgram, StatisticsSayWhatTheyCouldNotRead) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(3));
    write_text(pairs.reference / "broken.png", "no picture");
    const Ran ran = bfr({"stats", pairs.reference, "--out", scratch / "a.npz", "--inception", inception()});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("n            3"), HasSubstr("failed       1")));
    EXPECT_THAT(ran.err, HasSubstr("failed: broken"));
    EXPECT_TRUE(fs::exists(scratch / "a.npz"));
    const Ran basicsr = bfr(
        {"stats", pairs.reference, "--out", scratch / "a.pth", "--inception", inception(), "--convention", "basicsr"});
    EXPECT_EQ(basicsr.code, 1);
    const std::string both = ",convention=basicsr,stats=\"" + (scratch / "a.pth").string() + "\"";
    EXPECT_EQ(bfr(pairs.run(scratch / "run", {"--method", "degraded", "--metric", spec("fid", both)})).code, 0);
    EXPECT_THAT(set_value(report_of(scratch / "run"), "fid")["note"].get<std::string>(),
                HasSubstr("against the statistics of 3 pictures in a.pth"));
    const std::string exchanged = ",order=bgr,stats=\"" + (scratch / "a.npz").string() + "\"";
    const Ran wrong = bfr(pairs.run(scratch / "bgr", {"--method", "degraded", "--metric", spec("fid", exchanged)}));
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.out, HasSubstr("its statistics are of other features"));

    const auto refused = [&](const std::vector<std::string>& words) {
        const Ran one = bfr(words + std::vector<std::string>{"--inception", inception()});
        EXPECT_EQ(one.code, 2) << one.err;
        return one.err;
    };
    EXPECT_THAT(refused({"stats", "--out", scratch / "b.stats"}), HasSubstr("of which folder?"));
    EXPECT_THAT(refused({"stats", pairs.reference, "--out", scratch / "b.pkl"}), HasSubstr("must end in .stats"));
    EXPECT_THAT(refused({"stats", pairs.reference, "--out", scratch / "b.stats", "--limit", "1"}),
                HasSubstr("at least 2 pictures"));
    EXPECT_THAT(refused({"stats", pairs.reference, "--out", scratch / "b.stats", "--convention", "cleen"}),
                HasSubstr("clean"));
    fs::create_directories(scratch / "empty");
    EXPECT_THAT(refused({"stats", scratch / "empty", "--out", scratch / "b.stats"}), HasSubstr("empty"));
    const Ran missing = bfr({"stats", pairs.reference, "--out", scratch / "b.stats"});
    EXPECT_EQ(missing.code, 2);
    EXPECT_THAT(missing.err, HasSubstr("bfr weights fetch pt_inception"));
}

TEST_F(SetMetricsOfTheProgram, WithoutWeightsTheRestGoesOn) {
    const Scratch scratch;
    const Pairs pairs(scratch.path(), numbered_names(2));
    const Ran ran = bfr(pairs.run(scratch / "run", {"--method", "degraded", "--metric", "fid", "--metric", "psnr"}));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("bfr weights fetch pt_inception-2015-12-05-6726825d.pth"));
    EXPECT_EQ(report_of(scratch / "run")["rows"][0]["values"]["psnr"]["n"], 2);
}

}  // namespace
}  // namespace bfr::testing
