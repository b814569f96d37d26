// Which files VSPBFR runs with: the compact ones that come with the program, the published ones, or a person's own.
#pragma once

#include <string>
#include <vector>

#include "restore/vspbfr/networks.h"
#include "weights/catalogue/catalogue.h"

namespace bfr::vspbfr {

inline const std::vector<std::string> kWeights = {"compact-128", "official"};

struct FoundFiles {
    Files paths;
    std::vector<WeightsUse> uses;  // in the order of `paths`
};

// The catalogue's: one of kWeights. Throws NotAvailable that names all that are missing.
FoundFiles find_catalogue_files(const std::string& weights, const WeightsLocator& locator);

// A person's own: style_encoder_decoder, code_diffuser and restoration_net in a folder, each as .pt or .safetensors.
// Throws NotAvailable that names all that the folder lacks, UsageError where it has one as both.
FoundFiles find_own_files(const std::filesystem::path& folder);

}  // namespace bfr::vspbfr
