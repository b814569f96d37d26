// The folder of a training made by hand: two stages, one of them with names that would like to be markup.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "datasets/image.h"
#include "tests/support/support.h"

namespace bfr::testing {

inline constexpr const char* kHostile = "\"><img src=x onerror=alert(1)>";
inline constexpr const char* kHostileLoss = "</script><script>alert(2)</script>";

class TrainingFolder {
  public:
    TrainingFolder() {
        std::string log = line({{"iteration", 0},
                                {"session",
                                 {{"commit", "0123abc"},
                                  {"rows", {"clean faces", "<b>"}},
                                  {"settings",
                                   {{"stage", "prior"},
                                    {"iterations", "600"},
                                    {"batch", "4"},
                                    {"rate", "0.01"},
                                    {"seed", 1},
                                    {"trunk", kHostileLoss}}}}}});
        for (int i = 0; i <= 300; i += 10) {
            if (i > 0) {
                log += line({{"iteration", i},
                             {"seconds", i * 0.5},
                             {"factor", 1 - i / 600.0},
                             {"waited", 0.25},
                             {"loss", i == 150 ? 4.0 : 1 + 100.0 / i},
                             {kHostileLoss, 100.0 / i},
                             {"gradient", 0.5}});
            }
            if (i % 100 == 0) {
                log += line({{"iteration", i},
                             {"seconds", i * 0.5},
                             {"validation", {{"score", 1 - i / 1000.0}, {"psnr", 20 + i / 100.0}}}});
            }
        }
        write_text(root() / "prior" / "log.jsonl", log + "{\"iteration\":310,\"loss\":1.");
        for (const int i : {0, 100, 200, 300}) picture(i);
        write_text(root() / kHostile / "log.jsonl",
                   line({{"iteration", 10}, {"loss", 2}}) + line({{"iteration", 20}, {"loss", 1.5}}));
    }

    std::filesystem::path root() const { return scratch_ / "mine"; }
    static std::string line(const Json& json) { return json.dump() + "\n"; }

  private:
    void picture(int gray) const {
        const cv::Mat pixels(32, 128, CV_8UC3, cv::Scalar::all(gray / 2));
        save_png(*Image::from_bgr8(pixels, "test"), root() / "prior" / "grids" / fmt::format("{:07}.png", gray));
    }

    Scratch scratch_;
};

}  // namespace bfr::testing
