#include "downstream/verification_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PairList read(const std::string& lines, PeopleBy by = PeopleBy::kFolder,
              const std::string& header = "fold,first,second,same\n") {
    const testing::Scratch scratch;
    write_text(scratch / "pairs.csv", header + lines);
    return read_pairs(scratch / "pairs.csv", by);
}

std::string refusal(const std::string& lines, PeopleBy by = PeopleBy::kFolder,
                    const std::string& header = "fold,first,second,same\n") {
    try {
        read(lines, by, header);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "none";
}

TEST(VerificationPairs, PathsBecomeIdsAndFoldersPeople) {
    const auto list = read("1,C/C_1.jpg,D/D_1.PNG,0\n0,A/A_1.jpg,A/A_2,1\n");
    EXPECT_THAT(list.folds, ElementsAre("0", "1"));
    EXPECT_THAT(list.people, ElementsAre("C", "D", "A"));
    ASSERT_EQ(list.pairs.size(), 2u);
    EXPECT_EQ(list.pairs[0].first, "C/C_1");
    EXPECT_EQ(list.pairs[0].second, "D/D_1");
    EXPECT_FALSE(list.pairs[0].same);
    EXPECT_EQ(list.pairs[0].fold, 1u);
    EXPECT_EQ(list.pairs[1].second, "A/A_2");
    EXPECT_EQ(list.pairs[1].person_of_first, list.pairs[1].person_of_second);
    EXPECT_EQ(list.sha256, sha256(std::string_view("fold,first,second,same\n1,C/C_1.jpg,D/D_1.PNG,0\n"
                                                   "0,A/A_1.jpg,A/A_2,1\n")));
}

TEST(VerificationPairs, OnlyAPicturesExtensionIsTakenOff) {
    EXPECT_EQ(read("0,A/a.1,A/b.tar.png,1\n").pairs[0].first, "A/a.1");
    EXPECT_EQ(read("0,A/a.1,A/b.tar.png,1\n").pairs[0].second, "A/b.tar");
}

TEST(VerificationPairs, ColumnsMayStandInAnyOrder) {
    const auto list = read("1,A/a.png,A/b.png,x\n", PeopleBy::kFolder, "same,second,first,fold\n");
    EXPECT_EQ(list.pairs[0].first, "A/b");
    EXPECT_THAT(list.folds, ElementsAre("x"));
}

TEST(VerificationPairs, PeopleFromThePairsAlone) {
    const auto list = read("0,a,b,1\n0,b,c,1\n0,c,d,0\n1,e,f,0\n", PeopleBy::kPairs);
    EXPECT_THAT(list.people, ElementsAre("a", "d", "e", "f"));
    EXPECT_EQ(list.pairs[2].person_of_first, 0u);
    EXPECT_THAT(refusal("0,a,b,1\n0,b,c,1\n0,c,a,0\n", PeopleBy::kPairs), HasSubstr(":4: same is 0"));
    EXPECT_THAT(refusal("0,a,b,1\n1,b,c,1\n", PeopleBy::kPairs), HasSubstr("the person a is in fold 1 and (line 2)"));
}

TEST(VerificationPairs, MistakesAreNamedWithTheirLine) {
    EXPECT_THAT(refusal("0,A/a,A/a.png,1\n"), HasSubstr("pairs.csv:2: pairs a picture with itself"));
    EXPECT_THAT(refusal("0,A/a,A/b,1\n0,A/b,A/a,1\n"), HasSubstr(":3: is the pair of line 2 again"));
    EXPECT_THAT(refusal("0,A/a,A/b,yes\n"), HasSubstr("same is 'yes', not 0 or 1"));
    EXPECT_THAT(refusal(",A/a,A/b,1\n"), HasSubstr("has no fold"));
    EXPECT_THAT(refusal("0,A/a,B/b,1\n"), HasSubstr("same is 1, but the two pictures are of two people"));
    EXPECT_THAT(refusal("0,A/a,A/b,0\n"), HasSubstr("of one person"));
    EXPECT_THAT(refusal("0,a,b,0\n"), HasSubstr("lies in no folder"));
    EXPECT_THAT(refusal("0,../a,A/b,0\n"), HasSubstr("is no picture's path"));
    EXPECT_THAT(refusal("0,A/a,A/b\n"), HasSubstr("has 3 cells, the header 4"));
    EXPECT_THAT(refusal(""), HasSubstr("holds no pair"));
    EXPECT_THAT(refusal("0,A/a,A/b,1\n", PeopleBy::kFolder, "fold,first,second,sme\n"), HasSubstr("did you mean same"));
    EXPECT_THAT(refusal("0,A/a,A/b\n", PeopleBy::kFolder, "fold,first,second\n"), HasSubstr("has no column same"));
    EXPECT_THAT(refusal("0,A/\xFF,A/b,1\n"), HasSubstr("UTF-8"));
    EXPECT_THROW(read_pairs("/nowhere/pairs.csv", PeopleBy::kFolder), UsageError);
}

TEST(VerificationPairs, APersonInTwoFoldsIsRefused) {
    EXPECT_THAT(refusal("0,A/a,A/b,1\n1,A/c,B/a,0\n"),
                HasSubstr(":3: the person A is in fold 1 and (line 2) in fold 0"));
}

TEST(VerificationPairs, TheOfficialListOfLfwHasFoldsOfDifferentPeople) {
    const auto shared = testing::shared_dir();
    BFR_SKIP_WITHOUT("../shared/faces", shared);
    const auto list = read_pairs(*shared / "faces" / "lfw-pairs.csv", PeopleBy::kFolder);
    EXPECT_EQ(list.folds.size(), 10u);
    EXPECT_EQ(list.pairs.size(), 5144u);
    EXPECT_EQ(list.people.size(), 3728u);
}

}  // namespace
}  // namespace bfr
