#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using End = ProcessResult::End;

ProcessOptions shell_line(const std::string& line) {
    ProcessOptions options;
    options.program = "/bin/sh";
    options.argv = {"sh", "-c", line};
    options.grace = std::chrono::milliseconds(200);
    return options;
}

// Whether the process whose number lies in `file` still runs (a zombie doesn't).
bool lives(const std::filesystem::path& file) {
    std::string number = read_text(file);
    number.erase(number.find_last_not_of('\n') + 1);
    std::error_code code;
    return std::filesystem::exists("/proc/" + number + "/exe", code);
}

bool ends_soon(const std::filesystem::path& file) {
    for (int i = 0; i < 200; i++) {
        if (!lives(file)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

TEST(SplitWords, SeparatesAtBlanksOutsideQuotes) {
    EXPECT_THAT(split_words("a  b\tc\n"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split_words(R"(one 'two three' "four five"six '' \ seven)"),
                ElementsAre("one", "two three", "four fivesix", "", " seven"));
    EXPECT_THAT(split_words(R"('a\b' "a\"b" a\\b)"), ElementsAre("a\\b", "a\"b", "a\\b"));
    EXPECT_THAT(split_words("$HOME *.png ~ a;b|c `d`"), ElementsAre("$HOME", "*.png", "~", "a;b|c", "`d`"));
    EXPECT_THAT(split_words(" "), IsEmpty());
}

TEST(SplitWords, RefusesWhatNeverEnds) {
    for (const char* text : {"'a", "\"a", "a\\", "a 'b\\'c'"}) EXPECT_THROW(split_words(text), UsageError) << text;
}

TEST(FindProgram, LooksInPathOrTakesThePath) {
    const Scratch scratch;
    EXPECT_TRUE(find_program("sh", "").has_value());
    EXPECT_FALSE(find_program("no-such-program", "").has_value());
    EXPECT_FALSE(find_program("", "").has_value());
    write_text(scratch / "tool", "#!/bin/sh\n");
    EXPECT_FALSE(find_program("./tool", scratch.path()).has_value());  // not executable
    ::chmod((scratch / "tool").c_str(), 0755);
    EXPECT_EQ(find_program("./tool", scratch.path()), scratch.path() / "./tool");
    EXPECT_FALSE(find_program(scratch.path().string() + "/", "").has_value());
}

TEST(Process, GivesWhatItSaidAndHowItEnded) {
    const auto result = run_process(shell_line("echo out; echo err >&2; cat; exit 3"));
    EXPECT_EQ(result.end, End::kExit);
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.out.whole(), "out\n");
    EXPECT_EQ(result.err.whole(), "err\n");
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(describe_end(result, {}), "exit status 3");
}

TEST(Process, ArgumentsReachItAsTheyAre) {
    ProcessOptions options;
    options.program = *find_program("printf", "");
    options.argv = {"printf", "%s|", "a b", "$HOME", "", "'", "\n"};
    EXPECT_EQ(run_process(options).out.whole(), "a b|$HOME||'|\n|");
}

TEST(Process, RunsInItsFolderWithNothingOfOursOpen) {
    const Scratch scratch;
    ProcessOptions options = shell_line("pwd; ls /proc/self/fd");
    options.folder = scratch.path();
    const int ours = ::dup(2);  // without close-on-exec
    const auto result = run_process(options);
    ::close(ours);
    // 3 is the folder that ls itself reads.
    EXPECT_EQ(result.out.whole(), std::filesystem::canonical(scratch.path()).string() + "\n0\n1\n2\n3\n");
}

TEST(Process, ThatCantBeStartedIsAnError) {
    ProcessOptions options = shell_line("true");
    options.program = "/no/such/program";
    EXPECT_THROW(run_process(options), Error);
    options = shell_line("true");
    options.folder = "/no/such/folder";
    EXPECT_THROW(run_process(options), Error);
    const Scratch scratch;
    write_text(scratch / "text", "no program");
    ::chmod((scratch / "text").c_str(), 0755);
    options = shell_line("true");
    options.program = scratch / "text";
    EXPECT_THROW(run_process(options), Error);
}

TEST(Process, ASignalIsToldByName) {
    const auto result = run_process(shell_line("kill -SEGV $$"));
    EXPECT_EQ(result.end, End::kSignal);
    EXPECT_THAT(describe_end(result, {}), HasSubstr("signal 11"));
}

TEST(Process, ThatHangsIsEndedWithItsChildren) {
    const Scratch scratch;
    const std::string child = scratch / "child";
    ProcessOptions options = shell_line("sleep 100 & echo $! > " + child + "; wait");
    options.timeout = std::chrono::milliseconds(300);
    const auto result = run_process(options);
    EXPECT_EQ(result.end, End::kTimeout);
    EXPECT_LT(result.seconds, 30);
    EXPECT_EQ(describe_end(result, options), "no end after 0.3 s");
    EXPECT_TRUE(ends_soon(child));
}

TEST(Process, ThatIgnoresTheSignalIsKilled) {
    const Scratch scratch;
    const std::string child = scratch / "child";
    ProcessOptions options =
        shell_line("trap '' TERM; sleep 100 & echo $! > " + child + "; while true; do sleep 1; done");
    options.timeout = std::chrono::milliseconds(300);
    const auto result = run_process(options);
    EXPECT_EQ(result.end, End::kTimeout);
    EXPECT_LT(result.seconds, 30);
    EXPECT_TRUE(ends_soon(child));
}

TEST(Process, ThatLeavesAChildBehindIsNotWaitedForLonger) {
    const Scratch scratch;
    const std::string child = scratch / "child";
    const auto result = run_process(shell_line("sleep 100 & echo $! > " + child));
    EXPECT_TRUE(result.ok());
    EXPECT_LT(result.seconds, 30);
    EXPECT_TRUE(ends_soon(child));
}

TEST(Process, IsEndedOnceItIsToldToStop) {
    std::atomic<bool> stop{false};
    ProcessOptions options = shell_line("sleep 100");
    options.stop = &stop;
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        stop = true;
    });
    const auto result = run_process(options);
    later.join();
    EXPECT_EQ(result.end, End::kStopped);
    EXPECT_LT(result.seconds, 30);
}

TEST(Process, IsKilledWithAllThatRun) {
    const Scratch scratch;
    std::array<ProcessResult, 3> results;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < results.size(); i++) {
        const std::string child = scratch / std::to_string(i);
        threads.emplace_back([&results, i, child] {
            results[i] = run_process(shell_line("trap '' TERM; sleep 100 & echo $! > " + child + "; wait"));
        });
    }
    const auto started = [&](size_t i) {
        std::error_code code;
        const auto size = std::filesystem::file_size(scratch / std::to_string(i), code);
        return !code && size > 0;
    };
    for (int k = 0; k < 3000 && !(started(0) && started(1) && started(2)); k++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    kill_running_processes();
    for (auto& thread : threads) thread.join();
    for (size_t i = 0; i < results.size(); i++) {
        EXPECT_EQ(results[i].end, End::kSignal);
        EXPECT_EQ(results[i].status, SIGKILL);
        EXPECT_LT(results[i].seconds, 60);
        EXPECT_TRUE(ends_soon(scratch / std::to_string(i)));
    }
    kill_running_processes();  // nobody is left
}

TEST(Process, AFloodIsKeptWithinBounds) {
    ProcessOptions options =
        shell_line("echo first; head -c 30000000 /dev/zero | tr '\\0' 'x' >&2; echo last >&2; echo end");
    options.keep_bytes = 1000;
    const auto result = run_process(options);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.err.head.size(), 1000u);
    EXPECT_EQ(result.err.tail.size(), 1000u);
    EXPECT_EQ(result.err.left_out, 30000005u - 2000u);
    EXPECT_TRUE(result.err.tail.ends_with("xlast\n"));
    EXPECT_EQ(result.out.whole(), "first\nend\n");
}

TEST(Process, AnEndlessFloodIsEndedInTime) {
    ProcessOptions options = shell_line("while true; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done");
    options.timeout = std::chrono::milliseconds(300);
    EXPECT_EQ(run_process(options).end, End::kTimeout);
}

TEST(StreamText, GivesItsLastLines) {
    const auto lines = [](const std::string& text, size_t most) { return StreamText{text, "", 0}.last_lines(most); };
    EXPECT_THAT(lines("a\nb\n\nc\n", 2), ElementsAre("b", "c"));
    EXPECT_THAT(lines("10%\r20%\r\nend", 3), ElementsAre("10%", "20%", "end"));
    EXPECT_THAT(lines("one", 5), ElementsAre("one"));
    EXPECT_THAT(lines(" \n\n", 5), IsEmpty());
    EXPECT_THAT(lines("", 5), IsEmpty());
}

}  // namespace
}  // namespace bfr::testing
