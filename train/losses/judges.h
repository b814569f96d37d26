// The networks that judge pictures, from their files.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>

#include "train/losses/picture_loss.h"

namespace bfr::train {

// Where a catalogue's file lies; throws NotAvailable with the command that brings it.
using FindFile = std::function<std::filesystem::path(const std::string& name)>;

struct JudgeOptions {
    std::string lpips = "squeeze", recogniser = "mobilefacenet";
    std::string trunk_file, heads_file, recogniser_file;  // of one's own; empty: the catalogue's
};

const std::vector<std::string>& lpips_names();       // what JudgeOptions::lpips may be
const std::vector<std::string>& recogniser_names();  // and recogniser

// Throws what `find` throws, and Error naming the file where it holds something else.
Judges load_judges(const JudgeOptions& options, const FindFile& find, at::Device device);

}  // namespace bfr::train
