// A trained system as the files that the methods vspbfr and unet run with: fp16 safetensors under the published keys,
// with metadata that says what they are (weights/formats/system_metadata.h).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bfr::train {

struct ExportOptions {
    std::filesystem::path system;  // STAGE/best.safetensors below it
    std::filesystem::path to;      // a folder
    // By stage the training that is taken, where it isn't the one of the stage's own name.
    std::map<std::string, std::string> names = {};
    // A file of the catalogue by its name, where a stage was trained around it (pretrained=catalogue). Throws Error.
    std::function<std::filesystem::path(const std::string&)> find = {};
};

struct ExportedFile {
    std::filesystem::path path;
    uint64_t bytes = 0;
    int64_t numbers = 0;  // parameters and buffers
};

// The encoder is that of the stage style-encoder, the decoder that of prior, whose mean code is zero. The noise maps,
// which nothing reads, are left out. A restoration net that was trained around other files (pretrained=FILE,
// diffuser=FILE: full-512, fine-tuning) is written beside copies of these. Throws UsageError for a stage that doesn't
// exist or wasn't trained, or a file that isn't there now, Error naming the files where two of them are of other sizes,
// or one holds something else.
std::vector<ExportedFile> export_system(const ExportOptions& options);

// The baseline as the file that the method unet runs with, unet.safetensors. Throws as export_system() does.
ExportedFile export_unet(const ExportOptions& options);

}  // namespace bfr::train
