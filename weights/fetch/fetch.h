// Brings the catalogue's files onto this machine: resumed after a cut, checked, and never half under their own name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "weights/catalogue/catalogue.h"

namespace bfr {

struct FetchOptions {
    // Where given, MIRROR/NAME (and MIRROR/NAME.bz2 where a url of the catalogue is packed so) is tried and nothing
    // else. An https, http or file url; mirror_url makes one of a folder.
    std::string mirror;
    // A file of that name with another content is replaced, once the right one is there; a pin is set anew.
    bool force = false;
    // In a row without progress, for each url. Only what may pass is tried again: a cut, a stall, a 5xx answer.
    int tries = 5;
    std::chrono::milliseconds first_pause{1000};  // doubled each time, up to 30 s
    std::chrono::seconds connect{30};
    std::chrono::seconds stall{30};  // without 100 bytes a second
};

// What a person sees of it. Calls come from one thread; `begin` may come again for the same file, from another url.
class FetchProgress {
  public:
    virtual ~FetchProgress() = default;
    virtual void begin(const std::string& name, std::optional<uint64_t> total, uint64_t done_before) = 0;
    virtual void advance(uint64_t bytes) = 0;
    virtual void note(const std::string& line) = 0;
    virtual void end() = 0;
};

struct Fetched {
    std::filesystem::path path;
    std::string url;     // empty: it was there
    std::string sha256;  // of what is there now
    bool pinned = false;
};

// FOLDER/NAME exists afterwards and is right, by the catalogue's size and SHA-256 or by the pin that this makes; else
// Error, which names each url and what it answered. What came before a cut stays in FOLDER/NAME.part, from which the
// next call goes on. Error too where FOLDER/NAME has another content, or another process is fetching it.
Fetched fetch_file(const KnownFile& file, const std::filesystem::path& folder, const FetchOptions& options,
                   FetchProgress& progress);

// A url of --mirror's words: itself, or file:// of a folder. UsageError where it is neither.
std::string mirror_url(const std::string& words);

}  // namespace bfr
