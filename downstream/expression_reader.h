// Networks that read a facial expression.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unit.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

class ExpressionReader {
  public:
    virtual ~ExpressionReader() = default;
    // In the order of classes(), adding up to one. `face`: float32 1x3xHxW, RGB in [0, 1], values k / 255; the box.
    virtual std::vector<float> probabilities(const at::Tensor& face) const = 0;

    const std::vector<std::string>& classes() const { return classes_; }
    // The class of a data set's label: its own name, or another network's for the same expression ("happy",
    // "happiness").
    std::optional<size_t> class_index(std::string_view name) const;
    // How the box becomes the network's picture; which network, by whom; files.
    const std::string& convention() const { return convention_; }
    const std::string& source() const { return source_; }
    const std::vector<WeightsUse>& weights() const { return weights_; }

  protected:
    std::vector<std::string> classes_;
    std::string convention_, source_;
    std::vector<WeightsUse> weights_;
};

// face-api's, seven classes.
std::unique_ptr<ExpressionReader> make_face_api_reader(const UnitContext& context);
// HSEmotion's EfficientNet-B0, `model` as its package calls it: enet_b0_8_best_vgaf ... ; or a person's own file of
// such a network. Throws Error for one that tells other classes apart.
std::unique_ptr<ExpressionReader> make_hsemotion_reader(const UnitContext& context, const std::string& model,
                                                        const std::optional<std::filesystem::path>& weights);

}  // namespace bfr
