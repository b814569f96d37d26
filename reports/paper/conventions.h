// Which convention the columns of a table are of, and where a reader can't tell that they are of several.
#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace bfr {

struct Mixture {
    std::vector<size_t> columns;  // of the table
    std::string about;            // a sentence
};

// Where titles of a person's own ("NAME as TITLE") hide
// * that the table's values of single samples (or of whole sets) are of several conventions, where one that isn't its
//   unit's usual one is called by a title that doesn't say it: a row mixes conventions;
// * that two columns of two units have one title, but for case and signs;
// * what a unit is: a title that is another unit's name.
std::vector<Mixture> mixtures_of(const Table& table);

// What a unit with columns in the table is called there: "psnr:convention=vqfr", or "PSNR (psnr:convention=vqfr)" by
// the titles of its columns.
std::string unit_as_titled(const Table& table, const std::string& unit);

}  // namespace bfr
