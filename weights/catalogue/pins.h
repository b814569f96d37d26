// Hashes of files that nobody publishes a hash for: what was there on first use, and is checked ever after.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace bfr {

struct KnownFile;

struct Pin {
    std::string sha256;
    std::filesystem::path path;  // of the pin
};

// The pin of a weights file, as `sha256sum` writes and checks it: NAME.sha256 beside the file or, where that folder
// can't be written, in the folder "pins" beside the user's weights folder. The latter knows a file by its name alone.
// Throws Error where it holds anything else.
std::optional<Pin> read_pin(const std::filesystem::path& file);

// Throws Error where neither place can be written.
void write_pin(const std::filesystem::path& file, const std::string& sha256);

// The digits that a published file's name carries by the convention of torch.hub, which are the first of its SHA-256:
// "397923af" of vgg16-397923af.pth. Eight or more, between a hyphen and a dot; empty where there are none.
std::string name_digits(std::string_view name);

// What is known of the hash of a file that nobody publishes it of: those digits, of the built-in files alone (a name of
// one's own may carry a date that looks the same).
std::string known_beginning(const KnownFile& file);

// Lower-case hexadecimal digits, 64 of them.
bool is_sha256(std::string_view text);

}  // namespace bfr
