#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Outputs : public ::testing::Test {
  protected:
    // A restorer over the scratch folder, with more options.
    std::unique_ptr<Restorer> outputs(const std::string& name = "", const std::string& key = "",
                                      const std::string& value = "") {
        Spec spec("outputs");
        spec.set("dir", folder().string());
        if (!name.empty()) spec.set("name", name);
        if (!key.empty()) spec.set(key, value);
        const UnitContext context;
        return restorers().make(spec, context);
    }
    std::filesystem::path folder() const { return scratch_ / "results, 1=final"; }

    const ImagePtr input_ = synthetic("input", 16, 16, 10), output_ = synthetic("output", 16, 16, 10);
    const Scratch scratch_;
};

TEST_F(Outputs, GivesThePictureOfTheSamplesName) {
    save_png(*output_, folder() / "a.png");
    save_png(*input_, folder() / "b.png");
    const auto restorer = outputs();
    EXPECT_EQ(mean_abs_difference(*restored(*restorer, *input_, "a"), *output_), 0);
    EXPECT_EQ(mean_abs_difference(*restored(*restorer, *input_, "b"), *input_), 0);
    EXPECT_TRUE(restorer->info().finished);
}

TEST_F(Outputs, SaysWhichPictureItLacks) {
    save_png(*output_, folder() / "a.png");
    const auto restorer = outputs();
    EXPECT_THAT(message_of<Error>([&] { restored(*restorer, *input_, "face\n7"); }),
                HasSubstr("has no picture for face\\n7"));
}

TEST_F(Outputs, SaysWhyAPictureWasLeftOut) {
    save_png(*output_, folder() / "a.png");
    save_png(*output_, folder() / "b.png");
    write_text(folder() / "b.jpg", "the stem of another");
    const auto restorer = outputs();
    EXPECT_THAT(message_of<Error>([&] { restored(*restorer, *input_, "b"); }),
                AllOf(HasSubstr("has no picture for b"), HasSubstr("left out")));
    // Another picture's reason isn't this one's, however much of its path looks alike.
    for (const char* id : {"p", "b.p", "res", "bb"})
        EXPECT_THAT(message_of<Error>([&] { restored(*restorer, *input_, id); }), Not(HasSubstr("left out"))) << id;
}

TEST_F(Outputs, FindsNamesByPatternAndInFolders) {
    save_png(*output_, folder() / "a_00.png");
    EXPECT_EQ(mean_abs_difference(*restored(*outputs("", "pattern", "{id}_00"), *input_, "a"), *output_), 0);
    save_png(*output_, folder() / "one" / "b.png");
    EXPECT_EQ(mean_abs_difference(*restored(*outputs("", "recursive", "true"), *input_, "one/b"), *output_), 0);
}

TEST_F(Outputs, LeavesTheSizeToTheMetrics) {
    save_png(*synthetic("large", 40, 24, 0), folder() / "a.png");
    EXPECT_EQ(restored(*outputs(), *input_, "a")->width(), 40);
}

TEST_F(Outputs, APictureThatIsNoneIsAnErrorOfItsSampleAlone) {
    save_png(*output_, folder() / "a.png");
    write_text(folder() / "b.png", "no picture");
    const auto restorer = outputs();
    EXPECT_THAT(message_of<Error>([&] { restored(*restorer, *input_, "b"); }), HasSubstr("b.png"));
    EXPECT_NO_THROW(restored(*restorer, *input_, "a"));
}

TEST_F(Outputs, IsCalledByItsNameWhereItHasOne) {
    save_png(*output_, folder() / "a.png");
    EXPECT_EQ(outputs("GFPGAN v1.4")->info().label, "outputs:name=GFPGAN v1.4");
    EXPECT_EQ(Spec::parse(outputs()->info().label).options().at("dir"), folder().string());
}

TEST_F(Outputs, RefusesAFolderThatIsMissingOrEmpty) {
    EXPECT_THAT(message_of<UsageError>([&] { outputs(); }), HasSubstr("results, 1=final"));
    std::filesystem::create_directories(folder());
    EXPECT_THAT(message_of<UsageError>([&] { outputs(); }), HasSubstr("results, 1=final"));
    EXPECT_THAT(message_of<UsageError>([] { make_restorer("outputs"); }), HasSubstr("dir="));
}

}  // namespace
}  // namespace bfr::testing
