#include "reports/compare/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::vector<std::string> kValues = {"lpips:net=alex", "psnr", "psnr:convention=vqfr", "odd < name", "failed"};

double limit(const std::string& right, double baseline) { return *Gate("psnr < " + right, kValues).limit(baseline); }

TEST(Gates, Arithmetic) {
    EXPECT_DOUBLE_EQ(limit("baseline + 0.005", 2), 2.005);
    EXPECT_DOUBLE_EQ(limit("baseline*1.02-1", 10), 9.2);
    EXPECT_DOUBLE_EQ(limit("1 - 2 - 3", 0), -4);
    EXPECT_DOUBLE_EQ(limit("8 / 2 / 2", 0), 2);
    EXPECT_DOUBLE_EQ(limit("2 + 3 * baseline", 4), 14);
    EXPECT_DOUBLE_EQ(limit("-(baseline - 1e-2) * 2", 1), -1.98);
    EXPECT_DOUBLE_EQ(limit(" 25 ", 0), 25);
    EXPECT_FALSE(Gate("psnr < 1 / (baseline - 1)", kValues).limit(1));
    EXPECT_TRUE(Gate("psnr < 1 - baseline", kValues).uses_baseline());
    EXPECT_FALSE(Gate("psnr < 1", kValues).uses_baseline());
}

TEST(Gates, Relations) {
    const auto holds = [](const char* relation, double number) {
        return Gate(std::string("psnr") + relation + "2", kValues).holds(number, 2);
    };
    EXPECT_TRUE(holds("<", 1) && !holds("<", 2) && !holds("<", 3));
    EXPECT_TRUE(holds("<=", 1) && holds("<=", 2) && !holds("<=", 3));
    EXPECT_TRUE(!holds(">", 1) && !holds(">", 2) && holds(">", 3));
    EXPECT_TRUE(!holds(">=", 1) && holds(">=", 2) && holds(">=", 3));
}

TEST(Gates, NamesAreMetWhole) {
    EXPECT_EQ(Gate("psnr:convention=vqfr < baseline", kValues).value(), "psnr:convention=vqfr");
    EXPECT_EQ(Gate("  psnr<baseline", kValues).value(), "psnr");
    EXPECT_EQ(Gate("odd < name > 3", kValues).value(), "odd < name");
    EXPECT_EQ(Gate("failed > baseline", kValues).value(), "failed");
}

struct Mistaken {
    std::string text, answer;
};
class MistakenGates : public ::testing::TestWithParam<Mistaken> {};

TEST_P(MistakenGates, PointAtThePlace) {
    EXPECT_THAT([] { Gate(GetParam().text, kValues); }, ThrowsMessage<UsageError>(HasSubstr(GetParam().answer)));
}

INSTANTIATE_TEST_SUITE_P(
    Gates, MistakenGates,
    ::testing::Values(Mistaken{"psnr", "'<' or '>' is expected at character 5:\n  psnr\n      ^"},
                      Mistaken{"", "'<' or '>' is expected at character 1"},
                      Mistaken{"< 3", "a value's name is expected at character 1"},
                      Mistaken{"psnr <", "a number or 'baseline' is expected at character 7"},
                      Mistaken{"psnr < base", "expected at character 8:\n  psnr < base\n         ^"},
                      Mistaken{"psnr < baseline + ", "a number or 'baseline' is expected at character 19"},
                      Mistaken{"psnr < baseline 3", "or the end is expected at character 17"},
                      Mistaken{"psnr < (baseline + 1", "')' is expected at character 21"},
                      Mistaken{"psnr < 1e999", "a number or 'baseline' is expected at character 8"},
                      Mistaken{"psnr < nan", "a number or 'baseline' is expected at character 8"},
                      Mistaken{"psnr == 3", "is expected at character 10"},
                      Mistaken{"psnr < 1 < 2", "or the end is expected at character 10"},
                      Mistaken{"pnsr < 1", "unknown value 'pnsr'; did you mean psnr"},
                      Mistaken{"lpips < 1", "unknown value 'lpips'"},
                      Mistaken{"psnr < " + std::string(100000, '('), "too many parentheses"},
                      Mistaken{"psnr < " + std::string(100000, '-') + "1", "too many parentheses"}));

}  // namespace
}  // namespace bfr
