#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "tests/train/pack/pictures.h"
#include "train/pack/jpeg.h"
#include "train/pack/pack_reader.h"
#include "train/pack/pack_writer.h"
#include "weights/formats/safetensors.h"

namespace bfr::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::rgb_picture;
using testing::Scratch;

constexpr int kSide = 32, kPictures = 7;

std::string id_of(int64_t i) { return fmt::format("person{}/picture{}", i / 3, i); }

void write_pack(const fs::path& folder, uint64_t shard_bytes = kDefaultShardBytes) {
    PackWriter writer(folder, kSide, {{"source", "made by hand"}}, shard_bytes);
    for (int i = 0; i < kPictures; i++)
        writer.add(id_of(i), fmt::format("person{}", i / 3), encode_jpeg(rgb_picture(id_of(i), kSide), kSide, 95));
    writer.finish(Json::array({{{"id", "nobody"}, {"reason", "no face found"}}}));
}

std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

std::string refusal_of(const fs::path& folder) {
    return refusal([&] {
        const PackReader pack(folder);
        for (int64_t i = 0; i < pack.size(); i++) pack.picture(i);
    });
}

Json pack_json(const fs::path& folder) { return parse_json(read_text(folder / "pack.json"), "pack.json"); }

TEST(Pack, GivesBackWhatWasWritten) {
    const Scratch scratch;
    write_pack(scratch / "pack");
    const PackReader pack(scratch / "pack");
    ASSERT_EQ(pack.size(), kPictures);
    EXPECT_EQ(pack.side(), kSide);
    for (int64_t i = 0; i < pack.size(); i++) {
        EXPECT_EQ(pack.id(i), id_of(i));
        EXPECT_EQ(pack.group(i), fmt::format("person{}", i / 3));
        const at::Tensor picture = pack.picture(i);
        ASSERT_EQ(picture.sizes(), (at::IntArrayRef{3, kSide, kSide}));
        ASSERT_EQ(picture.scalar_type(), at::kByte);
        auto rgb = rgb_picture(id_of(i), kSide);
        const at::Tensor wanted = at::from_blob(rgb.data(), {kSide, kSide, 3}, at::kByte).permute({2, 0, 1});
        EXPECT_LT((picture.to(at::kFloat) - wanted.to(at::kFloat)).abs().mean().item<float>(),
                  5);  // another picture is 60 off
    }
    const Json& json = pack.description();
    EXPECT_EQ(json["groups"], 3);
    EXPECT_EQ(json["settings"]["source"], "made by hand");
    EXPECT_EQ(json["failures"][0]["id"], "nobody");
    EXPECT_NO_THROW(pack.verify());
}

TEST(Pack, ShardsHoldTheSamePictures) {
    const Scratch scratch;
    write_pack(scratch / "one");
    write_pack(scratch / "many", 4000);
    const PackReader one(scratch / "one"), many(scratch / "many");
    EXPECT_EQ(one.description()["shards"].size(), 1);
    EXPECT_GT(many.description()["shards"].size(), 2);
    EXPECT_NE(one.sha256(), many.sha256());
    ASSERT_EQ(many.size(), kPictures);
    for (int64_t i = 0; i < kPictures; i++) {
        EXPECT_EQ(many.id(i), one.id(i));
        EXPECT_EQ(many.group(i), one.group(i));
        EXPECT_TRUE(at::equal(many.picture(i), one.picture(i)));
    }
}

TEST(Pack, EqualPicturesGiveEqualFiles) {
    const Scratch scratch;
    write_pack(scratch / "a");
    write_pack(scratch / "b");
    EXPECT_EQ(PackReader(scratch / "a").sha256(), PackReader(scratch / "b").sha256());
}

TEST(Pack, IsWrittenWholeOrNotAtAll) {
    const Scratch scratch;
    {
        PackWriter writer(scratch / "pack", kSide, {});
        writer.add("a", "", encode_jpeg(rgb_picture("a", kSide), kSide, 95));
        EXPECT_FALSE(fs::exists(scratch / "pack"));
    }
    EXPECT_TRUE(fs::is_empty(scratch.path()));
    EXPECT_THAT(refusal([&] { PackWriter(scratch / "pack", kSide, {}).finish(); }), HasSubstr("no picture"));
    EXPECT_TRUE(fs::is_empty(scratch.path()));
    write_pack(scratch / "pack/");
    EXPECT_THAT(refusal([&] { write_pack(scratch / "pack"); }), HasSubstr("is there already"));
    EXPECT_EQ(PackReader(scratch / "pack").size(), kPictures);
}

TEST(Pack, TakesOnlyIdsAndJpegs) {
    const Scratch scratch;
    PackWriter writer(scratch / "pack", kSide, {});
    const auto jpeg = encode_jpeg(rgb_picture("a", kSide), kSide, 95);
    EXPECT_THAT(refusal([&] { writer.add("a\nb", "", jpeg); }), HasSubstr("control character"));
    EXPECT_THAT(refusal([&] { writer.add("\xff", "", jpeg); }), HasSubstr("UTF-8"));
    EXPECT_THAT(refusal([&] { writer.add("a", "", std::span(jpeg).first(50)); }), HasSubstr("JPEG"));
    EXPECT_EQ(writer.size(), 0);
}

TEST(Pack, DamageIsToldWithShardAndPicture) {
    const Scratch scratch;
    const fs::path folder = scratch / "pack", shard = folder / "shard-00000.safetensors";
    write_pack(folder);
    auto bytes = read_file(shard);
    const auto& jpeg = SafetensorsFile::open(shard).at("jpeg").bytes;
    // In the middle of the files: of one picture, which is the one that is named.
    const size_t begin = bytes.size() - jpeg.size() - 8 * (2 * kPictures + 1);
    bytes[begin + jpeg.size() / 2] ^= 1;
    write_file(shard, bytes);
    EXPECT_THAT(refusal_of(folder), HasSubstr("shard-00000.safetensors: picture 'person1/picture3' is damaged"));
    EXPECT_THAT(refusal([&] { PackReader(folder).verify(); }), HasSubstr("shard-00000.safetensors"));
    bytes.pop_back();
    write_file(shard, bytes);
    EXPECT_THAT(refusal_of(folder), HasSubstr("pack.json says"));
    fs::remove(shard);
    EXPECT_THAT(refusal_of(folder), HasSubstr("shard-00000.safetensors"));
}

TEST(Pack, RefusesADescriptionThatIsNone) {
    const Scratch scratch;
    const fs::path folder = scratch / "pack";
    EXPECT_THAT(refusal_of(folder), HasSubstr("pack.json"));
    write_pack(folder);
    const Json good = pack_json(folder);
    const auto refused = [&](const std::function<void(Json&)>& change) {
        Json json = good;
        change(json);
        write_text(folder / "pack.json", json.dump());
        return refusal_of(folder);
    };
    EXPECT_EQ(refused([](Json&) {}), "accepted");
    EXPECT_THAT(refused([](Json& json) { json = Json::array(); }), HasSubstr("\"format\" is missing"));
    EXPECT_THAT(refused([](Json& json) { json["format"] = "zip"; }), HasSubstr("is no pack"));
    EXPECT_THAT(refused([](Json& json) { json["version"] = 2; }), HasSubstr("version 2"));
    EXPECT_THAT(refused([](Json& json) { json["side"] = -4; }), HasSubstr("\"side\""));
    EXPECT_THAT(refused([](Json& json) { json["side"] = 33; }), HasSubstr("32x32 pixels, not 33x33"));
    EXPECT_THAT(refused([](Json& json) { json["pictures"] = 8; }), HasSubstr("\"pictures\" is 8"));
    EXPECT_THAT(refused([](Json& json) { json["shards"] = Json::array(); }), HasSubstr("its shards have 0"));
    EXPECT_THAT(refused([](Json& json) { json["shards"][0]["file"] = "../secret"; }), HasSubstr("is not called"));
    EXPECT_THAT(refused([](Json& json) { json["shards"][0]["pictures"] = 6; }), HasSubstr("6 pictures"));
    EXPECT_THAT(refused([](Json& json) { json["shards"].push_back(json["shards"][0]); }), HasSubstr("is not called"));
    write_text(folder / "pack.json", "{");
    EXPECT_THAT(refusal_of(folder), HasSubstr("not JSON"));
    write_text(folder / "pack.json", std::string(100000, '['));
    EXPECT_NE(refusal_of(folder), "accepted");
}

// The bytes `from` of the shard become `to`, as long; pack.json holds no hash that opening looks at.
std::string refused_shard(const fs::path& folder, const std::string& from, const std::string& to) {
    const fs::path shard = folder / "shard-00000.safetensors";
    const std::string good = read_text(shard);
    const size_t at = good.find(from);
    EXPECT_NE(at, good.npos) << from;
    EXPECT_EQ(from.size(), to.size());
    std::string bad = good;
    bad.replace(at, from.size(), to);
    write_text(shard, bad);
    std::string refusal = refusal_of(folder);
    write_text(shard, good);
    return refusal;
}

TEST(Pack, RefusesAShardThatIsNone) {
    const Scratch scratch;
    const fs::path folder = scratch / "pack";
    write_pack(folder);
    EXPECT_THAT(refused_shard(folder, "\"offsets\":", "\"offzets\":"), HasSubstr("offsets"));
    EXPECT_THAT(refused_shard(folder, "\"U8\"", "\"I8\""), HasSubstr("'jpeg' is I8"));
    EXPECT_THAT(refused_shard(folder, "\"ids\":", "\"idz\":"), HasSubstr("no \"ids\""));
    EXPECT_THAT(refused_shard(folder, "person0/picture1", "person0/picture0"), HasSubstr("there twice"));
    EXPECT_THAT(refused_shard(folder, "person0/picture1", "person9/picture1"), HasSubstr("out of order"));
    EXPECT_THAT(refused_shard(folder, "person0/picture1", "person0\\\\u001b99"), HasSubstr("control character"));
    const auto offset = [](int64_t value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto first = static_cast<int64_t>(PackReader(folder).jpeg(0).size());
    const auto both = first + static_cast<int64_t>(PackReader(folder).jpeg(1).size());
    for (const int64_t wrong : {int64_t{0}, int64_t{-1}, both, both + 1, INT64_MAX, INT64_MIN})
        EXPECT_THAT(refused_shard(folder, offset(first) + offset(both), offset(wrong) + offset(both)),
                    HasSubstr("would lie at"));
    EXPECT_NE(refused_shard(folder, offset(first) + offset(both), offset(first + 1) + offset(both)), "accepted");
}

}  // namespace
}  // namespace bfr::train
