// From comparisons to what a report says of them: one protocol's set values and details.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "downstream/task.h"
#include "downstream/verification_scores.h"

namespace bfr {

// Which pictures of a pair are compared.
struct Protocol {
    const char* name;    // of its details
    const char* prefix;  // of its values
    const char* what;
    bool probe_restored, gallery_restored;
    bool main;  // has all values
};
inline constexpr std::array<Protocol, 3> kProtocols = {
    {{"restored_to_clean", "", "restored picture of the first, reference of the second", true, false, true},
     {"both_restored", "both_restored_", "both restored", true, true, false},
     {"both_clean", "clean_", "both references: what a perfect restoration gets", false, false, false}}};

inline constexpr double kFar = 1e-3;

// What became of a list of pairs.
struct Comparisons {
    std::vector<Comparison> comparisons;
    std::map<size_t, uint64_t> failed_of_fold;
    std::map<std::string, uint64_t> reasons;  // of the failed ones
    uint64_t not_in_run = 0;                  // pairs with a sample that the run doesn't have: not failed, not there
    std::string example_not_in_run;           // an id
    std::string people_in_two_folds;          // empty, or who (the samples' groups say so)
    std::string groups_against_pairs;         // empty, or a pair whose `same` the samples' groups contradict
    std::set<std::string> samples_compared, samples_tried;  // ids; tried: failed pairs too
};

// Empty, or the first person (by number) of whom comparisons are in two folds, and which.
std::string people_in_two_folds(std::span<const Comparison> comparisons, std::span<const std::string> people,
                                std::span<const std::string> folds);

// The values of a protocol, as info and (by judge()) as numbers in the same order. SetValue::samples is left empty.
void add_value_infos(const Protocol& protocol, const std::string& label, std::vector<ValueInfo>& infos);

struct ProtocolResult {
    std::vector<SetValue> values;
    Json details;  // counts, reasons, each fold's threshold and accuracy, the ROC curve at fixed rates
};
ProtocolResult judge(const Comparisons& comparisons, std::span<const std::string> folds, const Protocol& protocol,
                     const std::string& label);

}  // namespace bfr
