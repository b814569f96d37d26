#include "base/names.h"

#include <gtest/gtest.h>

namespace bfr {
namespace {

const std::vector<std::string> kKnown = {"psnr", "ssim", "ms_ssim", "identity"};

TEST(Names, FindsSwappedLettersAndPrefixes) {
    EXPECT_EQ(near_names("pnsr", kKnown), std::vector<std::string>{"psnr"});
    EXPECT_EQ(near_names("ident", kKnown), std::vector<std::string>{"identity"});
    EXPECT_EQ(near_names("ssim", kKnown).front(), "ssim");
    EXPECT_TRUE(near_names("landmarks", kKnown).empty());
    EXPECT_EQ(near_names("PSNR", kKnown).front(), "psnr");
    EXPECT_EQ(near_names("lfw", std::vector<std::string>{"LFW-Test", "CelebA"}), std::vector<std::string>{"LFW-Test"});
}

TEST(Names, ListsEverythingWhereNothingIsNear) {
    EXPECT_EQ(unknown_name("metric", "pnsr", kKnown), "unknown metric 'pnsr'; did you mean psnr?");
    EXPECT_EQ(unknown_name("metric", "xyzzy", kKnown), "unknown metric 'xyzzy'; known: psnr, ssim, ms_ssim, identity");
}

}  // namespace
}  // namespace bfr
