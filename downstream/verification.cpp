// Face verification: whether restored pictures still show who they show. The protocol is LFW's (Huang et al., "Labeled
// Faces in the Wild", 2007): pairs in folds without a person in common.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/base64.h"
#include "base/error.h"
#include "base/files.h"
#include "base/vectors.h"
#include "downstream/faces.h"
#include "downstream/units.h"
#include "downstream/verification_pairs.h"
#include "downstream/verification_protocol.h"

namespace bfr {
namespace {

constexpr size_t kNumbers = 128;  // of dlib's descriptor

struct VerificationOptions {
    std::string pairs;
    FaceFinding finding = FaceFinding::kCrop;
    bool cosine = false;
    PeopleBy people = PeopleBy::kFolder;
};

class Verification : public Task {
  public:
    Verification(const Spec& spec, const VerificationOptions& options, const UnitContext& context)
        : options_(options), list_(read_pairs(options.pairs, options.people)), models_(find_files(context)) {
        for (const auto& pair : list_.pairs) paired_.insert({pair.first, pair.second});
        info_.label = spec.canonical();
        // Other pairs are other values: a run can't go on, nor a report be rebuilt, with a file that has changed.
        info_.version = fmt::format("1 (pairs {})", list_.sha256);
        info_.trained_on = training_sets_of(options.finding);
        info_.summary = "whether dlib's face descriptor still tells one person from two";
        info_.convention = fmt::format(
            "{} pairs of {} people in {} folds, from a file with sha256 {}; {} of dlib's 128-number descriptors; {}; "
            "chip of 150 pixels, padding 0.25, by 68 points; no jitter. The first picture of a pair is the probe, the "
            "second the gallery, in this order alone: accuracy, auc, eer and tar compare the restored picture of the "
            "first with the reference of the second, both_restored_ the two restored pictures, clean_ the two "
            "references. accuracy: mean over the folds, each by the threshold that is right most often on the others; "
            "accuracy_se: its standard error (deviation of the folds / square root of their number). tar: the largest "
            "at a false acceptance rate of at most 0.001, not interpolated. Pairs that can't be computed are left out, "
            "but accuracy_failures_wrong counts them as wrong. Intervals: people are drawn, both of a pair together",
            list_.pairs.size(), list_.people.size(), list_.folds.size(), list_.sha256,
            options.cosine ? "1 - cosine" : "Euclidean distance", describe(options.finding));
        info_.source = "dlib dlib_face_recognition_resnet_model_v1; LFW's protocol (Huang et al. 2007)";
        info_.needs_reference = false;  // two restored pictures do without
        info_.told_of_failures = true;
        info_.values = {{info_.label + ".face_found", "", Direction::kHigherIsBetter,
                         "1 where a face was found on the restored picture, else 0", 4}};
        for (const auto& protocol : kProtocols) add_value_infos(protocol, info_.label, info_.set_values);
    }

    const ScorerInfo& info() const override { return info_; }

    Scores run(const Image& restored, const Image* reference, const SampleFiles& sample) const override {
        if (!paired_.contains(sample.id)) return {{Score::none("in no pair")}};
        Json details = Json::object(), features = Json::object();
        const auto note = [&](const std::string& which, const std::optional<std::vector<float>>& found) {
            details[which + "_found"] = found.has_value();
            if (found) features[which] = base64_of_floats(*found);
        };
        const auto on_restored = models_.find_descriptor(restored, options_.finding);
        note("restored", on_restored);
        if (reference) {
            note("reference", same_pixels(restored, *reference)
                                  ? on_restored
                                  : models_.find_descriptor(*reference, options_.finding));
        }
        return {{on_restored ? 1.0 : 0.0}, std::move(details), std::move(features)};
    }

    TaskSummary summarise(std::span<const TaskRecord> records) const override {
        std::map<std::string, const TaskRecord*> by_id;
        for (const auto& record : records) by_id[record.sample_id] = &record;
        std::map<std::string, Faces> faces;
        for (const auto& id : paired_) faces.emplace(id, faces_of(by_id, id));
        TaskSummary summary;
        for (const auto& protocol : kProtocols) {
            const auto comparisons = compare(protocol, faces, by_id);
            ProtocolResult result = judge(comparisons, list_.folds, protocol, info_.label);
            for (auto& value : result.values) {
                value.samples = in_order_of(
                    records, value.info.name.ends_with("_failures_wrong") || value.info.name.ends_with(".pairs_failed")
                                 ? comparisons.samples_tried
                                 : comparisons.samples_compared);
                summary.values.push_back(std::move(value));
            }
            summary.details[protocol.name] = std::move(result.details);
        }
        return summary;
    }

  private:
    // A sample's two pictures, each a descriptor or the reason why there is none.
    struct Face {
        std::vector<float> numbers;
        std::string reason;
    };
    struct Faces {
        bool in_run = false;
        Face restored, reference;
    };

    FaceModelFiles find_files(const UnitContext& context) {
        FaceModelFiles files = find_face_models(context, options_.finding, true, info_.weights);
        const auto recognition = context.weights.find("dlib_face_recognition_resnet_model_v1.dat");
        info_.weights.push_back(recognition.use);
        files.recognition = recognition.path;
        return files;
    }

    // An undegraded set run as its own restoration is then described once.
    static bool same_pixels(const Image& a, const Image& b) {
        if (a.width() != b.width() || a.height() != b.height()) return false;
        const auto bytes = static_cast<size_t>(a.width()) * static_cast<size_t>(a.height()) * 3;
        return std::equal(a.bgr8().data, a.bgr8().data + bytes, b.bgr8().data);
    }

    static Face face_of(const TaskRecord& record, const std::string& which) {
        const auto found = detail_flag(record.details, (which + "_found").c_str());
        const std::string picture = which == "restored" ? "restored picture" : "reference";
        if (!found) return {{}, which == "restored" ? "not described" : "no reference"};
        if (!*found) return {{}, "no face found on the " + picture};
        const auto text = detail_text(record.features, which.c_str());
        const auto numbers = text ? floats_of_base64(*text) : std::nullopt;
        const auto finite = [](float x) { return std::isfinite(x); };
        if (!numbers || numbers->size() != kNumbers || !std::ranges::all_of(*numbers, finite)) {
            return {{}, "the descriptor of the " + picture + " is damaged in the records"};
        }
        return {*numbers, ""};
    }

    static Faces faces_of(const std::map<std::string, const TaskRecord*>& records, const std::string& id) {
        const auto found = records.find(id);
        if (found == records.end()) return {};
        if (found->second->failed) return {true, {{}, "not restored"}, {{}, "not restored"}};
        return {true, face_of(*found->second, "restored"), face_of(*found->second, "reference")};
    }

    static std::string group_text(const TaskRecord& record) {
        return record.group.empty() ? "no group" : "group " + printable(record.group);
    }

    Comparisons compare(const Protocol& protocol, const std::map<std::string, Faces>& faces,
                        const std::map<std::string, const TaskRecord*>& records) const {
        Comparisons all;
        std::map<std::string, size_t> groups;  // people that the samples' groups name, behind those of the list
        const auto person = [&](const std::string& id, size_t of_list) {
            const auto& group = records.at(id)->group;
            if (group.empty()) return of_list;
            return groups.emplace(group, list_.people.size() + groups.size()).first->second;
        };
        for (const auto& pair : list_.pairs) {
            const Faces &first = faces.at(pair.first), &second = faces.at(pair.second);
            if (!first.in_run || !second.in_run) {
                all.not_in_run++;
                if (all.example_not_in_run.empty()) {
                    all.example_not_in_run = first.in_run ? pair.second : pair.first;
                }
                continue;
            }
            const size_t first_person = person(pair.first, pair.person_of_first);
            const size_t second_person = person(pair.second, pair.person_of_second);
            if ((first_person == second_person) != pair.same && all.groups_against_pairs.empty()) {
                all.groups_against_pairs = fmt::format("same is {} for {} ({}) and {} ({})", pair.same ? 1 : 0,
                                                       printable(pair.first), group_text(*records.at(pair.first)),
                                                       printable(pair.second), group_text(*records.at(pair.second)));
            }
            all.samples_tried.insert({pair.first, pair.second});
            const Face& probe = protocol.probe_restored ? first.restored : first.reference;
            const Face& gallery = protocol.gallery_restored ? second.restored : second.reference;
            if (!probe.reason.empty() || !gallery.reason.empty()) {
                all.failed_of_fold[pair.fold]++;
                all.reasons[probe.reason.empty() ? gallery.reason : probe.reason]++;
                continue;
            }
            const double distance = options_.cosine ? 1 - cosine(probe.numbers, gallery.numbers)
                                                    : euclidean_distance(probe.numbers, gallery.numbers);
            all.samples_compared.insert({pair.first, pair.second});
            all.comparisons.push_back({distance, pair.same, pair.fold, {first_person, second_person}});
        }
        std::vector<std::string> names = list_.people;
        names.resize(list_.people.size() + groups.size());
        for (const auto& [group, at] : groups) names[at] = group;
        all.people_in_two_folds = people_in_two_folds(all.comparisons, names, list_.folds);
        return all;
    }

    static std::vector<std::string> in_order_of(std::span<const TaskRecord> records, const std::set<std::string>& ids) {
        std::vector<std::string> sorted;
        for (const auto& record : records) {
            if (ids.contains(record.sample_id)) sorted.push_back(record.sample_id);
        }
        return sorted;
    }

    ScorerInfo info_;
    VerificationOptions options_;
    PairList list_;
    std::set<std::string> paired_;  // ids
    FaceModels models_;
};

}  // namespace

std::unique_ptr<Task> make_verification(SpecReader& reader, const UnitContext& context) {
    static const std::vector<std::string> measures{"distance", "cosine"}, people{"folder", "pairs"};
    VerificationOptions options;
    options.pairs = reader.text("pairs", "");
    options.finding = read_finding(reader, "crop");
    options.cosine = reader.choice("measure", "distance", measures) == "cosine";
    options.people = reader.choice("people", "folder", people) == "pairs" ? PeopleBy::kPairs : PeopleBy::kFolder;
    reader.finish();
    if (options.pairs.empty()) {
        throw UsageError(
            "task 'verification' needs the pairs to compare: verification:pairs=FILE.csv, with the columns "
            "fold,first,second,same");
    }
    return std::make_unique<Verification>(reader.spec(), options, context);
}

}  // namespace bfr
