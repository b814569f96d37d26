#include "train/pack/pack_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"

namespace bfr::train {

std::string shard_name(size_t index) { return fmt::format("shard-{:05}.safetensors", index); }

std::string name_problem(std::string_view text) {
    constexpr size_t kMost = 4096;
    if (text.size() > kMost) return fmt::format("it has more than {} bytes", kMost);
    if (!is_utf8(text)) return "it is not UTF-8";
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), is_control)) return "it holds a control character";
    return {};
}

}  // namespace bfr::train
