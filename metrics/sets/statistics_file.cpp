#include "metrics/sets/statistics_file.h"

#include <ATen/ATen.h>

#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/checkpoint.h"
#include "weights/formats/npz_writer.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/torch_arrays_writer.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace {

using at::Tensor;

constexpr const char* kSchema = "bfr-stats/1";

// The names under which tools keep the two.
struct Names {
    const char *mean, *covariance;
    StatisticsFormat format;
};
constexpr Names kNames[] = {{"mean", "covariance", StatisticsFormat::kStats},
                            {"mu", "sigma", StatisticsFormat::kNpz},
                            {"mean", "cov", StatisticsFormat::kPth}};

// Nothing is read, nor unpacked, of a tensor that hasn't as many numbers.
Tensor read_tensor(const Checkpoint& file, const char* name, int64_t numbers) {
    const auto& tensor = file.at(name);
    if (tensor.stored.count() != numbers) {
        throw Error(fmt::format("{}: {} is {} where {} numbers are expected: statistics of other features", file.name(),
                                name, shape_text(tensor.stored.shape), numbers));
    }
    const TensorBytes bytes = file.read(tensor);
    return to_tensor(bytes.view, bytes.owner).to(at::kDouble).clone();
}

const Names& names_in(const Checkpoint& file) {
    for (const auto& names : kNames) {
        if (file.has(names.mean) && file.has(names.covariance)) return names;
    }
    throw Error(fmt::format(
        "{}: holds no statistics of a set: neither mean and covariance (.stats), nor mu and sigma (pytorch-fid), nor "
        "mean and cov (BasicSR)",
        file.name()));
}

void check(const Gaussian& gaussian, const std::string& name, int64_t size) {
    const Tensor &mean = gaussian.mean, &covariance = gaussian.covariance;
    if (mean.dim() != 1 || covariance.dim() != 2 || mean.size(0) != size || covariance.size(0) != size ||
        covariance.size(1) != size) {
        throw Error(
            fmt::format("{}: its mean and covariance are of {} and {} numbers, not of {} and {}x{}: statistics of "
                        "other features",
                        name, mean.numel(), covariance.numel(), size, size, size));
    }
    if (!mean.isfinite().all().item<bool>() || !covariance.isfinite().all().item<bool>())
        throw Error(fmt::format("{}: holds numbers that are not finite", name));
    const double largest = covariance.abs().max().item<double>();
    // single precision's rounding
    if ((covariance - covariance.t()).abs().max().item<double>() > 1e-5 * largest)
        throw Error(fmt::format("{}: its covariance is not symmetric", name));
    if (covariance.diagonal().min().item<double>() < -1e-9 * largest)
        throw Error(fmt::format("{}: its covariance has a negative variance", name));
}

// `tensor` is contiguous.
CheckpointTensor stored(const char* name, const Tensor& tensor) {
    const auto owner = std::make_shared<const Tensor>(tensor);
    const std::span bytes(static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes());
    const auto shape = owner->sizes().vec();
    auto storage = std::make_shared<const TensorStorage>(TensorStorage{FileBytes::share(bytes, owner, name)});
    return {name, {DType::kF64, shape, dense_strides(shape), 0, std::move(storage)}};
}

}  // namespace

SetStatistics read_statistics(const std::filesystem::path& path, int64_t size) {
    const Checkpoint file = open_checkpoint(path);
    const Names& names = names_in(file);
    SetStatistics result;
    result.format = names.format;
    result.gaussian.mean = read_tensor(file, names.mean, size).squeeze();
    result.gaussian.covariance = read_tensor(file, names.covariance, size * size);
    check(result.gaussian, file.name(), size);
    result.gaussian.covariance = (result.gaussian.covariance + result.gaussian.covariance.t()) / 2;
    const auto& metadata = file.metadata();
    const auto text = [&](const char* key) {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : found->second;
    };
    if (text("schema") != kSchema) return result;
    const std::string n = text("n");
    const auto [end, code] = std::from_chars(n.data(), n.data() + n.size(), result.gaussian.n);
    result.features = text("features");
    result.convention = text("convention");
    result.list_sha256 = text("list_sha256");
    if (code != std::errc() || end != n.data() + n.size() || result.gaussian.n < 2 || result.features.empty() ||
        result.convention.empty())
        throw Error(
            fmt::format("{}: doesn't say of how many pictures, or of which features, its numbers are", file.name()));
    return result;
}

void write_statistics(const std::filesystem::path& file, const SetStatistics& statistics, StatisticsFormat format) {
    const Tensor mean = statistics.gaussian.mean.contiguous(),
                 covariance = statistics.gaussian.covariance_matrix().contiguous();
    if (format == StatisticsFormat::kNpz) {
        write_npz(file, {stored("mu", mean), stored("sigma", covariance)});
        return;
    }
    if (format == StatisticsFormat::kPth) {
        write_torch_arrays(file, {stored("mean", mean), stored("cov", covariance)});
        return;
    }
    write_safetensors(file, {stored("mean", mean), stored("covariance", covariance)}, std::nullopt,
                      {{"schema", kSchema},
                       {"n", std::to_string(statistics.gaussian.n)},
                       {"features", statistics.features},
                       {"convention", statistics.convention},
                       {"list_sha256", statistics.list_sha256}});
}

}  // namespace bfr
