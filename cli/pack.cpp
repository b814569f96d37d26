#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "cli/align_options.h"
#include "cli/command.h"
#include "cli/output_folder.h"
#include "cli/pack_selection.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "reports/pipeline.h"
#include "reports/progress.h"
#include "reports/sample_run.h"
#include "reports/text.h"
#include "reports/threads.h"
#include "train/pack/jpeg.h"
#include "train/pack/limits.h"
#include "train/pack/pack_writer.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr int kDefaultSide = 128, kDefaultQuality = 95;
constexpr size_t kMostNotes = 10;

const CommandPage& page() {
    static const CommandPage page = {
        "pack --in DIR|--manifest FILE --out DIR [OPTIONS]",
        "Packs a data set's faces for training: shards of JPEGs with their ids and groups (people), so that training "
        "needs\n"
        "neither the photographs nor what found the faces. The folders below DIR are searched too; the folder that a "
        "picture\n"
        "lies in is its group. Pictures are square faces already, or with --align photographs whose faces are cut out "
        "as\n"
        "`bfr align` does it.\n"
        "\n"
        "OUT must not exist yet, and appears once it is complete: pack.json (settings, hashes, what failed and why) "
        "and\n"
        "shard-00000.safetensors, shard-00001 ... The same pictures give the same bytes. docs/training.md has the "
        "format.",
        [] {
            std::vector<std::string> options = {"in",        "manifest", "out",     "groups",  "without-groups",
                                                "per-group", "limit",    "pattern", "quality", "shard-size",
                                                "align"};
            options.insert(options.end(), align_option_names().begin(), align_option_names().end());
            options.insert(options.end(), {"jobs", "weights"});
            return options;
        }(),
        {"bfr pack --in faces/aligned --out packs/mine --size 256",
         "bfr pack --in lfw --groups lfw-people-train.txt --align --alignment quad --detector hog --face centre --out "
         "packs/lfw"},
        0,
        {},
        {{"align", "the pictures are whole photographs: find the face and cut it out"},
         {"manifest", "list of samples (.jsonl or .csv) instead of a folder: their references and groups are taken"},
         {"limit", "only the first N of the selected pictures in the order of their ids; 0: all"},
         {"size", "side of the packed pictures; larger ones are made smaller, smaller ones are failures"}}};
    return page;
}

std::optional<AlignOptions> align_options(const Arguments& arguments) {
    if (!arguments.has("align")) {
        for (const auto& name : align_option_names()) {
            if (name != "size" && arguments.has(name))
                throw UsageError(fmt::format("--{} has a meaning with --align alone", name));
        }
        return std::nullopt;
    }
    AlignOptions options;
    options.size = kDefaultSide;
    options = read_align_options(arguments, options);
    if (options.choice == FaceChoice::kAll)
        throw UsageError("a pack has one face of each photograph: --face largest, best or centre");
    return options;
}

// `side` x `side`, of a picture that is square and no smaller.
cv::Mat made_smaller(const Image& picture, int side) {
    if (picture.width() != picture.height()) {
        throw Error(fmt::format("it has {}x{} pixels and isn't square; --align cuts faces out of photographs",
                                picture.width(), picture.height()));
    }
    if (picture.width() < side)
        throw Error(fmt::format("it has {}x{} pixels, fewer than {}", picture.width(), picture.height(), side));
    if (picture.width() == side) return picture.rgb8();
    cv::Mat small;
    cv::resize(picture.rgb8(), small, {side, side}, 0, 0, cv::INTER_AREA);
    return small;
}

// Takes what came of the pictures in any order, and gives it to the writer in theirs.
class InOrder {
  public:
    struct Made {
        std::vector<unsigned char> jpeg;
        std::string failure;  // else empty
    };
    InOrder(train::PackWriter& writer, const std::vector<PackPicture>& pictures, Progress& progress)
        : writer_(writer), pictures_(pictures), progress_(progress) {}

    void add(uint64_t i, Made made) {
        waiting_.emplace(i, std::move(made));
        for (auto at = waiting_.find(next_); at != waiting_.end(); at = waiting_.find(next_)) {
            take(pictures_[next_++], at->second);
            waiting_.erase(at);
        }
        progress_.advance(1);
    }
    const Json& failures() const { return failures_; }
    uint64_t done() const { return next_; }

  private:
    void take(const PackPicture& picture, const Made& made) {
        std::string failure = made.failure;
        if (failure.empty()) {
            try {
                writer_.add(picture.id, picture.group, made.jpeg);
                return;
            } catch (const Error& error) {
                failure = error.what();
            }
        }
        failures_.push_back({{"id", picture.id}, {"reason", failure}});
        if (failures_.size() <= kMostNotes) progress_.note(fmt::format("failed: {}: {}", picture.id, failure));
        if (failures_.size() == kMostNotes + 1) progress_.note("more failures will be in pack.json");
    }

    train::PackWriter& writer_;
    const std::vector<PackPicture>& pictures_;
    Progress& progress_;
    std::map<uint64_t, Made> waiting_;
    uint64_t next_ = 0;
    Json failures_ = Json::array();
};

class Packer {
  public:
    explicit Packer(const Arguments& arguments) : out_(arguments.required("out")), align_(align_options(arguments)) {
        side_ = align_
                    ? align_->size
                    : static_cast<int>(arguments.whole_number("size", kDefaultSide, train::kMinSide, train::kMaxSide));
        quality_ = static_cast<int>(
            arguments.whole_number("quality", kDefaultQuality, train::kMinJpegQuality, train::kMaxJpegQuality));
        constexpr uint64_t kMegabyte = 1 << 20;
        shard_bytes_ =
            kMegabyte * arguments.whole_number("shard-size", train::kDefaultShardBytes / kMegabyte, 1, 1 << 14);
        if (arguments.has("in")) refuse_output_among_input("in", arguments.required("in"), out_, true);
        source_ = select_pictures(arguments);
        source_.settings["size"] = side_;
        source_.settings["quality"] = quality_;
        source_.settings["align"] = align_ ? to_json(*align_) : Json();
        if (align_) models_ = std::make_unique<FaceModels>(find_face_models(unit_context(arguments), *align_));
        jobs_ = resolve_jobs(jobs_option(arguments));
    }

    int run() {
        set_up_process_threads(jobs_, 1);
        train::PackWriter writer(out_, side_, source_.settings, shard_bytes_);
        const auto& stop = stop_on_signals();
        const auto progress = terminal_progress();
        for (const auto& note : source_.notes) progress->note(note);
        const auto& left_out = source_.left_out;
        for (size_t i = 0; i < std::min(left_out.size(), kMostNotes); i++)
            progress->note(fmt::format("left out: {}: {}", left_out[i].path, left_out[i].reason));
        if (left_out.size() > kMostNotes)
            progress->note(fmt::format("left out: {} more", left_out.size() - kMostNotes));
        const auto& pictures = source_.pictures;
        InOrder made(writer, pictures, *progress);
        progress->begin("pictures", pictures.size(), 0);
        run_pipeline(
            pictures.size(), jobs_,
            [&](uint64_t i) -> std::function<void()> {
                auto one = std::make_shared<InOrder::Made>(make(pictures[i].file));
                return [&made, i, one] { made.add(i, std::move(*one)); };
            },
            stop);
        progress->end();
        if (made.done() < pictures.size()) {
            fmt::print(stderr, "bfr: stopped early; nothing was written\n");
            return kSomeFailed;
        }
        writer.finish(made.failures());
        tell(writer.size(), made.failures().size());
        return made.failures().empty() ? kDone : kSomeFailed;
    }

  private:
    InOrder::Made make(const fs::path& file) const {
        InOrder::Made made;
        try {
            const cv::Mat rgb = square_of(*Image::load(file));
            made.jpeg = train::encode_jpeg({rgb.ptr(), rgb.total() * 3}, side_, quality_);
        } catch (...) {
            made.failure = current_exception_text();
        }
        return made;
    }

    cv::Mat square_of(const Image& picture) const {
        if (!align_) return made_smaller(picture, side_);
        std::vector<std::string> failures;
        const auto faces = align_faces(picture, *models_, *align_, &failures);
        if (faces.empty()) throw Error(fmt::format("{}", fmt::join(failures, "; ")));
        return faces.front().crop->rgb8();
    }

    void tell(int64_t packed, size_t failed) const {
        uint64_t bytes = 0;
        for (const auto& entry : fs::directory_iterator(out_)) bytes += entry.file_size();
        const auto wanted = count_text(source_.pictures.size(), "picture");
        fmt::print(stderr, "bfr: {} of {} packed, {}{}; see {}\n", packed, wanted, bytes_text(bytes),
                   failed > 0 ? fmt::format(", {}", count_text(failed, "failure")) : "", printable(out_ / "pack.json"));
    }

    fs::path out_;
    std::optional<AlignOptions> align_;
    std::unique_ptr<FaceModels> models_;
    PackSource source_;
    int side_ = 0, quality_ = 0, jobs_ = 1;
    uint64_t shard_bytes_ = 0;
};

int pack(const Arguments& arguments, const std::vector<std::string>&) { return Packer(arguments).run(); }

}  // namespace

Command pack_command() { return {"pack", "pack a data set's faces as shards for training", page(), pack}; }

}  // namespace bfr
