#include "tests/downstream/task_fixture.h"

namespace bfr {
namespace {

using Size = TaskTest;

TEST_F(Size, NeedsNeitherReferenceNorWeights) {
    const Spec spec("size");
    const auto task = tasks().make(spec, unit_context());
    EXPECT_FALSE(task->info().needs_reference);
    EXPECT_TRUE(task->info().weights.empty());
    const auto scores = task->run(*gray_picture(31, 17), nullptr, {});
    EXPECT_EQ(scores.values.at(0).value, 31);
    EXPECT_EQ(scores.values.at(1).value, 17);
    EXPECT_EQ(task->info().values.at(1).name, "size.height");
    EXPECT_TRUE(task->summarise({}).values.empty());
}

TEST_F(Size, UnknownTaskIsAnsweredWithNearOnes) {
    try {
        tasks().make(Spec("emotoin"), unit_context());
        FAIL() << "accepted";
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("emotion"), std::string::npos);
    }
}

}  // namespace
}  // namespace bfr
