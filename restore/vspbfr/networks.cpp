#include "restore/vspbfr/networks.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "nets/init.h"
#include "nets/mean_code.h"
#include "nets/vspbfr_sizes.h"
#include "weights/formats/known_systems.h"
#include "weights/formats/system_metadata.h"

namespace bfr::vspbfr {

namespace {

// Packing large weights is nobody's job yet: every core may help. A compact system's 12 MB take 0.07 s on one, and
// where other programs run the helpers are waited for: up to 2 s.
class ThreadsToPack {
  public:
    explicit ThreadsToPack(const Files& files) {
        constexpr uint64_t kLarge = 100'000'000;  // bytes
        uint64_t bytes = 0;
        for (const auto& file : {files.style, files.diffuser, files.restoration}) {
            std::error_code none;  // opening the file will say it better
            const uint64_t size = std::filesystem::file_size(file, none);
            if (!none) bytes += size;
        }
        at::set_num_threads(bytes < kLarge ? 1 : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
    }
    ~ThreadsToPack() { at::set_num_threads(before_); }
    ThreadsToPack(const ThreadsToPack&) = delete;
    ThreadsToPack& operator=(const ThreadsToPack&) = delete;

  private:
    int before_ = at::get_num_threads();
};

// As known_systems.h names them.
constexpr const char* kEncoder = "e4e's style encoder";
constexpr const char* kCompactEncoder = "a compact style encoder";
constexpr const char* kBank = "StyleGAN2's generator";
constexpr const char* kDiffuser = "VSPBFR's code diffuser";
constexpr const char* kRestoration = "VSPBFR's restoration net";

constexpr const char* kEncoderPath = "state_dict.encoder";

bool is_compact(const Checkpoint& style) {
    return std::ranges::any_of(looks_like(style.tensors()), [](const Likeness& one) {
        return one.network == kCompactEncoder && one.below == kEncoderPath;
    });
}

// The tensors below a path. Another network's file is refused with what it looks like.
StateDict part(const Checkpoint& checkpoint, const std::string& path, const std::string& network) {
    const auto refuse = [&](const std::string& what, const std::string& looks) {
        const std::filesystem::path file = checkpoint.name();
        const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
        const std::string mend = file.extension() == ".safetensors"
                                     ? "bfr train vspbfr export writes such a file"
                                     : fmt::format("bfr weights fetch {} --force --out {} brings the published one",
                                                   file.filename().string(), folder.string());
        throw Error(fmt::format("{}: {}, where {} is expected{}; {}", checkpoint.name(), what, network, looks, mend));
    };
    std::string looks, others;
    bool expected = false;
    for (const auto& likeness : looks_like(checkpoint.tensors())) {
        looks += fmt::format("{}{}{}", looks.empty() ? "; it looks like " : ", ", likeness.network,
                             likeness.below.empty() ? "" : " (below " + likeness.below + ")");
        if (likeness.below != path) continue;
        expected |= likeness.network == network;
        others += fmt::format("{}{}", others.empty() ? "" : ", ", likeness.network);
    }
    if (!expected && !others.empty()) refuse(fmt::format("what lies below '{}' looks like {}", path, others), "");
    StateDict tensors = tensors_below(checkpoint, path);
    if (tensors.empty()) refuse(fmt::format("has no tensors below '{}'", path), looks);
    return tensors;
}

// In the order that convolutions want; (1, out, in, k, k) of a modulated one too.
at::Tensor channels_last(const at::Tensor& weight) {
    if (weight.dim() == 5 && weight.size(0) == 1) return channels_last(weight.squeeze(0)).unsqueeze(0);
    return weight.dim() == 4 ? weight.contiguous(at::MemoryFormat::ChannelsLast) : weight;
}

// Instead of prepare_for_inference(), whose kernels are for float32 on the CPU. The mapping of random codes keeps
// float32: it is small, and all layers take their styles from it; so does the straight path, whose scores are codes.
void place(torch::nn::Module& net, at::Device device, at::ScalarType type) {
    const auto move = [&](const std::string& name, at::Tensor tensor) {
        at::Tensor moved = tensor.to(device);
        const bool exact = name.starts_with("style.") || name.starts_with("linear.");
        if (tensor.is_floating_point() && !exact) moved = moved.to(type);
        tensor.set_data(channels_last(moved));
    };
    for (const auto& item : net.named_parameters()) move(item.key(), item.value());
    for (const auto& item : net.named_buffers()) move(item.key(), item.value());
}

template <class Net, class Options>
std::unique_ptr<Net> make(const Options& options, const StateDict& tensors, const Checkpoint& file, Networks& all,
                          at::ScalarType type = at::kFloat) {
    const nets::WithoutInit without_init;
    auto net = std::make_unique<Net>(options);
    load_strictly(*net, tensors, file.name(), Loading::kShare);
    net->eval();
    for (auto& parameter : net->parameters()) {
        parameter.set_requires_grad(false);
        all.parameters += static_cast<double>(parameter.numel());
    }
    for (const auto& buffer : net->named_buffers()) {  // principal components are learnt too
        if (buffer.key().starts_with("linear.")) all.parameters += static_cast<double>(buffer.value().numel());
    }
    // The weights are copied into the order that convolutions want, or to the device: with the file's pages they would
    // take twice the memory. The few that stay as they are come back when they are used.
    if (all.placement.device.is_cpu() && type == at::kFloat) {
        nets::prepare_for_inference(*net, [&] { file.drop_pages(); });
    } else {
        place(*net, all.placement.device, type);
        file.drop_pages();
    }
    return net;
}

void make_encoder(const nets::StyleEncoderOptions& options, const StateDict& tensors, const Checkpoint& file,
                  Networks& all) {
    all.encoder = make<nets::StyleEncoder>(options, tensors, file, all);
}
void make_encoder(const nets::CompactStyleEncoderOptions& options, const StateDict& tensors, const Checkpoint& file,
                  Networks& all) {
    all.encoder = make<nets::CompactStyleEncoder>(options, tensors, file, all);
}

std::string said(const Checkpoint& checkpoint, const char* key) {
    const auto found = checkpoint.metadata().find(key);
    return found == checkpoint.metadata().end() ? "" : found->second;
}

int said_steps(const Checkpoint& file, int published) {
    constexpr int kMost = 1000;
    const std::string text = said(file, system_metadata::kSteps);
    if (text.empty()) return published;
    int steps = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), steps);
    if (code != std::errc() || end != text.data() + text.size() || steps < 1 || steps > kMost) {
        throw Error(fmt::format("{}: its metadata {} is '{}', where 1 to {} steps are expected", file.name(),
                                system_metadata::kSteps, printable(text), kMost));
    }
    return steps;
}

std::string said_prompt(const Checkpoint& restoration, const std::string& published) {
    const std::string text = said(restoration, system_metadata::kPrompt);
    if (text.empty()) return published;
    if (std::ranges::find(kPrompts, text) != kPrompts.end()) return text;
    throw Error(fmt::format("{}: its metadata {} is '{}', where {} is expected", restoration.name(),
                            system_metadata::kPrompt, printable(text), fmt::join(kPrompts, ", ")));
}

// Equal shapes don't tell whether a diffuser knows a decoder's codes.
void check_prior(const Checkpoint& style, const Checkpoint& other) {
    const std::string ours = said(style, system_metadata::kPrior), theirs = said(other, system_metadata::kPrior);
    if (ours.empty() || theirs.empty() || ours == theirs) return;
    throw Error(fmt::format("{}: was trained on another prior: it doesn't belong to {}", other.name(), style.name()));
}

// That the networks take what the ones before them give.
void check_fit(const Networks& all, const Files& files) {
    const auto& diffuser = all.sizes.diffuser;
    const auto& bank = all.sizes.bank;
    const auto& restoration = all.sizes.restoration;
    const auto check = [&](int64_t needs, int64_t given, const std::filesystem::path& file, const std::string& what) {
        if (needs == given) return;
        throw Error(fmt::format("{}: {}: {}, not {}: it doesn't belong to {}", file.string(), what, needs, given,
                                file == files.style ? "the encoder beside it" : files.style.string()));
    };
    const auto check_most = [&](int64_t needs, int64_t given, const std::filesystem::path& file,
                                const std::string& what) { check(std::max(needs, given), given, file, what); };
    if (all.bank->linear() && all.encoder_size % nets::LinearPath::kSide != 0) {
        throw Error(
            fmt::format("{}: its decoder's straight path wants a multiple of {} pixels, where its encoder takes {}",
                        files.style.string(), nets::LinearPath::kSide, all.encoder_size));
    }
    check(bank.style_width, all.width, files.style, "its decoder takes codes of another width");
    check_most(all.bank->codes(), all.codes, files.style, "its decoder takes more codes");
    check(diffuser.width, all.width, files.diffuser, "takes codes of another width");
    check(restoration.style_width, all.width, files.restoration, "takes codes of another width");
    check_most(all.restoration->codes(), all.codes, files.restoration, "takes more codes");
    check_most(restoration.size, bank.size, files.restoration, "needs features of more pixels than the decoder gives");
    for (int64_t side = 8; side <= restoration.size; side *= 2) {
        check(restoration.channels.at(side), bank.channels.at(side), files.restoration,
              fmt::format("takes features of another number of channels at {} pixels", side));
    }
}

}  // namespace

std::unique_ptr<const Networks> load_networks(const Files& files, const Placement& placement) {
    const at::NoGradGuard no_grad;
    const ThreadsToPack threads(files);
    auto all = std::make_unique<Networks>();
    all->files = files;
    all->placement = placement;
    const Checkpoint style = open_checkpoint(files.style), diffuser = open_checkpoint(files.diffuser),
                     restoration = open_checkpoint(files.restoration);
    check_prior(style, diffuser);
    check_prior(style, restoration);
    all->trained_steps = said_steps(diffuser, all->trained_steps);
    all->prompt_steps = said_steps(restoration, all->trained_steps);
    all->trained_prompt = said_prompt(restoration, all->trained_prompt);
    const bool compact = is_compact(style);
    const StateDict encoder_tensors = part(style, kEncoderPath, compact ? kCompactEncoder : kEncoder),
                    bank_tensors = part(style, "state_dict.decoder", kBank),
                    diffuser_tensors = part(diffuser, "att_mapper", kDiffuser),
                    restoration_tensors = part(restoration, "g_ema", kRestoration);
    auto& sizes = all->sizes;
    sizes.bank = nets::stylegan2_sizes(bank_tensors, style.name());
    if (compact) {
        sizes.encoder = nets::compact_style_encoder_sizes(encoder_tensors, sizes.bank.style_width, style.name());
    } else {
        sizes.encoder = nets::style_encoder_sizes(encoder_tensors, style.name());
    }
    sizes.diffuser = nets::code_diffuser_sizes(diffuser_tensors, diffuser.name());
    sizes.restoration = nets::restoration_sizes(restoration_tensors, restoration.name());
    std::visit(
        [&](const auto& options) {
            make_encoder(options, encoder_tensors, style, *all);
            all->encoder_size = options.input;
            all->codes = options.codes;
            all->width = options.style_width;
        },
        sizes.encoder);
    all->encoder_parameters = all->parameters;
    all->bank = make<nets::StyleGan2>(sizes.bank, bank_tensors, style, *all, placement.type);
    all->diffuser_parameters = -all->parameters;
    all->diffuser = make<nets::CodeDiffuser>(sizes.diffuser, diffuser_tensors, diffuser, *all);
    all->diffuser_parameters += all->parameters;
    all->restoration =
        make<nets::RestorationNet>(sizes.restoration, restoration_tensors, restoration, *all, placement.type);
    all->size = sizes.restoration.size;
    all->latent_avg = nets::mean_code(style, all->codes, all->width);
    check_fit(*all, files);
#ifdef __GLIBC__
    ::malloc_trim(0);  // the program keeps freed memory, and here that is what layers were packed from
#endif
    return all;
}

}  // namespace bfr::vspbfr
