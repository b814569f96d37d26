// One part of the goldens: a network's layout (names, shapes, fill ranges), its inputs by name, its outputs sampled.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "nets/noise.h"
#include "weights/formats/safetensors.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {

class GoldenNet {
  public:
    // Reads FOLDER/PART.layout.json and FOLDER/PART.safetensors; throws where one is missing.
    GoldenNet(const std::filesystem::path& folder, const std::string& part);

    // Hash-filled tensors of the layout's keys; those that a constructor computes (lo = hi = null) are taken from
    // `computed`.
    StateDict state_dict(const StateDict& computed) const;
    // Fills a module strictly with them.
    void fill(torch::nn::Module& module) const;

    // The layout's shapes alone: tensors without memory, for whoever reads sizes off them.
    StateDict shapes() const;

    // The input of that name; `item`: which of a list.
    at::Tensor input(const std::string& name, size_t item = 0) const;
    // (fine + coarse, each of whose numbers is repeated 64x64) / 2: structure of every size.
    at::Tensor mixed_input() const;
    const std::string& salt() const { return salt_; }
    const SafetensorsFile& file() const { return file_; }
    bool has(const std::string& output) const { return file_.has(output); }
    std::vector<std::string> outputs() const;

    // Fails the running test where `actual`, sampled as the golden is, differs by more than the tolerance (relative to
    // the golden's largest magnitude): what the metadata gives, else 1e-4 or ten times the float32 run's own rounding.
    void expect_output(const std::string& name, const at::Tensor& actual) const;
    // Fails the running test where an output was not compared.
    void expect_all_compared() const;

  private:
    std::string part_, salt_;
    Json layout_, inputs_, outputs_, tolerance_;
    SafetensorsFile file_;
    mutable std::set<std::string> compared_;
};

// Noise maps as the goldens have them: hashed by salt + "noise/" + layer.
class HashedNoise final : public nets::NoiseSource {
  public:
    explicit HashedNoise(std::string salt) : salt_(std::move(salt)) {}
    at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const override;

  private:
    std::string salt_;
};

at::Tensor hashed(const std::string& name, std::vector<int64_t> shape, double lo, double hi);

}  // namespace bfr::testing
