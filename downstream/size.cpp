#include "downstream/units.h"

namespace bfr {
namespace {

class Size : public Task {
  public:
    explicit Size(const Spec& spec) {
        info_.label = spec.canonical();
        info_.version = "1";
        info_.summary = "width and height of the restored picture";
        info_.convention = "pixels, as the method gave the picture; no face is looked for";
        info_.source = "bfr";
        info_.needs_reference = false;
        info_.values = {{info_.label + ".width", "px", Direction::kNone, "width of the restored picture", 0},
                        {info_.label + ".height", "px", Direction::kNone, "height of the restored picture", 0}};
    }

    const ScorerInfo& info() const override { return info_; }
    Scores run(const Image& restored, const Image*, const SampleFiles&) const override {
        return {{static_cast<double>(restored.width()), static_cast<double>(restored.height())}};
    }
    TaskSummary summarise(std::span<const TaskRecord>) const override { return {}; }

  private:
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<Task> make_size(SpecReader& reader, const UnitContext&) {
    return std::make_unique<Size>(reader.spec());
}

}  // namespace bfr
