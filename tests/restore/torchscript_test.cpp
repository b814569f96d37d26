// Modules of tests/data/torchscript, and what PyTorch gave for them (export.py there).
#include "nets/torchscript.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <thread>

#include "base/files.h"
#include "nets/torchscript_pictures.h"
#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string module(const std::string& name) { return (data_dir() / "torchscript" / (name + ".pt")).string(); }

std::unique_ptr<Restorer> make(const std::string& name, const std::vector<std::string>& options = {},
                               const std::string& device = "cpu") {
    Spec spec("torchscript");
    spec.set("file", module(name));
    for (size_t i = 0; i + 1 < options.size(); i += 2) spec.set(options[i], options[i + 1]);
    return restorers().make(spec, allowed_context(device));
}

// The k-th picture of expected-VERSION.json.
ImagePtr picture(const Json& expected, int k) {
    const int width = expected["width"], height = expected["height"];
    cv::Mat bgr(height, width, CV_8UC3);
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < width * height; i++)
            bgr.data[3 * i + 2 - c] =
                expected["levels_rgb"][static_cast<size_t>((k * 3 + c) * width * height + i)].get<uchar>();
    }
    return Image::from_bgr8(bgr, "p");
}

class TorchScriptParity : public ::testing::TestWithParam<std::string> {
  protected:
    const Json expected_ = read_json(data_dir() / "torchscript" / ("expected-" + GetParam() + ".json"));
};
INSTANTIATE_TEST_SUITE_P(Exported, TorchScriptParity, ::testing::Values("1.13", "2.13"));

TEST_P(TorchScriptParity, TheModuleGivesWhatPytorchGave) {
    const TorchScript net({.file = module("restorer-" + GetParam())});
    const PictureForm form{.low = -1, .high = 1, .out_low = -1, .out_high = 1};
    const at::Tensor input = picture_for_module(picture(expected_, 0)->rgb01(), form);
    for (int repeat = 0; repeat < 4; repeat++) {  // the interpreter changes its graph after a few
        const at::Tensor output = net.forward({&input, 1}).flatten();
        ASSERT_EQ(output.numel(), static_cast<int64_t>(expected_["restored"].size()));
        for (int64_t i = 0; i < output.numel(); i++)
            ASSERT_NEAR(output.data_ptr<float>()[i], expected_["restored"][static_cast<size_t>(i)].get<double>(), 1e-5);
    }
    EXPECT_FALSE(net.draws());  // its dropout is off
}

TEST_P(TorchScriptParity, TheRestorerWritesItInEightBits) {
    const auto unit = make("restorer-" + GetParam(), {"range", "-1..1"});
    const ImagePtr input = picture(expected_, 0), output = restored(*unit, *input);
    const int n = input->width() * input->height();
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < 3; c++) {
            const double x = (expected_["restored"][static_cast<size_t>(c * n + i)].get<double>() + 1) / 2 * 255;
            ASSERT_NEAR(output->bgr8().data[3 * i + 2 - c], x, 0.5 + 0.01);
        }
    }
    EXPECT_EQ(unit->info().parameters, 3 * 4 * 9 + 4 + 2 * 4 + 4 * 3 * 9 + 3);
    EXPECT_EQ(unit->info().weights.at(0).sha256.size(), 64u);
}

TEST(TorchScript, TakesTheChosenPart) {
    const ImagePtr input = synthetic("x", 9, 7, 20);
    const std::string inverse = restored(*make("parts", {"output", "0"}), *input)->sha256();
    EXPECT_EQ(restored(*make("named", {"output", "image"}), *input)->sha256(), inverse);
    EXPECT_EQ(restored(*make("named", {"output", "other"}), *input)->sha256(), input->sha256());
    const auto failure = [&](const std::string& name, const std::vector<std::string>& options) {
        return message_of<Error>([&] { restored(*make(name, options), *input); });
    };
    EXPECT_THAT(failure("parts", {}), AllOf(HasSubstr("a tuple"), HasSubstr("output=INDEX")));
    EXPECT_THAT(failure("parts", {"output", "1"}), HasSubstr("a list"));
    EXPECT_THAT(failure("parts", {"output", "2"}), HasSubstr("a tuple of 2"));
    EXPECT_THAT(failure("parts", {"output", "image"}), HasSubstr("no output=image"));
    EXPECT_THAT(failure("named", {"output", "picture"}), HasSubstr("output=picture"));
    EXPECT_THAT(failure("restorer-1.13", {"output", "0"}), HasSubstr("one tensor"));
}

TEST(TorchScript, ReadsRangesAndChannels) {
    const ImagePtr input = synthetic("x", 9, 7, 20);
    const cv::Vec3b given = input->bgr8().at<cv::Vec3b>(3, 4);
    // The module's first part is 1 - x, in whatever range x is.
    const auto value = [&](std::vector<std::string> options, int c) {
        options.insert(options.end(), {"output", "0"});
        return static_cast<int>(restored(*make("parts", options), *input)->bgr8().at<cv::Vec3b>(3, 4)[c]);
    };
    for (int c = 0; c < 3; c++) {
        EXPECT_EQ(value({}, c), 255 - given[c]);
        EXPECT_EQ(value({"channels", "bgr"}, c), 255 - given[c]);
        EXPECT_EQ(value({"range", "0..255"}, c), 0);
        EXPECT_EQ(value({"range", "0..255", "output_range", "-255..0"}, c), std::min(255, 256 - given[c]));
        // 1 - (2 v - 1), seen as a value of -1..1, is 1.5 - v; half a level of it is a matter of rounding.
        EXPECT_NEAR(value({"range", "-1..1"}, c), std::min(255.0, 1.5 * 255 - given[c]), 1);
    }
    const PictureForm bytes{.high = 255};
    const at::Tensor levels = picture_for_module(input->rgb01(), bytes);
    EXPECT_EQ(levels.data_ptr<float>()[3 * 9 + 4], given[2]);  // to the bit
    const at::Tensor swapped = picture_for_module(input->rgb01(), {.high = 255, .bgr = true});
    EXPECT_EQ(swapped.data_ptr<float>()[3 * 9 + 4], given[0]);
}

TEST(TorchScript, TakesItsSizeOrResizesWhereAsked) {
    const ImagePtr input = synthetic("x", 20, 16, 20);
    EXPECT_THAT(message_of<Error>([&] {
                    restored(*make("restorer-1.13", {"size", "16"}), *input);
                }),
                AllOf(HasSubstr("20x16"), HasSubstr("16x16"), HasSubstr("resize=")));
    for (const char* how : {"bilinear", "bicubic"}) {
        const ImagePtr output = restored(*make("restorer-1.13", {"size", "16", "resize", how}), *input);
        EXPECT_EQ(output->width(), 16);
        EXPECT_EQ(output->height(), 16);
    }
    EXPECT_EQ(restored(*make("restorer-1.13"), *input)->width(), 20);
}

TEST(TorchScript, SaysWhatAModuleDidWrong) {
    const ImagePtr input = synthetic("x", 9, 7, 20);
    for (const auto& [name, said] : {std::pair{"mismatch", "forward failed"},
                                     {"not-finite", "not finite"},
                                     {"whole", "floating-point"},
                                     {"gray", "1x1x7x9"},
                                     {"counts", "its own seen"},
                                     {"counts-aside", "its own seen"}}) {
        EXPECT_THAT(message_of<Error>([&, name = name] { restored(*make(name), *input); }),
                    AllOf(HasSubstr(said), ::testing::Not(HasSubstr("\n"))))
            << name;
    }
    const auto throws = make("throws");
    EXPECT_NO_THROW(restored(*throws, *Image::from_bgr8(cv::Mat::zeros(4, 4, CV_8UC3), "dark")));
    EXPECT_THAT(message_of<Error>([&] {
                    restored(*throws, *Image::from_bgr8(cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(250)), "light"));
                }),
                HasSubstr("no luck with bright pictures"));
}

TEST(TorchScript, ModulesThatKeepSomethingAreRefused) {
    for (const auto& [name, attribute] :
         {std::pair{"rebinds", "its own seen"}, {"counts-inside", "its own turn"}, {"remembers", "its own past"}}) {
        EXPECT_THAT(message_of<UsageError>([&, name = name] { make(name); }), HasSubstr(attribute)) << name;
    }
    const ImagePtr input = synthetic("x", 9, 7, 20);
    EXPECT_EQ(restored(*make("local-state"), *input)->sha256(),
              restored(*make("parts", {"output", "0"}), *input)->sha256());
}

TEST(TorchScript, RandomNumbersAreOfTheSeedAndTheSampleAlone) {
    const auto unit = make("draws");
    EXPECT_TRUE(unit->info().draws);
    const ImagePtr input = synthetic("x", 32, 32, 0);
    const std::string first = restored(*unit, *input, "a", 1)->sha256();
    EXPECT_NE(restored(*unit, *input, "b", 1)->sha256(), first);
    EXPECT_NE(restored(*unit, *input, "a", 2)->sha256(), first);
    std::vector<std::string> together(8);
    std::vector<std::thread> threads;
    for (auto& one : together) threads.emplace_back([&] { one = restored(*unit, *input, "a", 1)->sha256(); });
    for (auto& thread : threads) thread.join();
    EXPECT_THAT(together, ::testing::Each(first));
}

TEST(TorchScript, GivesTheSameInManyThreads) {
    const auto unit = make("restorer-2.13", {"range", "-1..1"});
    std::vector<std::string> alone, together(8);
    for (size_t i = 0; i < together.size(); i++)
        alone.push_back(
            restored(*make("restorer-2.13", {"range", "-1..1"}), *synthetic(std::to_string(i), 40, 30, 20))->sha256());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < together.size(); i++) {
        threads.emplace_back(
            [&, i] { together[i] = restored(*unit, *synthetic(std::to_string(i), 40, 30, 20))->sha256(); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(together, alone);
}

TEST(TorchScript, RefusesFilesThatAreNone) {
    const Scratch scratch;
    const std::string whole = read_text(module("restorer-1.13"));
    write_text(scratch / "cut.pt", whole.substr(0, whole.size() / 2));
    write_text(scratch / "text.pt", "This is a text.");
    write_text(scratch / "empty.pt", "");
    const auto refused = [](const std::string& file) {
        return message_of<UsageError>([&] {
            Spec spec("torchscript");
            spec.set("file", file);
            restorers().make(spec, allowed_context());
        });
    };
    for (const char* name : {"cut.pt", "text.pt", "empty.pt"})
        EXPECT_THAT(refused(scratch / name), AllOf(HasSubstr(name), HasSubstr("is no TorchScript module"))) << name;
    EXPECT_THAT(refused(module("state-dict")), AllOf(HasSubstr("is a checkpoint"), HasSubstr("torch.jit.")));
    EXPECT_THAT(refused(module("two-needed")),
                AllOf(HasSubstr("forward(Tensor x, float weight)"), HasSubstr("one tensor alone")));
    EXPECT_THAT(refused(module("metric-1.13")), HasSubstr("one tensor alone"));
    EXPECT_THAT(refused(""), HasSubstr("file= is missing"));
    EXPECT_THROW(make("no-such-file"), NotAvailable);
}

TEST(TorchScript, RefusesWhatMakesNoSense) {
    for (const auto& [key, value] : {std::pair{"range", "1..0"},
                                     {"range", "0-1"},
                                     {"range", "0..inf"},
                                     {"channels", "grb"},
                                     {"size", "0"},
                                     {"resize", "bilinear"},
                                     {"sise", "3"}}) {
        EXPECT_THROW(make("restorer-1.13", {key, value}), UsageError) << key << "=" << value;
    }
    Spec spec("torchscript");
    spec.set("file", module("restorer-1.13"));
    EXPECT_THAT(message_of<UsageError>([&] { restorers().make(spec, UnitContext()); }), HasSubstr("--allow-commands"));
}

TEST(TorchScript, NeverFallsBackToAnotherDevice) {
    try {
        EXPECT_EQ(make("restorer-1.13", {}, "cuda")->info().device, "cuda");  // where there is one
    } catch (const NotAvailable& error) {
        EXPECT_THAT(error.reason(), AllOf(HasSubstr("cuda"), HasSubstr(TORCH_VERSION)));
    }
}

}  // namespace
}  // namespace bfr::testing
