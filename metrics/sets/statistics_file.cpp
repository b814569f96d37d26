#include "metrics/sets/statistics_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "weights/formats/checkpoint.h"
#include "weights/formats/npz_writer.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/torch_arrays_writer.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace {

using at::Tensor;

constexpr const char* kSchema = "bfr-stats/1";
constexpr const char* kRemark = "bfr";

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

CheckpointTensor stored(const char* name, DType type, std::vector<int64_t> shape, std::span<const std::byte> bytes,
                        std::shared_ptr<const void> owner) {
    auto storage =
        std::make_shared<const TensorStorage>(TensorStorage{FileBytes::share(bytes, std::move(owner), name)});
    const auto strides = dense_strides(shape);
    return {name, {type, std::move(shape), strides, 0, std::move(storage)}};
}

// `tensor` is contiguous.
CheckpointTensor stored(const char* name, const Tensor& tensor) {
    const auto owner = std::make_shared<const Tensor>(tensor);
    const std::span bytes(static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes());
    return stored(name, DType::kF64, owner->sizes().vec(), bytes, owner);
}

CheckpointTensor stored(const char* name, const std::string& text) {
    const auto owner = std::make_shared<const std::string>(text);
    return stored(name, DType::kU8, {static_cast<int64_t>(owner->size())}, std::as_bytes(std::span(*owner)), owner);
}

using Remark = std::map<std::string, std::string>;  // what a file says of itself

Remark remark_of(const SetStatistics& statistics) {
    return {{"schema", kSchema},
            {"n", std::to_string(statistics.gaussian.n)},
            {"features", statistics.features},
            {"convention", statistics.convention},
            {"list_sha256", statistics.list_sha256}};
}

// Of a file of another tool's format that this program wrote; none in the tool's own.
std::optional<std::string> remark_text(const Checkpoint& file) {
    if (const PickleValue* value = file.find(kRemark); value && value->kind == PickleValue::Kind::kText)
        return std::string(value->text);
    if (file.container() != Container::kNpz || !file.has(kRemark)) return std::nullopt;
    const auto& array = file.at(kRemark);
    constexpr int64_t kLongest = 1 << 16;
    if (array.stored.dtype != DType::kU8 || array.stored.count() > kLongest)
        throw Error(fmt::format("{}: its array '{}' is no remark of bfr stats", file.name(), kRemark));
    const TensorBytes bytes = file.read(array);
    return std::string(reinterpret_cast<const char*>(bytes.view.bytes.data()), bytes.view.bytes.size());
}

Remark read_remark(const Checkpoint& file) {
    if (file.container() == Container::kSafetensors) return file.metadata();
    const auto text = remark_text(file);
    if (!text) return {};
    const Json json = Json::parse(*text, nullptr, false);
    const auto is_text = [](const Json& one) { return one.is_string(); };
    if (!json.is_object() || !std::all_of(json.begin(), json.end(), is_text) || json.value("schema", "") != kSchema)
        throw Error(fmt::format("{}: what '{}' says in it is no remark of bfr stats", file.name(), kRemark));
    return json.get<Remark>();
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
    const Remark metadata = read_remark(file);
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
    const Remark remark = remark_of(statistics);
    const std::string text = Json(remark).dump(-1, ' ', true);
    const bool known = !statistics.features.empty();
    if (format == StatisticsFormat::kNpz) {
        std::vector<CheckpointTensor> arrays = {stored("mu", mean), stored("sigma", covariance)};
        if (known) arrays.push_back(stored(kRemark, text));
        write_npz(file, arrays);
        return;
    }
    if (format == StatisticsFormat::kPth) {
        const std::map<std::string, std::string> texts = {{kRemark, text}};
        write_torch_arrays(file, {stored("mean", mean), stored("cov", covariance)},
                           known ? texts : std::map<std::string, std::string>());
        return;
    }
    write_safetensors(file, {stored("mean", mean), stored("covariance", covariance)}, std::nullopt, remark);
}

}  // namespace bfr
