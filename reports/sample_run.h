// One sample through all methods, metrics and tasks: what the pipeline carries.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/unit.h"
#include "datasets/image.h"
#include "datasets/sample.h"
#include "reports/feature_store.h"
#include "reports/pipeline.h"
#include "reports/records.h"
#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

// A metric or a task, as the engine sees both.
struct Scorer {
    const ScorerInfo* info;
    std::function<Scores(const ScoredPicture& picture, const SampleFiles& sample)> score;
    const SetMetric* set = nullptr;  // a metric of the whole set: its features are stored
};

// What all samples of a run share.
struct RunPlan {
    RunFolder folder;
    uint64_t seed = 1;
    bool save_images = true;
    std::vector<const Restorer*> methods;
    std::vector<Scorer> scorers;
    FeatureStores* features = nullptr;  // needed where a scorer is of a set
};

// A method of a sample that is to be done. Where there is a record of it already, but some units haven't scored it,
// then they alone do, on the saved picture.
struct PendingMethod {
    size_t method;  // of the plan's
    std::shared_ptr<const Record> record = nullptr;
};

// Whether the record has all that this unit gives: values, be they numbers or reasons, and features of a set.
bool is_scored(const RunPlan& plan, const Record& record, const Scorer& scorer);

// The picture that was restored, as the run's folder holds it; null where none lies there, or another.
ImagePtr saved_picture(const RunFolder& folder, const Record& record);

// The message of the exception that is being handled, without what differs from run to run (LibTorch's back-trace).
std::string current_exception_text();

// SHA-256 of the pixels, whether or not the picture came from a file.
std::string pixel_sha256(const Image& image);

// SHA-256 of a sample's file; empty where it has none or it can't be read.
std::string file_sha256(const std::optional<std::filesystem::path>& file);

// A sample's picture. Without an image either there is none, or `error` is what kept it from being read.
struct SamplePicture {
    ImagePtr image = nullptr;
    std::string sha256 = {}, error = {};  // sha256: of the file, where that can be read
};
struct SamplePictures {
    SamplePicture degraded, reference;
};

SamplePictures read_pictures(const SampleFiles& sample);

// What a method gives: a finished one, which reads another program's picture, also where there is no degraded picture.
Restored restore_sample(const Restorer& method, const SamplePictures& pictures, const std::string& id, uint64_t seed);

// Whether `record` of a finished method still stands: its folder gives the same pixels, or still fails.
bool finished_output_is_same(const Restorer& method, const Record& record, const SampleFiles& sample, uint64_t seed);

class SampleRun : public PipelineItem {
  public:
    struct Work {
        const Restorer* method;  // of the plan, or what it prepared for the sample's batch
        std::shared_ptr<const Record> record;
    };
    // `done` gets the records in commit(). All of them must outlive it.
    SampleRun(const RunPlan& plan, const SampleFiles& sample, std::vector<Work> work,
              const std::function<void(const std::vector<Record>&)>& done);

    void work() override;
    void write() override;
    // A record may stand only where its features do: they are synced first.
    void commit() override;

  private:
    Record empty_record(const std::string& method) const;
    Record run_method(const Restorer& method);
    Record complete(const Record& record);
    void score(const Scorer& scorer, const Image& restored, Record& record);
    void keep_reference_features(const Record& record);
    void keep_features(const FeatureExtractor& extractor, const Image& image, const std::string& sha256);

    void plan_outputs(Restored& restored, Record& record);

    struct Output {
        std::filesystem::path path;
        FileContent content;
    };

    const RunPlan& plan_;
    const SampleFiles& sample_;
    std::vector<Work> work_;
    const std::function<void(const std::vector<Record>&)>& done_;
    SamplePictures pictures_;
    std::vector<Record> records_;
    std::map<FeatureStore*, std::vector<FeatureRow>> features_;
    std::vector<Output> outputs_;
};

}  // namespace bfr
