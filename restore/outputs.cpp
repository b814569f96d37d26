#include "base/files.h"
#include "datasets/sample.h"
#include "restore/units.h"

namespace bfr {
namespace {

constexpr std::string_view kPlace = "{id}";

struct OutputsOptions {
    std::string dir;
    std::string pattern = "{id}";
    bool recursive = false;
    std::string name;  // what the row is called instead of by its folder
};

class Outputs : public Restorer {
  public:
    Outputs(const Spec& spec, OutputsOptions options)
        : options_(std::move(options)), listing_(list_folder(options_.dir, options_.pattern, options_.recursive)) {
        Spec named("outputs");
        named.set("name", options_.name);
        info_.label = options_.name.empty() ? spec.canonical() : named.canonical();
        info_.version = "1";
        info_.summary = "pictures that another program restored";
        info_.convention =
            fmt::format("the decoded pictures of a folder, by the pattern {}; {} found, {} left out; not resized",
                        options_.pattern, listing_.files.size(), listing_.left_out.size());
        info_.source = printable(options_.dir);
        info_.finished = true;
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        const auto found = listing_.files.find(input.sample_id);
        if (found == listing_.files.end()) throw Error(missing(input.sample_id));
        return {Image::load(found->second), Json::object()};
    }

  private:
    // With the folder's own reason where the picture's file was left out (two files of one stem, say).
    std::string missing(const std::string& id) const {
        const size_t name = id.rfind('/') + 1;  // 0 where there is none
        std::string file = options_.pattern;
        file.replace(file.find(kPlace), kPlace.size(), id.substr(name));
        const std::string wanted = printable(std::filesystem::path(options_.dir) / (id.substr(0, name) + file));
        const std::string text = fmt::format("{}: has no picture for {}", printable(options_.dir), printable(id));
        for (const auto& left : listing_.left_out) {
            if (left.path == wanted || left.path.starts_with(wanted + "."))
                return text + fmt::format(" (left out: {}: {})", left.path, left.reason);
        }
        return text;
    }

    OutputsOptions options_;
    FolderListing listing_;
    RestorerInfo info_;
};

}  // namespace

std::unique_ptr<Restorer> make_outputs(SpecReader& reader, const UnitContext&) {
    OutputsOptions options;
    options.dir = reader.text("dir", "");
    options.pattern = reader.text("pattern", options.pattern);
    options.recursive = reader.flag("recursive", options.recursive);
    options.name = reader.text("name", options.name);
    reader.finish();  // before the folder is read: a misspelt option is the likelier mistake
    if (options.dir.empty())
        throw UsageError("method outputs: dir= is missing; an example is outputs:dir=results/gfpgan");
    return std::make_unique<Outputs>(reader.spec(), std::move(options));
}

}  // namespace bfr
