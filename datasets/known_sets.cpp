#include "datasets/known_sets.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "base/sha256.h"

namespace bfr {
namespace {

constexpr double kMostNames = 0.95;  // of the ids must have a set's form, and be of different people where a set's are
constexpr double kFullNames = 0.5;   // of the people must be called so: of LFW's 5,749 all but about 30 are
constexpr double kNearCount = 0.05;  // of a set's count may be missing or too many

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_person(std::string_view text) {
    if (text.empty()) return false;
    const auto fits = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 || std::isalpha(byte) || c == '_' || c == '-' || c == '.' || c == '\'';
    };
    return std::ranges::all_of(text, fits) && !std::ranges::all_of(text, [](char c) { return c == '_'; });
}

// The person of NAME_0001; empty where the id has no such end.
std::string_view person_of(std::string_view id) {
    constexpr size_t kDigits = 4;
    if (id.size() <= kDigits + 1 || id[id.size() - kDigits - 1] != '_') return {};
    if (!std::ranges::all_of(id.substr(id.size() - kDigits), is_digit)) return {};
    const auto person = id.substr(0, id.size() - kDigits - 1);
    return is_person(person) ? person : std::string_view();
}

std::string_view without_face_number(std::string_view id) {
    const bool numbered =
        id.size() > 3 && id[id.size() - 3] == '_' && is_digit(id[id.size() - 2]) && is_digit(id[id.size() - 1]);
    return numbered ? id.substr(0, id.size() - 3) : id;
}

std::string_view person_in(std::string_view id, NameForm form) {
    if (form == NameForm::kPersonNumber) {
        const auto person = person_of(id);
        return person.empty() ? person_of(without_face_number(id)) : person;
    }
    const size_t slash = id.rfind('/');
    if (form != NameForm::kPersonFolderNumber || slash == std::string_view::npos || slash == 0) return {};
    const size_t before = id.rfind('/', slash - 1);
    const size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const auto folder = id.substr(begin, slash - begin);
    const auto person = person_in(id.substr(slash + 1), NameForm::kPersonNumber);
    return person == folder ? person : std::string_view();
}

// Two words with a capital letter (what isn't ASCII counts as one): Eliane_Karp; not IMG, frame, DSC.
bool is_full_name(std::string_view person) {
    size_t words = 0;
    for (size_t i = 0; i < person.size(); i++) {
        const auto byte = static_cast<unsigned char>(person[i]);
        words += (i == 0 || person[i - 1] == '_') && (byte >= 0x80 || std::isupper(byte) != 0) ? 1 : 0;
    }
    return words >= 2;
}

// Cameras and films number their pictures too: IMG_0001, frame_0001.
bool are_people(const KnownSet& set, std::span<const ListedFile> files) {
    std::set<std::string_view> people;
    double named = 0;
    for (const auto& file : files) {
        const auto person = person_in(file.id, set.names);
        if (person.empty()) continue;
        people.insert(person);
        named++;
    }
    const auto different = static_cast<double>(people.size());
    const auto full = static_cast<double>(std::ranges::count_if(people, is_full_name));
    return full >= kFullNames * different && (!set.one_a_person || different >= kMostNames * named);
}

std::string counts_text(const KnownSet& set, size_t found) {
    std::string expected;
    for (const uint64_t count : set.counts) expected += (expected.empty() ? "" : " or ") + std::to_string(count);
    return fmt::format("{} pictures expected, {} found", expected, found);
}

std::optional<Recognition> compare(const KnownSet& set, size_t n, std::span<const ListedFile> files,
                                   const std::string& hash) {
    if (!set.list_sha256.empty()) {
        if (set.list_sha256 == hash) return Recognition{&set, SetMatch::kSame, ""};
        // Its files are known, and these aren't they: the count says nothing then.
        return std::nullopt;
    }
    const bool counted = std::ranges::find(set.counts, n) != set.counts.end();
    if (set.names != NameForm::kUnknown) {
        const auto fitting = static_cast<double>(
            std::ranges::count_if(files, [&](const ListedFile& file) { return has_form(file.id, set.names); }));
        if (fitting < kMostNames * static_cast<double>(n)) return std::nullopt;
        if (set.names != NameForm::kEightDigits && !are_people(set, files)) return std::nullopt;
        const bool near = std::ranges::any_of(set.counts, [&](uint64_t count) {
            return std::abs(static_cast<double>(count) - static_cast<double>(n)) <=
                   kNearCount * static_cast<double>(count);
        });
        const uint64_t most = *std::ranges::max_element(set.counts);
        // Eight digits are anybody's names; people's names with a number are not.
        if (!near && (set.names == NameForm::kEightDigits || n > most)) return std::nullopt;
        return Recognition{&set, near ? SetMatch::kLike : SetMatch::kPart, counted ? "" : counts_text(set, n)};
    }
    if (counted) return Recognition{&set, SetMatch::kCount, ""};
    return std::nullopt;
}

}  // namespace

bool has_form(std::string_view id, NameForm form) {
    switch (form) {
        case NameForm::kUnknown:
            return false;
        case NameForm::kEightDigits:
            return id.size() == 8 && std::ranges::all_of(id, is_digit);
        case NameForm::kPersonNumber:
        case NameForm::kPersonFolderNumber:
            return !person_in(id, form).empty();
    }
    BFR_CHECK(false, "no such form of names: {}", static_cast<int>(form));
}

std::string_view words_of(SetMatch certainty) {
    switch (certainty) {
        case SetMatch::kSame:
            return "is";
        case SetMatch::kLike:
            return "looks like";
        case SetMatch::kPart:
            return "is named as";
        case SetMatch::kCount:
            return "has as many pictures as";
    }
    BFR_CHECK(false, "no such certainty: {}", static_cast<int>(certainty));
}

std::string list_sha256(std::vector<ListedFile> files) {
    std::ranges::sort(files, {}, &ListedFile::id);
    std::string text;
    for (const auto& file : files) {
        const Json line = {file.id, file.sha256.empty() ? Json() : Json(file.sha256)};
        text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    return sha256(std::string_view(text));
}

std::vector<Recognition> recognise(std::span<const ListedFile> files, std::span<const KnownSet> sets) {
    if (files.empty()) return {};
    const std::string hash = list_sha256({files.begin(), files.end()});
    std::vector<Recognition> found;
    for (const auto& set : sets) {
        if (auto one = compare(set, files.size(), files, hash)) found.push_back(std::move(*one));
    }
    if (found.empty()) return found;
    const SetMatch best = std::ranges::min_element(found, {}, &Recognition::certainty)->certainty;
    std::erase_if(found, [&](const Recognition& one) { return one.certainty != best; });
    return found;
}

std::vector<KnownSet> read_known_sets(const std::filesystem::path& file) {
    constexpr uint64_t kMostBytes = uint64_t{16} << 20;
    const std::string name = printable(file);
    const auto refuse = [&](size_t i, const std::string& why) {
        throw UsageError(fmt::format("{}: set {}: {}", name, i + 1, why));
    };
    Json json;
    try {
        json = parse_json(read_text(file, kMostBytes), name);
    } catch (const std::exception& error) {
        throw UsageError(fmt::format("{}: the known sets can't be read: {}", name, error.what()));
    }
    if (!json.is_array()) throw UsageError(name + ": is no list of sets: [{\"name\": ..., \"list_sha256\": ...}]");
    const std::vector<std::string> keys = {"name", "list_sha256", "people_of"};
    std::vector<KnownSet> sets;
    for (size_t i = 0; i < json.size(); i++) {
        if (!json[i].is_object()) refuse(i, "is no object");
        KnownSet set;
        set.kind = "your own";
        set.source = name;
        for (const auto& [key, value] : json[i].items()) {
            if (key == "name" && value.is_string()) {
                set.name = value.get<std::string>();
            } else if (key == "list_sha256" && value.is_string()) {
                set.list_sha256 = value.get<std::string>();
            } else if (key == "people_of" && value.is_array() &&
                       std::ranges::all_of(value, [](const Json& one) { return one.is_string(); })) {
                set.people_of = value.get<std::vector<std::string>>();
            } else if (std::ranges::find(keys, key) == keys.end()) {
                refuse(i, unknown_name("key", printable(key), keys));
            } else {
                refuse(i, fmt::format("'{}' is of the wrong type", key));
            }
        }
        if (set.name.empty()) refuse(i, "has no name");
        const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
        if (set.list_sha256.size() != 64 || !std::ranges::all_of(set.list_sha256, is_hex)) {
            refuse(i, "list_sha256 must be 64 hexadecimal digits, as bfr datasets check prints them");
        }
        sets.push_back(std::move(set));
    }
    return sets;
}

}  // namespace bfr
