// A restoration method: one picture in, one restored picture out; or many at once, where each start is dear.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/registry.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

struct RestorerInfo : UnitInfo {
    std::optional<double> parameters;  // count; absent where it has none to speak of
    std::optional<double> gflop;       // for one face of `side` (512 where it takes any), a multiply-add counted as two
    std::string device = "cpu";
    bool draws = false;            // whether the result depends on the run's seed
    bool finished = false;         // reads pictures that another program restored: its time is not the method's
    std::optional<int> side = {};  // of the aligned faces that it wants, pixels; absent: any
    // Samples that prepare() takes at once, 0: all. Absent: restore() needs no preparing.
    std::optional<uint64_t> batch = {};
    // Names of the files that it leaves beside each restored picture (Extra::name).
    std::vector<std::string> extras = {};
};

struct RestoreInput {
    const Image& degraded;
    std::string sample_id;
    uint64_t run_seed = 0;
};

using FileContent = std::variant<ImagePtr, std::vector<unsigned char>>;  // a picture is written as PNG

// A file beside a restored picture: a preview, codes. Whoever writes results puts it where the pictures are.
struct Extra {
    // "preview.png": two words of lower-case letters, digits, '-' and '_' with a dot between them; the file is ID.NAME,
    // and no two samples share one.
    std::string name;
    FileContent content;
};

struct Restored {
    ImagePtr image;                      // quantised by the method's own rule
    Json details = Json::object();       // kept in the record
    std::optional<double> seconds = {};  // what it took, where that isn't the time of restore()
    std::vector<Extra> extras = {};      // those of info().extras, in that order
};

// Samples that a batched method restores together.
struct RestoreBatch {
    struct Item {
        std::string sample_id;
        std::filesystem::path degraded;  // a picture that was read without an error
    };
    std::vector<Item> items;  // sorted by id
    uint64_t run_seed = 0;
    std::filesystem::path scratch;  // an empty folder, removed once all of them are recorded
    std::filesystem::path folder;   // of the run; below it, `log`: for who looks for the cause of a failure
    std::filesystem::path log;
    const std::atomic<bool>& stop;  // once it is set, what is under way is to be ended at once
};

// restore() is called by several threads at once; not at all where info().batch is there. It throws Error where it
// can't restore this sample; the run goes on.
class Restorer {
  public:
    virtual ~Restorer() = default;
    virtual const RestorerInfo& info() const = 0;
    virtual Restored restore(const RestoreInput& input) const = 0;
    // Where info().batch is there, in one thread: what restores the samples of this batch, each by restore(). Results
    // don't depend on the other samples of the batch as far as it is the method's to say. Throws Error where all of
    // them failed; null where `stop` ended it.
    virtual std::unique_ptr<const Restorer> prepare(const RestoreBatch&) const { return nullptr; }
};

using RestorerRegistry = Registry<Restorer, UnitContext>;
const RestorerRegistry& restorers();

}  // namespace bfr
