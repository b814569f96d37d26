// Which published system's names a file's tensors have: for messages, and for where in a file a network lies. Whether
// its tensors fit is seen when they are loaded.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr {

struct Likeness {
    std::string_view network;  // "VSPBFR's restoration net"
    std::string below;         // the path that its names are below; empty at the top
};

// Every known network that the tensors look like, in the order of the table; a training checkpoint holds one twice.
std::vector<Likeness> looks_like(const std::vector<CheckpointTensor>& tensors);

}  // namespace bfr
