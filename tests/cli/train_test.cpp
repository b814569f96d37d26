// `bfr train`: killed at any moment and started again it learns the same.
#include <fmt/format.h>

#include <csignal>
#include <fstream>

#include "base/files.h"
#include "base/json.h"
#include "tests/cli/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Train : public ::testing::Test {
  protected:
    void SetUp() override {
        for (int i = 0; i < 8; i++)
            write_picture(scratch_ / "people" / fmt::format("p{0}/p{0}.png", i), std::to_string(i), 32, 4);
        const Ran packed = bfr(
            std::vector<std::string>{"pack", "--in", scratch_ / "people", "--size", "32", "--out", scratch_ / "pack"});
        ASSERT_EQ(packed.code, 0) << packed.err;
    }

    std::vector<std::string> words(const std::string& out, const std::string& stage, int iterations = 60) const {
        return {"train",
                "vspbfr",
                fmt::format("{},iterations={},batch=2,size=32,width=16,base=16,linear=8,blocks=1,lpips=none,"
                            "recogniser=none,log_every=1,save_every=0,validate_every=25",
                            stage, iterations),
                "--data",
                scratch_ / "pack",
                "--out",
                scratch_ / out,
                "--held-out",
                "2",
                "--seed",
                "9"};
    }
    fs::path log(const std::string& out) const { return scratch_ / out / "prior" / "log.jsonl"; }

    static std::vector<double> losses(const fs::path& file) {
        std::vector<double> result;
        std::ifstream lines(file);
        for (std::string line; std::getline(lines, line);) {
            const Json json = Json::parse(line, nullptr, false);
            if (json.is_object() && json.contains("loss")) result.push_back(json["loss"]);
        }
        return result;
    }

    const Scratch scratch_;
};

TEST_F(Train, KilledAnywhereItGoesOnWithTheSameLosses) {
    const Ran whole = bfr(words("whole", "prior:rate=0.01"));
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_EQ(whole.out, "60 iterations done\n");
    int killed = 0;
    for (const size_t lines : {3, 17, 40}) {
        Started started(words("killed", "prior:rate=0.01"));
        if (started.wait_until([&] { return losses(log("killed")).size() >= lines; })) started.signal(SIGKILL);
        killed += started.wait() == 128 + SIGKILL;
    }
    EXPECT_GE(killed, 2);
    const Ran rest = bfr(words("killed", "prior:rate=0.01"));
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_THAT(rest.err, HasSubstr("going on from iteration"));
    const auto expected = losses(log("whole")), found = losses(log("killed"));
    ASSERT_EQ(found.size(), 60U);
    for (size_t i = 0; i < found.size(); i++) EXPECT_NEAR(found[i], expected[i], 1e-6 * expected[i]) << i;
}

TEST_F(Train, ItsReportSaysHowFarItIsAndDrawsItsCurves) {
    ASSERT_EQ(bfr(words("out", "prior:rate=0.01")).code, 0);
    const Ran again = bfr(words("out", "prior:rate=0.01"));  // nothing left to do; another start in the log
    ASSERT_EQ(again.code, 0) << again.err;
    const Ran report = bfr(std::vector<std::string>{"report", scratch_ / "out"});
    EXPECT_EQ(report.code, 0) << report.err;
    EXPECT_THAT(report.out, HasSubstr("prior: finished, 60 of 60 iterations, "));
    EXPECT_THAT(report.out, HasSubstr(" pictures/s\n  best validation at "));
    EXPECT_THAT(report.err, HasSubstr("training.html: "));
    const std::string page = read_text(scratch_ / "out" / "training.html");
    for (const char* part :
         {"\"learning rate\"", "\"pictures/s\"", "\"waited for batches\"", "\"sessions\":[60]",
          "data:image/jpeg;base64,", "<dt>bfr&#39;s commit</dt>", "<dt>seed</dt><dd><bdi>9</bdi></dd>"})
        EXPECT_THAT(page, HasSubstr(part));
    const Ran page_only = bfr(std::vector<std::string>{"report", scratch_ / "out", "--format", "html"});
    EXPECT_THAT(page_only.out, HasSubstr("</html>"));
    const Ran json = bfr(std::vector<std::string>{"report", scratch_ / "out", "--format", "json"});
    EXPECT_EQ(json.code, 2);
    EXPECT_THAT(json.err, HasSubstr("text or html, not json"));
    EXPECT_EQ(bfr(std::vector<std::string>{"report", scratch_ / "out", "--column", "psnr"}).code, 2);
    EXPECT_EQ(bfr(std::vector<std::string>{"report", scratch_ / "out", "--row", "prior"}).code, 2);
    const Ran stage = bfr(std::vector<std::string>{"report", scratch_ / "out" / "prior"});
    EXPECT_EQ(stage.code, 2);
    EXPECT_THAT(stage.err, HasSubstr("log.jsonl"));
}

TEST_F(Train, TellsItsStages) {
    const Ran all = bfr({"list", "stages"});
    EXPECT_EQ(all.code, 0);
    for (const auto* stage : {"prior", "style-encoder", "code-diffuser", "restoration", "unet"})
        EXPECT_THAT(all.out, HasSubstr(stage));
    const Ran one = bfr({"list", "stages", "restoration"});
    EXPECT_EQ(one.code, 0);
    EXPECT_THAT(one.out, HasSubstr("weight of LPIPS [default: 2; full-512: 0.5]"));
    EXPECT_THAT(one.out, HasSubstr("R1's gamma [default: 10]"));
    EXPECT_THAT(bfr({"list", "stages", "prior"}).out, HasSubstr("has no preset full-512"));
    const Ran both = bfr({"list", "stages", "prior"});
    EXPECT_THAT(both.out, HasSubstr("prior of VSPBFR"));
    EXPECT_THAT(both.out, HasSubstr("prior of CLR-Face"));
    EXPECT_THAT(bfr({"list", "stages", "clrface/prior"}).out, Not(HasSubstr("VSPBFR")));
    const Ran wrong = bfr({"list", "stages", "restoratoin"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("did you mean restoration"));
}

TEST_F(Train, TrainsCLRFacesStages) {
    const auto train = [&](const std::string& system, const std::string& stage) {
        return bfr({"train", system, stage, "--data", scratch_ / "pack", "--out", scratch_ / "out", "--held-out", "2"});
    };
    const std::string small = ",size=32,iterations=2,batch=2,lpips=none,recogniser=none";
    const Ran early = train("clrface", "prior:width=32" + small);
    EXPECT_EQ(early.code, 2);
    EXPECT_THAT(early.err, HasSubstr("train stage autoencoder first"));
    for (const std::string stage : {"autoencoder:width=32,codes=16", "prior:width=32,steps=2", "irn:base=8"}) {
        const Ran ran = train("clrface", stage + small);
        EXPECT_EQ(ran.code, 0) << stage << ran.err;
    }
    const Ran page = bfr(std::vector<std::string>{"report", scratch_ / "out"});
    EXPECT_EQ(page.code, 0) << page.err;
    EXPECT_THAT(page.out, AllOf(HasSubstr("autoencoder"), HasSubstr("irn")));
    EXPECT_THAT(train("clrface", "restoration").err, HasSubstr("autoencoder"));
    EXPECT_THAT(train("clrfaces", "prior").err, HasSubstr("did you mean clrface"));
    EXPECT_EQ(bfr({"train", "clrface", "export", "--out", scratch_ / "out", "--to", scratch_ / "to"}).code, 2);
}

TEST_F(Train, RefusesADeviceThatIsNotThere) {
    for (const std::string device : {"cuda:99", "gpu"}) {
        auto line = words("out", "prior:rate=0.01");
        line.insert(line.end(), {"--device", device});
        const Ran ran = bfr(line);
        EXPECT_EQ(ran.code, 2) << device;
        EXPECT_THAT(ran.err, HasSubstr(device));
    }
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
}

TEST_F(Train, SaysWhatIsMissingAndWhatIsMeant) {
    const Ran early = bfr(words("out", "restoration:prompt=none"));
    EXPECT_EQ(early.code, 2);
    EXPECT_THAT(early.err, HasSubstr("train stage prior first"));
    const Ran unknown = bfr(words("out", "restorer:rate=1"));
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("restoration"));
    const Ran option = bfr(words("out", "prior:raet=1"));
    EXPECT_EQ(option.code, 2);
    EXPECT_THAT(option.err, HasSubstr("rate"));
    auto precision = words("out", "prior:rate=1");
    precision.insert(precision.end(), {"--precision", "fp16"});
    const Ran half = bfr(precision);
    EXPECT_EQ(half.code, 2);
    EXPECT_THAT(half.err, HasSubstr("bf16"));
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
}

TEST_F(Train, GoesOnInThePrecisionThatItBeganWith) {
    auto mixed = words("out", "prior:rate=0.01", 3);
    mixed.insert(mixed.end(), {"--precision", "bf16"});
    ASSERT_EQ(bfr(mixed).code, 0);
    const Ran whole = bfr(words("out", "prior:rate=0.01", 3));
    EXPECT_EQ(whole.code, 2);
    EXPECT_THAT(whole.err, HasSubstr("precision"));
}

}  // namespace
}  // namespace bfr::testing
