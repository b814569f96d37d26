// What faces cost: detectors, points, descriptor, alignment. Needs dlib's models (WeightsLocator; $BFR_WEIGHTS). The
// picture is $BFR_BENCH_PHOTO, else one of ../shared/faces, resized to the sides below; without one everything is
// skipped.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/faces/align.h"
#include "tests/support/support.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {
namespace {

struct SetUp {
    std::unique_ptr<FaceModels> models;
    ImagePtr photo;
    std::string missing;
};

const SetUp& set_up() {
    static const SetUp found = [] {
        SetUp result;
        try {
            const WeightsLocator locator;
            FaceModelFiles files;
            files.mmod = locator.find("mmod_human_face_detector.dat").path;
            files.points5 = locator.find("shape_predictor_5_face_landmarks.dat").path;
            files.points68 = locator.find("shape_predictor_68_face_landmarks.dat").path;
            files.recognition = locator.find("dlib_face_recognition_resnet_model_v1.dat").path;
            result.models = std::make_unique<FaceModels>(files);
            const char* given = std::getenv("BFR_BENCH_PHOTO");
            const auto shared = testing::shared_dir();
            if (!given && !shared) throw Error("no $BFR_BENCH_PHOTO and no ../shared/faces");
            result.photo = Image::load(given ? given : *shared / "faces" / "london" / "neutral" / "001.jpg");
        } catch (const Error& e) {
            result.missing = e.what();
        }
        return result;
    }();
    return found;
}

ImagePtr photo_of(int side) {
    cv::Mat pixels;
    cv::resize(set_up().photo->bgr8(), pixels, {side, side}, 0, 0, cv::INTER_AREA);
    return Image::from_bgr8(pixels, "photo");
}

// Runs call(models, photo) on a picture of `side` that has no memory of earlier rounds but its conversion.
template <class Call>
void measure(benchmark::State& state, Call call) {
    if (!set_up().missing.empty()) {
        state.SkipWithError(set_up().missing.c_str());
        return;
    }
    const auto photo = photo_of(static_cast<int>(state.range(0)));
    call(*set_up().models, *photo);  // loads the model
    for (auto _ : state) benchmark::DoNotOptimize(call(*set_up().models, *photo));
}

FaceBox whole(const Image& photo) { return {0, 0, photo.width() - 1, photo.height() - 1}; }

void hog(benchmark::State& state) {
    measure(state, [&](const FaceModels& models, const Image& photo) {
        return models.detect_hog(photo, static_cast<int>(state.range(1)));
    });
}
void mmod(benchmark::State& state) {
    measure(state, [](const FaceModels& models, const Image& photo) { return models.detect_mmod(photo, 0); });
}
void points5(benchmark::State& state) {
    measure(state, [](const FaceModels& models, const Image& photo) { return models.points5(photo, whole(photo)); });
}
void points68(benchmark::State& state) {
    measure(state, [](const FaceModels& models, const Image& photo) { return models.points68(photo, whole(photo)); });
}
void descriptor(benchmark::State& state) {
    FacePoints points;
    measure(state, [&](const FaceModels& models, const Image& photo) {
        if (points.empty()) points = models.points68(photo, whole(photo));
        return models.descriptor(photo, points);
    });
}
void align(benchmark::State& state) {
    measure(state, [](const FaceModels& models, const Image& photo) { return align_faces(photo, models, {}); });
}
void crop_only(benchmark::State& state) {
    AlignOptions options;
    options.detector = FaceFinding::kWhole;
    measure(state, [&](const FaceModels& models, const Image& photo) { return align_faces(photo, models, options); });
}
// 68 points and FFHQ's square; a side of 1350 is shrunk first.
void quad(benchmark::State& state) {
    AlignOptions options;
    options.method = AlignMethod::kQuad;
    options.detector = FaceFinding::kCrop;
    options.size = static_cast<int>(state.range(1));
    measure(state, [&](const FaceModels& models, const Image& photo) { return align_faces(photo, models, options); });
}

BENCHMARK(hog)->ArgNames({"side", "up"})->Args({512, 0})->Args({512, 1})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(mmod)->ArgName("side")->Arg(256)->Arg(512)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(points5)->ArgName("side")->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(points68)->ArgName("side")->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(descriptor)->ArgName("side")->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(align)->ArgName("side")->Arg(512)->Arg(1350)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(crop_only)->ArgName("side")->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(quad)
    ->ArgNames({"side", "size"})
    ->Args({512, 512})
    ->Args({512, 128})
    ->Args({1350, 128})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace bfr

BENCHMARK_MAIN();
