// The factories that registry.cpp lists. Each reads its own options.
#pragma once

#include <memory>

#include "metrics/metric.h"

namespace bfr {

std::unique_ptr<ImageMetric> make_psnr(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_ssim(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_ms_ssim(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_vif(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_fsim(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_gmsd(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_niqe(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_identity(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_lpips(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_dists(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_fid(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_kid(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_precision_recall(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_fid_infinity(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_lmd(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_zero(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_torchscript_metric(SpecReader& options, const UnitContext& context);
std::unique_ptr<ImageMetric> make_values(SpecReader& options, const UnitContext& context);

}  // namespace bfr
