// How faces are found and cut out of photographs: what `align` and `restore --align` read alike.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "datasets/faces/align.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// --size, --alignment, --template, --detector, --face, --up, --max-side, --min-face.
const std::vector<std::string>& align_option_names();
// What isn't given stays as in `defaults`.
AlignOptions read_align_options(const Arguments& arguments, const AlignOptions& defaults = {});
// All of them, as what decides the crops.
Json to_json(const AlignOptions& options);
// dlib's files that these options need. Throws NotAvailable.
FaceModelFiles find_face_models(const UnitContext& context, const AlignOptions& options);

}  // namespace bfr
