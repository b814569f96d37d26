#include "cli/pack_selection.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "cli/start.h"
#include "reports/text.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

// "AJ_Cook" of "AJ_Cook/AJ_Cook_0001"; empty for a picture that lies in no folder.
std::string folder_of(const std::string& id) {
    const size_t slash = id.rfind('/');
    return slash == id.npos ? std::string() : id.substr(0, slash);
}

PackSource source_pictures(const Arguments& arguments) {
    if (arguments.has("in") == arguments.has("manifest"))
        throw UsageError("pack takes one of --in DIR (a folder of pictures) and --manifest FILE (a list of them)");
    PackSource source;
    if (arguments.has("manifest")) {
        if (arguments.has("pattern")) throw UsageError("--pattern has a meaning with --in alone");
        DataOptions data;
        data.manifest = arguments.required("manifest");
        SampleList list = list_samples(data);
        source.left_out = std::move(list.left_out);
        for (const auto& sample : list.samples) {
            if (sample.reference) {
                source.pictures.push_back({sample.id, *sample.reference, sample.group});
            } else {
                source.left_out.push_back({sample.id, "it has no reference, which is what is packed"});
            }
        }
        source.settings["source"] = data.manifest;
        source.settings["manifest_sha256"] = sha256_of_file(data.manifest);
        return source;
    }
    const std::string in = arguments.required("in"), pattern = arguments.text("pattern", "{id}");
    FolderListing listing = list_folder(in, pattern, true);
    source.left_out = std::move(listing.left_out);
    for (auto& [id, file] : listing.files) source.pictures.push_back({id, file, folder_of(id)});
    source.settings["source"] = in;
    source.settings["pattern"] = pattern;
    return source;
}

// Keeps the pictures whose group's being in the list is as `wanted` says.
void keep_groups(PackSource& source, const fs::path& file, bool wanted) {
    const auto names = names_in_list(file);
    std::set<std::string> met;
    std::erase_if(source.pictures, [&](const PackPicture& picture) {
        const bool listed = names.contains(picture.group);
        if (listed) met.insert(picture.group);
        return listed != wanted;
    });
    if (met.empty()) {
        throw UsageError(fmt::format("{}: none of its {} is a group of these pictures", printable(file),
                                     count_text(names.size(), "name")));
    }
    if (met.size() < names.size()) {
        source.notes.push_back(fmt::format("{}: {} of its {} have no picture here", printable(file),
                                           names.size() - met.size(), count_text(names.size(), "name")));
    }
    source.settings[wanted ? "groups" : "without_groups"] = {
        {"file", printable(file.filename())}, {"sha256", sha256_of_file(file)}, {"names", names.size()}};
}

}  // namespace

std::set<std::string> names_in_list(const fs::path& file) {
    const std::string text = read_text(file);
    std::set<std::string> names;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = std::string_view(text).substr(at, end - at);
        at = end + 1;
        line = line.substr(0, line.find_first_of("\t\r"));
        if (!line.empty()) names.emplace(line);
    }
    if (names.empty()) throw UsageError(fmt::format("{}: it has no name", printable(file)));
    return names;
}

PackSource select_pictures(const Arguments& arguments) {
    PackSource source = source_pictures(arguments);
    if (arguments.has("groups")) keep_groups(source, arguments.required("groups"), true);
    if (arguments.has("without-groups")) keep_groups(source, arguments.required("without-groups"), false);
    if (arguments.has("per-group")) {
        const uint64_t most = arguments.whole_number("per-group", 0, 1, UINT32_MAX);
        std::map<std::string, uint64_t> taken;
        std::erase_if(source.pictures, [&](const PackPicture& picture) { return ++taken[picture.group] > most; });
        source.settings["per_group"] = most;
    }
    if (const uint64_t limit = arguments.whole_number("limit", 0, 0, UINT64_MAX); limit > 0) {
        if (source.pictures.size() > limit) source.pictures.resize(limit);
        source.settings["limit"] = limit;
    }
    if (source.pictures.empty()) throw UsageError("no picture is left to pack; see --groups and --without-groups");
    return source;
}

}  // namespace bfr
