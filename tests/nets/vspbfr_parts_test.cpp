// Which folders of goldens pass and which fail: this program is run on folders made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/files.h"
#include "nets/stylegan2_discriminator.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Scratch;

testing::Ran compared(const fs::path& goldens) {
    return testing::run({fs::read_symlink("/proc/self/exe").string(), "--gtest_filter=*Parity*"},
                        {"BFR_GOLDENS=" + goldens.string(), "GTEST_OUTPUT="});
}

CheckpointTensor stored(const std::string& path, const at::Tensor& tensor) {
    const at::Tensor plain = tensor.detach().contiguous();
    const auto* begin = reinterpret_cast<const std::byte*>(plain.data_ptr<float>());
    const TensorStorage storage{FileBytes::own({begin, begin + plain.nbytes()}, path)};
    const auto shape = plain.sizes().vec();
    return {path, {DType::kF32, shape, dense_strides(shape), 0, std::make_shared<TensorStorage>(storage)}};
}

// A discriminator of 8 pixels under a name and a salt of its own; `error`: what is added to its score.
void write_part(const fs::path& folder, const std::string& name, const std::string& salt, float error) {
    fs::create_directories(folder);
    nets::Discriminator net({.size = 8, .channels = {.base = 4}});
    net.eval();
    const at::NoGradGuard no_grad;
    Json entries = Json::array();
    const auto add = [&](const std::string& key, at::Tensor& tensor, const Json& lo, const Json& hi) {
        entries.push_back({{"key", key}, {"shape", tensor.sizes().vec()}, {"lo", lo}, {"hi", hi}});
        if (lo.is_null()) return;
        tensor.copy_(testing::hashed(salt + key, tensor.sizes().vec(), lo.get<double>(), hi.get<double>()));
    };
    for (auto& item : net.named_parameters()) add(item.key(), item.value(), -0.5, 0.5);
    for (auto& item : net.named_buffers()) add(item.key(), item.value(), nullptr, nullptr);
    write_text(folder / (name + ".layout.json"), Json{{"salt", salt}, {"entries", entries}}.dump());
    const at::Tensor score = net.forward(testing::hashed(salt + "x", {4, 3, 8, 8}, -1, 1)) + error;
    const Json inputs = {{"x", {{"name", salt + "x"}, {"shape", {4, 3, 8, 8}}, {"lo", -1}, {"hi", 1}}}};
    const Json outputs = {{"score", {{"shape", {4, 1}}, {"step", 1}}}};
    write_safetensors(folder / (name + ".safetensors"), {stored("score", score)}, std::nullopt,
                      {{"salt", salt}, {"inputs", inputs.dump()}, {"outputs", outputs.dump()}});
}

TEST(VspbfrParts, OfAnyNameAndSaltAreCompared) {
    const Scratch scratch;
    write_part(scratch / "vspbfr", "first one", "another salt/", 0);
    write_part(scratch / "vspbfr", "second", "", 0);
    const auto ran = compared(scratch.path());
    EXPECT_EQ(ran.code, 0) << ran.out;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("MatchesTheAuthors/first_one"), HasSubstr("MatchesTheAuthors/second_prepared"),
                               HasSubstr("PASSED  ] 7 tests"), Not(HasSubstr("SKIPPED"))));
}

TEST(VspbfrParts, ThatDifferFail) {
    const Scratch scratch;
    write_part(scratch / "vspbfr", "right", "a/", 0);
    write_part(scratch / "vspbfr", "wrong", "a/", 0.01F);
    const auto ran = compared(scratch.path());
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("3 FAILED TESTS"), HasSubstr("wrong score: worst at sample")));
}

TEST(VspbfrParts, NoneAtAllFails) {
    const Scratch scratch;
    EXPECT_EQ(compared(scratch / "missing").code, 1);
    const auto without = compared(scratch.path());
    EXPECT_EQ(without.code, 1);
    EXPECT_THAT(without.out, HasSubstr("has no folder vspbfr"));
    fs::create_directories(scratch / "nets");
    const auto others = compared(scratch.path());
    EXPECT_EQ(others.code, 0) << others.out;
    EXPECT_THAT(others.out, HasSubstr("nothing of VSPBFR"));
    fs::create_directories(scratch / "vspbfr");
    const auto empty = compared(scratch.path());
    EXPECT_EQ(empty.code, 1);
    EXPECT_THAT(empty.out, HasSubstr("holds no PART.layout.json"));
}

TEST(VspbfrParts, ThatCantBeComparedFail) {
    const Scratch scratch;
    const fs::path folder = scratch / "vspbfr";
    const auto expect_failure = [&](const std::string& what) {
        const auto ran = compared(scratch.path());
        EXPECT_EQ(ran.code, 1) << what;
        EXPECT_THAT(ran.out, HasSubstr(what));
    };
    write_part(folder, "part", "a/", 0);
    fs::rename(folder / "part.safetensors", folder / "other.safetensors");
    expect_failure("it lacks its .safetensors");
    expect_failure("it lacks its .layout.json");
    fs::rename(folder / "other.safetensors", folder / "part.safetensors");
    write_text(folder / "new.layout.json",
               R"({"salt": "", "entries": [{"key": "x", "shape": [1], "lo": 0, "hi": 1}]})");
    fs::copy(folder / "part.safetensors", folder / "new.safetensors");
    expect_failure("of no network that is known here");
    write_text(folder / "new.layout.json", "{");
    expect_failure("new");
    fs::remove(folder / "new.layout.json");
    fs::remove(folder / "new.safetensors");
    write_part(folder, "part", "a/", 0);
    const Json layout = testing::read_json(folder / "part.layout.json");
    write_part(folder, "part", "b/", 0);
    write_text(folder / "part.layout.json", layout.dump());
    expect_failure("the layout's salt is 'a/', the outputs' is 'b/'");
}

}  // namespace
}  // namespace bfr
