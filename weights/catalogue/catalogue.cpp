#include "weights/catalogue/catalogue.h"

#include <cstdlib>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/sha256.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const std::string kDlibSource =
    "dlib's own models (dlib.net), as the PyPI source package face_recognition_models 0.3.0 carries them";
const std::string kDlibCitation = "King, \"Dlib-ml: A Machine Learning Toolkit\", JMLR 10, 2009";
const std::string kFaceApiSource = "npm package @vladmandic/face-api 1.7.15, folder model";
const std::string kFaceApiCitation = "Mandic, face-api, version 1.7.15; after Muehler, face-api.js, 2018";
const std::string kCommand = "script/bootstrap --data";

const std::vector<KnownFile>& files() {
    static const std::vector<KnownFile> known = {
        {"mmod_human_face_detector.dat", "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6", 729940,
         "CC0-1.0", kDlibCitation, kDlibSource, kCommand},
        {"shape_predictor_5_face_landmarks.dat", "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
         9150489, "CC0-1.0", kDlibCitation, kDlibSource, kCommand},
        {"shape_predictor_68_face_landmarks.dat", "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
         99693937, "trained on iBUG 300-W: no commercial use",
         "Sagonas et al., \"300 faces in-the-wild challenge: database and results\", Image and Vision Computing 47, "
         "2016",
         kDlibSource, kCommand},
        {"dlib_face_recognition_resnet_model_v1.dat",
         "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30", 22466066, "CC0-1.0", kDlibCitation,
         kDlibSource, kCommand},
        {"face_expression_model.bin", "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d", 329468, "MIT",
         kFaceApiCitation, kFaceApiSource, kCommand},
        {"face_expression_model-weights_manifest.json",
         "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8", 6980, "MIT", kFaceApiCitation,
         kFaceApiSource, kCommand},
    };
    return known;
}

const KnownFile& known_file(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& file : files()) {
        if (file.name == name) return file;
        names.push_back(file.name);
    }
    throw UsageError(unknown_name("weights file", name, names));
}

// Large files are hashed once a process, however many units use them.
std::string hash_once(const fs::path& path) {
    static std::mutex mutex;
    static std::map<fs::path, std::string> hashes;
    const std::lock_guard lock(mutex);
    auto found = hashes.find(path);
    if (found == hashes.end()) found = hashes.emplace(path, sha256_of_file(path)).first;
    return found->second;
}

fs::path user_cache() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "bfr" / "weights";
    if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache" / "bfr" / "weights";
    return {};
}

}  // namespace

std::span<const KnownFile> known_files() { return files(); }

WeightsLocator::WeightsLocator(std::vector<fs::path> folders) : folders_(std::move(folders)) {
    if (const char* folder = std::getenv("BFR_WEIGHTS"); folder && *folder) folders_.emplace_back(folder);
    if (auto cache = user_cache(); !cache.empty()) folders_.push_back(std::move(cache));
}

FoundFile WeightsLocator::find(const std::string& name) const {
    const KnownFile& known = known_file(name);
    std::string searched;
    for (const auto& folder : folders_) {
        const fs::path path = folder / name;
        std::error_code code;
        if (!fs::exists(path, code)) {
            searched += (searched.empty() ? "" : ", ") + printable(folder);
            continue;
        }
        const uint64_t bytes = fs::file_size(path, code);
        const std::string hash = code || bytes != known.bytes ? "" : hash_once(path);
        if (hash != known.sha256) {
            throw Error(fmt::format(
                "{}: is not the file that the catalogue knows ({} bytes, sha256 {}); remove it, then run {}",
                printable(path), known.bytes, known.sha256, known.command));
        }
        return {path, {name, hash, bytes}};
    }
    throw NotAvailable(fmt::format("{} is missing (searched: {})", name, searched.empty() ? "no folder" : searched),
                       known.command);
}

}  // namespace bfr
