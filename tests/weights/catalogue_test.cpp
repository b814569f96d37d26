#include "weights/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/spec.h"
#include "tests/support/support.h"
#include "weights/catalogue/bundled.h"
#include "weights/catalogue/pins.h"
#include "weights/catalogue/read_catalogue.h"
#include "weights/catalogue/unit_files.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(BuiltInFiles, AreWhatTheSetUpFetches) {
    std::istringstream lines(read_text(source_dir() / "script" / "packages"));
    std::map<std::string, std::string> fetched;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind, folder, hash, path;
        words >> kind >> folder >> hash >> path;
        if (kind == "file" && folder == "weights") fetched[fs::path(path).filename().string()] = hash;
    }
    std::map<std::string, std::string> known;
    for (const auto& file : built_in_files()) {
        if (fetched.contains(file.name)) known[file.name] = file.sha256.value_or("");
    }
    EXPECT_EQ(known, fetched);
    EXPECT_GE(fetched.size(), 6U);
}

// By the rules for other people's catalogues, and with all that those may leave out.
TEST(BuiltInFiles, AreDescribedInFull) {
    for (const auto& file : built_in_files()) {
        if (file.sha256) {  // else it is pinned on first use
            EXPECT_TRUE(is_sha256(*file.sha256)) << file.name;
            EXPECT_GT(file.bytes.value_or(0), 0u) << file.name;
        }
        EXPECT_FALSE(file.licence.empty() || file.citation.empty() || file.source.empty()) << file.name;
        EXPECT_FALSE(file.enables.empty()) << file.name;
        EXPECT_EQ(comes_with_program(file), file.name.find('/') != std::string::npos) << file.name;
        for (const auto& url : file.urls) {
            EXPECT_TRUE(url.starts_with("https://")) << url;
            EXPECT_EQ(objection_to_url(url, true), "");
            if (!file.sha256) {
                EXPECT_THAT(url, HasSubstr(file.name));  // else its content tells it
            }
        }
        for (const auto& unit : file.enables) EXPECT_NO_THROW(Spec::parse(unit));
    }
}

// What comes with the program is known by its hash once it is there.
TEST(BuiltInFiles, BundledOnesAreInTheRepository) {
    for (const auto& file : built_in_files()) {
        const fs::path path = source_dir() / "weights" / "bundled" / file.name;
        if (!comes_with_program(file)) {
            EXPECT_FALSE(fs::exists(path)) << path;
            continue;
        }
        EXPECT_EQ(fs::exists(path), file.sha256.has_value()) << path;
        if (!file.sha256 || !fs::exists(path)) continue;
        EXPECT_EQ(sha256_of_file(path), *file.sha256) << path;
        EXPECT_EQ(fs::file_size(path), *file.bytes) << path;
    }
}

// Environment variables as a test wants them, and as they were afterwards.
class Environment {
  public:
    explicit Environment(const std::map<std::string, std::string>& values) {
        for (const auto& [name, value] : values) {
            const char* before = std::getenv(name.c_str());
            before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
            ::setenv(name.c_str(), value.c_str(), 1);
        }
    }
    ~Environment() {
        for (const auto& [name, value] : before_)
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    std::map<std::string, std::optional<std::string>> before_;
};

class Locator : public ::testing::Test {
  protected:
    Locator() {
        fs::create_directories(mine_);
        write_text(scratch_ / "catalogue.json",
                   R"({"schema": "bfr-catalogue/1", "files": [{"name": "ours.pt", "urls": ["file:///srv/ours.pt"],
                       "licence": "internal", "enables": ["torchscript:file=ours.pt"]}]})");
        catalogue_.add(scratch_ / "catalogue.json");
    }

    const Scratch scratch_;
    const fs::path mine_ = scratch_ / "mine";
    const Environment environment_{
        {{"XDG_CACHE_HOME", (scratch_ / "cache").string()}, {"BFR_WEIGHTS", ""}, {"BFR_CATALOGUE", ""}}};
    Catalogue catalogue_;
};

TEST(BuiltInFiles, CarryTheirHashsBeginning) {
    EXPECT_EQ(name_digits("vgg16-397923af.pth"), "397923af");
    EXPECT_EQ(name_digits("2DFAN4-11f355bf06.pth.tar"), "11f355bf06");
    EXPECT_EQ(name_digits("pt_inception-2015-12-05-6726825d.pth"), "6726825d");
    for (const char* none : {"lpips-v0.1-alex.pth", "net-397923.pth", "net-397923afX.pth", "net-397923af", "net.pth"})
        EXPECT_EQ(name_digits(none), "") << none;
    int carried = 0;
    for (const auto& file : built_in_files()) {
        const std::string digits = name_digits(file.name);
        if (digits.empty() || !file.sha256) continue;
        EXPECT_TRUE(file.sha256->starts_with(digits)) << file.name;
        carried++;
    }
    EXPECT_GE(carried, 4);
}

TEST(BuiltInFiles, OneContentHasOneName) {
    std::map<std::string, std::string> names;
    for (const auto& file : built_in_files()) {
        if (!file.sha256) continue;
        const auto [known, fresh] = names.emplace(*file.sha256, file.name);
        EXPECT_TRUE(fresh) << file.name << " and " << known->second << ": one row serves several units";
    }
}

TEST_F(Locator, ComparesWhatANameSaysOfTheHash) {
    const std::string name = "2DFAN4-cd938726ad.zip";
    write_text(mine_ / name, "something else");
    const WeightsLocator locator({mine_});
    EXPECT_EQ(locator.check(name).state, FileCheck::kWrong);
    EXPECT_EQ(locator.check(name).expected, "cd938726ad");
    try {
        locator.find(name);
        FAIL() << "another file was taken and pinned";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("a sha256 that begins with cd938726ad"));
    }
    EXPECT_FALSE(fs::exists(mine_ / (name + ".sha256")));
}

TEST_F(Locator, FilesOfAUnitAreFoundByOneRule) {
    write_text(mine_ / "ours.pt", "published");
    write_text(mine_ / "own.pt", "own");
    const WeightsLocator locator({mine_}, catalogue_);
    const auto found = find_unit_files(
        locator, "metric m", {{"weights", mine_ / "own.pt", "resnet18_110.pth"}, {"heads", std::nullopt, "ours.pt"}});
    EXPECT_EQ(found.at(0).path, mine_ / "own.pt");
    EXPECT_EQ(found.at(0).use.file, "own.pt");
    EXPECT_TRUE(found.at(0).use.own);
    EXPECT_FALSE(found.at(0).use.pinned);
    EXPECT_FALSE(found.at(1).use.own);
    EXPECT_TRUE(found.at(1).use.pinned);
    try {  // a misspelt path is told before what is missing
        find_unit_files(locator, "metric m",
                        {{"trunk", std::nullopt, "vgg16-397923af.pth"}, {"weights", "/nowhere/a.pt", "ours.pt"}});
        FAIL() << "there is no such file";
    } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(), "metric m: weights=/nowhere/a.pt: there is no such file");
    }
    EXPECT_THROW(find_unit_file(locator, "task t", {"weights", mine_, "ours.pt"}), UsageError) << "a folder";
    try {
        find_unit_files(
            locator, "metric m",
            {{"trunk", std::nullopt, "vgg16-397923af.pth"}, {"weights", std::nullopt, "model_ir_se50.pth"}});
        FAIL() << "both are missing";
    } catch (const NotAvailable& error) {
        EXPECT_EQ(error.mend(), "bfr weights fetch vgg16-397923af.pth model_ir_se50.pth");
    }
}

// A file of the catalogue's name, size and kind, but not its content: never used, whatever lies in a later folder.
TEST_F(Locator, RefusesAnotherFileUnderAKnownName) {
    const KnownFile& known = built_in_files().front();
    write_text(mine_ / known.name, std::string(*known.bytes, 'x'));
    const WeightsLocator locator({mine_});
    try {
        locator.find(known.name);
        FAIL() << "a wrong file was taken";
    } catch (const NotAvailable&) {
        FAIL() << "a wrong file is an error, not a missing one";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr(known.name), HasSubstr("is not the file that the catalogue knows"),
                                        HasSubstr("bfr weights fetch " + known.name)));
    }
    const FileCheck check = locator.check(known.name);
    EXPECT_EQ(check.state, FileCheck::kWrong);
    EXPECT_EQ(check.expected, known.sha256);
    EXPECT_EQ(check.found, sha256(std::string(*known.bytes, 'x')));
}

TEST_F(Locator, SaysWhereItSearchedAndWhatMendsIt) {
    const std::string name = built_in_files().front().name;
    try {
        WeightsLocator({mine_}).find(name);
        FAIL() << "nothing was there to find";
    } catch (const NotAvailable& error) {
        EXPECT_THAT(error.reason(), AllOf(HasSubstr("mine,"), HasSubstr("bfr/weights (no such folder)")));
        EXPECT_EQ(error.mend(), "bfr weights fetch " + name);
    }
    EXPECT_EQ(WeightsLocator({mine_}).check(name).state, FileCheck::kMissing);
    EXPECT_THROW(WeightsLocator().find("no_such_file.dat"), UsageError);
}

TEST_F(Locator, AFolderThatIsNoneIsAnError) {
    EXPECT_THROW(WeightsLocator({scratch_ / "missing"}), UsageError);
    EXPECT_THROW(WeightsLocator({scratch_ / "catalogue.json"}), UsageError);
    EXPECT_FALSE(WeightsLocator().missing_folder());
    const Environment other({{"BFR_WEIGHTS", (scratch_ / "missing").string()}});
    EXPECT_EQ(WeightsLocator().missing_folder(), scratch_ / "missing");
    const auto set = [&](const std::string& value) { return Environment({{"BFR_WEIGHTS", value}}); };
    fs::create_directories(scratch_ / "a:b");
    const fs::path second = scratch_ / "second";
    {
        const Environment several = set("::" + mine_.string() + ":" + second.string() + ":");
        const auto folders = WeightsLocator().folders();
        ASSERT_GE(folders.size(), 3U);
        EXPECT_EQ(folders[0], mine_);
        EXPECT_EQ(folders[1], second);
        EXPECT_EQ(folders[2], scratch_ / "cache/bfr/weights");
        EXPECT_EQ(WeightsLocator().missing_folder(), second);
        fs::create_directories(second);
        EXPECT_FALSE(WeightsLocator().missing_folder());
        // the first that has a file decides, right or wrong: a later folder is never tried instead
        write_text(mine_ / "mobilefacenet.pt", "another");
        EXPECT_EQ(WeightsLocator().path_of("mobilefacenet.pt"), mine_ / "mobilefacenet.pt");
        EXPECT_EQ(WeightsLocator().check("mobilefacenet.pt").state, FileCheck::kWrong);
    }
    const Environment one = set((scratch_ / "a:b").string());
    EXPECT_EQ(WeightsLocator().folders().front(), scratch_ / "a:b");
    EXPECT_FALSE(WeightsLocator().missing_folder());
}

TEST_F(Locator, PinsAFileOnFirstUseAndChecksItEverAfter) {
    write_text(mine_ / "ours.pt", "first");
    const WeightsLocator locator({mine_}, catalogue_);
    EXPECT_EQ(locator.check("ours.pt").state, FileCheck::kUnpinned);
    EXPECT_FALSE(fs::exists(mine_ / "ours.pt.sha256"));  // looking pins nothing
    const FoundFile found = locator.find("ours.pt");
    EXPECT_TRUE(found.use.pinned);
    EXPECT_EQ(found.use.sha256, sha256("first"));
    EXPECT_EQ(read_text(mine_ / "ours.pt.sha256"), sha256("first") + "  ours.pt\n");
    EXPECT_EQ(locator.check("ours.pt").state, FileCheck::kRight);
    write_text(mine_ / "ours.pt.sha256", sha256("another") + "  ours.pt\n");
    EXPECT_EQ(locator.check("ours.pt").state, FileCheck::kWrong);
    try {
        locator.find("ours.pt");
        FAIL() << "another file than the pinned one was taken";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("the pin " + (mine_ / "ours.pt.sha256").string() + " knows"),
                                        HasSubstr(sha256("another"))));
    }
    write_text(mine_ / "ours.pt.sha256", "nonsense");
    EXPECT_THROW(locator.find("ours.pt"), Error);
}

// Its name is all that the pin in the user's cache knows of a file, so a message says which pin it is.
TEST_F(Locator, NamesThePinOfTheUsersCache) {
    write_text(mine_ / "ours.pt", "first");
    const fs::path pin = scratch_ / "cache" / "bfr" / "pins" / "ours.pt.sha256";
    write_text(pin, sha256("of another folder") + "  ours.pt\n");
    try {
        WeightsLocator({mine_}, catalogue_).find("ours.pt");
        FAIL() << "another file than the pinned one was taken";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("the pin " + pin.string() + " knows"), HasSubstr("remove the pin")));
    }
}

TEST_F(Locator, ReadsTheEnvironmentsCatalogue) {
    EXPECT_THROW(Catalogue().file("ours.pt"), UsageError);
    const Environment other({{"BFR_CATALOGUE", (scratch_ / "catalogue.json").string()}});
    EXPECT_EQ(Catalogue().file("ours.pt").licence, "internal");
    const Environment none({{"BFR_CATALOGUE", (scratch_ / "missing.json").string()}});
    EXPECT_THROW(Catalogue(), UsageError);
}

TEST(OtherCatalogues, HoldWhatTheySay) {
    const Scratch scratch;
    write_text(scratch / "c.json",
               R"({"schema": "bfr-catalogue/1", "files": [
                   {"name": "a.pt", "urls": ["http://host/x/a.pt.bz2", "https://host/a.pt"],
                    "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "bytes": 17,
                    "licence": "L", "citation": "C", "source": "S", "enables": ["psnr"]},
                   {"name": "b.pt", "urls": ["file:///b.pt"], "licence": "L"}]})");
    const auto files = read_catalogue(scratch / "c.json");
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].bytes, 17u);
    EXPECT_EQ(files[0].citation, "C");
    EXPECT_EQ(files[0].source, "S");
    EXPECT_EQ(files[0].enables, std::vector<std::string>{"psnr"});
    EXPECT_TRUE(is_packed(files[0].urls[0], "a.pt"));
    EXPECT_FALSE(is_packed(files[0].urls[1], "a.pt"));
    EXPECT_TRUE(is_packed("https://host/a.pt.bz2?token=1", "a.pt"));
    EXPECT_FALSE(files[1].sha256 || files[1].bytes);
    Catalogue catalogue;
    const size_t before = catalogue.files().size();
    catalogue.add(scratch / "c.json");
    EXPECT_EQ(catalogue.files().size(), before + 2);
    EXPECT_THROW(catalogue.add(scratch / "c.json"), UsageError);  // each name a second time
    EXPECT_EQ(catalogue.files().size(), before + 2);
}

struct Hostile {
    const char* name;
    std::string json;  // "ENTRY:..." stands for a catalogue with that one entry
    const char* message;
};

class HostileCatalogues : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileCatalogues, AreRefusedWithFileAndPlace) {
    const Scratch scratch;
    std::string text = GetParam().json;
    if (text.starts_with("ENTRY:")) text = R"({"schema": "bfr-catalogue/1", "files": [)" + text.substr(6) + "]}";
    write_text(scratch / "c.json", text);
    try {
        Catalogue().add(scratch / "c.json");
        FAIL() << "taken";
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("c.json"), HasSubstr(GetParam().message)));
    }
}

std::string entry(const std::string& name, const std::string& rest) {
    return "ENTRY:{\"name\": \"" + name + "\", \"licence\": \"L\", " + rest + "}";
}
const std::string kUrls = R"("urls": ["https://host/x"])";

INSTANTIATE_TEST_SUITE_P(
    Catalogues, HostileCatalogues,
    ::testing::Values(
        Hostile{"NoJson", "catalogue", "JSON is broken"}, Hostile{"List", "[]", "must be an object"},
        Hostile{"NoSchema", R"({"files": []})", "bfr-catalogue/1"},
        Hostile{"OtherSchema", R"({"schema": "bfr-catalogue/2", "files": []})", "bfr-catalogue/1"},
        Hostile{"NoFiles", R"({"schema": "bfr-catalogue/1"})", "'files'"},
        Hostile{"UnknownTopKey", R"({"schema": "bfr-catalogue/1", "files": [], "file": 1})", "did you mean files"},
        Hostile{"Twice", R"({"schema": "bfr-catalogue/1", "files": [], "files": []})", "twice"},
        Hostile{"Deep", std::string(200'000, '['), "JSON is broken"}, Hostile{"EntryNoObject", "ENTRY:1", "/files/0"},
        Hostile{"UnknownKey", entry("a", kUrls + R"(, "sha255": "x")"), "did you mean sha256"},
        Hostile{"NoUrls", entry("a", R"("bytes": 1)"), "'urls' is missing"},
        Hostile{"EmptyUrls", entry("a", R"("urls": [])"), "/files/0/urls"},
        Hostile{"NoLicence", R"(ENTRY:{"name": "a", "urls": ["https://h/a"]})", "'licence' is missing"},
        Hostile{"Above", entry("../a", kUrls), "plain file name"},
        Hostile{"Folder", entry("a/b", kUrls), "plain file name"},
        Hostile{"Absolute", entry("/etc/passwd", kUrls), "plain file name"},
        Hostile{"Hidden", entry(".bashrc", kUrls), "plain file name"},
        Hostile{"Option", entry("-rf", kUrls), "plain file name"},
        Hostile{"Blank", entry("a b", kUrls), "plain file name"},
        Hostile{"Control", entry("a\\u001b[31m", kUrls), "control character"},
        Hostile{"Long", entry(std::string(300, 'a'), kUrls), "plain file name"},
        Hostile{"OwnPart", entry("a.part", kUrls), "must not end in .part"},
        Hostile{"OwnPin", entry("a.sha256", kUrls), "must not end in .sha256"},
        Hostile{"BuiltIn", entry("face_expression_model.bin", kUrls), "known already"},
        Hostile{"PairOfOneName", entry("a", kUrls) + R"(, {"name": "a", "licence": "L", "urls": ["https://host/y"]})",
                "known already"},
        Hostile{"HashTooShort", entry("a", kUrls + R"(, "sha256": "00")"), "64 lower-case"},
        Hostile{"HashUpperCase", entry("a", kUrls + ", \"sha256\": \"" + std::string(64, 'A') + "\""), "64 lower-case"},
        Hostile{"BytesNegative", entry("a", kUrls + R"(, "bytes": -1)"), "/files/0/bytes"},
        Hostile{"BytesNone", entry("a", kUrls + R"(, "bytes": 0)"), "/files/0/bytes"},
        Hostile{"BytesHuge", entry("a", kUrls + R"(, "bytes": 1e300)"), "/files/0/bytes"},
        Hostile{"UrlOfAnotherKind", entry("a", R"("urls": ["ftp://host/a"])"), "must begin with https://"},
        Hostile{"UrlRelative", entry("a", R"("urls": ["a.pt"])"), "must begin with https://"},
        Hostile{"UrlOfAnotherHostsFiles", entry("a", R"("urls": ["file://host/a"])"), "must begin with https://"},
        Hostile{"UrlWithPassword", entry("a", R"("urls": ["https://me:secret@host/a"])"), "password"},
        Hostile{"UrlWithLineEnd", entry("a", R"("urls": ["https://host/a\nHost: x"])"), "control character"},
        Hostile{"UrlUnchecked", entry("a", R"("urls": ["http://host/a"])"), "plain http"},
        Hostile{"PackedWithoutBytes", entry("a", R"("urls": ["https://host/a.bz2"])"), "needs 'bytes'"},
        Hostile{"EnablesNoSpec", entry("a", kUrls + R"(, "enables": ["psnr:"])"), "c.json"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(OtherCatalogues, MustBeFiles) {
    const Scratch scratch;
    EXPECT_THROW(Catalogue().add(scratch.path()), UsageError);
    ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
    EXPECT_THROW(Catalogue().add(scratch / "pipe"), UsageError);
}

TEST(Pins, GoToTheUsersCacheWhereTheFoldersPlaceIsTaken) {
    const Scratch scratch;
    const Environment environment({{"XDG_CACHE_HOME", (scratch / "cache").string()}});
    fs::create_directories(scratch / "w" / "a.pt.sha256" / "x");  // root may write anywhere, but not over a folder
    EXPECT_THROW(read_pin(scratch / "w" / "a.pt"), Error);
    fs::create_directories(scratch / "file");
    write_text(scratch / "f", "");
    write_pin(scratch / "f" / "b.pt", sha256("x"));  // below a regular file nobody can write
    EXPECT_EQ(read_text(scratch / "cache" / "bfr" / "pins" / "b.pt.sha256"), sha256("x") + "  b.pt\n");
    EXPECT_EQ(read_pin(scratch / "f" / "b.pt").value().sha256, sha256("x"));
}

}  // namespace
}  // namespace bfr::testing
