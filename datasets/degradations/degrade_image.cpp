#include "datasets/degradations/degrade_image.h"

#include "datasets/degradations/degrade.h"

namespace bfr {

DegradedImage degrade_image(const Image& image, const DegradationParameters& parameters) {
    const DegradedPicture result = degrade(image.bgr8(), parameters);
    return {Image::from_bgr8(result.bgr8, image.name()),
            result.reference_bgr8.empty() ? nullptr : Image::from_bgr8(result.reference_bgr8, image.name()),
            parameters};
}

DegradedImage degrade_image(const Image& image, std::string_view id, uint64_t seed, const DegradationPreset& preset,
                            const DrawOptions& options) {
    return degrade_image(image, draw_parameters(preset, seed, id, image.width(), image.height(), options));
}

DegradationRecord degradation_record(const DegradedImage& image) {
    return {image.parameters, image.degraded->sha256(), image.reference ? image.reference->sha256() : std::string()};
}

}  // namespace bfr
