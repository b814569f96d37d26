// A training's page driven in a browser (web/tests/training_page.mjs). Skipped, with the reason, where Chromium isn't
// installed.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "reports/training/training.h"
#include "tests/reports/training_folder.h"

namespace bfr {
namespace {

TEST(TrainingPage, ABrowserDrawsItAndHandsAndKeysMoveIt) {
    constexpr const char* kChromium = "/usr/bin/chromium";
    if (!std::filesystem::exists(kChromium)) GTEST_SKIP() << "SKIPPED: " << kChromium << " is not here";
    const testing::TrainingFolder folder;
    const auto file = folder.root() / "training.html";
    write_text(file, training_page(read_training(folder.root(), {"prior"})));
    const testing::Ran ran = testing::run(
        {BFR_NODE, (testing::source_dir() / "web" / "tests" / "training_page.mjs").string(), file.string(), kChromium});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
}

}  // namespace
}  // namespace bfr
