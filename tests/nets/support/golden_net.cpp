#include "tests/nets/support/golden_net.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "tests/support/support.h"

namespace bfr::testing {

at::Tensor hashed(const std::string& name, std::vector<int64_t> shape, double lo, double hi) {
    at::Tensor tensor = at::empty(shape);
    const auto values =
        hash_fill(name, static_cast<size_t>(tensor.numel()), static_cast<float>(lo), static_cast<float>(hi));
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

at::Tensor HashedNoise::noise(const std::string& layer, int64_t, int64_t height, int64_t width) const {
    return hashed(salt_ + "noise/" + layer, {1, 1, height, width}, -std::sqrt(3.0), std::sqrt(3.0));
}

GoldenNet::GoldenNet(const std::filesystem::path& folder, const std::string& part)
    : part_(part),
      layout_(read_json(folder / (part + ".layout.json"))),
      file_(SafetensorsFile::open(folder / (part + ".safetensors"))) {
    salt_ = layout_.at("salt").get<std::string>();
    const auto& metadata = file_.metadata();
    inputs_ = Json::parse(metadata.at("inputs"));
    outputs_ = Json::parse(metadata.at("outputs"));
    tolerance_ = metadata.contains("tolerance") ? Json::parse(metadata.at("tolerance")) : Json::object();
    if (metadata.contains("float32_vs_float64")) {
        const Json rounding = Json::parse(metadata.at("float32_vs_float64"));
        for (const auto& item : rounding.items()) {
            if (item.value().is_number() && !tolerance_.contains(item.key()))
                tolerance_[item.key()] = std::max(1e-4, 10 * item.value().get<double>());
        }
    }
    if (metadata.contains("salt") && metadata.at("salt") != salt_)
        throw Error(
            fmt::format("{}: the layout's salt is '{}', the outputs' is '{}'", part, salt_, metadata.at("salt")));
}

StateDict GoldenNet::shapes() const {
    StateDict result;
    for (const auto& entry : layout_.at("entries")) {
        result[entry.at("key").get<std::string>()] =
            at::empty(entry.at("shape").get<std::vector<int64_t>>(), at::TensorOptions(at::kMeta));
    }
    return result;
}

std::vector<std::string> GoldenNet::outputs() const {
    std::vector<std::string> names;
    for (const auto& tensor : file_.tensors()) names.push_back(tensor.name);
    return names;
}

void GoldenNet::expect_all_compared() const {
    for (const auto& name : outputs()) EXPECT_TRUE(compared_.contains(name)) << part_ << ": nothing computes " << name;
}

StateDict GoldenNet::state_dict(const StateDict& computed) const {
    StateDict result;
    for (const auto& entry : layout_.at("entries")) {
        const auto key = entry.at("key").get<std::string>();
        const auto shape = entry.at("shape").get<std::vector<int64_t>>();
        if (entry.at("lo").is_null()) {
            BFR_CHECK(computed.contains(key), "{}: the network computes no {}", part_, key);
            result[key] = computed.at(key);
        } else if (entry.at("lo") == 0 && entry.at("hi") == 0) {
            result[key] = at::zeros(shape, at::kLong);
        } else {
            result[key] = hashed(salt_ + key, shape, entry.at("lo").get<double>(), entry.at("hi").get<double>());
        }
    }
    return result;
}

void GoldenNet::fill(torch::nn::Module& module) const {
    StateDict computed;
    for (const auto& item : module.named_buffers()) computed[item.key()] = item.value().clone();
    load_strictly(module, state_dict(computed), part_);
}

at::Tensor GoldenNet::mixed_input() const {
    return (input("fine") + input("coarse").repeat_interleave(64, 2).repeat_interleave(64, 3)) * 0.5;
}

at::Tensor GoldenNet::input(const std::string& name, size_t item) const {
    const Json& entry = inputs_.at(name).is_array() ? inputs_.at(name).at(item) : inputs_.at(name);
    return hashed(entry.at("name").get<std::string>(), entry.at("shape").get<std::vector<int64_t>>(),
                  entry.at("lo").get<double>(), entry.at("hi").get<double>());
}

void GoldenNet::expect_output(const std::string& name, const at::Tensor& actual) const {
    ASSERT_TRUE(file_.has(name)) << part_ << " has no output " << name;
    const auto& info = outputs_.at(name);
    ASSERT_TRUE(actual.defined()) << part_ << " " << name << " was not computed";
    ASSERT_EQ(actual.sizes().vec(), info.at("shape").get<std::vector<int64_t>>()) << part_ << " " << name;
    const auto step = info.at("step").get<int64_t>();
    const auto expected = to_doubles(file_.at(name));
    const at::Tensor flat = actual.detach().to(at::kDouble).contiguous().flatten();
    const double* values = flat.data_ptr<double>();
    double largest = 0, worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < expected.size(); i++) {
        const double value = values[static_cast<int64_t>(i) * step], error = std::abs(value - expected[i]);
        ASSERT_TRUE(std::isfinite(value)) << part_ << " " << name << " is not finite at sample " << i;
        largest = std::max(largest, std::abs(expected[i]));
        if (error > worst) worst = error, where = i;
    }
    compared_.insert(name);
    const double tolerance = tolerance_.contains(name) ? tolerance_.at(name).get<double>() : 1e-4;
    EXPECT_LE(worst, tolerance * largest)
        << part_ << " " << name << ": worst at sample " << where << ", " << worst / largest
        << " of the largest magnitude " << largest << " where " << tolerance << " is allowed";
    ::testing::Test::RecordProperty(part_ + "." + name, std::to_string(worst / largest));
}

}  // namespace bfr::testing
