#include <algorithm>
#include <vector>

#include "base/error.h"
#include "reports/citations/entries.h"

namespace bfr {
namespace {

std::vector<BibEntry> read_entries(std::string_view text) {
    constexpr std::string_view kBegin = "\n@", kEnd = "\n}\n";
    std::vector<BibEntry> entries;
    for (size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
        const size_t begin = at + 1, brace = text.find('{', begin), comma = text.find(',', begin);
        const size_t end = text.find(kEnd, begin);
        BFR_CHECK(brace < comma && comma < end && end != std::string_view::npos, "entries.bib: entry {} is not closed",
                  entries.size() + 1);
        entries.push_back({text.substr(brace + 1, comma - brace - 1), text.substr(begin, end + 2 - begin)});
        at = end + 2;
    }
    return entries;
}

}  // namespace

std::span<const BibEntry> bib_entries() {
    static const std::vector<BibEntry> entries = read_entries(embedded_bib());
    return entries;
}

const BibEntry* bib_entry(std::string_view key) {
    const auto found = std::ranges::find(bib_entries(), key, &BibEntry::key);
    return found == bib_entries().end() ? nullptr : &*found;
}

}  // namespace bfr
