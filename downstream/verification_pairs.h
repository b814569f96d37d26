// Pairs of pictures for verification: a CSV with the columns fold, first, second, same (docs/tasks.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace bfr {

struct VerificationPair {
    std::string first, second;  // sample ids: the paths of the file without a picture's extension
    bool same = false;          // one person
    size_t fold = 0;            // index into PairList::folds
    size_t person_of_first = 0, person_of_second = 0;  // indices into PairList::people
};

// What says who is on a picture.
enum class PeopleBy {
    kFolder,  // the id's folder is the person: Abel_Pacheco/Abel_Pacheco_0001
    kPairs,   // whoever is joined by pairs of one person is one person; nothing else is known
};

struct PairList {
    std::string sha256;               // of the file
    std::vector<std::string> folds;   // their names, sorted
    std::vector<std::string> people;  // folders, or for kPairs the first id (in byte order) of each
    std::vector<VerificationPair> pairs;
};

// Throws UsageError naming file and line: unreadable, another header, a fold without a name, a `same` that is neither 0
// nor 1, a picture paired with itself, a pair given twice, `same` at odds with the people, or a person in two folds
// (whom the threshold of the other folds would know).
PairList read_pairs(const std::filesystem::path& file, PeopleBy by);

}  // namespace bfr
