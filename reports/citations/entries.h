// The works that a report can name: entries.bib, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace bfr {

std::string_view embedded_bib();

struct BibEntry {
    std::string_view key;
    std::string_view text;  // from '@' to the closing brace
};
std::span<const BibEntry> bib_entries();

// Null where there is none.
const BibEntry* bib_entry(std::string_view key);

}  // namespace bfr
