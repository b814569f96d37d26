// A restoration method: one picture in, one restored picture out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/registry.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

struct RestorerInfo : UnitInfo {
    std::optional<double> parameters;  // count; absent where it has none to speak of
    std::optional<double> gflop;       // for one 512x512 face, a multiply-add counted as two
    std::string device = "cpu";
    bool draws = false;     // whether the result depends on the run's seed
    bool finished = false;  // reads pictures that another program restored: its time is not the method's
};

struct RestoreInput {
    const Image& degraded;
    std::string sample_id;
    uint64_t run_seed = 0;
};

struct Restored {
    ImagePtr image;                 // quantised by the method's own rule
    Json details = Json::object();  // kept in the record
};

// restore() is called by several threads at once. It throws Error where it can't restore this sample; the run goes on.
class Restorer {
  public:
    virtual ~Restorer() = default;
    virtual const RestorerInfo& info() const = 0;
    virtual Restored restore(const RestoreInput& input) const = 0;
};

using RestorerRegistry = Registry<Restorer, UnitContext>;
const RestorerRegistry& restorers();

}  // namespace bfr
