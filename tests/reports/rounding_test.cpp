// The page's script rounds as the program does: no number ends differently in the page, in report.md and in LaTeX.
#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "reports/markup.h"
#include "reports/text.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

TEST(Rounding, ThePageRoundsAsTheProgramDoes) {
    Json cases = Json::array();
    const auto add = [&](double number) {
        for (const double one : {number, -number})
            for (int decimals = 0; decimals <= 12; decimals++)
                cases.push_back({one, decimals, typeset_number(rounded(one, decimals))});
    };
    for (const double number :
         {0.0,    0.125, 0.375,  2.5,      3.5,         0.5, 1.5,      2.5e-5,   7.5e-5,   0.00048828125,
          1.005,  0.045, 9.9995, 99.99995, 999999999.5, 1e9, 1.0005e9, 1.0015e9, 9.9995e9, 1e12,
          1.5e21, 1e300, 5e-324, 1e-13,    5e-13,       0.1, 0.3,      24.126,   123456.5, 8388608.5})
        add(number);
    const Draw draw(1, "rounding", "values");
    for (uint64_t i = 0; i < 400; i++) {
        const auto wide = static_cast<int>(draw.integer(4 * i, 24)) - 12;
        add(draw.uniform(4 * i + 1) * std::pow(10.0, wide));
        // Halves, quarters ... which lie exactly between two roundings.
        add(std::ldexp(static_cast<double>(draw.integer(4 * i + 2, 1000000)),
                       -static_cast<int>(draw.integer(4 * i + 3, 14))));
    }
    const testing::Scratch scratch;
    write_text(scratch / "cases.json", cases.dump());
    const testing::Ran ran =
        testing::run({BFR_NODE, (testing::source_dir() / "web" / "tests" / "rounding.mjs").string(),
                      (scratch / "cases.json").string()});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
}

}  // namespace
}  // namespace bfr
