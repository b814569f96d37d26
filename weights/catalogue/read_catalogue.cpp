#include "weights/catalogue/read_catalogue.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/spec.h"
#include "weights/catalogue/pins.h"
#include "weights/formats/strict_json.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kSchema = "bfr-catalogue/1";
constexpr uint64_t kMostCatalogueBytes = 16 << 20;
constexpr uint64_t kMostFileBytes = uint64_t{1} << 40;
constexpr size_t kLongestText = 2000;
constexpr size_t kLongestName = 200;  // what is written beside a file has its name and a little more

[[noreturn]] void refuse(const std::string& at, const std::string& what) {
    throw Error(fmt::format("{}: {}", at, what));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string checked_text(const Json& json, const std::string& at) {
    if (!json.is_string()) refuse(at, "must be a text");
    const auto text = json.get<std::string>();
    if (text.empty()) refuse(at, "must not be empty");
    if (text.size() > kLongestText) refuse(at, fmt::format("is longer than {} bytes", kLongestText));
    if (std::ranges::any_of(text, is_control)) refuse(at, "holds a control character");
    return text;
}

std::vector<std::string> checked_texts(const Json& json, const std::string& at) {
    if (!json.is_array()) refuse(at, "must be a list of texts");
    std::vector<std::string> texts;
    for (size_t i = 0; i < json.size(); i++) texts.push_back(checked_text(json[i], fmt::format("{}/{}", at, i)));
    return texts;
}

std::string checked_name(const Json& json, const std::string& at) {
    const std::string name = checked_text(json, at);
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool good = plain(name.front()) && name.size() <= kLongestName && std::ranges::all_of(name, [&](char c) {
                          return plain(c) || c == '.' || c == '_' || c == '-' || c == '+';
                      });
    if (!good) {
        refuse(at, fmt::format("must be a plain file name (letters, digits and ._-+, a letter or digit first, at most "
                               "{} bytes), not '{}'",
                               kLongestName, name));
    }
    for (const char* ending : {".part", ".from", ".unpacked", ".sha256", ".bz2"}) {
        if (name.ends_with(ending))
            refuse(at, fmt::format("must not end in {}: the program writes such files itself", ending));
    }
    return name;
}

uint64_t checked_bytes(const Json& json, const std::string& at) {
    if (!json.is_number_unsigned() || json.get<uint64_t>() < 1 || json.get<uint64_t>() > kMostFileBytes)
        refuse(at, fmt::format("must be a whole number from 1 to {}", kMostFileBytes));
    return json.get<uint64_t>();
}

std::string checked_hash(const Json& json, const std::string& at) {
    const std::string hash = checked_text(json, at);
    if (!is_sha256(hash)) refuse(at, "must be 64 lower-case hexadecimal digits");
    return hash;
}

KnownFile read_file_entry(const Json& json, const std::string& at) {
    if (!json.is_object()) refuse(at, "must be an object");
    const std::vector<std::string> keys = {"name",    "urls",     "sha256", "bytes",
                                           "licence", "citation", "source", "enables"};
    for (const auto& [key, value] : json.items()) {
        if (std::ranges::find(keys, key) == keys.end()) refuse(at, unknown_name("key", printable(key), keys));
    }
    for (const char* key : {"name", "urls", "licence"}) {
        if (!json.contains(key)) refuse(at, fmt::format("'{}' is missing", key));
    }
    KnownFile file;
    file.name = checked_name(json["name"], at + "/name");
    file.licence = checked_text(json["licence"], at + "/licence");
    if (json.contains("sha256")) file.sha256 = checked_hash(json["sha256"], at + "/sha256");
    if (json.contains("bytes")) file.bytes = checked_bytes(json["bytes"], at + "/bytes");
    if (json.contains("citation")) file.citation = checked_text(json["citation"], at + "/citation");
    if (json.contains("source")) file.source = checked_text(json["source"], at + "/source");
    if (json.contains("enables")) file.enables = checked_texts(json["enables"], at + "/enables");
    for (const auto& unit : file.enables) {
        try {
            Spec::parse(unit);
        } catch (const UsageError& error) {
            refuse(at + "/enables", error.what());
        }
    }
    file.urls = checked_texts(json["urls"], at + "/urls");
    if (file.urls.empty()) refuse(at + "/urls", "must name at least one url");
    for (size_t i = 0; i < file.urls.size(); i++) {
        const std::string& url = file.urls[i];
        const std::string place = fmt::format("{}/urls/{}", at, i);
        if (const auto why = objection_to_url(url, file.sha256.has_value()); !why.empty()) refuse(place, why);
        if (is_packed(url, file.name) && !file.bytes)
            refuse(place, "a packed file needs 'bytes', the size that it unpacks to");
    }
    return file;
}

}  // namespace

std::string objection_to_url(const std::string& url, bool checked) {
    if (std::ranges::any_of(url, [](char c) { return is_control(c) || c == ' '; }))
        return "holds a blank or a control character";
    const bool https = url.starts_with("https://"), http = url.starts_with("http://");
    if (!https && !http && !url.starts_with("file:///"))
        return fmt::format("'{}' must begin with https://, http:// or file:///", printable(url));
    const std::string authority = url.substr(0, url.find_first_of("/?#", url.find("//") + 2));
    if (authority.find('@') != std::string::npos)
        return "must not hold a user's name or password: every message shows the url";
    if (http && !checked)
        return fmt::format("'{}' is plain http, where anybody on the way can change a file, and no sha256 is known",
                           url);
    return "";
}

bool is_packed(const std::string& url, const std::string& name) {
    return url.substr(0, url.find_first_of("?#")).ends_with(".bz2") && !name.ends_with(".bz2");
}

std::vector<KnownFile> read_catalogue(const fs::path& path) {
    const std::string file = printable(path);
    const Json json = parse_strict_json(read_text(path, kMostCatalogueBytes), file);
    if (!json.is_object()) refuse(file, "must be an object with 'schema' and 'files'");
    for (const auto& [key, value] : json.items()) {
        if (key != "schema" && key != "files")
            refuse(file, unknown_name("key", printable(key), std::vector<std::string>{"schema", "files"}));
    }
    if (!json.contains("schema") || json["schema"] != kSchema)
        refuse(file, fmt::format("its 'schema' must be \"{}\"", kSchema));
    if (!json.contains("files") || !json["files"].is_array()) refuse(file, "'files' must be a list");
    std::vector<KnownFile> files;
    for (size_t i = 0; i < json["files"].size(); i++)
        files.push_back(read_file_entry(json["files"][i], fmt::format("{}: /files/{}", file, i)));
    return files;
}

}  // namespace bfr
