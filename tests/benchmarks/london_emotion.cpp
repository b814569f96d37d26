// How well the expression network reads undegraded faces: the Face Research Lab London Set, each person neutral and
// smiling.
//
//     london_emotion FACES      the folder that holds neutral/ and smiling/; model files by $BFR_WEIGHTS
//
// Each photo of 1350x1350 is halved (mean of 2x2 pixels) and its face found by mmod on that copy. Three ways of giving
// the face to the task `emotion`: the detector's box exactly (what find=mmod does), that box resized to 112x112 by area
// average (as the goldens' crops were made), and the 512x512 crop aligned as FFHQ (what find=whole sees in a run).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/faces/align.h"
#include "datasets/faces/models.h"
#include "datasets/sample.h"
#include "downstream/task.h"

namespace bfr {
namespace {

constexpr int kReduced = 675;
const std::array<std::pair<std::string, std::string>, 2> kFolders{{{"neutral", "neutral"}, {"smiling", "happy"}}};
const std::array<std::string, 3> kWays{"box", "box at 112x112", "aligned crop"};

ImagePtr reduced(const Image& photo) {
    cv::Mat small;
    cv::resize(photo.bgr8(), small, {kReduced, kReduced}, 0, 0, cv::INTER_AREA);
    return Image::from_bgr8(small, photo.name());
}

ImagePtr box_crop(const Image& photo, const FaceBox& box) {
    const cv::Rect whole(0, 0, photo.width(), photo.height());
    const cv::Rect rect(cv::Point(static_cast<int>(box.left), static_cast<int>(box.top)),
                        cv::Point(static_cast<int>(box.right) + 1, static_cast<int>(box.bottom) + 1));
    return Image::from_bgr8(photo.bgr8()(rect & whole).clone(), photo.name());
}

ImagePtr at_112(const Image& crop) {
    cv::Mat small;
    cv::resize(crop.bgr8(), small, {112, 112}, 0, 0, cv::INTER_AREA);
    return Image::from_bgr8(small, crop.name());
}

class Measurement {
  public:
    Measurement() : models_(files(locator_)), emotion_(tasks().make(spec_, {.weights = locator_})) {}

    void folder(const std::filesystem::path& path, const std::string& label) {
        std::array<std::map<std::string, int>, kWays.size()> classes;
        const auto listing = list_folder(path);
        int not_found = 0;
        for (const auto& [id, file] : listing.files) {
            const auto photo = reduced(*Image::load(file));
            const auto box = models_.find_face(*photo, FaceFinding::kMmod);
            const auto aligned = align_faces(*photo, models_, {});
            if (!box || aligned.empty()) {
                not_found++;
                continue;
            }
            const auto crop = box_crop(*photo, *box);
            const std::array<ImagePtr, kWays.size()> faces{crop, at_112(*crop), aligned.front().crop};
            for (size_t way = 0; way < faces.size(); way++) {
                SampleFiles sample;
                sample.label = label;
                classes[way]
                       [emotion_->run(*faces[way], nullptr, sample).details.at("restored_class").get<std::string>()]++;
            }
        }
        std::cout << fmt::format("{}: {} photos, {} without a face\n", path.filename().string(), listing.files.size(),
                                 not_found);
        for (size_t way = 0; way < kWays.size(); way++) {
            std::cout << fmt::format("  {:15} {} {} of {}; all classes:", kWays[way], label, classes[way][label],
                                     listing.files.size());
            for (const auto& [name, count] : classes[way]) std::cout << fmt::format(" {} {}", name, count);
            std::cout << "\n";
        }
    }

  private:
    static FaceModelFiles files(const WeightsLocator& locator) {
        FaceModelFiles files;
        files.mmod = locator.find("mmod_human_face_detector.dat").path;
        files.points5 = locator.find("shape_predictor_5_face_landmarks.dat").path;
        return files;
    }

    const Spec spec_{"emotion"};
    WeightsLocator locator_;
    FaceModels models_;
    std::unique_ptr<Task> emotion_;
};

}  // namespace
}  // namespace bfr

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: london_emotion FACES\n";
        return 2;
    }
    try {
        bfr::Measurement measurement;
        for (const auto& [folder, label] : bfr::kFolders)
            measurement.folder(std::filesystem::path(argv[1]) / folder, label);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
