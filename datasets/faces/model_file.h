// Reading dlib's own model files; what is wrong with one is an Error that names it.
#pragma once

#include <dlib/serialize.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace bfr {

// `what`: "face detection network", for messages. Throws Error: no path, no file, another kind of model, truncated,
// damaged.
template <class Model>
void read_dlib_model(const std::filesystem::path& path, std::string_view what, Model& model) {
    if (path.empty()) throw Error(fmt::format("no file was given for dlib's {}", what));
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Error(fmt::format("{}: can't be opened (dlib's {})", printable(path), what));
    try {
        dlib::deserialize(model, in);
    } catch (const std::exception& e) {
        throw Error(fmt::format("{}: not dlib's {}, or damaged: {}", printable(path), what, e.what()));
    }
    if (in.peek() != std::ifstream::traits_type::eof()) {
        throw Error(fmt::format("{}: not dlib's {}: more bytes than the model has", printable(path), what));
    }
}

}  // namespace bfr
