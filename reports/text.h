// Text as every writer of a report prints it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bfr {

// One line of printable UTF-8: line ends and tabs become spaces; other control characters, bytes that are not UTF-8 and
// the characters that turn the direction of writing become U+FFFD, so that no label can act on a terminal or a page.
std::string visible(std::string_view text);

// A message of several lines as one: "a:\n  b\n  c" is "a: b; c".
std::string on_one_line(std::string_view text);

// `number` with `decimals` digits after the point; from 1e9 on in scientific notation; never "-0.00".
std::string rounded(double number, int decimals);

// The number that six digits say: enough to draw, and half as long in JSON.
double six_digits(double number);

// 25600000 -> "25.6 M".
std::string with_prefix(double number);

// 99693937 -> "99.7 MB".
std::string bytes_text(uint64_t bytes);

// count_text(1, "sample") is "1 sample", count_text(3, "sample") "3 samples".
std::string count_text(uint64_t count, std::string_view noun);

// A word of a command line, in quotes where a POSIX shell needs them.
std::string shell_word(const std::string& word);

// The first digits of a hash: enough to tell files apart in a table.
std::string short_hash(std::string_view sha256);

}  // namespace bfr
