// The folder's factories, for its registry alone: one file each.
#pragma once

#include <memory>

#include "restore/restorer.h"

namespace bfr {

std::unique_ptr<Restorer> make_codeformer(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_degraded(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_difface(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_gfpgan(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_gpen(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_opencv_denoise(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_opencv_bilateral(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_outputs(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_torchscript(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_command(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_unet(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_psfrgan(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_restoreformer(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_restoreformer_pp(SpecReader& reader, const UnitContext& context);
std::unique_ptr<Restorer> make_vspbfr(SpecReader& reader, const UnitContext& context);

}  // namespace bfr
