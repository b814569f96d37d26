// How well the task `emotion` reads undegraded faces: the Face Research Lab London Set, each person neutral and
// smiling.
//
//     london_emotion FACES      the folder that holds neutral/ and smiling/; model files by $BFR_WEIGHTS
//
// Photos of 1350x1350 are halved (mean of 2x2 pixels). Read by each spec of kReadings, from that copy or from its
// 512x512 crop aligned as FFHQ.
#include <fmt/format.h>

#include <array>
#include <iostream>
#include <map>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/faces/align.h"
#include "datasets/sample.h"
#include "downstream/task.h"

namespace bfr {
namespace {

constexpr int kReduced = 675;
const std::array<std::pair<std::string, std::string>, 2> kFolders{{{"neutral", "neutral"}, {"smiling", "happy"}}};

struct Reading {
    std::string spec;
    bool aligned;
};
const std::array<Reading, 6> kReadings{{{"emotion:find=mmod,frame=box", false},
                                        {"emotion:find=mmod,frame=points", false},
                                        {"emotion:find=whole,frame=box", true},
                                        {"emotion:find=whole,frame=points", true},
                                        {"emotion:find=crop,frame=box", true},
                                        {"emotion:find=crop,frame=points", true}}};

ImagePtr reduced(const Image& photo) {
    cv::Mat small;
    cv::resize(photo.bgr8(), small, {kReduced, kReduced}, 0, 0, cv::INTER_AREA);
    return Image::from_bgr8(small, photo.name());
}

class Measurement {
  public:
    Measurement() : models_(files(locator_)) {
        for (const auto& reading : kReadings) {
            readers_.push_back(tasks().make(Spec::parse(reading.spec), {.weights = locator_}));
        }
    }

    void folder(const std::filesystem::path& path, const std::string& label) {
        std::array<std::map<std::string, int>, kReadings.size()> classes;
        const auto listing = list_folder(path);
        SampleFiles sample;
        sample.label = label;
        for (const auto& [id, file] : listing.files) {
            const auto photo = reduced(*Image::load(file));
            const auto aligned = align_faces(*photo, models_, {});
            for (size_t i = 0; i < kReadings.size(); i++) {
                if (kReadings[i].aligned && aligned.empty()) {
                    classes[i]["no face"]++;
                    continue;
                }
                const auto& picture = kReadings[i].aligned ? *aligned.front().crop : *photo;
                classes[i][readers_[i]->run(picture, nullptr, sample).details.value("restored_class", "no face")]++;
            }
        }
        std::cout << fmt::format("{}: {} photos\n", path.filename().string(), listing.files.size());
        for (size_t i = 0; i < kReadings.size(); i++) {
            std::cout << fmt::format("  {:30} of {:13} {} {} of {}; all classes:", kReadings[i].spec,
                                     kReadings[i].aligned ? "aligned crops" : "photos", label, classes[i][label],
                                     listing.files.size());
            for (const auto& [name, count] : classes[i]) std::cout << fmt::format(" {} {}", name, count);
            std::cout << std::endl;
        }
    }

  private:
    static FaceModelFiles files(const WeightsLocator& locator) {
        FaceModelFiles files;
        files.mmod = locator.find("mmod_human_face_detector.dat").path;
        files.points5 = locator.find("shape_predictor_5_face_landmarks.dat").path;
        return files;
    }

    WeightsLocator locator_;
    FaceModels models_;
    std::vector<std::unique_ptr<Task>> readers_;
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
