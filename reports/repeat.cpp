#include "reports/repeat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "reports/read.h"
#include "reports/sample_run.h"
#include "reports/text.h"

namespace bfr {
namespace {

constexpr size_t kMostNumbers = 10;

using Lines = std::vector<std::string>;

void compare_texts(const std::string& what, const std::string& there, const std::string& now, Lines& lines) {
    if (there != now && !there.empty())
        lines.push_back(fmt::format("{}: {} there, {} now", what, there, now.empty() ? "none" : now));
}

void compare_programs(const Json& there, const Json& now, Lines& lines) {
    for (const char* key : {"version", "commit"}) {
        compare_texts(fmt::format("bfr's {}", key), text_of(member(there, "program"), key),
                      text_of(member(now, "program"), key), lines);
    }
    const Json& libraries = member(there, "libraries");
    if (libraries.is_object()) {
        for (const auto& [name, version] : libraries.items())
            compare_texts(name, text_of(libraries, name), text_of(member(now, "libraries"), name), lines);
    }
    for (const char* key : {"model", "instruction_set"}) {
        compare_texts(key == std::string("model") ? "processor" : "instruction set", text_of(member(there, "cpu"), key),
                      text_of(member(now, "cpu"), key), lines);
    }
    compare_texts("BLAS", text_of(there, "blas"), text_of(now, "blas"), lines);
}

// By the files' names.
std::map<std::string, std::string> weights_of(const Json& unit) {
    std::map<std::string, std::string> hashes;
    for (const Json& file : member(unit, "weights")) hashes[text_of(file, "file")] = text_of(file, "sha256");
    return hashes;
}

void compare_unit(const Json& there, const Json& now, Lines& lines) {
    const std::string label = text_of(there, "label");
    const bool was = flag_of(there, "available", true), is = flag_of(now, "available", true);
    if (was && !is) {
        const std::string mend = text_of(now, "mend");
        lines.push_back(fmt::format("{}: was available, and isn't now: {}{}", label, text_of(now, "reason"),
                                    mend.empty() ? "" : "; to mend it: " + mend));
        return;
    }
    if (!was && is) lines.push_back(fmt::format("{}: wasn't available there, and is now", label));
    if (!was || !is) return;
    compare_texts(label + ", version", text_of(there, "version"), text_of(now, "version"), lines);
    const auto hashes = weights_of(now);
    for (const auto& [file, sha256] : weights_of(there)) {
        const auto found = hashes.find(file);
        if (found == hashes.end()) {
            lines.push_back(fmt::format("{}: used {}, and doesn't now", label, file));
        } else if (found->second != sha256) {
            lines.push_back(fmt::format("{}: {} has the SHA-256 {} there, {} now", label, file, sha256, found->second));
        }
    }
}

void compare_units(const Json& there, const Json& now, const std::string& kind, Lines& lines) {
    for (const Json& unit : there) {
        const std::string label = text_of(unit, "label");
        const auto same = [&](const Json& one) {
            return text_of(one, "label") == label && text_of(one, "kind") == text_of(unit, "kind");
        };
        const auto found = std::find_if(now.begin(), now.end(), same);
        if (found == now.end()) {
            // A unit that wasn't available has its spec for a label.
            lines.push_back(fmt::format("{}: no {} of this run", label, kind));
        } else {
            compare_unit(unit, *found, lines);
        }
    }
}

void compare_samples(const Json& there, const std::vector<SampleFiles>& samples, Lines& lines) {
    uint64_t absent = 0, other = 0;
    std::string first_absent, first_other;
    for (const Json& sample : there) {
        const std::string id = text_of(sample, "id");
        const auto found = std::ranges::lower_bound(samples, id, {}, &SampleFiles::id);
        if (found == samples.end() || found->id != id) {
            if (absent++ == 0) first_absent = id;
            continue;
        }
        const auto same = [&](const char* key, const std::optional<std::filesystem::path>& file) {
            const std::string sha256 = text_of(sample, key);
            return sha256.empty() || sha256 == file_sha256(file);
        };
        if (!same("degraded_sha256", found->degraded) || !same("reference_sha256", found->reference)) {
            if (other++ == 0) first_other = id;
        }
    }
    if (absent > 0)
        lines.push_back(fmt::format("not there today: {}, {} first", count_text(absent, "sample"), first_absent));
    if (other > 0)
        lines.push_back(
            fmt::format("another picture than there: {}, {} first", count_text(other, "sample"), first_other));
    if (const uint64_t known = there.size() - absent; samples.size() > known)
        lines.push_back(fmt::format("not in the report: {}", count_text(samples.size() - known, "sample")));
}

// Names of values, with the number of each.
std::map<std::string, double> numbers_of(const Json& row) {
    std::map<std::string, double> numbers;
    for (const auto& [kind, key] : {std::pair{"values", "mean"}, {"set_values", "value"}}) {
        const Json& values = member(row, kind);
        if (!values.is_object()) continue;
        for (const auto& [name, value] : values.items()) {
            if (const auto number = number_of(value, key)) numbers.emplace(name, *number);
        }
    }
    return numbers;
}

const Json* row_of(const Json& report, const std::string& method) {
    for (const Json& row : member(report, "rows")) {
        if (text_of(row, "method") == method) return &row;
    }
    return nullptr;
}

void compare_pictures(const Json& there, const Json& now, Repetition& found) {
    std::map<std::pair<std::string, std::string>, std::string> pictures;  // by sample and method
    const auto each = [](const Json& report, const auto& tell) {
        for (const Json& sample : member(report, "samples")) {
            const Json& results = member(sample, "results");
            if (!results.is_object()) continue;
            for (const auto& [method, result] : results.items()) {
                if (const std::string sha256 = text_of(result, "output_sha256"); !sha256.empty())
                    tell(std::pair{text_of(sample, "id"), method}, sha256);
            }
        }
    };
    each(now, [&](const auto& key, const std::string& sha256) { pictures.emplace(key, sha256); });
    each(there, [&](const auto& key, const std::string& sha256) {
        const auto same = pictures.find(key);
        if (same == pictures.end()) return;
        found.pictures++;
        if (same->second == sha256) found.equal_pictures++;
    });
}

}  // namespace

RunConfig config_of_report(const Json& report) {
    const Json& config = member(member(report, "context"), "config");
    if (!config.is_object()) throw UsageError("it says nothing of the configuration that made it");
    RunConfig read = config_from_json(config, "");
    read.out.clear();
    return read;
}

std::vector<std::string> differences_today(const Json& report, const RunDescription& today, const Json& context,
                                           const std::vector<SampleFiles>& samples) {
    Lines lines;
    compare_programs(member(report, "context"), context, lines);
    compare_units(member(report, "methods"), today.methods, "method", lines);
    compare_units(member(report, "units"), today.units, "metric or task", lines);
    compare_samples(member(report, "samples"), samples, lines);
    return lines;
}

Repetition compare_numbers(const Json& there, const Json& now) {
    Repetition found;
    for (const Json& row : member(there, "rows")) {
        const std::string method = text_of(row, "method");
        const Json* const again = row_of(now, method);
        const std::map<std::string, double> numbers = again ? numbers_of(*again) : std::map<std::string, double>();
        for (const auto& [value, number] : numbers_of(row)) {
            const auto same = numbers.find(value);
            if (same == numbers.end()) {
                found.only_there.push_back(method + " " + value);
                continue;
            }
            found.numbers++;
            if (same->second == number) {
                found.equal++;
                continue;
            }
            const double difference = std::abs(same->second - number);
            found.others.push_back(
                {method, value, number, same->second, number == 0 ? difference : difference / std::abs(number)});
        }
    }
    std::ranges::stable_sort(found.others, std::ranges::greater(), &Repetition::Number::difference);
    compare_pictures(there, now, found);
    return found;
}

std::string repetition_text(const Repetition& repetition, const std::string& name) {
    std::string text = fmt::format("{} of {} of {} came out the same in every bit", repetition.equal,
                                   count_text(repetition.numbers, "number"), visible(name));
    if (repetition.pictures > 0)
        text += fmt::format("; {} of {} are the same in every pixel", repetition.equal_pictures,
                            count_text(repetition.pictures, "restored picture"));
    const auto& others = repetition.others;
    for (size_t i = 0; i < others.size() && i < kMostNumbers; i++) {
        text +=
            fmt::format("\n  {} of {}: {} there, {} now ({:.1e}{})", visible(others[i].value), visible(others[i].row),
                        others[i].there, others[i].now, others[i].difference, others[i].there == 0 ? "" : " of it");
    }
    if (others.size() > kMostNumbers) text += fmt::format("\n  and {} more", others.size() - kMostNumbers);
    const auto& lost = repetition.only_there;
    if (!lost.empty())
        text +=
            fmt::format("\n  {} there and not now, {} first", count_text(lost.size(), "number"), visible(lost.front()));
    return text;
}

}  // namespace bfr
