#include "weights/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;

TEST(Catalogue, IsWhatTheSetUpFetches) {
    std::istringstream lines(read_text(testing::source_dir() / "script" / "packages"));
    std::map<std::string, std::string> fetched;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind, folder, hash, path;
        words >> kind >> folder >> hash >> path;
        if (kind == "file" && folder == "weights") fetched[std::filesystem::path(path).filename().string()] = hash;
    }
    std::map<std::string, std::string> known;
    for (const auto& file : known_files()) {
        known[file.name] = file.sha256;
        EXPECT_GT(file.bytes, 0u) << file.name;
        EXPECT_FALSE(file.licence.empty() || file.citation.empty() || file.source.empty() || file.command.empty())
            << file.name;
    }
    EXPECT_EQ(known, fetched);
}

// A file of the catalogue's name, size and kind, but not its content: never used, whatever lies in a later folder.
TEST(WeightsLocator, RefusesAnotherFileUnderAKnownName) {
    const testing::Scratch scratch;
    const KnownFile& known = known_files().front();
    write_text(scratch / known.name, std::string(known.bytes, 'x'));
    try {
        WeightsLocator({scratch.path()}).find(known.name);
        FAIL() << "a wrong file was taken";
    } catch (const NotAvailable&) {
        FAIL() << "a wrong file is an error, not a missing one";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(known.name));
        EXPECT_THAT(error.what(), HasSubstr("is not the file that the catalogue knows"));
    }
}

TEST(WeightsLocator, SaysWhereItSearchedAndWhatMendsIt) {
    const testing::Scratch scratch;
    ::setenv("XDG_CACHE_HOME", scratch.path().c_str(), 1);
    const std::string before = std::getenv("BFR_WEIGHTS") ? std::getenv("BFR_WEIGHTS") : "";
    ::unsetenv("BFR_WEIGHTS");
    try {
        WeightsLocator({scratch / "mine"}).find(known_files().front().name);
        FAIL() << "nothing was there to find";
    } catch (const NotAvailable& error) {
        EXPECT_THAT(error.reason(), HasSubstr("mine"));
        EXPECT_THAT(error.reason(), HasSubstr("bfr/weights"));
        EXPECT_EQ(error.mend(), "script/bootstrap --data");
    }
    ::unsetenv("XDG_CACHE_HOME");
    if (!before.empty()) ::setenv("BFR_WEIGHTS", before.c_str(), 1);
    EXPECT_THROW(WeightsLocator().find("no_such_file.dat"), UsageError);
}

}  // namespace
}  // namespace bfr
