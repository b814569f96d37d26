// Programs as methods: small shell scripts stand for the foreign ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"
#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Command : public ::testing::Test {
  protected:
    Command() {
        for (const char* id : {"a", "b", "c"}) {
            save_png(*synthetic(id, 16, 12, 10), scratch_ / (std::string("faces/") + id + ".png"));
            batch_.items.push_back({id, scratch_ / (std::string("faces/") + id + ".png")});
        }
        fs::create_directories(batch_.scratch);
    }

    // The method that runs this script, with more options.
    std::unique_ptr<Restorer> method(const std::string& script, const std::vector<std::string>& options = {},
                                     const std::string& words = "{in} {out} {manifest} {seed}") {
        const fs::path file = scratch_ / "their method";
        write_text(file, "#!/bin/sh\n" + script + "\n");
        ::chmod(file.c_str(), 0755);
        Spec spec("command");
        spec.set("argv", "'" + file.string() + "' " + words);
        for (size_t i = 0; i + 1 < options.size(); i += 2) spec.set(options[i], options[i + 1]);
        return restorers().make(spec, allowed_);
    }
    std::string failure(const Restorer& unit) {
        return message_of<Error>([&] { unit.prepare(batch_); });
    }
    std::string failure(const Restorer& ready, const std::string& id) {
        return message_of<Error>([&] { restored(ready, *synthetic("input", 16, 12, 0), id); });
    }
    std::string log() const { return read_text(batch_.folder / batch_.log); }

    const Scratch scratch_;
    const UnitContext allowed_ = allowed_context();
    std::atomic<bool> stop_{false};
    RestoreBatch batch_{{}, 7, scratch_ / "out/.batch/0", scratch_ / "out", "logs/command/a.txt", stop_};
};

TEST_F(Command, GivesThePicturesThatTheProgramMade) {
    const auto unit = method(R"(cp "$1"/* "$2"; cp "$1/b.png" "$2/a.png")");
    EXPECT_EQ(unit->info().batch, 64u);
    const auto ready = unit->prepare(batch_);
    EXPECT_EQ(mean_abs_difference(*restored(*ready, *synthetic("x", 1, 1, 0), "a"), *synthetic("b", 16, 12, 10)), 0);
    EXPECT_EQ(mean_abs_difference(*restored(*ready, *synthetic("x", 1, 1, 0), "c"), *synthetic("c", 16, 12, 10)), 0);
    EXPECT_FALSE(fs::exists(batch_.folder / batch_.log));
}

TEST_F(Command, IsGivenTheFilesOwnBytesAndMayNotHarmThem) {
    const std::string before = read_text(scratch_ / "faces/a.png");
    const auto unit = method(R"(cmp "$1/a.png" ')" + (scratch_ / "faces/a.png").string() +
                             R"(' || exit 1; cp "$1"/* "$2"; echo broken > "$1/a.png")");
    EXPECT_NO_THROW(restored(*unit->prepare(batch_), *synthetic("x", 1, 1, 0), "a"));
    EXPECT_EQ(read_text(scratch_ / "faces/a.png"), before);
}

TEST_F(Command, TheManifestSaysWhatBelongsToWhat) {
    batch_.items[1].sample_id = "person 1/-b\n";
    const auto unit = method(R"(cp "$1"/* "$2"; cp "$3" ')" + (scratch_ / "kept").string() + "'; echo $4 > '" +
                             (scratch_ / "seed").string() + "'");
    EXPECT_NO_THROW(restored(*unit->prepare(batch_), *synthetic("x", 1, 1, 0), "person 1/-b\n"));
    const std::string text = read_text(scratch_ / "kept");
    std::vector<Json> lines;
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        lines.push_back(Json::parse(text.substr(at, text.find('\n', at) - at)));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0]["id"], "a");
    EXPECT_EQ(lines[0]["input"], (batch_.scratch / "in/a.png").string());
    EXPECT_EQ(lines[0]["output"], (batch_.scratch / "out/a.png").string());
    EXPECT_EQ(lines[1]["id"], "person 1/-b\n");
    const std::string name = fs::path(lines[1]["input"].get<std::string>()).filename();
    EXPECT_TRUE(name.starts_with("person_1_-b_-") && name.ends_with(".png")) << name;
    EXPECT_NE(lines[0]["seed"], lines[1]["seed"]);
    EXPECT_LT(lines[0]["seed"].get<uint64_t>(), uint64_t{1} << 31);
    EXPECT_EQ(read_text(scratch_ / "seed"), "7\n");
    EXPECT_TRUE(unit->info().draws);
}

TEST_F(Command, WhatItLeavesOutFailsAlone) {
    const auto ready = method(R"(cp "$1/a.png" "$2"; cp "$1/b.png" "$2/c.jpg"; cp "$1/b.png" "$2/c.png"; echo hm >&2)")
                           ->prepare(batch_);
    EXPECT_EQ(failure(*ready, "a"), "");
    EXPECT_THAT(failure(*ready, "b"), AllOf(HasSubstr("left this picture out"), HasSubstr("1 of 3"), HasSubstr("hm"),
                                            HasSubstr("logs/command/a.txt")));
    EXPECT_THAT(failure(*ready, "c"), HasSubstr("its stem is also that of"));
    EXPECT_THAT(log(), AllOf(HasSubstr("exit status 0"), HasSubstr("hm")));
}

TEST_F(Command, WhatCantBeReadOrHasAnotherSizeFailsAlone) {
    save_png(*synthetic("large", 20, 20, 0), scratch_ / "large.png");
    const auto unit = method(
        "cp \"$1/a.png\" \"$2\"; echo text > \"$2/b.png\"; cp '" + (scratch_ / "large.png").string() + "' \"$2/c.png\"",
        {"size", "input"});
    const auto ready = unit->prepare(batch_);
    EXPECT_EQ(failure(*ready, "a"), "");
    EXPECT_THAT(failure(*ready, "b"), AllOf(HasSubstr("{out}/b.png"), Not(HasSubstr(batch_.scratch.string()))));
    EXPECT_THAT(failure(*ready, "c"), AllOf(HasSubstr("20x20"), HasSubstr("16x12"), HasSubstr("size=input")));
    const auto twenty = method("cp '" + (scratch_ / "large.png").string() + "' \"$2/c.png\"", {"size", "20"});
    fs::remove_all(batch_.scratch);
    EXPECT_EQ(failure(*twenty->prepare(batch_), "c"), "");
}

TEST_F(Command, ThatFailsSaysHowItEndedAndWhatItSaid) {
    const auto unit =
        method(R"(cp "$1"/* "$2"; echo "CUDA out of memory in $1" >&2; printf '\033[31mred\377\n' >&2; exit 3)");
    EXPECT_THAT(failure(*unit), AllOf(HasSubstr("exit status 3"), HasSubstr("CUDA out of memory in {in}"),
                                      HasSubstr("\\x1b[31mred\\xff"), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(log(), AllOf(HasSubstr("exit status 3"), HasSubstr("picture: b"), HasSubstr("CUDA")));
}

TEST_F(Command, ThatHangsIsEndedAndSaid) {
    const auto unit = method("sleep 60 & wait", {"timeout", "0.3"});
    EXPECT_THAT(failure(*unit), HasSubstr("no end after 0.3 s"));
}

TEST_F(Command, ThatFloodsIsCutInTheMiddle) {
    const auto unit = method("echo begin >&2; head -c 8000000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1");
    EXPECT_THAT(failure(*unit), HasSubstr("end"));
    EXPECT_LT(log().size(), 3'000'000u);
    EXPECT_THAT(log(), AllOf(HasSubstr("begin"), HasSubstr("bytes left out"), HasSubstr("end\n")));
}

TEST_F(Command, IsEndedByCtrlC) {
    stop_ = true;
    EXPECT_EQ(method("sleep 60")->prepare(batch_), nullptr);
}

TEST_F(Command, FindsPicturesByPatternBelowFolders) {
    const auto unit =
        method(R"(mkdir -p "$2/imgs/x"; for f in "$1"/*; do cp "$f" "$2/imgs/x/$(basename "$f" .png)_00.png"; done)",
               {"pattern", "imgs/x/{id}_00"});
    EXPECT_EQ(failure(*unit->prepare(batch_), "b"), "");
}

TEST_F(Command, RunsInItsFolderWithoutAShell) {
    const fs::path folder = scratch_ / "code";
    write_text(folder / "run.sh", "pwd > \"$1/where\"; printf '%s\\n' \"$3\" >> \"$1/where\"; cp \"$2\"/* \"$1\"\n");
    Spec spec("command");
    spec.set("argv", Json({"sh", "run.sh", "{out}", "{in}", "$HOME; 'x'"}).dump());
    spec.set("dir", folder.string());
    const auto unit = restorers().make(spec, allowed_);
    EXPECT_EQ(failure(*unit->prepare(batch_), "a"), "");
    EXPECT_EQ(read_text(batch_.scratch / "out/where"), fs::canonical(folder).string() + "\n$HOME; 'x'\n");
    // The script is part of what is run, and of its identity.
    ASSERT_EQ(unit->info().weights.size(), 2u);
    EXPECT_EQ(unit->info().weights[1].file, "run.sh");
}

TEST_F(Command, AnotherProgramOrOtherOptionsAreAnotherMethod) {
    const RestorerInfo one = method("cp x y", {"name", "theirs"})->info(),
                       two = method("cp y x", {"name", "theirs"})->info();
    EXPECT_EQ(one.label, "command:name=theirs");
    EXPECT_EQ(one.version, two.version);
    EXPECT_NE(one.weights[0].sha256, two.weights[0].sha256);
    EXPECT_NE(method("cp y x", {"name", "theirs", "pattern", "{id}_0"})->info().version, two.version);
}

TEST_F(Command, RefusesWhatMakesNoSense) {
    const auto refused = [&](const std::vector<std::string>& options) {
        Spec spec("command");
        for (size_t i = 0; i < options.size(); i += 2) spec.set(options[i], options[i + 1]);
        return message_of<UsageError>([&] { restorers().make(spec, allowed_); });
    };
    EXPECT_THAT(refused({}), HasSubstr("argv= is missing"));
    EXPECT_THAT(refused({"argv", "sh 'x"}), HasSubstr("never closes"));
    EXPECT_THAT(refused({"argv", "[\"sh\", 3]"}), HasSubstr("no list of texts"));
    EXPECT_THAT(refused({"argv", "[\"sh\""}), HasSubstr("argv"));
    EXPECT_THAT(refused({"argv", "sh {in}"}), HasSubstr("{out}"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "pattern", "x"}), HasSubstr("{id}"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "pattern", "../{id}"}), HasSubstr("leaves"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "size", "0"}), HasSubstr("size"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "timeout", "0"}), HasSubstr("timeout"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "bach", "1"}), HasSubstr("batch"));
    EXPECT_THAT(refused({"argv", "sh {manifest}", "dir", "/no/such"}), HasSubstr("/no/such"));
    EXPECT_THROW(make_restorer("command:argv=\"sh {manifest}\""), UsageError);  // not allowed
    Spec missing("command");
    missing.set("argv", "no-such-program {manifest}");
    EXPECT_THROW(restorers().make(missing, allowed_), NotAvailable);
}

}  // namespace
}  // namespace bfr::testing
