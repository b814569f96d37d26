#include "train/vspbfr/trained_parts.h"

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/sha256.h"
#include "weights/formats/system_metadata.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

// What the parts say, each text once.
std::string joined(const std::vector<const Trained*>& parts, const auto& text_of) {
    std::string text;
    std::set<std::string> seen;
    for (const Trained* part : parts) {
        const std::string one = text_of(*part);
        if (!one.empty() && seen.insert(one).second) text += (text.empty() ? "" : ", ") + one;
    }
    return text;
}

}  // namespace

std::string Trained::setting(const std::string& name) const {
    const Json settings = snapshot.meta.value("settings", Json::object());
    const auto found = settings.find(name);
    if (!settings.is_object() || found == settings.end())
        throw Error(fmt::format("{}: doesn't say its {}", printable(file), name));
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string Trained::setting_or(const std::string& name, const std::string& otherwise) const {
    const Json settings = snapshot.meta.value("settings", Json::object());
    return settings.is_object() && settings.contains(name) ? setting(name) : otherwise;
}

void Trained::add(const std::string& prefix, const std::string& path, std::vector<CheckpointTensor>& to) const {
    const size_t before = to.size();
    for (const auto& [name, tensor] : snapshot.state) {
        if (!name.starts_with(prefix + ".")) continue;
        const std::string key = name.substr(prefix.size() + 1);
        if (!key.starts_with("noises.")) to.push_back(to_checkpoint(path + "." + key, tensor));
    }
    if (to.size() == before) throw Error(fmt::format("{}: has no tensors below '{}'", printable(file), prefix));
}

Trained read_trained(const fs::path& system, const std::string& stage, const std::string& name,
                     const std::string& hint) {
    const fs::path file = system / name / kBestFile;
    auto snapshot = read_snapshot(file);
    if (!snapshot)
        throw UsageError(
            fmt::format("{}: there is no such file: train stage {} first{}", printable(file), stage, hint));
    return {stage, file, std::move(*snapshot)};
}

Metadata training_of(const std::vector<const Trained*>& parts) {
    namespace key = system_metadata;
    Metadata meta;
    const auto setting = [](const char* name) { return [=](const Trained& part) { return part.setting(name); }; };
    meta[key::kSeed] = joined(parts, setting("seed"));
    meta[key::kData] = joined(parts, setting("data"));
    meta[key::kDegradation] = joined(parts, setting("degradation"));
    meta[key::kIterations] = joined(parts, [](const Trained& part) {
        const Json iteration = part.snapshot.meta.value("iteration", Json());
        if (!iteration.is_number_integer())
            throw Error(fmt::format("{}: doesn't say its iteration", printable(part.file)));
        return fmt::format("{} {}", part.stage, iteration.get<int64_t>());
    });
    const std::string init = joined(parts, [](const Trained& part) {
        const std::string from = part.setting_or("init", "");
        if (from.empty()) return from;
        return fs::is_regular_file(from) ? sha256_of_file(from) : "unknown: the file is gone";
    });
    if (!init.empty()) meta[key::kInit] = init;
    return meta;
}

}  // namespace bfr::train
