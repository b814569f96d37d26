// The table of protocols: every spec is one of this program, and in the form of its label.
#include "metrics/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "metrics/metric.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Presets, EveryMetricIsKnownAndNamedByItsLabel) {
    const auto quantities = preset_quantities();
    for (const auto& preset : presets()) {
        std::set<std::string> names;
        for (const auto& value : preset.values) {
            SCOPED_TRACE(preset.name + "/" + value.name + ": " + value.unit);
            EXPECT_TRUE(names.insert(value.name).second) << "two values of one name";
            EXPECT_NE(std::ranges::find(quantities, value.quantity), quantities.end()) << value.quantity;
            EXPECT_FALSE(value.about.empty());
            const Spec spec = Spec::parse(value.unit);
            EXPECT_EQ(spec.canonical(), value.unit);
            if (value.task) continue;
            EXPECT_NO_THROW(metrics().read_options(spec));
            try {
                const auto metric = metrics().make(spec, UnitContext());
                EXPECT_EQ(metric->info().label, value.unit);
                EXPECT_EQ(metric->info().needs_reference, !value.alone);
            } catch (const NotAvailable&) {  // its label is seen where its files are
            }
        }
        EXPECT_FALSE(preset.paper.empty() || preset.source.empty()) << preset.name;
    }
    EXPECT_EQ(presets().size(), 8U);
}

TEST(Presets, AreChosenByNameInTheirOwnOrder) {
    const auto names_of = [](const std::vector<std::string>& wanted) {
        std::vector<std::string> names;
        for (const auto* preset : presets_named(wanted)) names.push_back(preset->name);
        return names;
    };
    EXPECT_THAT(names_of({"pyiqa", "vqfr", "pyiqa"}), ElementsAre("vqfr", "pyiqa"));
    EXPECT_EQ(names_of({"vqfr", "all"}).size(), presets().size());
    try {
        names_of({"vqrf"});
        ADD_FAILURE();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), HasSubstr("vqfr"));
    }
}

TEST(Presets, ShareWhatTheyHaveInCommon) {
    std::vector<Spec> metrics = {Spec::parse("ssim"), Spec::parse("zero")}, tasks;
    add_preset_units(std::array<std::string, 3>{"basicsr", "restoreformer", "basicsr"}, true, metrics, tasks);
    std::multiset<std::string> specs;
    for (const auto& spec : metrics) specs.insert(spec.canonical());
    EXPECT_EQ(specs.count("ssim"), 1U);
    EXPECT_EQ(specs.count("psnr"), 1U);
    EXPECT_EQ(metrics.front().canonical(), "ssim");
    EXPECT_TRUE(tasks.empty());
    std::vector<Spec> otherwise = {Spec::parse("psnr:convention=basicsr,crop=0"), Spec::parse("lpips")};
    add_preset_units(std::array<std::string, 2>{"basicsr", "pyiqa"}, true, otherwise, tasks);
    for (const char* twice : {"psnr", "lpips:net=alex"}) {
        EXPECT_TRUE(std::ranges::none_of(otherwise, [&](const Spec& one) { return one.canonical() == twice; }))
            << twice;
    }
    add_preset_units(std::array<std::string, 1>{"vspbfr"}, true, metrics, tasks);
    EXPECT_EQ(tasks.size(), 2U);
    std::vector<Spec> alone, no_tasks;
    add_preset_units(std::array<std::string, 2>{"basicsr", "vspbfr"}, false, alone, no_tasks);
    ASSERT_EQ(alone.size(), 2U);
    EXPECT_EQ(alone[0].canonical(), "niqe");
    EXPECT_EQ(alone[1].name(), "fid");
    EXPECT_TRUE(no_tasks.empty());
}

}  // namespace
}  // namespace bfr
