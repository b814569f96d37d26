#include "weights/fetch/fetch.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "weights/catalogue/bundled.h"
#include "weights/catalogue/held_network.h"
#include "weights/catalogue/pins.h"
#include "weights/catalogue/read_catalogue.h"
#include "weights/fetch/download.h"
#include "weights/fetch/part_file.h"
#include "weights/fetch/transfer.h"
#include "weights/fetch/unpack.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

std::vector<std::string> urls_of(const KnownFile& file, const std::string& mirror) {
    if (mirror.empty()) return file.urls;
    std::vector<std::string> urls = {url_below(mirror, file.name)};
    if (std::ranges::any_of(file.urls, [&](const auto& url) { return is_packed(url, file.name); }))
        urls.push_back(url_below(mirror, file.name + ".bz2"));
    return urls;
}

// What is there under the final name: nothing, the right file, or Error.
std::optional<Fetched> already_there(const KnownFile& file, const fs::path& target, bool force) {
    std::error_code code;
    if (!fs::exists(target, code)) return std::nullopt;
    const std::string found = sha256_of_file(target);
    const auto pin = file.sha256 ? std::nullopt : read_pin(target);
    const std::string expected = file.sha256 ? *file.sha256 : pin ? pin->sha256 : known_beginning(file);
    const bool sized = !file.bytes || fs::file_size(target) == *file.bytes;
    if (sized && found.starts_with(expected) && (file.sha256 || !force)) {
        if (!file.sha256) {
            if (const auto other = other_network(file.name, target); !other.empty())
                throw Error(fmt::format("{}: {}; remove it, or replace it with --force", printable(target), other));
            if (!pin) write_pin(target, found);
        }
        return Fetched{target, "", found, !file.sha256};
    }
    if (force) return std::nullopt;
    throw Error(fmt::format(
        "{}: is there with another content (sha256 {}, where {} is expected); remove it, or replace it with "
        "--force",
        printable(target), found,
        !sized        ? fmt::format("a file of {} bytes", *file.bytes)
        : pin         ? fmt::format("{} by the pin {}", expected, printable(pin->path))
        : file.sha256 ? expected
                      : "one that begins with " + expected));
}

// Checks what has come, and gives it its name.
Fetched put_in_place(const KnownFile& file, const std::string& url, PartFile& part, const fs::path& target,
                     bool force) {
    fs::path whole = part.path();
    struct Remover {
        fs::path path;
        ~Remover() {
            std::error_code ignored;
            if (!path.empty()) fs::remove(path, ignored);
        }
    } unpacked;
    if (is_packed(url, file.name)) {
        whole += ".unpacked";
        unpacked.path = whole;
        unpack_bzip2(part.path(), whole, *file.bytes);
    }
    const std::string found = sha256_of_file(whole);
    const auto other = [&](const std::string& expected) {
        return TransferError(TransferError::kRefused,
                             fmt::format("what came is another file: sha256 {}, where {}", found, expected));
    };
    if (file.sha256 && found != *file.sha256) throw other("the catalogue has " + *file.sha256);
    if (const auto beginning = known_beginning(file); !found.starts_with(beginning))
        throw other("its name says that it begins with " + beginning);
    const auto pin = file.sha256 || force ? std::nullopt : read_pin(target);
    if (pin && found != pin->sha256) {
        throw other(fmt::format("{} was pinned on first use, in {} (a newer one is taken with --force)", pin->sha256,
                                printable(pin->path)));
    }
    if (!file.sha256) {
        if (const auto wrong = other_network(file.name, whole); !wrong.empty())
            throw TransferError(TransferError::kRefused, fmt::format("what came {}", wrong));
        write_pin(target, found);
    }
    if (unpacked.path.empty()) {
        part.become(target);
    } else {
        rename_durably(whole, target);
        part.remove();
    }
    return {target, url, found, !file.sha256};
}

Fetched fetch_from(const KnownFile& file, const std::string& url, PartFile& part, const fs::path& target,
                   const FetchOptions& options, FetchProgress& progress) {
    for (bool again = false;; again = true) {
        const bool resumed = download(file, url, part, options, progress);
        try {
            return put_in_place(file, url, part, target, options.force);
        } catch (const TransferError& error) {
            part.restart({});
            if (!resumed || again) throw;
            // The server's file may be another one than it was before the cut.
            progress.note(fmt::format("{}: {}: {}; it came in parts, so it is fetched once more as a whole", file.name,
                                      url, error.what()));
        }
    }
}

}  // namespace

Fetched fetch_file(const KnownFile& file, const fs::path& folder, const FetchOptions& options,
                   FetchProgress& progress) {
    if (comes_with_program(file))
        throw NotAvailable(file.name + " comes with the program and can't be fetched", mend_of_bundled());
    const fs::path target = folder / file.name;
    if (auto there = already_there(file, target, options.force)) return *there;
    if (!options.mirror.empty()) {
        if (const auto why = objection_to_url(options.mirror, file.sha256.has_value()); !why.empty())
            throw Error(fmt::format("{}: --mirror: {}", file.name, why));
    }
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) throw Error(fmt::format("{}: can't be made: {}", printable(folder), code.message()));
    PartFile part(target);
    if (auto there = already_there(file, target, options.force)) return *there;  // by a process that just ended
    std::string failures;
    for (const auto& url : urls_of(file, options.mirror)) {
        try {
            return fetch_from(file, url, part, target, options, progress);
        } catch (const TransferError& error) {
            failures += fmt::format("{}{}: {}", failures.empty() ? "" : "; ", url, error.what());
        }
    }
    throw Error(fmt::format("{}: can't be fetched: {}", file.name, failures));
}

std::string mirror_url(const std::string& words) {
    if (words.find("://") != std::string::npos) {
        if (const auto why = objection_to_url(words, true); !why.empty())
            throw UsageError(fmt::format("--mirror: {}", why));
        return words;
    }
    std::error_code code;
    const fs::path folder = fs::canonical(words, code);
    if (code || !fs::is_directory(folder, code))
        throw UsageError(fmt::format("--mirror {}: is neither a url nor a folder", printable(words)));
    return url_below("file:///", folder.native().substr(1));
}

}  // namespace bfr
