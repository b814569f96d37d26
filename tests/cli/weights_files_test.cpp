// bfr weights list, fetch, verify, doctor: the program against a server of its own.
#include <signal.h>

#include <map>

#include "base/files.h"
#include "base/sha256.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "restore/restorer.h"
#include "tests/cli/small_disk.h"
#include "tests/cli/support.h"
#include "tests/support/web_server.h"
#include "weights/catalogue/missing.h"

namespace bfr::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class WeightsFiles : public ::testing::Test {
  protected:
    WeightsFiles() { write_catalogue(sha256(content_), content_.size()); }

    // One file, net.bin, on the server; without a hash it is a file: url.
    void write_catalogue(const std::string& hash, size_t bytes) {
        const std::string url = hash.empty() ? "file://" + (scratch_ / "net.bin").string() : server_.url("/net.bin");
        Json file = {{"name", "net.bin"}, {"urls", {url}}, {"licence", "MIT"}, {"enables", {"psnr", "ours:mode=x"}}};
        if (!hash.empty()) file["sha256"] = hash;
        if (bytes > 0) file["bytes"] = bytes;
        write_text(scratch_ / "c.json", Json{{"schema", "bfr-catalogue/1"}, {"files", {file}}}.dump());
    }
    std::vector<std::string> words(const std::string& action, const std::vector<std::string>& more = {}) const {
        return std::vector<std::string>{"weights", action, "--catalogue", scratch_ / "c.json"} + more;
    }
    std::vector<std::string> fetch() const { return words("fetch", {"net.bin", "--out", out_}); }

    const Scratch scratch_;
    const fs::path out_ = scratch_ / "out", target_ = out_ / "net.bin";
    const std::string content_ = std::string(400'000, 'n') + "et";
    WebServer server_;
};

TEST_F(WeightsFiles, FetchPutsAFileInPlaceAndListAndVerifySeeIt) {
    server_.serve("/net.bin", {content_});
    const Ran ran = bfr(fetch());
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "fetched  " + target_.string() + "\n");
    EXPECT_THAT(ran.err, AllOf(HasSubstr("net.bin: 400 kB of 400 kB"), Not(HasSubstr("\r"))));
    EXPECT_EQ(read_text(target_), content_);
    EXPECT_EQ(bfr(fetch()).out, "here     " + target_.string() + "\n");
    EXPECT_EQ(server_.requests().size(), 1u);

    const Ran list = bfr(words("list", {"--weights", out_}));
    EXPECT_THAT(list.out, ContainsRegex("\nnet.bin +400 kB  yes   known   MIT .* psnr, ours:mode=x\n"));
    EXPECT_THAT(list.out, ContainsRegex("\nmmod_human_face_detector.dat +730 kB  no  "));
    const Ran verified = bfr(words("verify", {"net.bin", "--weights", out_}));
    EXPECT_EQ(verified.code, 0);
    EXPECT_THAT(verified.out, StartsWith("right     net.bin  " + target_.string()));
    write_text(target_, std::string(content_.size(), 'x'));
    const Ran wrong = bfr(words("verify", {"--weights", out_}));
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.out, AllOf(HasSubstr("wrong     net.bin"), HasSubstr(sha256(content_)),
                                 HasSubstr(sha256(std::string(content_.size(), 'x'))),
                                 HasSubstr("missing   face_expression_model.bin")));
    const Ran refused = bfr(fetch());
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("--force"));
    EXPECT_EQ(bfr(fetch() + std::vector<std::string>{"--force"}).code, 0);
    EXPECT_EQ(read_text(target_), content_);
    EXPECT_EQ(bfr(words("verify", {"face_expression_model.bin"})).code, 1);  // asked for by name, and missing
    EXPECT_EQ(bfr(words("verify")).code, 0);
}

TEST_F(WeightsFiles, KilledWhileFetchingItGoesOnFromThere) {
    server_.serve("/net.bin", {.content = content_, .bytes_a_tenth = 20'000});
    {
        Started started(fetch());
        const fs::path part = out_ / "net.bin.part";
        ASSERT_TRUE(started.wait_until([&] { return fs::exists(part) && fs::file_size(part) >= 40'000; }));
        started.signal(SIGKILL);
        EXPECT_EQ(started.wait(), 128 + SIGKILL);
    }
    EXPECT_FALSE(fs::exists(target_));
    const auto kept = fs::file_size(out_ / "net.bin.part");
    server_.serve("/net.bin", {content_});
    const Ran ran = bfr(fetch());
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(server_.requests().back().range, "bytes=" + std::to_string(kept) + "-");
    EXPECT_EQ(read_text(target_), content_);
    for (const auto& entry : fs::directory_iterator(out_)) EXPECT_EQ(entry.path(), target_);
}

TEST_F(WeightsFiles, ASecondProcessIsToldOfTheFirst) {
    server_.serve("/net.bin", {.content = content_, .bytes_a_tenth = 20'000});
    Started started(fetch());
    ASSERT_TRUE(started.wait_until([&] { return fs::exists(out_ / "net.bin.part"); }));
    const Ran second = bfr(fetch());
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.err, HasSubstr("another process is fetching it"));
    EXPECT_EQ(started.wait(), 0);
    EXPECT_EQ(read_text(target_), content_);
}

TEST_F(WeightsFiles, FailuresAreCountedAndShownInOneLineEach) {
    server_.serve("/net.bin", {.content = "<html>\x1b[31mno</html>", .type = "text/html"});
    const Ran ran = bfr(
        words("fetch", {"net.bin", "face_expression_model.bin", "--mirror", server_.url("/"), "--out", out_.string()}));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, AllOf(HasSubstr("bfr: error: net.bin: "), HasSubstr("a web page"),
                               HasSubstr("bfr: error: face_expression_model.bin: "), HasSubstr("status 404"),
                               Not(HasSubstr("\x1b"))));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
    EXPECT_THAT(std::vector<fs::directory_entry>(fs::directory_iterator(out_), {}), IsEmpty());
}

TEST_F(WeightsFiles, ADiskWithoutSpaceIsNamedBeforeAndWhileItFillsUp) {
    const SmallDisk disk(scratch_ / "disk", "size=160k");
    if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: no file system can be mounted here: " << disk.why();
    const auto onto_disk = words("fetch", {"net.bin", "--out", scratch_ / "disk"});
    server_.serve("/net.bin", {content_});
    const Ran before = bfr(onto_disk);
    EXPECT_EQ(before.code, 1);
    EXPECT_THAT(before.err, HasSubstr("no space: 400002 bytes are to come"));
    write_catalogue(sha256(content_), 0);
    server_.serve("/net.bin", {.content = content_, .says_length = false});
    const Ran meanwhile = bfr(onto_disk);
    EXPECT_EQ(meanwhile.code, 1);
    EXPECT_THAT(meanwhile.err, AllOf(HasSubstr("net.bin.part: can't be written"), HasSubstr("No space left")));
    EXPECT_FALSE(fs::exists(scratch_ / "disk" / "net.bin"));
    ASSERT_TRUE(disk.resize("size=1m"));
    const Ran after = bfr(onto_disk);
    EXPECT_EQ(after.code, 0) << after.err;
    EXPECT_THAT(server_.requests().back().range, StartsWith("bytes="));
    EXPECT_EQ(read_text(scratch_ / "disk" / "net.bin"), content_);
}

// The same where nothing can be mounted: the shell's limit on a file's size.
TEST_F(WeightsFiles, AFileThatCantGrowIsNamed) {
    server_.serve("/net.bin", {content_});
    const Ran ran = shell("trap '' XFSZ; ulimit -f 100; exec \"$0\" weights fetch net.bin --catalogue '" +
                          (scratch_ / "c.json").string() + "' --out '" + out_.string() + "'");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("net.bin.part"), HasSubstr("File too large")));
    EXPECT_FALSE(fs::exists(target_));
}

TEST_F(WeightsFiles, WhatNobodyPublishesAHashForIsPinnedAndSaysSo) {
    write_catalogue("", 0);
    write_text(scratch_ / "net.bin", content_);
    const Ran ran = bfr(fetch());
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("pinned"), HasSubstr(sha256(content_))));
    EXPECT_TRUE(fs::exists(out_ / "net.bin.sha256"));
    EXPECT_THAT(bfr(words("list")).out, ContainsRegex("net.bin +unknown  no    pinned "));
    EXPECT_THAT(bfr(words("list", {"net.bin"})).out, HasSubstr("pinned on first use"));
    EXPECT_THAT(bfr(words("verify", {"net.bin", "--weights", out_})).out, StartsWith("pinned "));
    write_text(target_, "another");
    const Ran wrong = bfr(words("verify", {"net.bin", "--weights", out_}));
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.out, HasSubstr("is expected by the pin " + target_.string() + ".sha256"));
}

// Tensors of these names, one number each.
std::string safetensors_of(const std::vector<std::string>& names) {
    Json header;
    for (size_t i = 0; i < names.size(); i++)
        header[names[i]] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {4 * i, 4 * i + 4}}};
    const std::string text = header.dump();
    std::string file;
    for (int shift = 0; shift < 64; shift += 8) file += static_cast<char>(uint64_t{text.size()} >> shift & 0xff);
    return file + text + std::string(4 * names.size(), '\0');
}

// Whoever takes the first hash on trust would call the right file wrong ever after.
TEST_F(WeightsFiles, AnotherNetworksFileIsNeverPinned) {
    const std::string other = safetensors_of({"conv1.1.weight", "features.14.conv.3.weight"});
    const fs::path folder = scratch_ / "w", file = folder / "resnet18_110.pth",
                   pin = folder / "resnet18_110.pth.sha256";
    write_text(file, other);
    const Pairs pairs(scratch_.path(), {"a"});
    const Ran ran = bfr(pairs.run(scratch_ / "run", {"--method", "degraded", "--metric", "psnr", "--metric",
                                                     "identity:net=arcface-r18", "--weights", folder}));
    EXPECT_THAT(ran.err, AllOf(HasSubstr("ArcFace ResNet-18"), HasSubstr("looks like MobileFaceNet")));
    EXPECT_FALSE(fs::exists(pin));
    const auto fetched = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"weights", "fetch", "resnet18_110.pth"} + more);
    };
    for (const auto& more : {std::vector<std::string>{"--out", folder}, {"--weights", folder}}) {
        const Ran there = fetched(more);
        EXPECT_EQ(there.code, 1);
        EXPECT_THAT(there.err, HasSubstr("isn't ArcFace ResNet-18; it looks like MobileFaceNet"));
    }
    EXPECT_FALSE(fs::exists(pin));
    const Ran mirrored = fetched({"--mirror", folder, "--out", out_});
    EXPECT_EQ(mirrored.code, 1);
    EXPECT_THAT(mirrored.err, HasSubstr("what came isn't ArcFace ResNet-18; it looks like MobileFaceNet"));
    EXPECT_FALSE(fs::exists(out_ / "resnet18_110.pth") || fs::exists(out_ / "resnet18_110.pth.sha256"));
    const auto verified = [&] { return bfr({"weights", "verify", "resnet18_110.pth", "--weights", folder}); };
    EXPECT_EQ(verified().code, 1);
    EXPECT_THAT(verified().out, AllOf(StartsWith("wrong "), HasSubstr("looks like MobileFaceNet")));
    // one that was pinned all the same
    write_text(pin, sha256(other) + "  resnet18_110.pth\n");
    EXPECT_THAT(verified().out, AllOf(StartsWith("wrong "), HasSubstr(pin.string())));
    EXPECT_THAT(bfr({"weights", "doctor", "--weights", folder}).out,
                HasSubstr("rm " + file.string() + " " + pin.string() + " && bfr weights fetch resnet18_110.pth"));
    fs::remove(pin);
    // the right names
    write_text(file, safetensors_of({"module.prelu.weight", "module.layer1.0.bn0.weight"}));
    EXPECT_THAT(verified().out, StartsWith("unpinned"));
    EXPECT_EQ(fetched({"--mirror", folder, "--out", out_}).code, 0);
    EXPECT_TRUE(fs::exists(out_ / "resnet18_110.pth.sha256"));
    EXPECT_THAT(bfr({"weights", "verify", "resnet18_110.pth", "--weights", out_}).out, StartsWith("pinned "));
}

TEST_F(WeightsFiles, DoctorSaysWhatIsMissingAndTheCommandForIt) {
    server_.serve("/net.bin", {content_});
    ASSERT_EQ(bfr(fetch()).code, 0);
    const Ran ran = bfr(words("doctor", {"--weights", out_}));
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(
        ran.out,
        AllOf(HasSubstr("  right     net.bin  " + target_.string()),
              HasSubstr("  missing   face_expression_model.bin\n            without it: no emotion:net=face-api\n"
                        "            bfr weights fetch face_expression_model.bin --catalogue " +
                        (scratch_ / "c.json").string() + " --out " + out_.string() + "\n"),
              HasSubstr("BLAS"), HasSubstr("(no such folder)")));
    EXPECT_THAT(bfr(words("doctor")).out, Not(HasSubstr("--out")));
    const Json json = Json::parse(bfr(words("doctor", {"--weights", out_, "--json"})).out);
    ASSERT_EQ(json["files"].size(), built_in_files().size() + 1);
    EXPECT_EQ(json["files"].back()["state"], "right");
    EXPECT_EQ(json["files"].back()["mend"], Json());
    EXPECT_THAT(json["files"][4]["mend"].get<std::string>(), HasSubstr("bfr weights fetch face_expression_model.bin"));
    const Json list = Json::parse(bfr(words("list", {"--json"})).out);
    EXPECT_EQ(list["files"].back()["enables"], Json({"psnr", "ours:mode=x"}));
    EXPECT_EQ(Json::parse(bfr(words("verify", {"--json"})).out)["files"][0]["state"], "missing");
}

TEST_F(WeightsFiles, ForBringsWhatAUnitNeeds) {
    server_.serve("/net.bin", {content_});
    const auto names_for = [&](const std::string& unit) {
        std::string names;  // of the files that a folder without any would have to give
        fs::create_directories(scratch_ / "empty");
        const Ran ran = bfr(words("fetch", {"--for", unit, "--mirror", scratch_ / "empty", "--out", out_}));
        for (const auto* name :
             {"mmod", "predictor_5", "predictor_68", "recognition", "model.bin", "manifest", "net.bin"})
            if (ran.err.find(std::string(name) + "", ran.err.find("error")) != std::string::npos)
                names += std::string(name) + " ";
        return names;
    };
    EXPECT_EQ(names_for("identity"), "predictor_68 recognition ");
    EXPECT_EQ(names_for("identity:find=mmod,measure=distance"), "mmod predictor_68 recognition ");
    EXPECT_EQ(names_for("emotion"), "predictor_68 model.bin manifest ");
    EXPECT_EQ(names_for("align"), "mmod predictor_5 ");
    EXPECT_EQ(names_for("ours:mode=x"), "net.bin ");
    EXPECT_EQ(names_for("ours"), "");
    const Ran none = bfr({"weights", "fetch", "--for", "ssim"});
    EXPECT_EQ(none.code, 0);
    EXPECT_THAT(none.err, HasSubstr("ssim needs no file"));
    EXPECT_THAT(bfr({"weights", "fetch", "--for", "identiti"}).err, HasSubstr("did you mean identity"));
    for (const std::string mistyped : {"lpips:net=foo", "lpips:nets=vgg"}) {
        const Ran refused = bfr({"weights", "fetch", "--for", mistyped});
        EXPECT_EQ(refused.code, 2) << mistyped;
        EXPECT_THAT(refused.err, AllOf(HasSubstr("lpips"), Not(HasSubstr("needs no file")))) << mistyped;
    }
}

TEST_F(WeightsFiles, AFileThatLiesInASearchedFolderIsntFetchedAgain) {
    server_.serve("/net.bin", {content_});
    write_text(scratch_ / "w" / "net.bin", content_);
    const Ran ran = bfr(words("fetch", {"net.bin", "--weights", scratch_ / "w"}));
    EXPECT_EQ(ran.out, "here     " + (scratch_ / "w" / "net.bin").string() + "\n");
    write_text(scratch_ / "w" / "net.bin", "another");
    const Ran hidden = bfr(words("fetch", {"net.bin", "--weights", scratch_ / "w"}));
    EXPECT_EQ(hidden.code, 1);
    EXPECT_THAT(hidden.err, HasSubstr("hides whatever is fetched"));
    EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(WeightsFiles, ForceSaysHowAFileInASearchedFolderIsReplaced) {
    write_catalogue("", 0);
    write_text(scratch_ / "net.bin", content_);
    const fs::path folder = scratch_ / "w";
    write_text(folder / "net.bin", "older");
    const Ran refused = bfr(words("fetch", {"net.bin", "--force", "--weights", folder}));
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.out, IsEmpty());
    EXPECT_THAT(refused.err, AllOf(HasSubstr((folder / "net.bin").string()), HasSubstr("--out " + folder.string())));
    EXPECT_EQ(read_text(folder / "net.bin"), "older");
    const Ran replaced = bfr(words("fetch", {"net.bin", "--force", "--weights", folder, "--out", folder}));
    EXPECT_EQ(replaced.out, "fetched  " + (folder / "net.bin").string() + "\n");
    EXPECT_EQ(read_text(folder / "net.bin"), content_);
    // Of a file with a published hash there is nothing newer.
    write_catalogue(sha256(content_), content_.size());
    const Ran right = bfr(words("fetch", {"net.bin", "--force", "--weights", folder}));
    EXPECT_EQ(right.out, "here     " + (folder / "net.bin").string() + "\n");
}

TEST_F(WeightsFiles, TheEnvironmentsCatalogueAndFolderAreRead) {
    write_text(scratch_ / "w" / "net.bin", content_);
    const auto with = [&](const std::string& catalogue, const std::string& folder,
                          const std::vector<std::string>& words) {
        return run(std::vector<std::string>{program().string()} + words,
                   {"BFR_CATALOGUE=" + catalogue, "BFR_WEIGHTS=" + folder, "XDG_CACHE_HOME=/nowhere"});
    };
    const Ran found = with(scratch_ / "c.json", scratch_ / "w", {"weights", "verify", "net.bin"});
    EXPECT_EQ(found.code, 0);
    EXPECT_THAT(found.err, IsEmpty());
    EXPECT_THAT(with(scratch_ / "c.json", scratch_ / "w", {"list", "weights", "net.bin"}).out,
                HasSubstr("here        " + (scratch_ / "w" / "net.bin").string()));
    EXPECT_EQ(with("/nowhere.json", "", {"weights", "list"}).code, 2);
    const Ran nowhere = with("", "/nowhere/w", {"weights", "doctor"});
    EXPECT_THAT(nowhere.err, HasSubstr("$BFR_WEIGHTS names /nowhere/w, which is no folder"));
    // several, in their order: the second one's file is found, and the doctor says where; the first one's counts
    const std::string both = (scratch_ / "first").string() + ":" + (scratch_ / "w").string();
    const Ran half = with(scratch_ / "c.json", both, {"weights", "doctor"});
    EXPECT_THAT(half.err, HasSubstr("$BFR_WEIGHTS names " + (scratch_ / "first").string() + ", which"));
    EXPECT_THAT(half.out, HasSubstr("net.bin  " + (scratch_ / "w" / "net.bin").string()));
    write_text(scratch_ / "first" / "net.bin", content_);
    const Ran first = with(scratch_ / "c.json", both, {"weights", "doctor"});
    EXPECT_THAT(first.err, Not(HasSubstr("which is no folder")));
    EXPECT_THAT(first.out, HasSubstr("net.bin  " + (scratch_ / "first" / "net.bin").string()));
    EXPECT_THAT(with("", "/nowhere/w", {"list", "metrics", "identity"}).err, HasSubstr("$BFR_WEIGHTS"));
}

// A missing file never stops a run.
TEST_F(WeightsFiles, AUnitWithoutItsFileIsNotAvailableAndNamesTheCommand) {
    const Pairs pairs(scratch_.path(), {"a"});
    const Ran ran = bfr(pairs.run(
        scratch_ / "run", {"--method", "degraded", "--metric", "psnr", "--metric", "identity", "--task", "emotion"}));
    EXPECT_EQ(ran.code, 1);
    const std::string command =
        "bfr weights fetch shape_predictor_68_face_landmarks.dat dlib_face_recognition_resnet_model_v1.dat";
    EXPECT_THAT(ran.err, HasSubstr("identity is not available"));
    EXPECT_THAT(ran.err, HasSubstr("to mend it: " + command));
    EXPECT_THAT(bfr({"list", "metrics", "identity:find=mmod"}).out, HasSubstr(command.substr(command.find("shape"))));
    EXPECT_THAT(bfr({"list", "metrics", "identity:find=mmod"}).out, HasSubstr("mmod_human_face_detector.dat"));
    EXPECT_THAT(bfr({"list", "methods", "vspbfr:steps=2,weights=official"}).out,
                HasSubstr("bfr weights fetch style_encoder_decoder.pt code_diffuser.pt restoration_net.pt\n"));
    const auto align = [&](const std::vector<std::string>& more) {
        return bfr(std::vector<std::string>{"align", "--in", pairs.reference, "--out", scratch_ / "aligned"} + more)
            .err;
    };
    EXPECT_THAT(align({}), HasSubstr("shape_predictor_5_face_landmarks.dat mmod_human_face_detector.dat\n"));
    EXPECT_THAT(align({"--detector", "hog"}), HasSubstr("fetch shape_predictor_5_face_landmarks.dat\n"));
    const Json report = report_of(scratch_ / "run");
    EXPECT_TRUE(report["complete"]);
    EXPECT_EQ(report["units"][1]["available"], false);
    EXPECT_EQ(report["units"][1]["mend"], command);
    EXPECT_EQ(report["samples"].size(), 1u);
    const Ran typo = bfr(pairs.run(
        scratch_ / "run2", {"--method", "degraded", "--metric", "psnr", "--weights", (scratch_ / "missing").string()}));
    EXPECT_EQ(typo.code, 2);
    EXPECT_THAT(typo.err, HasSubstr("is no folder of weights"));
}

// What a spec needs is what its files enable, its defaults included; nothing is brought for another of its forms.
TEST_F(WeightsFiles, ForAMetricOfFeaturesTheFilesOfItsNetAndVersionAreBrought) {
    const std::map<std::string, std::vector<std::string>> needed = {
        {"lpips", {"alexnet-owt-7be5be79.pth", "lpips-v0.1-alex.pth"}},
        {"lpips:net=vgg", {"vgg16-397923af.pth", "lpips-v0.1-vgg.pth"}},
        {"lpips:version=0.0,net=squeeze,order=bgr", {"squeezenet1_1-b8a52dc0.pth", "lpips-v0.0-squeeze.pth"}},
        {"dists:resize=256", {"vgg16-397923af.pth", "dists_weights.pt"}}};
    fs::create_directories(scratch_ / "empty");
    for (const auto& [unit, files] : needed) {
        const Ran ran = bfr({"weights", "fetch", "--for", unit, "--mirror", scratch_ / "empty", "--out", out_});
        EXPECT_EQ(ran.code, 1) << "the mirror has none of them";
        for (const auto& file : files) EXPECT_THAT(ran.err, HasSubstr(file)) << unit;
        EXPECT_THAT(ran.err, Not(HasSubstr(unit == "lpips" ? "vgg" : "alex"))) << unit;
    }
    const Pairs pairs(scratch_.path(), {"a"});
    const Ran ran = bfr(pairs.run(scratch_ / "run", {"--method", "degraded", "--metric", "psnr", "--metric",
                                                     "lpips:net=vgg", "--metric", "dists"}));
    EXPECT_EQ(ran.code, 1);
    const Json report = report_of(scratch_ / "run");
    EXPECT_EQ(report["units"][0]["available"], true);
    EXPECT_EQ(report["units"][1]["mend"], "bfr weights fetch lpips-v0.1-vgg.pth vgg16-397923af.pth");
    EXPECT_EQ(report["units"][2]["mend"], "bfr weights fetch dists_weights.pt vgg16-397923af.pth");
}

TEST_F(WeightsFiles, ForAPapersNetworkItsFileAloneIsBrought) {
    const std::map<std::string, std::string> needed = {
        {"identity:net=arcface-r18", "resnet18_110.pth"},
        {"identity:input=restoreformer,net=arcface-r18", "arcface_resnet18.pth"},
        {"identity:net=irse50", "model_ir_se50.pth"},
        {"emotion:net=hsemotion", "enet_b0_8_best_vgaf.pt"},
        {"emotion:net=hsemotion,model=enet_b0_7", "enet_b0_7.pt"},
        {"landmarks:net=fan68", "2DFAN4-cd938726ad.zip"}};
    fs::create_directories(scratch_ / "empty");
    for (const auto& [unit, file] : needed) {
        const Ran ran = bfr({"weights", "fetch", "--for", unit, "--mirror", scratch_ / "empty", "--out", out_});
        EXPECT_EQ(ran.code, 1) << "the mirror has none of them";
        for (const auto& known : built_in_files())
            EXPECT_EQ(ran.err.find(known.name) != std::string::npos, known.name == file) << unit << ": " << known.name;
    }
}

// The units that can't be made, and those that the catalogue says so of.
struct Needs {
    std::vector<std::string> found, expected;
};

template <class Unit>
void collect_needs(const Registry<Unit, UnitContext>& registry, const UnitContext& context, const std::string& lacking,
                   Needs& needs) {
    for (const auto& entry : registry.entries()) {
        for (const std::string option : {"", ":find=mmod"}) {
            const Spec spec = Spec::parse(entry.name + option);
            try {
                registry.make(spec, context);
            } catch (const NotAvailable& error) {
                if (error.mend().ends_with(" " + lacking)) needs.found.push_back(spec.canonical());
            } catch (const UsageError&) {
                continue;  // It has no such option, or a required one.
            }
            Spec whole = spec;
            for (const auto& [key, value] : registry.read_options(spec)) whole.set(key, value);
            for (const auto& file : files_for(whole, context.weights.catalogue())) {
                if (file.name == lacking) needs.expected.push_back(spec.canonical());
            }
        }
    }
}

// What the catalogue says of a file is what the units do without it, file by file.
TEST(Catalogue, EnablesWhatCantBeMadeWithoutTheFile) {
    const WeightsLocator whole;
    std::vector<KnownFile> fetched;  // by the set-up, out of two packages
    for (const auto& file : built_in_files()) {
        for (const char* package : {"face_recognition_models", "@vladmandic/face-api"}) {
            if (file.source.find(package) != std::string::npos) fetched.push_back(file);
        }
    }
    ASSERT_FALSE(fetched.empty());
    for (const auto& file : fetched) {
        if (whole.path_of(file.name)) continue;
        const char* required = std::getenv("BFR_REQUIRE_WEIGHTS");
        if (required && *required == '1') FAIL() << file.name << " is not here";
        GTEST_SKIP() << "SKIPPED: " << file.name << " is not here";
    }
    ::setenv("XDG_CACHE_HOME", "/nowhere", 1);
    const std::string before = std::getenv("BFR_WEIGHTS") ? std::getenv("BFR_WEIGHTS") : "";
    ::setenv("BFR_WEIGHTS", "", 1);
    for (const auto& lacking : fetched) {
        const Scratch scratch;
        for (const auto& file : fetched) {
            if (file.name != lacking.name)
                fs::create_symlink(fs::absolute(*whole.path_of(file.name)), scratch / file.name);
        }
        Needs needs;
        const UnitContext context{WeightsLocator({scratch.path()})};
        collect_needs(restorers(), context, lacking.name, needs);
        collect_needs(metrics(), context, lacking.name, needs);
        collect_needs(tasks(), context, lacking.name, needs);
        EXPECT_EQ(needs.found, needs.expected) << lacking.name;
        // the aligning command alone needs this one
        EXPECT_EQ(needs.found.empty(), lacking.name.starts_with("shape_predictor_5")) << lacking.name;
    }
    ::unsetenv("XDG_CACHE_HOME");
    before.empty() ? ::unsetenv("BFR_WEIGHTS") : ::setenv("BFR_WEIGHTS", before.c_str(), 1);
}

}  // namespace
}  // namespace bfr::testing
