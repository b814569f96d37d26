// Points read off heat maps, and face_alignment's frame around a face, against the authors' own programs.
#include "nets/landmark_maps.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "datasets/faces/fan_frame.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using nets::MapPoints;
using testing::hashed;

// Outputs and inputs of a part that has no network.
class Golden {
  public:
    Golden(const std::filesystem::path& folder, const std::string& part)
        : file_(SafetensorsFile::open(folder / (part + ".safetensors"))),
          inputs_(Json::parse(file_.metadata().at("inputs"))) {}
    at::Tensor input(const std::string& name) const {
        const Json& entry = inputs_.at(name);
        return hashed(entry.at("name").get<std::string>(), entry.at("shape").get<std::vector<int64_t>>(),
                      entry.at("lo").get<double>(), entry.at("hi").get<double>());
    }
    const Json& inputs() const { return inputs_; }
    std::vector<double> output(const std::string& name) const { return to_doubles(file_.at(name)); }

  private:
    SafetensorsFile file_;
    Json inputs_;
};

void expect_points(const MapPoints& points, const std::vector<double>& expected, size_t first, double factor,
                   double tolerance = 1e-9) {
    ASSERT_GE(expected.size(), first + 2 * points.size());
    for (size_t i = 0; i < points.size(); i++) {
        for (size_t k = 0; k < 2; k++)
            EXPECT_NEAR(points[i][k] * factor, expected[first + 2 * i + k], tolerance) << i << "," << k;
    }
}

TEST(LandmarkMapsParity, VqfrsReadingWithItsBorders) {
    const auto folder = testing::goldens("nets", "fan_awing_98.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets", folder);
    const Golden golden(*folder, "fan_awing_98");
    at::Tensor border = golden.input("decode");
    border.select(2, 63).select(2, 63).zero_();
    at::Tensor inner = border.clone();
    for (const int64_t edge : {0, 1, 62, 63}) {
        inner.select(2, edge).zero_();
        inner.select(3, edge).zero_();
    }
    constexpr size_t kSet = 98 * 2;
    for (size_t set = 0; set < 2; set++) {
        const auto i = static_cast<int64_t>(set);
        const auto at_border = nets::vqfr_map_points(border[i]), inside = nets::vqfr_map_points(inner[i]);
        ASSERT_TRUE(at_border && inside);
        expect_points(*at_border, golden.output("decode_border"), set * kSet, 4);
        expect_points(*inside, golden.output("decode_inner"), set * kSet, 4);
        // away from the borders there is nothing odd
        expect_points(nets::clean_map_points(inner[i]), golden.output("decode_inner"), set * kSet, 4);
    }
}

TEST(LandmarkMaps, TheVeryLastPixelHasNoValueInVqfrsReading) {
    at::Tensor maps = at::zeros({2, 64, 64});
    maps[0][63][63] = 1;
    maps[1][20][30] = 1;
    EXPECT_FALSE(nets::vqfr_map_points(maps));
    const MapPoints clean = nets::clean_map_points(maps);
    EXPECT_EQ(clean[0], (std::array<double, 2>{63.5, 63.5}));
    EXPECT_EQ(clean[1], (std::array<double, 2>{30.5, 20.5}));
}

TEST(LandmarkMaps, ABorderMovesItsOwnPointAlone) {
    at::Tensor maps = at::zeros({1, 64, 64});
    maps[0][0][30] = 2;
    maps[0][0][31] = 1;
    maps[0][1][30] = 1;
    EXPECT_EQ(nets::clean_map_points(maps)[0], (std::array<double, 2>{30.75, 0.5}));
    EXPECT_EQ(nets::face_alignment_map_points(maps)[0], (std::array<double, 2>{30.5, 0.5}));
}

class FaceAlignmentParity : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::goldens("nets", "fan68_decode.safetensors");
        BFR_SKIP_WITHOUT("goldens/nets", folder_);
        golden_.emplace(*folder_, "fan68_decode");
        for (const auto& box : golden_->inputs().at("boxes")) {
            const auto corners = box.get<std::vector<double>>();
            frames_.emplace_back(std::array<double, 4>{corners[0], corners[1], corners[2], corners[3]});
        }
    }
    // Set 0 as hashed, set 1 in steps of an eighth, with rows of zeros: full of ties.
    at::Tensor maps() const {
        at::Tensor all = golden_->input("heatmaps");
        all[1] = at::floor(all[1] * 8) / 8;
        for (int64_t c = 0; c < all.size(1); c++) all[1][c].narrow(0, 0, 10 + c % 50).zero_();
        return all;
    }
    std::optional<std::filesystem::path> folder_;
    std::optional<Golden> golden_;
    std::vector<FanFrame> frames_;
};

TEST_F(FaceAlignmentParity, PointsOnMapsAndOnThePicture) {
    const at::Tensor all = maps();
    const auto margin = golden_->output("margin"), on_map = golden_->output("points_map"),
               on_picture = golden_->output("points_picture"), exact = golden_->output("points_picture_exact");
    constexpr size_t kSet = 68 * 2;
    for (size_t set = 0; set < 2; set++) {
        const MapPoints points = nets::face_alignment_map_points(all[static_cast<int64_t>(set)]);
        expect_points(points, on_map, set * kSet, 1, 1e-5);
        expect_points(points, golden_->output("points_crop"), set * kSet, 4, 1e-4);
        for (size_t box = 0; box < frames_.size(); box++) {
            for (size_t i = 0; i < points.size(); i++) {
                const auto place = frames_[box].on_picture(points[i]), whole = truncated(place);
                for (size_t k = 0; k < 2; k++) {
                    const size_t index = (box * 2 + set) * kSet + 2 * i + k;
                    EXPECT_NEAR(place[k], exact[index], 1e-9 * std::max(1.0, std::abs(exact[index])));
                    // within rounding of a whole number either neighbour is right
                    if (std::abs(exact[index] - std::round(exact[index])) <= 1e-6) continue;
                    EXPECT_EQ(whole[k], on_picture[index]);
                }
            }
        }
    }
}

TEST_F(FaceAlignmentParity, Frames) {
    const auto centre = golden_->output("center"), scale = golden_->output("scale"),
               corners = golden_->output("corners");
    for (size_t box = 0; box < frames_.size(); box++) {
        const FanFrame& frame = frames_[box];
        EXPECT_NEAR(frame.centre[0], centre[2 * box], 1e-9);
        EXPECT_NEAR(frame.centre[1], centre[2 * box + 1], 1e-9);
        EXPECT_NEAR(frame.scale, scale[box], 1e-12);
        for (const int side : {64, 256}) {
            const auto matrix = golden_->output("matrix_" + std::to_string(side));
            const auto map = frame.to_map(side);
            EXPECT_NEAR(map.factor, matrix[9 * box], 1e-9);
            EXPECT_NEAR(map.shift[0], matrix[9 * box + 2], 1e-9);
            EXPECT_NEAR(map.shift[1], matrix[9 * box + 5], 1e-9);
        }
        const auto found = frame.corners();
        for (size_t k = 0; k < 4; k++) EXPECT_EQ(found[k], corners[4 * box + k]) << box << "," << k;
    }
}

TEST_F(FaceAlignmentParity, Crops) {
    const at::Tensor small = at::floor(golden_->input("picture")).clamp(0, 255).to(at::kByte);
    const at::Tensor picture = small.repeat_interleave(8, 0).repeat_interleave(8, 1).contiguous();
    const cv::Mat rgb(static_cast<int>(picture.size(0)), static_cast<int>(picture.size(1)), CV_8UC3,
                      picture.data_ptr<uint8_t>());
    const auto expected = golden_->output("crop");  // every 49th value of all the crops, one after another
    constexpr size_t kCrop = 256 * 256 * 3, kStep = 49;
    for (size_t box = 0; box < frames_.size(); box++) {
        const cv::Mat crop = frames_[box].crop(rgb);
        ASSERT_EQ(crop.size(), cv::Size(256, 256));
        for (size_t i = (box * kCrop + kStep - 1) / kStep; i * kStep < (box + 1) * kCrop; i++)
            ASSERT_NEAR(crop.data[i * kStep - box * kCrop], expected.at(i), 1) << box << ": " << i;
    }
}

TEST(FanFrame, RefusesABoxWithoutExtent) {
    EXPECT_THROW(FanFrame(std::array<double, 4>{5, 5, 5, 5}), Error);
    EXPECT_THROW(FanFrame(std::array<double, 4>{0, 0, 1e9, 1e9}).crop(cv::Mat::zeros(8, 8, CV_8UC3)), Error);
    const cv::Mat outside = FanFrame(std::array<double, 4>{500, 500, 600, 600}).crop(cv::Mat::ones(8, 8, CV_8UC3));
    EXPECT_EQ(cv::norm(outside, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace bfr
