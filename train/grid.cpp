#include "train/grid.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/files.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace bfr::train {

at::Tensor grid_of(const std::vector<at::Tensor>& rows) {
    std::vector<at::Tensor> lines;
    for (const auto& row : rows) lines.push_back(at::cat(at::unbind(row.to(at::kCPU, at::kFloat)), 2));
    return ((at::cat(lines, 1) + 1) / 2).clamp(0, 1);
}

void write_grid(const std::filesystem::path& file, const at::Tensor& picture) {
    const at::Tensor bytes = (picture * 255).round().to(at::kByte).permute({1, 2, 0}).contiguous();
    const auto height = static_cast<int>(bytes.size(0)), width = static_cast<int>(bytes.size(1));
    std::vector<unsigned char> png;
    const auto append = [](void* to, void* data, int size) {
        const auto* const from = static_cast<const unsigned char*>(data);
        static_cast<std::vector<unsigned char>*>(to)->insert(static_cast<std::vector<unsigned char>*>(to)->end(), from,
                                                             from + size);
    };
    if (!stbi_write_png_to_func(append, &png, width, height, 3, bytes.data_ptr(), 3 * width))
        throw Error(fmt::format("{}: the picture can't be encoded", printable(file)));
    write_file(file, png);
}

}  // namespace bfr::train
