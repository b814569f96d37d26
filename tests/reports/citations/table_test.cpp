// The table of citations: it answers for all that the program has, and names only what is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "downstream/task.h"
#include "metrics/metric.h"
#include "metrics/presets.h"
#include "reports/citations/entries.h"
#include "reports/citations/uses.h"
#include "reports/papers/embedded.h"
#include "restore/restorer.h"
#include "tests/reports/citations/answered.h"
#include "weights/catalogue/catalogue.h"
#include "weights/catalogue/training_data.h"

namespace bfr {
namespace {

using ::testing::IsEmpty;

std::vector<std::string> keys_for(Cited kind, const std::string& name,
                                  const std::map<std::string, std::string>& options = {}) {
    std::vector<std::string> keys;
    for (const CitedUse* use : uses_of(kind, name, options))
        keys.insert(keys.end(), use->keys.begin(), use->keys.end());
    return keys;
}

TEST(Citations, EveryUnitOfTheProgramIsAnswered) {
    for (const auto& entry : restorers().entries()) expect_answered(Cited::kMethod, entry.name);
    for (const auto& entry : metrics().entries()) expect_answered(Cited::kMetric, entry.name);
    for (const auto& entry : tasks().entries()) expect_answered(Cited::kTask, entry.name);
}

TEST(Citations, EverythingElseThatTheProgramKnowsIsAnswered) {
    for (const auto& preset : presets()) expect_answered(Cited::kPreset, preset.name);
    for (const auto& file : built_in_files()) {
        expect_answered(Cited::kFile, file.name);
        for (const auto& set : training_sets_of_file(file.name)) expect_answered(Cited::kDataSet, set);
    }
    for (const auto& paper : embedded_papers())
        expect_answered(Cited::kPaperTable, std::string(paper.name.substr(0, paper.name.find('.'))));
}

// Each network's file is there for some options of a unit: these have works too.
TEST(Citations, EveryNetworkOfAUnitIsAnswered) {
    size_t checked = 0;
    for (const auto& file : built_in_files()) {
        for (const auto& text : file.enables) {
            const Spec spec = Spec::parse(text);
            const bool known =
                restorers().find(spec.name()) || metrics().find(spec.name()) || tasks().find(spec.name());
            EXPECT_TRUE(!known || !keys_for(Cited::kMethod, spec.name(), spec.options()).empty() ||
                        !keys_for(Cited::kMetric, spec.name(), spec.options()).empty() ||
                        !keys_for(Cited::kTask, spec.name(), spec.options()).empty())
                << text;
            checked += known;
        }
    }
    EXPECT_GT(checked, 10u);
}

TEST(Citations, TheTableNamesOnlyWhatIsThere) {
    std::set<std::string> used;
    for (const auto& use : cited_uses()) {
        SCOPED_TRACE(use.name);
        EXPECT_NE(use.keys.empty(), use.none.empty()) << "works, or why there are none";
        for (const auto& key : use.keys) {
            EXPECT_TRUE(bib_entry(key)) << key;
            used.insert(key);
        }
        for (const auto& set : use.trained_on) expect_answered(Cited::kDataSet, set);
    }
    for (const auto& entry : bib_entries())
        EXPECT_TRUE(used.contains(std::string(entry.key))) << entry.key << " is for nothing";
}

// Options are matched by the registries' texts of the defaults: these must be what the units read.
template <class Registry>
void expect_options_known(const Registry& registry, const CitedUse& use) {
    const auto* entry = registry.find(use.name);
    ASSERT_TRUE(entry) << use.name;
    for (const auto& [key, value] : use.options) {
        const auto option = std::ranges::find(entry->options, key, &OptionInfo::key);
        ASSERT_NE(option, entry->options.end()) << use.name << " has no " << key;
        Spec with(use.name);
        for (const auto& [k, v] : use.options) with.set(k, v);
        if (use.name == "verification") with.set("pairs", "pairs.csv");
        EXPECT_EQ(registry.read_options(with).at(key), value);
        Spec plain(use.name);
        if (use.name == "verification") plain.set("pairs", "pairs.csv");
        const auto read = registry.read_options(plain);
        EXPECT_EQ(read.contains(key) ? read.at(key) : option->fallback, option->fallback) << use.name << ":" << key;
    }
}

TEST(Citations, OptionsAreTheUnitsOwn) {
    for (const auto& use : cited_uses()) {
        if (use.options.empty()) continue;
        SCOPED_TRACE(use.name);
        if (use.kind == Cited::kMetric) expect_options_known(metrics(), use);
        if (use.kind == Cited::kTask) expect_options_known(tasks(), use);
        EXPECT_TRUE(use.kind == Cited::kMetric || use.kind == Cited::kTask);
    }
}

TEST(Citations, AnOptionChoosesItsWorks) {
    EXPECT_EQ(keys_for(Cited::kMetric, "lpips"), (std::vector<std::string>{"zhang2018lpips", "krizhevsky2014alexnet"}));
    EXPECT_EQ(keys_for(Cited::kMetric, "lpips", {{"net", "vgg"}}),
              (std::vector<std::string>{"zhang2018lpips", "simonyan2015vgg"}));
    EXPECT_EQ(keys_for(Cited::kMetric, "psnr", {{"convention", "skimage"}}),
              (std::vector<std::string>{"vanderwalt2014skimage"}));
    EXPECT_EQ(keys_for(Cited::kMetric, "identity", {{"net", "arcface-r18"}, {"input", "restoreformer"}}),
              (std::vector<std::string>{"deng2019arcface", "wang2022restoreformer"}));
    EXPECT_THAT(keys_for(Cited::kMetric, "musiq"), IsEmpty());
}

}  // namespace
}  // namespace bfr
