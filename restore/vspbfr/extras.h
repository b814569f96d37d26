// The files that VSPBFR leaves beside a restored picture: the prompt as a picture, codes, features.
#pragma once

#include <string>
#include <vector>

#include "restore/restorer.h"
#include "restore/vspbfr/pipeline.h"

namespace bfr::vspbfr {

enum class Preview {
    kNone,
    kLast,  // the prompt
    kEach,  // the clean codes that each step of the diffusion predicts; the last step's are the prompt
};

struct ExtrasOptions {
    Preview preview = Preview::kNone;
    bool codes = false, features = false;
};

class Extras {
  public:
    // `samples`: restorations of each face; where there are several, each has its own files.
    Extras(const ExtrasOptions& options, const PipelineOptions& pipeline, int samples);

    std::vector<std::string> names() const;  // of one face's, in the order of make()
    bool needs_features() const { return options_.features; }
    // Throws UsageError where one face's files, which are kept until all of them are written, are too large.
    void check_size(const NetworkSizes& sizes) const;
    // Of the restoration `id.repeat`. `method`: the label that the files carry.
    std::vector<Extra> make(const Networks& networks, const EncodedFace& face, const Restoration& restoration,
                            const DrawId& id, const std::string& method) const;

  private:
    std::vector<std::string> names_of(int sample) const;

    ExtrasOptions options_;
    PipelineOptions pipeline_;
    int samples_;
};

}  // namespace bfr::vspbfr
