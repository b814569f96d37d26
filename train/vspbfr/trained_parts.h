// What a stage gave, as the parts of the files that are exported.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/snapshot.h"
#include "weights/formats/checkpoint.h"

namespace bfr::train {

using Metadata = std::map<std::string, std::string>;

struct Trained {
    std::string stage;
    std::filesystem::path file;
    Snapshot snapshot;

    // A setting of its training, as text; throws Error naming the file where it doesn't say it.
    std::string setting(const std::string& name) const;
    std::string setting_or(const std::string& name, const std::string& otherwise) const;
    // Those below `prefix`, as `path`. Throws Error where there are none.
    void add(const std::string& prefix, const std::string& path, std::vector<CheckpointTensor>& to) const;
};

// SYSTEM/NAME/best.safetensors. Throws UsageError where it isn't there, with `hint`.
Trained read_trained(const std::filesystem::path& system, const std::string& stage, const std::string& name,
                     const std::string& hint);

// How these parts were trained: weights/formats/system_metadata.h.
Metadata training_of(const std::vector<const Trained*>& parts);

}  // namespace bfr::train
