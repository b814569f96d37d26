// The folder's factories, for its registry alone: one file each.
#pragma once

#include <memory>

#include "downstream/task.h"

namespace bfr {

std::unique_ptr<Task> make_size(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Task> make_landmarks(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Task> make_verification(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Task> make_emotion(SpecReader& reader, const UnitContext& context);

}  // namespace bfr
