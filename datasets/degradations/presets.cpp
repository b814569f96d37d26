#include "datasets/degradations/presets.h"

#include "base/error.h"
#include "base/names.h"

namespace bfr {
namespace {

const std::vector<DegradationPreset>& table() {
    static const std::vector<DegradationPreset> presets{
        {"gfpgan",
         "GFPGAN's training degradation: blur, down 0.8-8, noise 0-20, JPEG 60-100, colour shift, gray and jitter",
         "TencentARC/GFPGAN 7552a77 gfpgan/data/ffhq_degradation_dataset.py, options/train_gfpgan_v1.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 10}}, DownsampleRange{{0.8, 8}}, NoiseRange{{0, 20}}, JpegRange{{60, 100}},
          Enlarge{}, ShiftRange{0.3, 20 / 255.0}, GrayRange{0.01, false},
          JitterRange{0.3, {0.5, 1.5}, {0.5, 1.5}, {0, 1.5}, {-0.1, 0.1}}}},
        {"vspbfr",
         "VSPBFR's restoration net: blur, haze, down 0.8-8, noise 0-20, JPEG 60-100, gray (the reference too)",
         "LonglongaaaGo/VSPBFR e1f9987 dataset.py, ImageFolder_restore_free_form",
         ChannelOrder::kRgb,
         {BlurRange{{39, 41}, 0.5, {0.1, 10}}, HazeRange{0.008, {0.75, 0.95}}, DownsampleRange{{0.8, 8}},
          NoiseRange{{0, 20}}, JpegRange{{60, 100}}, Enlarge{}, Round{}, GrayRange{0.008, true}}},
        {"codeformer-stage2",
         "CodeFormer's stage II, severe: blur 1-15, down 4-30, noise 0-20, JPEG 30-80",
         "sczhou/CodeFormer b33cc7d basicsr/data/ffhq_blind_dataset.py, options/CodeFormer_stage2.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {1, 15}}, DownsampleRange{{4, 30}}, NoiseRange{{0, 20}, NoiseRule::kTimesQuotient},
          JpegRange{{30, 80}}, Enlarge{}}},
        {"codeformer-stage3",
         "CodeFormer's stage III, its first input: blur 0.1-10, down 1-12, noise 0-15, JPEG 60-100",
         "sczhou/CodeFormer b33cc7d basicsr/data/ffhq_blind_joint_dataset.py, options/CodeFormer_stage3.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 10}}, DownsampleRange{{1, 12}}, NoiseRange{{0, 15}, NoiseRule::kTimesQuotient},
          JpegRange{{60, 100}}, Enlarge{}}},
    };
    return presets;
}

}  // namespace

std::span<const DegradationPreset> degradation_presets() { return table(); }

const DegradationPreset& find_degradation_preset(std::string_view name) {
    std::vector<std::string> known;
    for (const auto& preset : table()) {
        if (preset.name == name) return preset;
        known.push_back(preset.name);
    }
    throw UsageError(unknown_name("degradation preset", name, known));
}

}  // namespace bfr
