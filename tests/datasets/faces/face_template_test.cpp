#include "datasets/faces/face_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using namespace bfr::testing;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(FaceTemplateParity, OfFfhqIsTheGoldens) {
    const auto folder = goldens("faces", "align.json");
    BFR_SKIP_WITHOUT("goldens/faces", folder);
    const Json wanted = read_json(*folder / "align.json").at("template_1024");
    const auto ffhq = parse_face_template("ffhq");
    EXPECT_EQ(ffhq.frame, 1024);
    EXPECT_EQ(Json(ffhq.points), wanted);
}

TEST(FaceTemplate, IsScaledToTheCrop) {
    const FaceTemplate face{"mine", 10, {{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}}}};
    const auto scaled = face.scaled_to(20);
    EXPECT_DOUBLE_EQ(scaled[0][0], 2);
    EXPECT_DOUBLE_EQ(scaled[4][1], 20);
    EXPECT_EQ(face.scaled_to(10), face.points);
}

TEST(FaceTemplate, IsReadFromAFile) {
    const Scratch scratch;
    const auto ffhq = ffhq_template();
    write_text(scratch / "my face.json", Json{{"frame", ffhq.frame}, {"points", ffhq.points}}.dump());
    const auto read = parse_face_template((scratch / "my face.json").string());
    EXPECT_EQ(read.name, "my face");
    EXPECT_EQ(read.frame, ffhq.frame);
    EXPECT_EQ(read.points, ffhq.points);
}

TEST(FaceTemplate, RefusesEveryOtherFile) {
    const Scratch scratch;
    const auto file = scratch / "wrong.json";
    for (const char* text : {"", "[]", "7", "{", "{\"frame\": 1024}", "{\"points\": []}",
                             R"({"frame": 0, "points": [[0,0],[1,0],[0,1],[1,1],[2,2]]})",
                             R"({"frame": "x", "points": [[0,0],[1,0],[0,1],[1,1],[2,2]]})",
                             R"({"frame": 2, "points": [[0,0],[1,0],[0,1],[1,1]]})",
                             R"({"frame": 2, "points": [[0,0],[1,0],[0,1],[1,1],[2]]})",
                             R"({"frame": 2, "points": [[0,0],[1,0],[0,1],[1,1],[2,"a"]]})",
                             R"({"frame": 2, "points": [[0,0],[1,0],[0,1],[1,1],[2,9]]})",
                             R"({"frame": 2, "points": [[1,1],[1,1],[1,1],[1,1],[1,1]]})",
                             R"({"frame": 1e999, "points": [[0,0],[1,0],[0,1],[1,1],[2,2]]})"}) {
        write_text(file, text);
        EXPECT_THAT([&] { load_face_template(file); }, ThrowsMessage<UsageError>(HasSubstr("wrong.json"))) << text;
    }
    EXPECT_THAT([&] { load_face_template(scratch / "absent.json"); },
                ThrowsMessage<UsageError>(HasSubstr("absent.json")));
    EXPECT_THAT([&] { parse_face_template("ffqh"); }, ThrowsMessage<UsageError>(HasSubstr("ffhq")));
}

}  // namespace
}  // namespace bfr
