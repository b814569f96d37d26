#include "tests/nets/support/golden_parts.h"

#include <set>

#include "tests/support/support.h"

namespace bfr::testing {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kLayout = ".layout.json", kValues = ".safetensors";

// A key that no other of these networks has, at any size.
const std::pair<const char*, VspbfrNetwork> kKeys[] = {
    {"styles.0.linear.weight", VspbfrNetwork::kStyleEncoder},
    {"att_mapper.0.k_matrix.weight", VspbfrNetwork::kCodeDiffuser},
    {"final_transfer.weight", VspbfrNetwork::kRestoration},
    {"encoder_input_convs.0.weight", VspbfrNetwork::kDiscriminator},
    {"input.input", VspbfrNetwork::kStyleGan2},
};

VspbfrNetwork network_of(const Json& layout) {
    std::set<std::string> keys;
    for (const auto& entry : layout.at("entries")) keys.insert(entry.at("key").get<std::string>());
    for (const auto& [key, network] : kKeys) {
        if (keys.contains(key)) return network;
    }
    return VspbfrNetwork::kUnknown;
}

}  // namespace

std::vector<GoldenPart> golden_parts(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& file : fs::directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        for (const auto ending : {kLayout, kValues}) {
            if (name.ends_with(ending)) names.insert(name.substr(0, name.size() - ending.size()));
        }
    }
    std::vector<GoldenPart> parts;
    for (const auto& name : names) {
        GoldenPart part{.name = name};
        for (const auto ending : {kLayout, kValues}) {
            if (!fs::is_regular_file(folder / (name + std::string(ending))))
                part.wrong = "it lacks its " + std::string(ending);
        }
        try {
            if (part.wrong.empty()) part.network = network_of(read_json(folder / (name + std::string(kLayout))));
            if (part.wrong.empty() && part.network == VspbfrNetwork::kUnknown)
                part.wrong = "its layout is of no network that is known here";
        } catch (const std::exception& error) {
            part.wrong = error.what();
        }
        parts.push_back(part);
    }
    return parts;
}

}  // namespace bfr::testing
