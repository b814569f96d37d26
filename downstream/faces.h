// What the tasks that read faces share: their option `find`, dlib's models, and records that say whether a face was
// found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/spec.h"
#include "base/unit.h"
#include "datasets/faces/models.h"
#include "datasets/faces/training_sets.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// The option `find`: crop, whole, hog or mmod.
FaceFinding read_finding(SpecReader& reader, const std::string& fallback);
// The model files that `finding`, and the 68 points where they are wanted, need; they are added to `weights`. Throws
// NotAvailable where one is missing.
FaceModelFiles find_face_models(const UnitContext& context, FaceFinding finding, bool with_points68,
                                std::vector<WeightsUse>& weights);

// Of a record's details, which come from a file: none where there is no such member of that type.
std::optional<bool> detail_flag(const Json& details, const char* key);
std::optional<std::string> detail_text(const Json& details, const char* key);

}  // namespace bfr
