#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/support.h"
#include "tests/weights/bytes.h"
#include "weights/formats/inspect.h"
#include "weights/formats/safetensors.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Number>
CheckpointTensor tensor_of(const std::string& path, DType dtype, const std::vector<Number>& values) {
    std::string content;
    for (const Number value : values) content += number(value);
    return {path,
            {dtype,
             {static_cast<int64_t>(values.size())},
             {1},
             0,
             std::make_shared<const TensorStorage>(TensorStorage{file_of(content), false})}};
}

TEST(SafetensorsWriter, EveryTensorComesBack) {
    const auto folder = data_dir() / "goldens" / "checkpoints";
    const Scratch scratch;
    const auto original = open_checkpoint(folder / "zip.pt");
    write_safetensors(scratch / "a.safetensors", original.tensors(), std::nullopt, {{"from", "zip.pt"}});
    const auto copy = SafetensorsFile::open(scratch / "a.safetensors");
    EXPECT_EQ(copy.metadata().at("from"), "zip.pt");
    ASSERT_EQ(copy.tensors().size(), original.tensors().size());
    for (const auto& tensor : original.tensors()) {
        const auto& view = copy.at(tensor.path);
        EXPECT_EQ(view.dtype, tensor.stored.dtype);
        EXPECT_EQ(view.shape, tensor.stored.shape);
        EXPECT_EQ(to_doubles(view), to_doubles(original.read(tensor).view));
    }
}

// 2049 lies between two halves, and goes to the even one; so do 2051 and the middle of the smallest subnormal.
TEST(SafetensorsWriter, HalvesAreTheNearest) {
    const Scratch scratch;
    const double inf = std::numeric_limits<double>::infinity();
    const auto written = [&](const std::vector<double>& values) {
        write_safetensors(scratch / "h", {tensor_of("w", DType::kF64, values)}, DType::kF16);
        return to_doubles(SafetensorsFile::open(scratch / "h").at("w"));
    };
    EXPECT_THAT(
        written({1, -2.5, 2049, 2051, 65504, 65519.9, 0x1p-24, 0x1p-25, 0x1.8p-24, 1023.5 * 0x1p-24, -0.0, inf}),
        ElementsAre(1, -2.5, 2048, 2052, 65504, 65504, 0x1p-24, 0, 0x1p-23, 0x1p-14, -0.0, inf));
    EXPECT_TRUE(std::isnan(written({std::nan("")})[0]));
    EXPECT_THAT(refusal_of([&] { written({65520}); }), HasSubstr("fp16 can't"));
    std::vector<uint16_t> halves(0x7C00);
    std::iota(halves.begin(), halves.end(), uint16_t{0});
    const auto all = to_doubles({"h", DType::kF16, {0x7C00}, std::as_bytes(std::span(halves))});
    EXPECT_EQ(written(all), all);
}

TEST(SafetensorsWriter, WholeNumbersStayAndNamesAreUnique) {
    const Scratch scratch;
    const auto steps = tensor_of<int64_t>("steps", DType::kI64, {1LL << 60});
    write_safetensors(scratch / "a", {steps, tensor_of<float>("w", DType::kF32, {0.1f})}, DType::kF16);
    const auto copy = SafetensorsFile::open(scratch / "a");
    EXPECT_THAT(to_integers(copy.at("steps")), ElementsAre(1LL << 60));
    EXPECT_EQ(copy.at("w").dtype, DType::kF16);
    EXPECT_THAT(refusal_of([&] {
                    write_safetensors(scratch / "b", {steps, steps}, std::nullopt);
                }),
                HasSubstr("two tensors 'steps'"));
    EXPECT_FALSE(std::filesystem::exists(scratch / "b"));
}

TEST(Inspect, ShowsTheTreeAndEachTensor) {
    const auto folder = data_dir() / "goldens" / "checkpoints";
    const std::string training = inspect_text(open_checkpoint(folder / "training.pt"));
    EXPECT_THAT(training, HasSubstr("torch zip, "));
    EXPECT_THAT(training, HasSubstr("g_ema                    dict of 2: 2 tensors, 109 elements, 436 bytes"));
    EXPECT_THAT(training, HasSubstr("iter                     123456"));
    EXPECT_THAT(training, HasSubstr("<argparse.Namespace 'size'=512"));
    EXPECT_THAT(training, HasSubstr("[1, 4, 3, 3, 3]"));
    const std::string ema = inspect_text(open_checkpoint(folder / "training.pt"), "g_ema");
    EXPECT_THAT(ema, HasSubstr("  convs.0.weight        F32   [1, 4, 3, 3, 3]"));
    EXPECT_THAT(ema, ::testing::Not(HasSubstr("exp_avg")));
    EXPECT_THAT(inspect_text(open_checkpoint(folder / "zip.pt")), HasSubstr("shared  view"));
    EXPECT_THAT(inspect_text(open_checkpoint(folder / "hostile.pt")),
                HasSubstr("<posix.system('touch bfr-was-here')>"));
    const std::string module = inspect_text(open_checkpoint(folder / "module.pt"));
    EXPECT_THAT(module, HasSubstr("class                    absent_package.models.TinyExpressionNet"));
    EXPECT_THAT(module, HasSubstr("num_classes              8"));
    EXPECT_THAT(module, ::testing::Not(HasSubstr("_hooks")));
    EXPECT_THAT(inspect_text(open_checkpoint(folder / "mixed.safetensors")), HasSubstr("hashed"));
    EXPECT_THAT(refusal_of([&] { inspect_text(open_checkpoint(folder / "zip.pt"), "nothing"); }),
                HasSubstr("nothing at 'nothing'"));
}

}  // namespace
}  // namespace bfr
