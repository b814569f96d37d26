#include "datasets/degradations/presets.h"

#include "base/error.h"
#include "base/names.h"

namespace bfr {
namespace {

constexpr int kPublishedSize = 512;

Range one_of(std::vector<double> values) { return {0, 0, std::move(values)}; }

const std::vector<DegradationPreset>& table() {
    static const std::vector<DegradationPreset> presets{
        {"gfpgan",
         "GFPGAN's training degradation: blur, down 0.8-8, noise 0-20, JPEG 60-100, colour shift, gray and jitter",
         "TencentARC/GFPGAN 7552a77 gfpgan/data/ffhq_degradation_dataset.py, options/train_gfpgan_v1.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 10}}, DownsampleRange{{0.8, 8}}, NoiseRange{{0, 20}}, JpegRange{{60, 100}},
          Enlarge{}, ShiftRange{0.3, 20 / 255.0}, GrayRange{0.01, false},
          JitterRange{0.3, Range{0.5, 1.5}, Range{0.5, 1.5}, Range{0, 1.5}, Range{-0.1, 0.1}}}},
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
        {"codeformer-stage3-large",
         "CodeFormer's stage III, its second input (in_large_de): stage II's ranges, drawn apart from the first's",
         "sczhou/CodeFormer b33cc7d basicsr/data/ffhq_blind_joint_dataset.py, options/CodeFormer_stage3.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {1, 15}}, DownsampleRange{{4, 30}}, NoiseRange{{0, 20}, NoiseRule::kTimesQuotient},
          JpegRange{{30, 80}}, Enlarge{}},
         kPublishedSize,
         1},
        {"restoreformer++",
         "RestoreFormer++'s EDM: moved, blur, haze, down 0.8-8, noise 0-20, JPEG 60-100, uneven, gray",
         "wzhouxiff/RestoreFormerPlusPlus 59d250f RestoreFormer/data/ffhq_uneven_degradation_dataset.py, "
         "configs/RestoreFormerPlusPlus.yaml",
         ChannelOrder::kBgr,
         {TranslateRange{0.2, 32}, BlurRange{{39, 41}, 0.5, {0.1, 10}}, HazeRange{0.008, {0.75, 0.95}},
          DownsampleRange{{0.8, 8}}, NoiseRange{{0, 20}}, JpegRange{{60, 100}}, Enlarge{}, UnevenRange{0.1, 128, 256},
          GrayRange{0.008, true}}},
        {"vqfr",
         "VQFR's training degradation: GFPGAN's blur, down, noise and JPEG, and nothing else",
         "TencentARC/VQFR 239c77a vqfr/data/ffhq_degradation_dataset.py, options/train/VQFR/train_vqfr_v1_B16_200K.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 10}}, DownsampleRange{{0.8, 8}}, NoiseRange{{0, 20}}, JpegRange{{60, 100}},
          Enlarge{}}},
        {"vqfr-v2",
         "VQFR v2's: blur 1-15, down 1-30, noise 0-20, JPEG 30-90",
         "TencentARC/VQFR 239c77a vqfr/data/ffhq_degradation_dataset.py, options/train/VQFR/train_vqfr_v2_B16_200K.yml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {1, 15}}, DownsampleRange{{1, 30}}, NoiseRange{{0, 20}}, JpegRange{{30, 90}},
          Enlarge{}}},
        {"difface",
         "DifFace's training degradation: blur 0.1-15, down 0.8-32, noise 0-20, JPEG 30-100, gray (the reference too)",
         "zsyOAOA/DifFace 5c9ab80 datapipe/ffhq_degradation_dataset.py, configs/training/swinir_ffhq512.yaml",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 15}}, DownsampleRange{{0.8, 32}}, NoiseRange{{0, 20}}, JpegRange{{30, 100}},
          Enlarge{}, GrayRange{0.01, true}}},
        {"difface-test",
         "DifFace's CelebA-Test: a grid of 4,000 combinations, one a picture in the order of the ids",
         "zsyOAOA/DifFace 5c9ab80 scripts/prepare_testing_restoration.py, datapipe/face_degradation_testing.py",
         ChannelOrder::kBgr,
         {BlurRange{{41},
                    0,
                    one_of({4, 8, 12, 16}),
                    one_of({4, 8, 12, 16}),
                    one_of({0, 0.25 * std::numbers::pi, 0.5 * std::numbers::pi, 0.75 * std::numbers::pi})},
          DownsampleRange{one_of({4, 8, 12, 16, 20, 24, 28, 32, 36, 40})}, NoiseRange{one_of({1, 5, 10, 15, 20})},
          JpegRange{one_of({30, 40, 50, 60, 70})}, Enlarge{}},
         kPublishedSize,
         0,
         TestGrid{
             {"degrade/jpeg_quality", "degrade/scale", "degrade/noise_sigma", "degrade/sigma_x", "degrade/rotation"},
             "degrade/sigma_y",
             10000}},
        {"fos-syn",
         "FOS-syn's: blur 0.1-15, down 0.8-32, noise 0-20, JPEG 30-100",
         "ziyannchen/VFRxBenchmark c7788eb scripts/make_synthetic_deg_data.py, "
         "bfrxlib/preprocess/utils/degradations.py",
         ChannelOrder::kBgr,
         {BlurRange{{41}, 0.5, {0.1, 15}}, DownsampleRange{{0.8, 32}}, NoiseRange{{0, 20}}, JpegRange{{30, 100}},
          Enlarge{Interpolation::kBilinear, true}}},
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
