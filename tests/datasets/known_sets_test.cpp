#include "datasets/known_sets.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/sha256.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ListedFile> files_named(size_t n, const std::function<std::string(size_t)>& name) {
    std::vector<ListedFile> files;
    for (size_t i = 0; i < n; i++) files.push_back({name(i), sha256(std::string_view(name(i)))});
    return files;
}

std::string letters(size_t i) {
    std::string text = "A";
    for (; i > 0; i /= 26) text += static_cast<char>('a' + i % 26);
    return text + "_Karp";
}

std::vector<std::string> names_of(const std::vector<Recognition>& found) {
    std::vector<std::string> names;
    for (const auto& one : found) names.push_back(fmt::format("{} {}", words_of(one.certainty), one.set->name));
    return names;
}

TEST(KnownSets, TheTableIsSound) {
    std::set<std::string> names;
    for (const auto& set : known_sets()) {
        EXPECT_TRUE(names.insert(set.name).second) << set.name;
        EXPECT_FALSE(set.counts.empty() || set.kind.empty() || set.source.empty() || set.citation.empty()) << set.name;
        EXPECT_TRUE(set.list_sha256.empty()) << "no published hash is known: " << set.name;
    }
}

TEST(KnownSets, HashIsOverSortedLines) {
    const std::string text = "[\"a\",\"00\"]\n[\"b \\\"q\\\"\",null]\n";
    EXPECT_EQ(list_sha256({{"b \"q\"", ""}, {"a", "00"}}), sha256(std::string_view(text)));
    EXPECT_NE(list_sha256({{"a", "00"}}), list_sha256({{"a", "01"}}));
    EXPECT_EQ(list_sha256({}), sha256(std::string_view()));
}

TEST(KnownSets, Forms) {
    EXPECT_TRUE(has_form("00000052", NameForm::kEightDigits));
    EXPECT_FALSE(has_form("0000052", NameForm::kEightDigits));
    for (const char* id : {"Eliane_Karp_0001", "Eliane_Karp_0001_00", "Jean-Pierre_Raffarin_0012", "O'Neal_0001"}) {
        EXPECT_TRUE(has_form(id, NameForm::kPersonNumber)) << id;
    }
    for (const char* id : {"", "_0001", "0001", "anna", "anna_001", "A/A_0001", "00130_00", "x_1_0001_0"}) {
        EXPECT_FALSE(has_form(id, NameForm::kPersonNumber)) << id;
    }
    EXPECT_TRUE(has_form("Eliane_Karp/Eliane_Karp_0001", NameForm::kPersonFolderNumber));
    EXPECT_TRUE(has_form("lfw/Eliane_Karp/Eliane_Karp_0001_00", NameForm::kPersonFolderNumber));
    for (const char* id : {"/A_0001", "Eliane_Karp_0001", "B/A_0001", "A/", "/"}) {
        EXPECT_FALSE(has_form(id, NameForm::kPersonFolderNumber)) << id;
    }
    EXPECT_FALSE(has_form("anything", NameForm::kUnknown));
}

TEST(KnownSets, LooksLikeByNamesAndCount) {
    const auto lfw = [](size_t i) { return letters(i) + "_0001_00"; };
    const auto whole = recognise(files_named(1711, lfw), known_sets());
    EXPECT_THAT(names_of(whole), ElementsAre("looks like LFW-Test"));
    EXPECT_THAT(whole[0].differences, IsEmpty());
    const auto less = recognise(files_named(1709, lfw), known_sets());
    ASSERT_EQ(less.size(), 1u);
    EXPECT_EQ(less[0].differences, "1711 pictures expected, 1709 found");
    EXPECT_THAT(names_of(recognise(files_named(20, lfw), known_sets())), ElementsAre("is named as LFW-Test"));
    EXPECT_THAT(names_of(recognise(files_named(2000, lfw), known_sets())), IsEmpty());

    const auto digits = [](size_t i) { return fmt::format("{:08}", i); };
    EXPECT_THAT(names_of(recognise(files_named(3000, digits), known_sets())),
                ElementsAre("looks like CelebA-Test", "looks like CelebA-Test (DAEFR, OSDFace)"));
    EXPECT_THAT(names_of(recognise(files_named(20, digits), known_sets())), IsEmpty());

    const auto folders = [](size_t i) { return letters(i) + "/" + letters(i) + "_0003"; };
    EXPECT_THAT(names_of(recognise(files_named(50, folders), known_sets())), ElementsAre("is named as LFW"));
}

TEST(KnownSets, NumberedPicturesOfACameraOrAFilmAreNoPeople) {
    const auto found = [](size_t n, const std::function<std::string(size_t)>& name) {
        return names_of(recognise(files_named(n, name), known_sets()));
    };
    for (const char* word : {"IMG", "frame", "DSC", "My_Holiday", "img_crop"}) {
        for (const size_t n : {6, 1711}) {
            EXPECT_THAT(found(n, [&](size_t i) { return fmt::format("{}_{:04}", word, i + 1); }), IsEmpty()) << word;
        }
    }
    EXPECT_THAT(found(1, [](size_t) { return "IMG_0001"; }), IsEmpty());
    EXPECT_THAT(found(6, [](size_t i) { return fmt::format("clip/clip_{:04}", i + 1); }), IsEmpty());
    EXPECT_THAT(found(40, [](size_t i) { return letters(i).substr(0, letters(i).find('_')) + "_0001"; }), IsEmpty());
    // Each person twice is no set of first pictures, two of forty are.
    EXPECT_THAT(found(40, [](size_t i) { return letters(i / 2) + fmt::format("_{:04}", i % 2 + 1); }), IsEmpty());
    EXPECT_THAT(found(40, [](size_t i) { return letters(std::max<size_t>(i, 1)) + fmt::format("_{:04}", i + 1); }),
                ElementsAre("is named as LFW-Test"));
    const std::vector<std::string> people = {"Eliane_Karp", "Madonna", "Qais_al-Kazali", "Harold_Scott"};
    EXPECT_THAT(found(4, [&](size_t i) { return people[i] + "_0001"; }), ElementsAre("is named as LFW-Test"));
}

TEST(KnownSets, TheCountAloneIsSaidSo) {
    const auto plain = [](size_t i) { return fmt::format("p{}", i); };
    EXPECT_THAT(names_of(recognise(files_named(180, plain), known_sets())),
                ElementsAre("has as many pictures as CelebChild-Test", "has as many pictures as CelebAdult-Test"));
    EXPECT_THAT(names_of(recognise(files_named(469, plain), known_sets())),
                ElementsAre("has as many pictures as WebPhoto-Test"));
    EXPECT_THAT(names_of(recognise(files_named(181, plain), known_sets())), IsEmpty());
    EXPECT_THAT(names_of(recognise({}, known_sets())), IsEmpty());
}

TEST(KnownSets, AHashOfOnesOwnDecides) {
    const testing::Scratch scratch;
    auto files = files_named(180, [](size_t i) { return fmt::format("p{}", i); });
    const Json own = Json::array({{{"name", "mine"}, {"list_sha256", list_sha256(files)}, {"people_of", {"LFW"}}}});
    write_text(scratch / "known.json", own.dump());
    auto sets = read_known_sets(scratch / "known.json");
    sets.insert(sets.end(), known_sets().begin(), known_sets().end());
    EXPECT_THAT(names_of(recognise(files, sets)), ElementsAre("is mine"));
    EXPECT_THAT(sets[0].people_of, ElementsAre("LFW"));
    std::ranges::reverse(files);
    EXPECT_THAT(names_of(recognise(files, sets)), ElementsAre("is mine"));
    files[7].sha256[0] = files[7].sha256[0] == '0' ? '1' : '0';
    EXPECT_THAT(names_of(recognise(files, sets)),
                ElementsAre("has as many pictures as CelebChild-Test", "has as many pictures as CelebAdult-Test"));
}

TEST(KnownSets, MistakesOfAUsersListAreNamed) {
    const testing::Scratch scratch;
    const auto refusal = [&](const std::string& text) -> std::string {
        write_text(scratch / "known.json", text);
        try {
            read_known_sets(scratch / "known.json");
        } catch (const UsageError& error) {
            return error.what();
        }
        return "none";
    };
    const std::string hash(64, 'a');
    EXPECT_EQ(refusal("[]"), "none");
    EXPECT_THAT(refusal("{}"), HasSubstr("is no list"));
    EXPECT_THAT(refusal("[1]"), HasSubstr("set 1: is no object"));
    EXPECT_THAT(refusal("[{\"list_sha256\": \"" + hash + "\"}]"), HasSubstr("has no name"));
    EXPECT_THAT(refusal("[{\"name\": \"a\"}]"), HasSubstr("64 hexadecimal digits"));
    EXPECT_THAT(refusal("[{\"name\": \"a\", \"people\": []}]"), HasSubstr("did you mean people_of"));
    EXPECT_THAT(refusal("[{\"name\": \"a\", \"count\": 180}]"), HasSubstr("unknown key 'count'"));
    EXPECT_THAT(refusal("[{\"name\": 3}]"), HasSubstr("'name' is of the wrong type"));
    EXPECT_THAT(refusal("["), HasSubstr("known.json"));
    EXPECT_THROW(read_known_sets("/nowhere"), UsageError);
}

}  // namespace
}  // namespace bfr
