// Which network a published file without a published hash must hold: its first hash is taken on trust (pins.h), so its
// tensors' names are looked at before.
#pragma once

#include <filesystem>
#include <string>

namespace bfr {

// Why `file` isn't what the catalogue's file of this name holds: "isn't ArcFace ResNet-18; it looks like
// MobileFaceNet", "can't be read as ArcFace ResNet-18: ...". Empty where it may be, and for names of which nothing is
// known here: those of other catalogues, and those that carry the beginning of their hash.
std::string other_network(const std::string& name, const std::filesystem::path& file);

}  // namespace bfr
