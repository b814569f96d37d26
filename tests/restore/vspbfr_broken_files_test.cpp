// What VSPBFR says of files that are no checkpoints, or are broken or hostile ones: always an Error that names the
// file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>

#include "base/files.h"
#include "base/random.h"
#include "tests/restore/bad_files.h"
#include "tests/weights/bytes.h"
#include "weights/formats/safetensors.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/zip.h"

namespace bfr::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(VspbfrBadFiles, TheRightOnesAreAccepted) { EXPECT_EQ(refused(), "accepted"); }

// Every place where a part of the container begins or ends, a byte before and after it, and places inside.
std::set<uint64_t> cuts(const fs::path& file) {
    const auto size = fs::file_size(file);
    std::set<uint64_t> cuts = {0, 1, 2, 4, 8, 9, 22, 30, size - 1, size - 2, size - 21, size - 22, size - 23};
    const FileBytes bytes = FileBytes::map(file);
    const auto add = [&](const std::byte* at) {
        const auto offset = static_cast<uint64_t>(at - bytes.bytes().data());
        for (const uint64_t cut : {offset - 1, offset, offset + 1}) cuts.insert(cut);
    };
    if (std::string_view(reinterpret_cast<const char*>(bytes.bytes().data()), 2) == "PK") {
        const ZipArchive archive = ZipArchive::parse(bytes);
        for (const auto& entry : archive.entries()) {
            add(entry.stored.data());
            add(entry.stored.data() + entry.stored.size() / 2);
            add(entry.stored.data() + entry.stored.size());
            add(entry.stored.data() - entry.name.size());
        }
    } else {
        const auto parsed = SafetensorsFile::parse(bytes);
        for (const auto& tensor : parsed.tensors()) add(tensor.bytes.data());
    }
    const Draw draw(1, file.filename().string(), "cuts", 0, 0);
    for (uint64_t k = 0; k < 100; k++) cuts.insert(draw.integer(k, size));
    std::erase_if(cuts, [&](uint64_t cut) { return cut >= size; });
    return cuts;
}

// Every place where a part of the container begins or ends, a byte before and after it, and places inside.
TEST_F(VspbfrBadFiles, CutAnywhere) {
    for (const bool safetensors : {false, true}) {
        for (const char* file : kFiles) {
            if (safetensors) write_safetensors(path(file), tensors(file), std::nullopt);
            ASSERT_EQ(refused(), "accepted") << file;
            const auto places = cuts(path(file));
            EXPECT_GT(places.size(), 100U);
            for (auto place = places.rbegin(); place != places.rend(); ++place) {  // from the end: a file only shrinks
                fs::resize_file(path(file), *place);
                ASSERT_THAT(refused(), HasSubstr(path(file).string())) << file << " cut at " << *place;
            }
            put(file, tensors(file));
        }
    }
}

TEST_F(VspbfrBadFiles, Bombs) {
    for (const char* file : kFiles) {
        put(file,
            make_zip(
                {{.name = "x/data.pkl", .content = "\x80\2}."},
                 {.name = "x/data/0", .content = "0", .deflate = true, .wide = true, .claimed_size = 1ULL << 40}}));
        EXPECT_THAT(refused(), AllOf(HasSubstr(path(file).string()), HasSubstr("can't become 1099511627776 bytes")));
        put(file, tensors(file));
    }
    for (const char* file : kFiles) {
        auto repeated = tensors(file);
        const std::string group = repeated[0].path.substr(0, repeated[0].path.find('.', 11));
        auto one = stored(group + ".a", at::zeros({1}));
        one.stored.shape = {4096, 4096};
        one.stored.strides = {0, 0};
        for (int k = 0; k < 3; k++) {
            repeated.push_back(one);
            repeated.back().path += std::to_string(k);
        }
        expect_refused(file, repeated, HasSubstr("by repetition: refused"));
    }
}

TEST_F(VspbfrBadFiles, StridesThatLeaveTheStorage) {
    const std::pair<const char*, const char*> places[] = {
        {kStyleFile, "state_dict.decoder.convs.1.conv.weight"},
        {kDiffuserFile, "att_mapper.att_mapper.1.v_matrix.weight"},
        {kRestorationFile, "g_ema.convs.1.ModulatedConv2ds.3.weight"}};
    for (const auto& [file, name] : places) {
        auto changed = tensors(file);
        tensor_of(changed, name).stored.strides.back() += 1;
        expect_refused(file, changed, HasSubstr("leaves its storage"));
        tensor_of(changed, name).stored.strides.back() = -1;
        expect_refused(file, changed, HasSubstr("negative stride"));
        changed = tensors(file);
        tensor_of(changed, name).stored.offset = -4;
        expect_refused(file, changed, HasSubstr("begins outside its storage"));
    }
}

// Which file is missing, and where it is had.
TEST_F(VspbfrBadFiles, AFileThatIsMissing) {
    const auto missing = [&] {
        try {
            make_vspbfr_of(folder_.path());
        } catch (const NotAvailable& error) {
            return error.reason() + " | " + error.mend();
        }
        return std::string("nothing");
    };
    const std::string out = " --out " + folder_.path().string();
    for (const char* file : kFiles) {
        fs::remove(path(file));
        EXPECT_EQ(missing(), path(file).string() + " is missing | bfr weights fetch " + file + out);
        fs::create_directories(path(file));
        EXPECT_THAT(missing(), HasSubstr(path(file).string() + " is missing"));
        fs::remove(path(file));
        restore_all();
    }
    for (const char* file : kFiles) fs::remove(path(file));
    EXPECT_THAT(missing(),
                AllOf(HasSubstr(path(kStyleFile).string() + ", " + path(kDiffuserFile).string()),
                      HasSubstr("bfr weights fetch style_encoder_decoder.pt code_diffuser.pt restoration_net.pt")));
}

TEST_F(VspbfrBadFiles, HostileFilesRunNothing) {
    const auto folder = goldens("checkpoints");
    BFR_SKIP_WITHOUT("goldens/checkpoints", folder);
    for (const char* file : kFiles) {
        for (const char* hostile : {"hostile.pt", "hostile-legacy.pth"}) {
            put(file, read_text(*folder / hostile));
            EXPECT_THAT(refused(), AllOf(HasSubstr(path(file).string()), HasSubstr("has no tensors below")));
            EXPECT_FALSE(fs::exists("bfr-was-here"));
        }
        put(file, tensors(file));
    }
}

}  // namespace
}  // namespace bfr::testing
