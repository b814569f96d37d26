// Another program's numbers from a table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/metrics/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Values : public ::testing::Test {
  protected:
    std::unique_ptr<ImageMetric> make(const std::string& text, const std::vector<std::string>& options = {}) {
        write_text(scratch_ / "x.csv", text);
        Spec spec("values");
        spec.set("file", scratch_ / "x.csv");
        for (size_t i = 0; i + 1 < options.size(); i += 2) spec.set(options[i], options[i + 1]);
        return metrics().make(spec, UnitContext());
    }
    std::string refused(const std::string& text, const std::vector<std::string>& options = {}) {
        try {
            make(text, options);
        } catch (const UsageError& error) {
            return error.what();
        }
        return "no error";
    }
    Score score(const ImageMetric& unit, const std::string& id, const std::string& method = "degraded", size_t i = 0) {
        return unit.score(ScoredPicture{*picture_, nullptr, id, method}).values.at(i);
    }
    std::vector<std::string> left_out(const ImageMetric& unit, const std::vector<std::string>& ids,
                                      const std::vector<std::string>& methods,
                                      const std::vector<std::string>& unavailable = {}) {
        std::vector<SampleFiles> samples(ids.size());
        for (size_t i = 0; i < ids.size(); i++) samples[i].id = ids[i];
        std::vector<std::string> texts;
        for (const auto& one : unit.left_out({samples, methods, unavailable})) {
            EXPECT_THAT(one.path, HasSubstr("x.csv"));
            texts.push_back(one.reason);
        }
        return texts;
    }

    const testing::Scratch scratch_;
    const ImagePtr picture_ = testing::constant(2, 2, 0);
};

TEST_F(Values, AreThoseOfThePicturesName) {
    const auto unit = make("id,lpips\na,0.25\nperson 1/b, 1e-3\n", {"direction", "lower"});
    EXPECT_EQ(score(*unit, "a").value, 0.25);
    EXPECT_EQ(score(*unit, "person 1/b").value, 1e-3);
    EXPECT_THAT(score(*unit, "c").reason, HasSubstr("has no line for it"));
    EXPECT_TRUE(unit->info().imported);
    EXPECT_THAT(unit->info().convention, AllOf(HasSubstr("imported from"), HasSubstr("sha256")));
    EXPECT_EQ(unit->info().values.at(0).direction, Direction::kLowerIsBetter);
    EXPECT_EQ(unit->info().values.at(0).name, unit->info().label);
}

TEST_F(Values, TakeFileNamesWithoutTheirExtension) {
    const auto unit = make("file,niqe\na.png,3\nb.JPG,4\nc.v2,5\n");
    EXPECT_EQ(score(*unit, "a").value, 3);
    EXPECT_EQ(score(*unit, "b").value, 4);
    EXPECT_EQ(score(*unit, "c.v2").value, 5);
}

TEST_F(Values, HaveSeveralColumnsOrTheChosenOnes) {
    const std::string text = "lpips,name,\"n,o\",dists\n1,a,2,3\n4,b,,6\n";
    const auto all = make(text);
    EXPECT_EQ(all->info().values.size(), 3u);
    EXPECT_EQ(all->info().values[1].name, all->info().label + ".n,o");
    EXPECT_EQ(score(*all, "a", "x", 2).value, 3);
    EXPECT_THAT(score(*all, "b", "x", 1).reason, HasSubstr("empty"));
    EXPECT_EQ(score(*all, "b", "x", 2).value, 6);
    const auto chosen = make(text, {"column", "dists,lpips", "name", "theirs"});
    EXPECT_EQ(chosen->info().values.at(0).name, "values:name=theirs.dists");
    EXPECT_EQ(score(*chosen, "b", "x", 1).value, 4);
}

TEST_F(Values, BelongToTheirMethod) {
    const auto unit = make("method,id,v\nGFPGAN,a,1\noutputs:dir=results,a,2\n");
    EXPECT_EQ(score(*unit, "a", "outputs:name=GFPGAN").value, 1);
    EXPECT_EQ(score(*unit, "a", "outputs:dir=results").value, 2);
    EXPECT_THAT(score(*unit, "a", "degraded").reason, HasSubstr("by this method"));
    const auto one = make("id,v\na,1\n", {"method", "GFPGAN"});
    EXPECT_EQ(score(*one, "a", "command:name=GFPGAN").value, 1);
    EXPECT_THAT(score(*one, "a", "degraded").reason, HasSubstr("GFPGAN alone"));
}

TEST_F(Values, SayWhatHasNoPlaceInTheRun) {
    EXPECT_THAT(left_out(*make("id,v\na,1\nb,2\n"), {"a", "c"}, {"degraded"}),
                ::testing::ElementsAre("'b' is no sample of this run"));
    EXPECT_THAT(left_out(*make("id,method,v\na,degraded,1\na,other,2\n"), {"a"}, {"degraded"}),
                ::testing::ElementsAre("'other' is no method of this run"));
    std::string many = "id,v\n";
    for (int i = 0; i < 150; i++) many += "x" + std::to_string(i) + ",1\n";
    const auto texts = left_out(*make(many), {"a"}, {"degraded"});
    EXPECT_EQ(texts.size(), 101u);
    EXPECT_THAT(texts.back(), HasSubstr("50 more lines"));
}

TEST_F(Values, OfNobodyKnowsWhomAreRefused) {
    const auto unit = make("id,v\na,1\n");
    EXPECT_THAT(left_out(*unit, {"a"}, {"degraded"}), IsEmpty());
    EXPECT_THROW(left_out(*unit, {"a"}, {"degraded", "opencv-denoise"}), UsageError);
    EXPECT_THROW(left_out(*make("id,v\na,1\n", {"method", "x"}), {"a"}, {"degraded"}), UsageError);
    EXPECT_THAT(left_out(*make("id,v\na,1\n", {"method", "degraded"}), {"a"}, {"degraded", "opencv-denoise"}),
                IsEmpty());
}

TEST_F(Values, OfAMethodThatIsNotAvailableAreLeftOut) {
    const std::vector<std::string> missing = {"torchscript:file=missing.pt,name=mine"};
    for (const char* word : {"mine", "torchscript:name=mine", "torchscript:file=missing.pt,name=mine"}) {
        const auto reason = ::testing::ElementsAre(std::string("the method '") + word + "' is not available");
        EXPECT_THAT(left_out(*make("id,v\na,1\n", {"method", word}), {"a"}, {"degraded"}, missing), reason);
        const std::string quoted = std::string("\"") + word + "\"";
        EXPECT_THAT(left_out(*make("id,method,v\na,degraded,1\na," + quoted + ",2\n"), {"a"}, {"degraded"}, missing),
                    reason);
    }
    // Nobody said that they are of the method that is there.
    EXPECT_THROW(left_out(*make("id,v\na,1\n"), {"a"}, {"degraded"}, missing), UsageError);
}

TEST_F(Values, OfANameThatTwoMethodsHaveAreRefused) {
    const std::vector<std::string> two = {"command:name=gm", "outputs:name=gm"};
    const auto refused = [&](const ImageMetric& unit, const std::vector<std::string>& unavailable = {}) {
        try {
            left_out(unit, {"a"}, unavailable.empty() ? two : std::vector{two.front()}, unavailable);
        } catch (const UsageError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    const auto both = AllOf(HasSubstr("'gm'"), HasSubstr(two[0]), HasSubstr(two[1]));
    EXPECT_THAT(refused(*make("id,method,v\na,gm,1\n")), both);
    EXPECT_THAT(refused(*make("id,v\na,1\n", {"method", "gm"})), both);
    EXPECT_THAT(refused(*make("id,v\na,1\n", {"method", "gm"}), {two[1]}), both);
    EXPECT_THAT(left_out(*make("id,method,v\na,outputs:name=gm,1\na,command:name=gm,2\n"), {"a"}, two), IsEmpty());
}

TEST_F(Values, BadTablesAreRefusedWithTheLine) {
    EXPECT_THAT(refused(""), HasSubstr("is empty"));
    EXPECT_THAT(refused("picture,v\na,1\n"), HasSubstr("x.csv:1: no column names the picture"));
    EXPECT_THAT(refused("id\na\n"), HasSubstr("no column of values"));
    EXPECT_THAT(refused("id,file,v\na,a,1\n"), HasSubstr("both"));
    EXPECT_THAT(refused("id,v,v\na,1,1\n"), HasSubstr("twice"));
    EXPECT_THAT(refused("id,lpips\na,1\n", {"column", "lipps"}), HasSubstr("did you mean lpips"));
    EXPECT_THAT(refused("id,v\na,1\na,2\n"), AllOf(HasSubstr("x.csv:3:"), HasSubstr("line 2")));
    EXPECT_THAT(refused("id,v\na.png,1\na,2\n"), HasSubstr("x.csv:3:"));
    EXPECT_THAT(refused("id,v\na,1\nb\n"), HasSubstr("x.csv:3: 1 cells"));
    EXPECT_THAT(refused("id,v\n,1\n"), HasSubstr("x.csv:2: the picture has no name"));
    for (const char* cell : {"nan", "inf", "-inf", "0.5x", "1e999", "0x10", "true"})
        EXPECT_THAT(refused(std::string("id,v\na,1\nb,") + cell + "\n"), AllOf(HasSubstr("x.csv:3:"), HasSubstr(cell)));
    EXPECT_THAT(refused("id,v\n\"a,1\n"), HasSubstr("x.csv:2:"));
    EXPECT_THAT(refused("id,v\na,1\n", {"direction", "up"}), HasSubstr("direction"));
    EXPECT_THAT(refused("id,v\na,1\n", {"file", scratch_ / "none.csv"}), HasSubstr("none.csv"));
}

}  // namespace
}  // namespace bfr
