// What VSPBFR says of checkpoints whose tensors, or whose options, are not what it needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "base/random.h"
#include "tests/restore/bad_files.h"
#include "tests/weights/bytes.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

TEST_F(VspbfrBadFiles, WeightsThatAreNoNumbers) {
    const auto infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    struct Place {
        const char* file;
        std::string group, key;
    };
    const Place places[] = {
        {kStyleFile, "state_dict.encoder.", "body.2.res_layer.3.weight"},
        {kStyleFile, "state_dict.encoder.", "body.0.res_layer.4.running_var"},
        {kStyleFile, "state_dict.decoder.", "convs.1.conv.weight"},
        {kStyleFile, "", "latent_avg"},
        {kDiffuserFile, "att_mapper.", "att_mapper.1.v_matrix.weight"},
        {kRestorationFile, "g_ema.", "convs.1.ModulatedConv2ds.3.weight"},
        {kRestorationFile, "g_ema.", "noises.noise_4"},
    };
    for (const auto& [file, group, key] : places) {
        const std::string name = group + key;
        for (const float value : {nan, infinity, -infinity}) {
            auto changed = tensors(file);
            at::Tensor values = values_of(tensor_of(changed, name));
            values.view(-1)[-1] = value;
            change(changed, name, values);
            expect_refused(file, changed, HasSubstr("tensor " + key + " holds a value that is not a finite number"));
        }
        auto both = tensors(file);  // their sum is no number either
        at::Tensor values = values_of(tensor_of(both, name));
        if (values.numel() < 2) continue;
        values.view(-1)[0] = infinity;
        values.view(-1)[-1] = -infinity;
        change(both, name, values);
        expect_refused(file, both, HasSubstr("not a finite number"));
    }
}

// Finite weights can be too large for float32: the picture fails, and whose fault it is, is said.
TEST_F(VspbfrBadFiles, WeightsThatOverflow) {
    const auto face = Image::from_bgr8(cv::Mat(32, 32, CV_8UC3, cv::Scalar(90, 120, 150)), "face");
    const auto failure = [&](const std::map<std::string, std::string>& options = {}) {
        const auto method = make_vspbfr_of(folder_.path(), options);
        return refusal_of([&] { method->restore({*face, "a", 1}); });
    };
    EXPECT_EQ(failure(), "accepted");
    const auto expect_failure = [&](const char* file, const std::vector<std::string>& names,
                                    const std::string& network) {
        auto changed = tensors(file);
        for (const auto& name : names) change(changed, name, at::full_like(values_of(tensor_of(changed, name)), 3e38F));
        put(file, changed);
        EXPECT_THAT(failure(),
                    AllOf(HasSubstr(network + " gave numbers that are not finite"), HasSubstr(path(file).string())));
        put(file, tensors(file));
    };
    expect_failure(kStyleFile, {"state_dict.encoder.styles.0.linear.bias", "state_dict.encoder.styles.3.linear.bias"},
                   "the style encoder");
    expect_failure(kDiffuserFile, {"att_mapper.att_mapper.1.beta_.3.weight"}, "the code diffuser");
    expect_failure(kStyleFile, {"state_dict.decoder.input.input"}, "StyleGAN2");
    expect_failure(kRestorationFile, {"g_ema.to_rgb1.bias", "g_ema.to_rgbs.0.bias"}, "the restoration net");
}

TEST_F(VspbfrBadFiles, AnyWrongShapeIsRefused) {
    for (uint32_t round = 0; round < 120; round++) {
        const Draw draw(1, "shapes", "wrong", 0, round);
        const char* file = kFiles[draw.integer(0, 3)];
        auto changed = tensors(file);
        auto& victim = changed[draw.integer(1, changed.size())];
        auto& stored = victim.stored;
        const auto before = stored.shape;
        const size_t dims = before.size();
        const size_t d = dims == 0 ? 0 : draw.integer(2, dims);
        switch (draw.integer(3, 6)) {
            case 0:
                if (dims > 0) stored.shape[d]--;
                break;
            case 1:
                if (dims > 0) std::swap(stored.shape[d], stored.shape[0]);
                break;
            case 2:
                stored.shape.push_back(1);
                break;
            case 3:
                stored.shape.insert(stored.shape.begin(), 1);
                break;
            case 4:
                stored.shape = {stored.count()};
                break;
            default:
                stored.shape.assign(dims, 0);
                if (dims > 0) stored.shape[d] = int64_t{1} << 40;
        }
        stored.strides = dense_strides(stored.shape);
        if (stored.shape == before) continue;
        SCOPED_TRACE(victim.path + " " + shape_text(before) + " as " + shape_text(stored.shape));
        expect_refused(file, changed, Not(HasSubstr("accepted")));
    }
}

TEST_F(VspbfrBadFiles, AnotherNetworksFileSaysWhatItLooksLike) {
    for (const char* file : kFiles) {
        for (const char* other : kFiles) {
            if (file == other) continue;
            put(file, tensors(other));
            EXPECT_THAT(refused(), AllOf(HasSubstr(path(file).string()), HasSubstr("has no tensors below"),
                                         HasSubstr(std::string("bfr weights fetch ") + file + " --force --out " +
                                                   path(file).parent_path().string())));
            put(file, tensors(file));
        }
    }
    put(kRestorationFile, tensors(kStyleFile));
    EXPECT_THAT(refused(), AllOf(HasSubstr("below 'g_ema'"), HasSubstr("looks like e4e's style encoder"),
                                 HasSubstr("StyleGAN2's generator (below state_dict.decoder)")));
    // the keys that the trainers of both write
    auto generator = tensors(kStyleFile);
    std::erase_if(generator, [](const auto& tensor) { return !tensor.path.starts_with("state_dict.decoder."); });
    for (auto& tensor : generator) tensor.path.replace(0, std::strlen("state_dict.decoder"), "g_ema");
    expect_refused(kRestorationFile, generator,
                   AllOf(HasSubstr("what lies below 'g_ema' looks like StyleGAN2's generator"),
                         HasSubstr("where VSPBFR's restoration net is expected")));
    const auto zeros = at::zeros({1});
    expect_refused(
        kRestorationFile,
        {stored("params_ema.position_emb", zeros), stored("params_ema.fuse_convs_dict.256.shift.2.weight", zeros)},
        HasSubstr("it looks like CodeFormer (below params_ema)"));
    put(kRestorationFile, "\xFF\xD8\xFF\xE0 a picture");
    EXPECT_THAT(refused(), AllOf(HasSubstr(path(kRestorationFile).string()), HasSubstr("no checkpoint")));
}

TEST_F(VspbfrBadFiles, APartThatIsMissing) {
    for (const std::string part : {"encoder", "decoder"}) {
        auto changed = tensors(kStyleFile);
        std::erase_if(changed, [&](const auto& tensor) { return tensor.path.starts_with("state_dict." + part); });
        expect_refused(kStyleFile, changed, HasSubstr("has no tensors below 'state_dict." + part + "'"));
    }
    auto changed = tensors(kStyleFile);
    std::erase_if(changed, [&](const auto& tensor) { return tensor.path == "latent_avg"; });
    expect_refused(kStyleFile, changed, HasSubstr("has no tensor 'latent_avg'"));
    changed = tensors(kRestorationFile);
    std::erase_if(changed, [&](const auto& tensor) { return tensor.path == "g_ema.final_linear.0.bias"; });
    expect_refused(kRestorationFile, changed, HasSubstr("final_linear.0.bias [32] is missing"));
}

TEST_F(VspbfrBadFiles, FilesThatDontBelongTogether) {
    const auto with = [](const torch::nn::Module& net, const std::string& path,
                         std::vector<CheckpointTensor> tensors = {}) {
        std::erase_if(tensors, [&](const auto& tensor) { return tensor.path.starts_with(path); });
        add_tensors(net, path, tensors);
        return tensors;
    };
    const auto refuse_diffuser = [&](const nets::CodeDiffuserOptions& sizes, const std::string& why) {
        expect_refused(kDiffuserFile, with(nets::CodeDiffuser(sizes), "att_mapper"),
                       AllOf(HasSubstr(why), HasSubstr("doesn't belong to " + path(kStyleFile).string())));
    };
    const auto refuse_restoration = [&](const nets::RestorationOptions& sizes, const std::string& why) {
        expect_refused(kRestorationFile, with(nets::RestorationNet(sizes), "g_ema"),
                       AllOf(HasSubstr(why), HasSubstr("doesn't belong to " + path(kStyleFile).string())));
    };
    const auto with_bank = [&](const nets::StyleGan2Options& sizes) {
        return with(nets::StyleGan2(sizes), "state_dict.decoder", tensors(kStyleFile));
    };
    const auto compact = compact_sizes();
    auto diffuser = compact.diffuser;
    diffuser.width = 24;
    refuse_diffuser(diffuser, "codes of another width: 24, not 16");

    auto restoration = compact.restoration;
    restoration.style_width = 24;
    refuse_restoration(restoration, "codes of another width: 24, not 16");
    restoration = compact.restoration;
    restoration.size = 128;
    refuse_restoration(restoration, "takes more codes: 12, not 10");
    restoration = compact.restoration;
    restoration.channels.base = 32;
    refuse_restoration(restoration, "another number of channels at 8 pixels: 32, not 16");

    auto bank = compact.bank;
    bank.style_width = 24;
    expect_refused(kStyleFile, with_bank(bank),
                   AllOf(HasSubstr("another width: 24, not 16"), HasSubstr("the encoder beside it")));
    bank = compact.bank;
    bank.size = 128;
    expect_refused(kStyleFile, with_bank(bank),
                   AllOf(HasSubstr("takes more codes: 12, not 10"), HasSubstr("the encoder beside it")));
    bank.size = 16;
    put(kStyleFile, with_bank(bank));
    EXPECT_THAT(refused(),
                AllOf(HasSubstr(path(kRestorationFile).string()), HasSubstr("more pixels"), HasSubstr("32, not 16")));
}

TEST_F(VspbfrBadFiles, OptionsOutOfRange) {
    for (const std::map<std::string, std::string>& options :
         std::vector<std::map<std::string, std::string>>{{{"steps", "0"}},
                                                         {{"steps", "-1"}},
                                                         {{"steps", "1001"}},
                                                         {{"steps", "four"}},
                                                         {{"stop_after", "5"}},
                                                         {{"steps", "2"}, {"stop_after", "3"}},
                                                         {{"mixing", "1.5"}},
                                                         {{"mixing", "nan"}},
                                                         {{"samples", "0"}},
                                                         {{"prompt", "x"}},
                                                         {{"noise", ""}}}) {
        EXPECT_THAT([&] { make_vspbfr_of(folder_.path(), options); },
                    ThrowsMessage<UsageError>(HasSubstr(options.rbegin()->first)))
            << options.begin()->first << "=" << options.begin()->second;
    }
}

}  // namespace
}  // namespace bfr::testing
