// The field's test sets, as far as they are known, and what a list of pictures looks like beside them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// What the ids of a set look like. Person: letters (and what isn't ASCII), '_', '-', '.', "'".
enum class NameForm {
    kUnknown,
    kEightDigits,         // 00000052
    kPersonNumber,        // Eliane_Karp_0001, perhaps with the face's number behind: Eliane_Karp_0001_00
    kPersonFolderNumber,  // Eliane_Karp/Eliane_Karp_0001
};

struct KnownSet {
    std::string name;
    std::string kind;              // "synthetic pairs", "real"
    std::vector<uint64_t> counts;  // of pictures, the usual one first; more where sources disagree
    int side = 0;                  // of the square pictures; 0: not known
    std::string degraded_by;       // whose degraded pictures: several sets of one name differ in nothing else
    std::string source;
    std::string citation;
    std::string licence = "not known";
    // Data sets whose people are on the pictures; those that are known. "LFW (test people)" is a part of "LFW".
    std::vector<std::string> people_of = {};
    NameForm names = NameForm::kUnknown;
    bool one_a_person = false;  // no two pictures of one person
    std::string note = "";
    std::string list_sha256 = "";  // as list_sha256(); empty: nobody has published it
};

std::span<const KnownSet> known_sets();

// A user's own: a JSON array of objects with "name", "list_sha256" and, if known, "people_of".
// Throws UsageError naming the file and what is wrong.
std::vector<KnownSet> read_known_sets(const std::filesystem::path& file);

struct ListedFile {
    std::string id;      // the file's path below its folder, without its extension
    std::string sha256;  // of the file's bytes; empty where it can't be read
};

// SHA-256 over a line ["ID","SHA-256 of the file"] and a line feed for each file, in the order of the ids (bytes): JSON
// without blanks, UTF-8. Files that can't be read have null. The order of `files` doesn't matter.
std::string list_sha256(std::vector<ListedFile> files);

enum class SetMatch {
    kSame,   // the list's hash is the set's
    kLike,   // names are as the set's, and about as many
    kPart,   // names are as the set's, and fewer: a part of it, or of another with such names
    kCount,  // the count alone, which other folders may have too
};
// "is", "looks like", "is named as", "has as many pictures as"
std::string_view words_of(SetMatch certainty);

struct Recognition {
    const KnownSet* set = nullptr;  // one of `sets`
    SetMatch certainty = SetMatch::kCount;
    std::string differences;  // "1711 pictures expected, 1709 found"; empty: none that is known
};
// The surest kind alone, in the order of `sets`; empty where nothing fits.
std::vector<Recognition> recognise(std::span<const ListedFile> files, std::span<const KnownSet> sets);

// Whether an id has the form; false for kUnknown.
bool has_form(std::string_view id, NameForm form);

}  // namespace bfr
