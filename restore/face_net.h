// What the restorers have in common that are one network between the authors' own steps (authors_face.h).
#pragma once

#include <ATen/core/Tensor.h>

#include "restore/authors_face.h"
#include "restore/restorer.h"

namespace bfr {

struct FaceNetOptions {
    std::string resize = kAuthorsResizes.front();
    std::string name;  // what the row is called instead of by its options
    bool own_file = false;
    bool draws = false;  // the method says in its convention what it draws
    int side = 512;      // of the pictures that the network takes and gives
    at::Device device = at::kCPU;
    AuthorsLevels levels = AuthorsLevels::kNearest;
};

// The options `resize` and `name`, which all of them have; `resizes`: the choices, the authors' first.
FaceNetOptions read_face_net_options(SpecReader& reader, const std::vector<std::string>& resizes = kAuthorsResizes);

class FaceNetRestorer : public Restorer {
  public:
    const RestorerInfo& info() const override { return info_; }
    Restored restore(const RestoreInput& input) const override;

  protected:
    // What is the same in the info of each of them; `reduced`: PublishedNet's.
    FaceNetRestorer(const Spec& spec, const FaceNetOptions& options, const WeightsUse& file,
                    const std::string& reduced);

    // (1, 3, side, side) RGB in [-1, 1] on the options' device -> the same, about that range. `input`: for who draws.
    virtual at::Tensor forward(const at::Tensor& rgb, const RestoreInput& input) const = 0;
    // The last step on 8-bit BGR; `face`: what the network got.
    virtual cv::Mat finish(cv::Mat restored, const cv::Mat& face) const;

    RestorerInfo info_;
    std::string file_;  // for messages

  private:
    FaceNetOptions options_;
};

}  // namespace bfr
