#include "weights/formats/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <regex>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "tests/support/support.h"
#include "tests/weights/bytes.h"

namespace bfr {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kExecuted = "bfr-was-here";

std::string path_of(std::string key) {
    std::replace(key.begin(), key.end(), '/', '.');
    return key;
}

// "NAME", "transpose(NAME)" or "NAME[a:b, c:d:e]" of a matrix.
std::vector<double> derived(const Checkpoint& checkpoint, const std::string& rule) {
    static const std::regex transpose(R"(transpose\((.*)\))");
    static const std::regex slice(R"((.*)\[(\d+):(\d+), (\d+):(\d+):(\d+)\])");
    std::smatch part;
    const auto values = [&](const std::string& name) {
        return to_doubles(checkpoint.read(checkpoint.at(path_of(name))).view);
    };
    std::vector<double> result;
    const auto pick = [&](const std::string& name, auto each) {
        const auto& shape = checkpoint.at(path_of(name)).stored.shape;
        const auto all = values(name);
        each(shape.at(0), shape.at(1), [&](int64_t row, int64_t column) {
            result.push_back(all.at(static_cast<size_t>(row * shape[1] + column)));
        });
    };
    if (std::regex_match(rule, part, transpose)) {
        pick(part[1], [](int64_t rows, int64_t columns, auto take) {
            for (int64_t c = 0; c < columns; c++)
                for (int64_t r = 0; r < rows; r++) take(r, c);
        });
        return result;
    }
    if (std::regex_match(rule, part, slice)) {
        const auto number = [&](size_t i) { return std::stoll(part[i]); };
        pick(part[1], [&](int64_t, int64_t, auto take) {
            for (int64_t r = number(2); r < number(3); r++)
                for (int64_t c = number(4); c < number(5); c += number(6)) take(r, c);
        });
        return result;
    }
    return values(rule);
}

const std::map<std::string, DType>& dtypes() {
    static const std::map<std::string, DType> known{
        {"float32", DType::kF32}, {"float64", DType::kF64}, {"float16", DType::kF16}, {"bfloat16", DType::kBF16},
        {"int64", DType::kI64},   {"int32", DType::kI32},   {"int16", DType::kI16},   {"int8", DType::kI8},
        {"uint8", DType::kU8},    {"bool", DType::kBool}};
    return known;
}

// What a tensor of the dtype keeps of a float of magnitude up to `largest`: half a unit in its last place.
double kept(DType dtype, double largest) {
    const double bits = dtype == DType::kF16 ? 11 : dtype == DType::kBF16 ? 8 : 0;
    return bits ? std::ldexp(largest, -static_cast<int>(bits)) : 0.0;
}

void expect_tensor(const Checkpoint& checkpoint, const std::string& filled_by, const std::string& key,
                   const Json& want) {
    SCOPED_TRACE(key);
    const auto& tensor = checkpoint.at(path_of(key));
    const DType dtype = dtypes().at(want.at("dtype").get<std::string>());
    EXPECT_EQ(to_string(tensor.stored.dtype), to_string(dtype));
    EXPECT_EQ(tensor.stored.shape, want.at("shape").get<std::vector<int64_t>>());
    const auto values = to_doubles(checkpoint.read(tensor).view);
    if (want.contains("equals")) {
        EXPECT_EQ(values, derived(checkpoint, want.at("equals").get<std::string>()));
        return;
    }
    const auto lo = want.at("lo").get<float>(), hi = want.at("hi").get<float>();
    const auto filled = hash_fill(filled_by + key, values.size(), lo, hi);
    ASSERT_EQ(values.size(), static_cast<size_t>(tensor.stored.count()));
    const bool whole = dtype != DType::kBool && kept(dtype, 1) == 0 && dtype != DType::kF32 && dtype != DType::kF64;
    for (size_t i = 0; i < values.size(); i++) {
        const double expected = dtype == DType::kBool ? filled[i] > 0 : whole ? std::nearbyint(filled[i]) : filled[i];
        EXPECT_NEAR(values[i], expected, kept(dtype, std::max(std::abs(lo), std::abs(hi)))) << i;
    }
}

TEST(CheckpointParity, EveryFileReadsAsExpected) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    const Json expected = read_json(*folder / "expected.json");
    int tensors = 0;
    for (const auto& [file, listed] : expected.at("files").items()) {
        SCOPED_TRACE(file);
        const std::string filled_by = listed.value("same as", file);
        const auto checkpoint = open_checkpoint(*folder / file);
        for (const auto& [key, want] : expected.at("files").at(filled_by).items()) {
            expect_tensor(checkpoint, expected.at("salt").get<std::string>() + filled_by + "/", key, want);
            tensors++;
        }
    }
    EXPECT_GT(tensors, 0);
}

// A module's state_dict and a plain dictionary hold what is expected and nothing else, in that order.
TEST(CheckpointParity, FlatFilesHoldNothingElse) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    const Json expected = read_json(*folder / "expected.json");
    for (const std::string file : {"module.pt", "module-legacy.pth", "zip.pt", "legacy.pth", "fid-stats.pth",
                                   "fid-stats.npz", "data-parallel.pth"}) {
        SCOPED_TRACE(file);
        if (!expected.at("files").contains(file)) continue;  // another set of goldens may hold fewer
        const Json& listed = expected.at("files").at(file);
        std::vector<std::string> want, have;
        for (const auto& [key, value] : expected.at("files").at(listed.value("same as", file)).items())
            want.push_back(key);
        const auto checkpoint = open_checkpoint(*folder / file);
        for (const auto& tensor : checkpoint.tensors()) have.push_back(tensor.path);
        EXPECT_EQ(have, want);
    }
}

TEST(CheckpointParity, HostileFilesAreDataAndRunNothing) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    for (const char* file : {"hostile.pt", "hostile-legacy.pth"}) {
        SCOPED_TRACE(file);
        ASSERT_FALSE(std::filesystem::exists(kExecuted));
        const auto checkpoint = open_checkpoint(*folder / file);
        EXPECT_EQ(describe(*checkpoint.find("extra")), "<posix.system('touch bfr-was-here')>");
        EXPECT_EQ(checkpoint.below("state_dict").size(), 1u);
        EXPECT_FALSE(std::filesystem::exists(kExecuted));
    }
}

TEST(CheckpointParity, WhatLiesBesideTheTensors) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    for (const char* file : {"training.pt", "training-legacy.pt"}) {
        SCOPED_TRACE(file);
        const auto training = open_checkpoint(*folder / file);
        EXPECT_EQ(training.find("iter")->integer, 123456);
        EXPECT_EQ(training.find("ada_aug_p")->real, 0.25);
        EXPECT_EQ(describe(*training.find("args.levels")), "[1, 2.5, None]");
        EXPECT_EQ(
            describe(*training.find("args")),
            "<argparse.Namespace 'size'=512, 'path'='data', 'lr'=0.002, 'augment'=False, 'levels'=[1, 2.5, None]>");
        EXPECT_EQ(training.find("g_optim.param_groups.0.lr")->real, 0.0016);
        EXPECT_TRUE(training.has("d_optim.state.1.exp_avg_sq"));
        EXPECT_EQ(training.find("args.none"), nullptr);
        const auto ema = training.below("g_ema");
        ASSERT_EQ(ema.size(), 2u);
        EXPECT_EQ(ema[0].path, "convs.0.weight");
    }
    const auto lightning = open_checkpoint(*folder / "lightning.ckpt");
    EXPECT_EQ(lightning.find("hyper_parameters.lr")->real, 1e-4);
    EXPECT_EQ(lightning.below("state_dict.vqvae").size(), 2u);
    EXPECT_TRUE(lightning.has("callbacks.__main__.LightningCallback.best.best"));
    const auto stats = open_checkpoint(*folder / "fid-stats.pth");
    EXPECT_EQ(describe(*stats.find("name")), "'hashed'");
}

TEST(CheckpointParity, ViewsShareTheFilesBytes) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    for (const char* file : {"zip.pt", "legacy.pth"}) {
        SCOPED_TRACE(file);
        const auto checkpoint = open_checkpoint(*folder / file);
        const auto& base = checkpoint.at("view_base");
        const auto& slice = checkpoint.at("view_slice");
        EXPECT_EQ(base.stored.storage, slice.stored.storage);
        EXPECT_TRUE(base.stored.row_major());
        EXPECT_FALSE(slice.stored.row_major());
        EXPECT_EQ(checkpoint.read(base).view.bytes.data(), base.stored.storage->content.bytes().data());
    }
}

std::string text_of(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    return {bytes.begin(), bytes.end()};
}

// Reads everything that a file holds.
void use(const Checkpoint& checkpoint) {
    for (const auto& tensor : checkpoint.tensors()) to_doubles(checkpoint.read(tensor).view);
    if (checkpoint.root()) describe(*checkpoint.root());
}
std::string refusal(const std::string& content) {
    return refusal_of([&] { use(parse_checkpoint(file_of(content))); });
}

TEST(CheckpointParity, EveryTruncationIsRefused) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    const Json expected = read_json(*folder / "expected.json");
    for (const auto& [file, listed] : expected.at("files").items()) {
        const std::string whole = text_of(*folder / file);
        EXPECT_EQ(refusal(whole), "accepted") << file;
        for (size_t size = 0; size < whole.size(); size++)
            ASSERT_NE(refusal(whole.substr(0, size)), "accepted") << file << " cut at " << size;
    }
}

TEST(CheckpointParity, ChangedBytesAreAnErrorOrTensors) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    const Json expected = read_json(*folder / "expected.json");
    for (const auto& [file, listed] : expected.at("files").items()) {
        const std::string whole = text_of(*folder / file);
        int accepted = 0;
        constexpr uint32_t kRounds = 2000;
        for (uint32_t round = 0; round < kRounds; round++) {
            const Draw draw(1, file, "changes", 0, round);
            auto changed = whole;
            for (uint64_t k = 0; k <= draw.integer(0, 3); k++)
                changed[draw.integer(1 + 2 * k, changed.size())] = static_cast<char>(draw.integer(2 + 2 * k, 256));
            accepted += refusal(changed) == "accepted";
        }
        EXPECT_LT(accepted, static_cast<int>(kRounds)) << file;
    }
    EXPECT_FALSE(std::filesystem::exists(kExecuted));
}

// Files as their authors published them: old containers whose storages name a CUDA device.
TEST(Checkpoint, PublishedFiles) {
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared", shared);
    const auto heads = open_checkpoint(*shared / "weights" / "lpips-v0.1-alex.pth");
    EXPECT_EQ(heads.container(), Container::kTorchLegacy);
    EXPECT_EQ(heads.tensors().size(), 5u);
    EXPECT_THAT(heads.at("lin0.model.1.weight").stored.shape, ElementsAre(1, 64, 1, 1));
    for (const float weight : to_floats(heads.read(heads.at("lin0.model.1.weight")).view)) EXPECT_GE(weight, 0);
    const auto network = open_checkpoint(*shared / "weights" / "mobilefacenet.pt");
    EXPECT_GT(network.tensors().size(), 100u);
    EXPECT_NO_THROW(use(network));
}

// A torch archive of one tensor: F32, with 6 elements in its storage.
struct OneTensor {
    int8_t offset = 0;
    std::vector<int8_t> shape{2, 3}, strides{3, 1};
    std::string storage = "FloatStorage";
    std::string stored = number(0.f) + number(1.f) + number(2.f) + number(3.f) + number(4.f) + number(5.f);
    std::string byte_order = "little";
    bool deflate = false;
};
std::string text(const std::string& content) { return "X" + number(static_cast<uint32_t>(content.size())) + content; }
std::string pickled(const std::vector<int8_t>& numbers) {
    std::string tuple = "(";
    for (const int8_t value : numbers) tuple += "J" + number(static_cast<int32_t>(value));
    return tuple + "t";
}
std::string archive(const OneTensor& tensor) {
    const std::string pickle = "\x80\2}" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
                               "ctorch\n" + tensor.storage + "\n" + text("0") + text("cuda:0") + "K\6tQJ" +
                               number(static_cast<int32_t>(tensor.offset)) + pickled(tensor.shape) +
                               pickled(tensor.strides) + "\x89}tRs.";
    return make_zip({{.name = "x/data.pkl", .content = pickle, .deflate = tensor.deflate},
                     {.name = "x/byteorder", .content = tensor.byte_order},
                     {.name = "x/data/0", .content = tensor.stored, .deflate = tensor.deflate},
                     {.name = "x/version", .content = "3\n"}});
}
std::vector<float> values(const OneTensor& tensor) {
    const auto checkpoint = parse_checkpoint(file_of(archive(tensor)));
    return to_floats(checkpoint.read(checkpoint.at("w")).view);
}
std::string view_refusal(const OneTensor& tensor) { return refusal(archive(tensor)); }

TEST(TorchArchive, Views) {
    EXPECT_THAT(values({}), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(values({.deflate = true}), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(values({.shape = {3, 2}, .strides = {1, 3}}), ElementsAre(0, 3, 1, 4, 2, 5));
    EXPECT_THAT(values({.offset = 1, .shape = {2, 2}, .strides = {3, 1}}), ElementsAre(1, 2, 4, 5));
    EXPECT_THAT(values({.offset = 5, .shape = {2, 2}, .strides = {0, 0}}), ElementsAre(5, 5, 5, 5));
    EXPECT_THAT(values({.offset = 2, .shape = {}, .strides = {}}), ElementsAre(2));
    EXPECT_THAT(values({.shape = {0, 100}, .strides = {100, 1}}), ElementsAre());
    EXPECT_THAT(values({.shape = {1, 6, 1}, .strides = {100, 1, 77}}), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(values({.shape = {2},
                        .strides = {1},
                        .stored = "\x3F\x80\0\0\x40\0\0\0"s + std::string(16, '\0'),
                        .byte_order = "big"}),
                ElementsAre(1, 2));
}

TEST(TorchArchive, StridesThatLeaveTheStorage) {
    EXPECT_THAT(view_refusal({.offset = 1}), HasSubstr("leaves its storage of 6 elements"));
    EXPECT_THAT(view_refusal({.strides = {4, 1}}), HasSubstr("leaves its storage"));
    EXPECT_THAT(view_refusal({.offset = -1}), HasSubstr("begins outside"));
    EXPECT_THAT(view_refusal({.offset = 7, .shape = {0}, .strides = {1}}), HasSubstr("begins outside"));
    EXPECT_THAT(view_refusal({.offset = 5, .shape = {2}, .strides = {-1}}), HasSubstr("negative stride"));
    EXPECT_THAT(view_refusal({.shape = {-2}, .strides = {1}}), HasSubstr("shape that is none"));
    EXPECT_THAT(view_refusal({.strides = {1}}), HasSubstr("one stride for each"));
    EXPECT_THAT(view_refusal({.shape = std::vector<int8_t>(9, 127), .strides = std::vector<int8_t>(9, 127)}),
                HasSubstr("leaves its storage"));
    EXPECT_THAT(view_refusal({.shape = std::vector<int8_t>(9, 127), .strides = std::vector<int8_t>(9, 0)}),
                HasSubstr("repeats the 24 bytes"));
    EXPECT_THAT(view_refusal({.shape = std::vector<int8_t>(10, 127), .strides = std::vector<int8_t>(10, 0)}),
                HasSubstr("shape that is none"));
    EXPECT_THAT(view_refusal({.stored = "12345678"}), HasSubstr("storage '0' has 8 bytes"));
    EXPECT_THAT(view_refusal({.storage = "DoubleStorage"}), HasSubstr("storage '0' has 24 bytes"));
    EXPECT_THAT(view_refusal({.byte_order = "middle"}), HasSubstr("neither little nor big"));
}

TEST(TorchArchive, KindsThatAreNotReadAreOpaque) {
    const OneTensor complex{
        .shape = {6}, .strides = {1}, .storage = "ComplexFloatStorage", .stored = std::string(48, 'x')};
    const auto checkpoint = parse_checkpoint(file_of(archive(complex)));
    EXPECT_TRUE(checkpoint.tensors().empty());
    EXPECT_THAT(describe(*checkpoint.find("w")), HasSubstr("_rebuild_tensor_v2"));
    EXPECT_THROW(checkpoint.at("w"), Error);
}

// The container before torch 1.6, of one dict with "w" and a storage "0" of three doubles.
std::string legacy(const std::string& tensor, bool little = true, const std::string& keys = text("0"),
                   const std::string& after = "") {
    const std::string stored = number(1.0) + number(2.0) + number(3.0);
    return "\x80\2\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}" + text("little_endian") +
           (little ? "\x88" : "\x89") + "s.\x80\2}" + text("w") + tensor + "s.\x80\2](" + keys + "e." +
           (little ? number<uint64_t>(3) : number(__builtin_bswap64(3))) + stored + after;
}
std::string doubles(const std::string& view, const std::string& function = "_rebuild_tensor_v2",
                    const std::string& more = "\x89}") {
    return "ctorch._utils\n" + function + "\n((" + text("storage") + "ctorch\nDoubleStorage\n" + text("0") +
           text("cpu") + "K\3" + view + "tQK\1K\2\x85K\1\x85" + more + "tR";
}
std::vector<double> legacy_values(const std::string& file) {
    const auto checkpoint = parse_checkpoint(file_of(file));
    EXPECT_EQ(checkpoint.container(), Container::kTorchLegacy);
    return to_doubles(checkpoint.read(checkpoint.at("w")).view);
}

TEST(TorchLegacy, StoragesAndPartsOfThem) {
    EXPECT_THAT(legacy_values(legacy(doubles("N"))), ElementsAre(2, 3));
    EXPECT_THAT(legacy_values(legacy(doubles("", "_rebuild_tensor", ""))), ElementsAre(2, 3));
    const std::string part = "(" + text("v") + "K\0K\3t"s, late = "(" + text("v") + "K\1K\2t";
    EXPECT_THAT(legacy_values(legacy(doubles(part))), ElementsAre(2, 3));
    EXPECT_THAT(refusal(legacy(doubles(late))), HasSubstr("leaves its storage of 2 elements"));
    EXPECT_THAT(refusal(legacy(doubles("(" + text("v") + "K\1K\3t"))), HasSubstr("leaves it"));
    double swapped = 0;
    const uint64_t bits = __builtin_bswap64(std::bit_cast<uint64_t>(2.0));
    std::memcpy(&swapped, &bits, sizeof bits);
    EXPECT_EQ(legacy_values(legacy(doubles("N"), false))[0], swapped);
}

TEST(TorchLegacy, StoragesThatAreNotWhatThePickleSays) {
    EXPECT_THAT(refusal(legacy(doubles("N"), true, text("1"))), HasSubstr("nothing says the kind of"));
    EXPECT_THAT(refusal(legacy(doubles("N"), true, "")), HasSubstr("32 bytes after its last storage"));
    EXPECT_THAT(refusal(legacy(doubles("N"), true, text("0"), "more")), HasSubstr("4 bytes after its last storage"));
    EXPECT_THAT(refusal(legacy(doubles("N"), true, "K\1")), HasSubstr("no text"));
}

// A header's length may begin as a pickle (0x80, 0x80 0x02) or a zip archive ("PK") does.
TEST(Checkpoint, SafetensorsOfEveryHeaderLength) {
    for (const size_t length : {0x80u, 0x0280u, 0x0580u, 0x4B50u, 0x100u}) {
        std::string header = R"({"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
        header.resize(length, ' ');
        const auto file = parse_checkpoint(file_of(number(uint64_t{length}) + header + "ab"));
        EXPECT_EQ(to_string(file.container()), to_string(Container::kSafetensors)) << length;
        EXPECT_EQ(file.tensors().size(), 1u) << length;
    }
}

TEST(Checkpoint, FilesThatAreNone) {
    EXPECT_THAT(refusal(std::string()), HasSubstr("no checkpoint"));
    EXPECT_THAT(refusal("\xFF\xD8\xFF\xE0 a picture"), HasSubstr("no checkpoint"));
    EXPECT_THAT(refusal(make_zip({{.name = "readme.txt", .content = "x"}})), HasSubstr("neither torch's"));
    EXPECT_THAT(refusal(make_zip({{.name = "a/data.pkl", .content = "x"}, {.name = "b/data.pkl", .content = "x"}})),
                HasSubstr("two checkpoints"));
    EXPECT_THAT(
        refusal(make_zip({{.name = "a/data.pkl", .content = "\x80\2N."}, {.name = "a/version", .content = "99"}})),
        HasSubstr("version '99'"));
}

TEST(Checkpoint, TwoTensorsOfOnePathAreNotConfused) {
    const std::string tensor =
        "cnumpy.core.multiarray\n_reconstruct\n)R(K\1)cnumpy\ndtype\n" + text("u1") + "\x85R\x89" + "U\1xtbq\1";
    const auto checkpoint =
        parse_checkpoint(file_of("\x80\2}(" + text("a.b") + tensor + text("a") + "}" + text("b") + "h\1su."));
    EXPECT_EQ(checkpoint.tensors().size(), 2u);
    EXPECT_THROW(checkpoint.at("a.b"), Error);
    EXPECT_THAT(refusal("\x80\2}(" + text("a") + tensor + text("a") + "h\1u."), HasSubstr("'a' twice"));
}

}  // namespace
}  // namespace bfr
