// A trained system as the files that the methods vspbfr and unet run with: fp16 safetensors under the published keys,
// with metadata that says what they are (weights/formats/system_metadata.h).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bfr::train {

struct ExportOptions {
    std::filesystem::path system;  // STAGE/best.safetensors below it
    std::filesystem::path to;      // a folder
    // By stage the training that is taken, where it isn't the one of the stage's own name.
    std::map<std::string, std::string> names = {};
};

struct ExportedFile {
    std::filesystem::path path;
    uint64_t bytes = 0;
    int64_t numbers = 0;  // parameters and buffers
};

// The encoder is that of the stage style-encoder, the decoder that of prior, whose mean code is zero. The noise maps,
// which nothing reads, are left out. Throws UsageError for a stage that doesn't exist, wasn't trained, or was
// trained around another file's encoder and decoder (pretrained=FILE, full-512), Error naming the files where two of
// them are of other sizes, or one holds something else.
std::vector<ExportedFile> export_system(const ExportOptions& options);

// The baseline as the file that the method unet runs with, unet.safetensors. Throws as export_system() does.
ExportedFile export_unet(const ExportOptions& options);

}  // namespace bfr::train
