#include "weights/formats/tfjs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write_bytes(const std::filesystem::path& path, const std::vector<unsigned char>& bytes) {
    write_file(path, bytes);
}

Json weight(const std::string& name, Json shape, const std::string& dtype = "float32") {
    return {{"name", name}, {"shape", std::move(shape)}, {"dtype", dtype}};
}

Json quantised(Json entry, const std::string& dtype, double scale, double min) {
    entry["quantization"] = {{"dtype", dtype}, {"scale", scale}, {"min", min}};
    return entry;
}

Json group(std::vector<std::string> paths, std::vector<Json> weights) {
    return {{"paths", std::move(paths)}, {"weights", std::move(weights)}};
}

// Json{x} of one element would be x itself
Json manifest(std::vector<Json> groups) { return groups; }

class Tfjs : public ::testing::Test {
  protected:
    TfjsWeights open(const Json& json) {
        write_text(scratch_ / "m.json", json.dump());
        return TfjsWeights::open(scratch_ / "m.json");
    }
    std::string refusal(const Json& json) {
        try {
            open(json);
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("m.json"));
            return error.what();
        }
        return "accepted";
    }
    testing::Scratch scratch_;
};

TEST_F(Tfjs, SeveralGroupsShardsAndKinds) {
    // the uint16 tensor lies across the first group's two shards
    write_bytes(scratch_ / "a", {0, 255, 10, 1});
    write_bytes(scratch_ / "sub" / "b", {2, 0});
    const float plain = 1.5f;
    const int32_t integer = -7;
    std::vector<unsigned char> rest(8);
    std::memcpy(rest.data(), &plain, 4);
    std::memcpy(rest.data() + 4, &integer, 4);
    rest.insert(rest.end(), {1, 0x00, 0x3E, 3});
    write_bytes(scratch_ / "c", rest);
    auto half = weight("half", {1});
    half["quantization"] = {{"dtype", "float16"}};
    const auto weights =
        open({group({"a", "sub/b"}, {quantised(weight("q8", {2}), "uint8", 0.1, -3),
                                     quantised(weight("q16", {2, 1}), "uint16", 0.5, 1)}),
              group({"c"}, {weight("f", Json::array()), weight("i", {1}, "int32"), weight("flag", {1}, "bool"), half,
                            quantised(weight("qi", {1}, "int32"), "uint8", 0.5, -2)})});
    ASSERT_EQ(weights.tensors().size(), 7u);
    EXPECT_THAT(to_floats(weights.at("q8")), ElementsAre(-3.0f, static_cast<float>(255 * 0.1 - 3)));
    EXPECT_THAT(to_floats(weights.at("q16")), ElementsAre(266 * 0.5f + 1, 2 * 0.5f + 1));
    EXPECT_EQ(weights.at("q16").shape, (std::vector<int64_t>{2, 1}));
    EXPECT_THAT(to_floats(weights.at("f")), ElementsAre(1.5f));
    EXPECT_TRUE(weights.at("f").shape.empty());
    EXPECT_THAT(to_integers(weights.at("i")), ElementsAre(-7));
    EXPECT_THAT(to_integers(weights.at("flag")), ElementsAre(1));
    EXPECT_THAT(to_floats(weights.at("half")), ElementsAre(1.5f));
    EXPECT_THAT(to_integers(weights.at("qi")), ElementsAre(0));  // 3 * 0.5 - 2 = -0.5, and halves go up
    EXPECT_THROW(weights.at("none"), Error);
}

TEST_F(Tfjs, ComputesInDouble) {
    // float32 arithmetic ends on another float for these four
    const double scale = 0.0057930146946626555, min = -0.7125408074435067;
    write_bytes(scratch_ / "a", {19, 22, 37, 59});
    const auto weights = open(manifest({group({"a"}, {quantised(weight("w", {4}), "uint8", scale, min)})}));
    const auto floats = to_floats(weights.at("w"));
    const std::vector<double> bytes{19, 22, 37, 59};
    for (size_t i = 0; i < bytes.size(); i++) EXPECT_EQ(floats[i], static_cast<float>(bytes[i] * scale + min)) << i;
}

TEST_F(Tfjs, ReadsAModelFileAndAnotherShardFolder) {
    write_bytes(scratch_ / "shards" / "a", {5});
    write_text(scratch_ / "model.json", Json{{"weightsManifest", {group({"a"}, {weight("w", {1}, "bool")})}}}.dump());
    EXPECT_THROW(TfjsWeights::open(scratch_ / "model.json"), Error);
    const auto weights = TfjsWeights::open(scratch_ / "model.json", scratch_ / "shards");
    EXPECT_THAT(to_integers(weights.at("w")), ElementsAre(5));
}

TEST_F(Tfjs, RefusesShardsOutsideTheFolder) {
    const auto weights = std::vector<Json>{weight("w", {1}, "bool")};
    write_bytes(scratch_ / "a", {1});
    EXPECT_EQ(refusal(manifest({group({"./a"}, weights)})), "accepted");
    for (const std::string path : {"../a", "/etc/hostname", "sub/../../a", "..", ""}) {
        EXPECT_THAT(refusal(manifest({group({path}, weights)})), HasSubstr("outside its folder")) << path;
    }
    EXPECT_THAT(refusal(manifest({group({std::string("a\0b", 3)}, weights)})), HasSubstr("outside its folder"));
}

TEST_F(Tfjs, RefusesShardsOfAnotherLength) {
    write_bytes(scratch_ / "a", {1, 2, 3, 4});
    const auto of = [&](Json shape) { return manifest({group({"a"}, {weight("w", std::move(shape), "bool")})}); };
    EXPECT_EQ(refusal(of({2, 2})), "accepted");
    EXPECT_THAT(refusal(of({3})), HasSubstr("take 3 bytes"));
    EXPECT_THAT(refusal(of({5})), HasSubstr("hold 4"));
    EXPECT_THAT(refusal(manifest({group({"a", "a"}, {weight("w", {4}, "bool")})})), HasSubstr("hold 8"));
    EXPECT_THAT(refusal(of({int64_t{1} << 40})), HasSubstr("hold 4"));
}

TEST_F(Tfjs, RefusesShapesThatAreNone) {
    write_bytes(scratch_ / "a", {1, 2, 3, 4});
    const auto of = [&](Json shape) { return manifest({group({"a"}, {weight("w", std::move(shape))})}); };
    const int64_t big = int64_t{1} << 62;
    EXPECT_EQ(refusal(of({1})), "accepted");
    EXPECT_THAT(refusal(of({-1})), HasSubstr("shape"));
    EXPECT_THAT(refusal(of({1.0})), HasSubstr("shape"));
    EXPECT_THAT(refusal(of("1")), HasSubstr("no shape"));
    EXPECT_THAT(refusal(of({big, big})), HasSubstr("beyond all bounds"));
    EXPECT_THAT(refusal(of({big, 2})), HasSubstr("beyond all bounds"));
    EXPECT_THAT(refusal(of({big})), HasSubstr("beyond all bounds"));
    EXPECT_THAT(refusal(of({UINT64_MAX})), HasSubstr("shape"));
}

TEST_F(Tfjs, RefusesManifestsThatAreNone) {
    write_bytes(scratch_ / "a", {1, 2, 3, 4});
    const auto of = [&](Json entry) { return manifest({group({"a"}, {std::move(entry)})}); };
    EXPECT_NE(refusal(5), "accepted");
    EXPECT_NE(refusal({{"weightsManifest", 5}}), "accepted");
    EXPECT_NE(refusal(Json::array({5})), "accepted");
    EXPECT_NE(refusal(Json::array({{{"paths", {"a"}}}})), "accepted");
    EXPECT_NE(refusal(Json::array({{{"paths", {5}}, {"weights", Json::array()}}})), "accepted");
    EXPECT_NE(refusal(of(5)), "accepted");
    EXPECT_NE(refusal(of(weight("", {1}))), "accepted");
    EXPECT_THAT(refusal(of(weight("w", {1}, "complex64"))), HasSubstr("complex64"));
    EXPECT_THAT(refusal(manifest({group({"a"}, {weight("w", {0}), weight("w", {1})})})), HasSubstr("twice"));
    EXPECT_THAT(refusal(of(quantised(weight("w", {4}), "uint4", 1, 0))), HasSubstr("uint4"));
    EXPECT_THAT(refusal(of(quantised(weight("w", {4}), "uint8", 1e300, 0))), HasSubstr("quantization"));
    EXPECT_THAT(refusal(of(quantised(weight("w", {4}, "int32"), "uint8", 1e10, 0))), HasSubstr("quantization"));
    auto no_scale = weight("w", {4});
    no_scale["quantization"] = {{"dtype", "uint8"}, {"min", 0}};
    EXPECT_THAT(refusal(of(no_scale)), HasSubstr("no scale"));
    EXPECT_THROW(open(manifest({group({"missing"}, {weight("w", {1})})})), Error);
    write_text(scratch_ / "m.json", "[{");
    EXPECT_THROW(TfjsWeights::open(scratch_ / "m.json"), Error);
}

TEST_F(Tfjs, ChangedManifestsAreAnErrorOrTensors) {
    write_bytes(scratch_ / "a", {1, 2, 3, 4});
    const std::string whole = manifest({group({"a"}, {quantised(weight("w", {2, 1}), "uint16", 0.5, 1)})}).dump();
    int accepted = 0;
    for (uint32_t round = 0; round < 1000; round++) {
        const Draw draw(1, "tfjs", "changes", 0, round);
        std::string text = whole;
        text[draw.integer(0, text.size())] = static_cast<char>(draw.integer(1, 256));
        write_text(scratch_ / "m.json", text);
        try {
            const auto weights = TfjsWeights::open(scratch_ / "m.json");
            for (const auto& tensor : weights.tensors()) {
                EXPECT_EQ(to_doubles(tensor).size(), static_cast<size_t>(*element_count(tensor.shape)));
            }
            accepted++;
        } catch (const Error&) {
        }
    }
    EXPECT_GT(accepted, 0);
    EXPECT_LT(accepted, 900);
}

}  // namespace
}  // namespace bfr
