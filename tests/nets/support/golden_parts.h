// Which parts a folder of goldens/vspbfr holds: any name, any size, any salt.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bfr::testing {

enum class VspbfrNetwork { kUnknown, kStyleEncoder, kCodeDiffuser, kStyleGan2, kRestoration, kDiscriminator };

struct GoldenPart {
    std::string name;  // of PART.layout.json or PART.safetensors
    VspbfrNetwork network = VspbfrNetwork::kUnknown;
    std::string wrong = {};  // why it can't be compared; "" where it can
};

// Sorted by name.
std::vector<GoldenPart> golden_parts(const std::filesystem::path& folder);

}  // namespace bfr::testing
