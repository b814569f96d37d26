#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "datasets/manifest.h"
#include "datasets/sample.h"
#include "datasets/sample_ids.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

struct Picture {
    fs::path path;
    std::string prefix;  // its folder below the one that was asked for, with '/' at the end; or empty
};

// The pictures below a folder. Every folder is read once, so links that lead round in a circle end; real folders come
// before linked ones, so that it is the link that is left out.
class Scan {
  public:
    Scan(const fs::path& top, bool recursive) : top_(top), recursive_(recursive) {
        read(top, "");
        while (!links_.empty()) {
            const auto link = links_.extract(links_.begin()).value();
            read(link.second, link.first);
        }
    }
    std::vector<Picture> pictures;
    std::vector<LeftOut> left_out;
    bool has_folders = false;

  private:
    void leave_out(const fs::path& path, const std::string& reason) { left_out.push_back({printable(path), reason}); }

    void read(const fs::path& from, const std::string& from_prefix) {
        std::vector<std::pair<std::string, fs::path>> waiting = {{from_prefix, from}};
        while (!waiting.empty()) {
            const auto [prefix, folder] = waiting.back();
            waiting.pop_back();
            struct stat info {};
            if (::stat(folder.c_str(), &info) == 0 && !seen_.insert({info.st_dev, info.st_ino}).second) {
                leave_out(folder, "is the same folder as one that was read already");
                continue;
            }
            std::error_code code;
            fs::directory_iterator entry(folder, code);
            for (; !code && entry != fs::directory_iterator(); entry.increment(code)) add(*entry, prefix, waiting);
            if (!code) continue;
            if (prefix.empty()) throw UsageError(fmt::format("{}: can't be read: {}", printable(top_), code.message()));
            leave_out(folder, "this folder can't be read: " + code.message());
        }
    }

    void add(const fs::directory_entry& entry, const std::string& prefix,
             std::vector<std::pair<std::string, fs::path>>& waiting) {
        const std::string name = entry.path().filename().native();
        if (name.starts_with('.')) return;
        std::error_code code;
        const fs::file_status status = entry.status(code);
        if (fs::is_directory(status)) {
            has_folders = true;
            if (!recursive_) {
                if (is_picture_name(name)) leave_out(entry.path(), "is a folder");
            } else if (entry.is_symlink(code)) {
                links_.insert({prefix + name + "/", entry.path()});
            } else {
                waiting.emplace_back(prefix + name + "/", entry.path());
            }
            return;
        }
        if (!is_picture_name(name)) return;
        if (status.type() == fs::file_type::not_found) {
            leave_out(entry.path(), "is a link to nothing");
        } else if (status.type() == fs::file_type::none) {
            leave_out(entry.path(), "can't be looked at: " + code.message());
        } else if (!fs::is_regular_file(status)) {
            leave_out(entry.path(), "is not a regular file");
        } else {
            pictures.push_back({entry.path(), prefix});
        }
    }

    const fs::path top_;
    const bool recursive_;
    std::set<std::pair<dev_t, ino_t>> seen_;
    std::set<std::pair<std::string, fs::path>> links_;
};

void tidy(std::vector<LeftOut>& left_out) {
    const auto key = [](const LeftOut& entry) { return std::tie(entry.path, entry.reason); };
    std::sort(left_out.begin(), left_out.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    const auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
    left_out.erase(std::unique(left_out.begin(), left_out.end(), same), left_out.end());
}

// Samples of two folders, or of one.
SampleList pair_folders(const DataOptions& options) {
    SampleList list;
    FolderListing degraded, reference;
    if (!options.degraded.empty()) degraded = list_folder(options.degraded, options.pattern, options.recursive);
    if (!options.reference.empty())
        reference = list_folder(options.reference, options.reference_pattern, options.recursive);
    const bool pairs = !options.degraded.empty() && !options.reference.empty();
    std::set<std::string> used;
    for (const auto& [id, path] : degraded.files) {
        const auto partner = reference.files.find(id);
        if (pairs && partner == reference.files.end()) {
            list.left_out.push_back(
                {printable(path), fmt::format("no partner in {}: no picture whose id is '{}' (pattern {})",
                                              printable(options.reference), printable(id), options.reference_pattern)});
            continue;
        }
        SampleFiles sample;
        sample.id = id;
        sample.degraded = path;
        used.insert(printable(path));
        if (pairs) {
            sample.reference = partner->second;
            used.insert(printable(partner->second));
        }
        list.samples.push_back(std::move(sample));
    }
    for (const auto& [id, path] : reference.files) {
        if (degraded.files.contains(id)) continue;
        if (pairs) {
            list.left_out.push_back(
                {printable(path), fmt::format("no partner in {}: no picture whose id is '{}' (pattern {})",
                                              printable(options.degraded), printable(id), options.pattern)});
            continue;
        }
        SampleFiles sample;
        sample.id = id;
        sample.reference = path;
        list.samples.push_back(std::move(sample));
    }
    for (const auto* listing : {&degraded, &reference}) {
        list.left_out.insert(list.left_out.end(), listing->left_out.begin(), listing->left_out.end());
    }
    // One folder may hold both kinds under two patterns: what one pattern passes over, the other takes.
    std::erase_if(list.left_out, [&](const LeftOut& entry) { return used.contains(entry.path); });
    return list;
}

}  // namespace

FolderListing list_folder(const fs::path& folder, const std::string& pattern, bool recursive) {
    const IdPattern form(pattern);
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        const bool exists = fs::exists(folder, code);
        throw UsageError(
            fmt::format("{}: {}", printable(folder), exists ? "is not a folder" : "there is no such folder"));
    }
    Scan scan(folder, recursive);
    if (scan.pictures.empty() && scan.left_out.empty()) {
        throw UsageError(
            fmt::format("{}: holds no picture (looked for {}{}){}", printable(folder), kPictureExtensions,
                        recursive ? ", in its folders too" : "",
                        scan.has_folders && !recursive ? "; it has folders: list them with the option recursive" : ""));
    }
    FolderListing listing{{}, std::move(scan.left_out)};
    std::map<std::string, std::vector<fs::path>> by_id;
    for (const auto& picture : scan.pictures) {
        const std::string name = picture.path.filename().native();
        const auto leave_out = [&](const std::string& why) {
            listing.left_out.push_back({printable(picture.path), why});
        };
        const auto found = form.id_in(name);
        if (!is_utf8(picture.prefix + name)) {
            leave_out("its name is not UTF-8; rename it");
        } else if (!found) {
            leave_out(fmt::format("its name is not of the form {}", pattern));
        } else if (const auto problem = id_problem(*found); !problem.empty()) {
            leave_out(fmt::format("its id would be '{}': {}", printable(*found), problem));
        } else {
            by_id[picture.prefix + *found].push_back(picture.path);
        }
    }
    for (auto& [id, paths] : by_id) {
        std::sort(paths.begin(), paths.end());
        if (paths.size() == 1) {
            listing.files[id] = paths.front();
            continue;
        }
        for (const auto& path : paths) {
            const auto& other = path == paths.front() ? paths.back() : paths.front();
            listing.left_out.push_back(
                {printable(path), fmt::format("its stem is also that of {}", printable(other.filename()))});
        }
    }
    tidy(listing.left_out);
    return listing;
}

SampleList list_samples(const DataOptions& options) {
    const bool folders = !options.degraded.empty() || !options.reference.empty();
    if (folders == !options.manifest.empty()) {
        throw UsageError(folders ? "name a manifest or folders of pictures, not both"
                                 : "name the pictures: a folder of degraded ones, of reference ones, or a manifest");
    }
    SampleList list = folders ? pair_folders(options) : read_manifest(options.manifest);
    tidy(list.left_out);
    if (list.samples.empty()) {
        const std::string where =
            folders ? fmt::format("{}{}{}", printable(options.degraded),
                                  options.degraded.empty() || options.reference.empty() ? "" : " and ",
                                  printable(options.reference))
                    : printable(options.manifest);
        std::string why;
        if (!list.left_out.empty()) {
            why = fmt::format("; {} left out, the first: {}: {}", list.left_out.size(), list.left_out.front().path,
                              list.left_out.front().reason);
        }
        throw UsageError(fmt::format("{}: gave no sample{}", where, why));
    }
    std::sort(list.samples.begin(), list.samples.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    if (options.limit != 0 && list.samples.size() > options.limit) list.samples.resize(options.limit);
    return list;
}

}  // namespace bfr
