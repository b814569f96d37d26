#include "downstream/verification_pairs.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/sha256.h"
#include "datasets/manifest.h"
#include "datasets/sample_ids.h"

namespace bfr {
namespace {

constexpr uint64_t kMostBytes = uint64_t{256} << 20;
constexpr std::array<const char*, 4> kColumns = {"fold", "first", "second", "same"};
enum ColumnIndex { kFold, kFirst, kSecond, kSame };

struct Line {
    size_t number;
    std::array<std::string, kColumns.size()> cells;
};

class Reader {
  public:
    Reader(const std::filesystem::path& file, PeopleBy by) : name_(printable(file)), by_(by) {
        std::string text;
        try {
            text = read_text(file, kMostBytes);
        } catch (const Error& error) {
            throw UsageError(
                fmt::format("verification: the pairs can't be read: {} (a path is relative to the folder where bfr is "
                            "started, in a configuration to the configuration's)",
                            error.what()));
        }
        list_.sha256 = sha256(std::string_view(text));
        read_lines(parse_csv(text, name_));
    }

    PairList read() {
        std::map<std::string, size_t> lines_of_pairs;
        std::set<std::string> folds;
        for (const auto& line : lines_) folds.insert(line.cells[kFold]);
        list_.folds.assign(folds.begin(), folds.end());
        for (const auto& line : lines_) add(line, lines_of_pairs);
        if (list_.pairs.empty()) throw UsageError(fmt::format("{}: holds no pair", name_));
        if (by_ == PeopleBy::kFolder) {
            people_by_folder();
        } else {
            people_by_pairs();
        }
        check_people();
        return std::move(list_);
    }

  private:
    [[noreturn]] void wrong(size_t line, const std::string& what) const {
        throw UsageError(fmt::format("{}:{}: {}", name_, line, what));
    }

    void read_lines(const std::vector<CsvRecord>& records) {
        if (records.empty()) throw UsageError(fmt::format("{}: is empty", name_));
        const std::vector<std::string> known(kColumns.begin(), kColumns.end());
        const auto& header = records.front();
        std::map<std::string, size_t> columns;
        for (size_t i = 0; i < header.cells.size(); i++) {
            const std::string& cell = header.cells[i];
            if (std::ranges::find(known, cell) == known.end()) {
                wrong(header.line, unknown_name("column", printable(cell), known));
            }
            if (!columns.emplace(cell, i).second) wrong(header.line, fmt::format("the column {} is there twice", cell));
        }
        for (const auto& column : known) {
            if (!columns.contains(column)) {
                wrong(header.line, fmt::format("has no column {}; the first line is fold,first,second,same", column));
            }
        }
        for (size_t i = 1; i < records.size(); i++) {
            const auto& [number, cells] = records[i];
            if (cells.size() != header.cells.size()) {
                wrong(number, fmt::format("has {} cells, the header {}", cells.size(), header.cells.size()));
            }
            Line line{number, {}};
            for (size_t c = 0; c < kColumns.size(); c++) line.cells[c] = cells[columns.at(kColumns[c])];
            if (line.cells[kFold].empty()) wrong(number, "has no fold");
            if (!is_utf8(line.cells[kFold])) wrong(number, "the fold is not UTF-8");
            lines_.push_back(std::move(line));
        }
    }

    std::string id_of(const Line& line, ColumnIndex column) const {
        const std::string& path = line.cells[column];
        std::string id = is_picture_name(path) ? std::string(stem_of(path)) : path;
        if (const auto problem = id_problem(id); !problem.empty()) {
            wrong(line.number, fmt::format("'{}' is no picture's path: {}", printable(path), problem));
        }
        return id;
    }

    void add(const Line& line, std::map<std::string, size_t>& lines_of_pairs) {
        VerificationPair pair{id_of(line, kFirst), id_of(line, kSecond)};
        if (pair.first == pair.second) wrong(line.number, "pairs a picture with itself");
        const std::string& same = line.cells[kSame];
        if (same != "0" && same != "1") wrong(line.number, fmt::format("same is '{}', not 0 or 1", printable(same)));
        pair.same = same == "1";
        const auto fold = std::ranges::lower_bound(list_.folds, line.cells[kFold]);
        pair.fold = static_cast<size_t>(fold - list_.folds.begin());
        const auto [low, high] = std::minmax(pair.first, pair.second);
        const auto [before, fresh] = lines_of_pairs.emplace(low + '\n' + high, line.number);
        if (!fresh) wrong(line.number, fmt::format("is the pair of line {} again", before->second));
        list_.pairs.push_back(std::move(pair));
        numbers_.push_back(line.number);
    }

    void people_by_folder() {
        std::map<std::string, size_t> index;
        const auto person_of = [&](const std::string& id, size_t line) {
            const size_t slash = id.rfind('/');
            if (slash == std::string::npos) {
                wrong(line, fmt::format("'{}' lies in no folder, so it isn't known whom it shows; people=pairs takes "
                                        "that from the pairs of one person",
                                        printable(id)));
            }
            const auto [found, fresh] = index.emplace(id.substr(0, slash), list_.people.size());
            if (fresh) list_.people.push_back(found->first);
            return found->second;
        };
        for (size_t i = 0; i < list_.pairs.size(); i++) {
            auto& pair = list_.pairs[i];
            pair.person_of_first = person_of(pair.first, numbers_[i]);
            pair.person_of_second = person_of(pair.second, numbers_[i]);
        }
    }

    void people_by_pairs() {
        std::map<std::string, size_t> index;  // ids in byte order: the first of a person names it
        for (const auto& pair : list_.pairs) index.emplace(pair.first, 0), index.emplace(pair.second, 0);
        std::vector<size_t> parent(index.size());
        std::iota(parent.begin(), parent.end(), size_t{0});
        std::vector<std::string> ids;
        for (auto& [id, at] : index) at = ids.size(), ids.push_back(id);
        const auto root = [&](size_t i) {
            while (parent[i] != i) i = parent[i] = parent[parent[i]];
            return i;
        };
        for (const auto& pair : list_.pairs) {
            if (!pair.same) continue;
            const auto [low, high] = std::minmax({root(index.at(pair.first)), root(index.at(pair.second))});
            parent[high] = low;
        }
        std::map<size_t, size_t> person_of_root;
        const auto person_of = [&](const std::string& id) {
            const size_t at = root(index.at(id));
            const auto [found, fresh] = person_of_root.emplace(at, list_.people.size());
            if (fresh) list_.people.push_back(ids[at]);
            return found->second;
        };
        for (auto& pair : list_.pairs) {
            pair.person_of_first = person_of(pair.first);
            pair.person_of_second = person_of(pair.second);
        }
    }

    void check_people() const {
        struct Seen {
            size_t fold, line;
        };
        std::map<size_t, Seen> seen;
        for (size_t i = 0; i < list_.pairs.size(); i++) {
            const auto& pair = list_.pairs[i];
            const size_t line = numbers_[i];
            const bool one = pair.person_of_first == pair.person_of_second;
            if (one != pair.same) {
                wrong(line,
                      fmt::format("same is {}, but the two pictures are of {}: {}", pair.same ? 1 : 0,
                                  one ? "one person" : "two people",
                                  by_ == PeopleBy::kFolder
                                      ? "their folders are the people (people=pairs takes the people from the pairs)"
                                      : "other pairs join them"));
            }
            for (const size_t person : {pair.person_of_first, pair.person_of_second}) {
                const auto [found, fresh] = seen.emplace(person, Seen{pair.fold, line});
                if (!fresh && found->second.fold != pair.fold) {
                    wrong(line, fmt::format("the person {} is in fold {} and (line {}) in fold {}; the folds must have "
                                            "no person in common",
                                            printable(list_.people[person]), printable(list_.folds[pair.fold]),
                                            found->second.line, printable(list_.folds[found->second.fold])));
                }
            }
        }
    }

    const std::string name_;
    const PeopleBy by_;
    std::vector<Line> lines_;
    std::vector<size_t> numbers_;  // the lines of the pairs
    PairList list_;
};

}  // namespace

PairList read_pairs(const std::filesystem::path& file, PeopleBy by) { return Reader(file, by).read(); }

}  // namespace bfr
