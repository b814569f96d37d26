#include "nets/unet.h"

#include <ATen/ATen.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "nets/device.h"
#include "nets/flop.h"
#include "nets/init.h"
#include "nets/prepare.h"
#include "nets/vspbfr_sizes.h"
#include "restore/aligned_face.h"
#include "restore/units.h"
#include "weights/formats/known_systems.h"
#include "weights/formats/system_metadata.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kPath = "unet";

[[noreturn]] void refuse(const Checkpoint& file, const std::string& what) {
    throw Error(fmt::format("{}: {}; bfr train vspbfr export unet writes such a file", file.name(), what));
}

StateDict tensors_of(const Checkpoint& file) {
    StateDict tensors = tensors_below(file, kPath);
    if (!tensors.empty()) return tensors;
    std::string looks;
    for (const auto& one : looks_like(file.tensors()))
        looks += fmt::format("{}{}", looks.empty() ? ": it looks like " : ", ", one.network);
    refuse(file, fmt::format("has no tensors below '{}'{}", kPath, looks));
}

// A U-Net takes any size; it restores well what is of the size that it was trained on.
int64_t side_of(const Checkpoint& file, int64_t multiple_of) {
    constexpr int64_t kMost = 4096;
    const auto found = file.metadata().find(system_metadata::kSide);
    if (found == file.metadata().end())
        refuse(file, fmt::format("its metadata don't say the size of its faces ({})", system_metadata::kSide));
    const std::string& text = found->second;
    int64_t side = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), side);
    if (code != std::errc() || end != text.data() + text.size() || side < 1 || side > kMost ||
        side % multiple_of != 0) {
        refuse(file, fmt::format("its metadata {} is '{}', where a multiple of {} up to {} is expected",
                                 system_metadata::kSide, printable(text), multiple_of, kMost));
    }
    return side;
}

class UNetRestorer : public Restorer {
  public:
    UNetRestorer(const Spec& spec, const fs::path& path, const std::string& name, std::string resize, at::Device device)
        : resize_(std::move(resize)), device_(device) {
        const at::NoGradGuard no_grad;
        const Checkpoint file = open_checkpoint(path);
        const StateDict tensors = tensors_of(file);
        const nets::UNetOptions sizes = nets::unet_sizes(tensors, file.name());
        {
            const nets::WithoutInit without_init;
            net_ = std::make_shared<nets::UNet>(sizes);
        }
        side_ = side_of(file, net_->side());
        load_strictly(*net_, tensors, file.name());
        net_->eval();
        int64_t numbers = 0;
        for (auto& parameter : net_->parameters()) {
            parameter.set_requires_grad(false);
            numbers += parameter.numel();
        }
        net_->to(device);
        if (device.is_cpu()) nets::prepare_for_inference(*net_);

        Spec named("unet");
        named.set("name", name);
        info_.label = name.empty() ? spec.canonical() : named.canonical() + "[own]";
        info_.version = fmt::format("1+libtorch{}", TORCH_VERSION);
        info_.summary = "a plain U-Net that bfr train made: the baseline of a trained system";
        info_.convention = fmt::format("{0}x{0} aligned face", side_);
        if (resize_ != "none")
            info_.convention += fmt::format(", others resized to it ({}) first and left in this size", resize_);
        info_.convention += "; one pass, no random numbers; clamped, x 255 + 0.5, truncated to 8 bits";
        info_.source = "nets/unet.h, after Ronneberger et al., arXiv 1505.04597; trained by bfr train vspbfr unet";
        info_.weights = {{printable(path.filename()), sha256_of_weights(path), fs::file_size(path)}};
        info_.weights[0].own = true;
        info_.parameters = static_cast<double>(numbers);
        info_.gflop = static_cast<double>(nets::flop_of(sizes, side_)) / 1e9;
        info_.device = device.str();
        info_.side = static_cast<int>(side_);
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        const at::NoGradGuard no_grad;
        const at::Tensor face = (aligned_face(input.degraded.rgb01(), side_, resize_) - 0.5) / 0.5;
        const at::Tensor rgb = net_->forward(face.to(device_)).to(at::kCPU);
        if (!std::isfinite(rgb.sum(at::kDouble).item<double>()))
            throw Error("the U-Net gave numbers that are not finite: its weights are none that it can work with");
        return {Image::from_rgb01((rgb.clamp(-1, 1) + 1) / 2, input.sample_id)};
    }

  private:
    std::string resize_;
    at::Device device_;
    int64_t side_ = 0;
    std::shared_ptr<nets::UNet> net_;
    RestorerInfo info_;
};

}  // namespace

std::unique_ptr<Restorer> make_unet(SpecReader& reader, const UnitContext& context) {
    const std::string file = reader.text("file", "");
    const std::string resize = reader.choice("resize", kResizes.front(), kResizes);
    const std::string name = reader.text("name", "");
    reader.finish();
    if (file.empty())
        throw UsageError("method unet: file= is missing; an example is unet:file=weights/unet.safetensors");
    std::error_code code;
    if (!fs::is_regular_file(file, code)) {
        throw NotAvailable(
            fmt::format("{} is missing", printable(file)),
            fmt::format("bfr train vspbfr export unet --out SYSTEM --to {}", printable(fs::path(file).parent_path())));
    }
    return std::make_unique<UNetRestorer>(reader.spec(), file, name, resize, device_of(context.device));
}

}  // namespace bfr
