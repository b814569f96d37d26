#include "reports/records.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "base/sha256.h"
#include "reports/json_values.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

std::string reason() { return std::generic_category().message(errno); }

std::string text_from(const Json& json) { return json.is_null() ? std::string() : json.get<std::string>(); }

std::string line_of(const Record& record) {
    return to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Json to_json(const Record& record) {
    Json excluded = Json::array();
    Json values = Json::object(), missing = Json::object(), failures = Json::array(), unit_seconds = Json::object();
    for (const auto& [name, score] : record.values) {
        values[name] = score.value ? Json(*score.value) : Json();
        if (!score.value) missing[name] = score.reason;
        if (score.is_excluded) excluded.push_back(name);
    }
    for (const auto& failure : record.failures) {
        failures.push_back(
            {{"stage", failure.stage}, {"unit", text_or_null(failure.unit)}, {"reason", failure.reason}});
    }
    for (const auto& [unit, seconds] : record.unit_seconds) unit_seconds[unit] = seconds;
    Json json = {{"method", record.method},
                 {"sample", record.sample},
                 {"inputs", record.inputs},
                 {"group", record.group},
                 {"label", record.label},
                 {"degraded_sha256", text_or_null(record.degraded_sha256)},
                 {"reference_sha256", text_or_null(record.reference_sha256)},
                 {"width", record.width},
                 {"height", record.height},
                 {"restored", record.restored},
                 {"output_sha256", text_or_null(record.output_sha256)},
                 {"values", values},
                 {"missing", missing},
                 {"details", record.details},
                 {"failures", failures},
                 {"seconds", record.seconds ? Json(*record.seconds) : Json()},
                 {"unit_seconds", unit_seconds}};
    for (const auto& [name, path] : record.extras) json["extras"][name] = path;
    if (!record.features.empty()) json["features"] = record.features;
    if (!excluded.empty()) json["excluded"] = std::move(excluded);
    return json;
}

Record record_from_json(const Json& json) {
    try {
        Record record;
        record.method = json.at("method").get<std::string>();
        record.sample = json.at("sample").get<std::string>();
        record.inputs = json.at("inputs").get<std::string>();
        record.group = json.at("group").get<std::string>();
        record.label = json.at("label").get<std::string>();
        record.degraded_sha256 = text_from(json.at("degraded_sha256"));
        record.reference_sha256 = text_from(json.at("reference_sha256"));
        record.width = json.at("width").get<int>();
        record.height = json.at("height").get<int>();
        record.restored = json.at("restored").get<bool>();
        record.output_sha256 = text_from(json.at("output_sha256"));
        for (const auto& [name, value] : json.at("values").items()) {
            record.values.emplace_back(name, value.is_null()
                                                 ? Score::none(json.at("missing").at(name).get<std::string>())
                                                 : Score(value.get<double>()));
        }
        for (const auto& name : json.value("excluded", Json::array())) {
            const auto one =
                std::ranges::find(record.values, name.get<std::string>(), &std::pair<std::string, Score>::first);
            if (one == record.values.end() || one->second.value) throw Error("excludes a value that isn't missing");
            one->second.is_excluded = true;
        }
        record.details = json.at("details");
        for (const auto& failure : json.at("failures")) {
            record.failures.push_back({failure.at("stage").get<std::string>(), text_from(failure.at("unit")),
                                       failure.at("reason").get<std::string>()});
        }
        if (!json.at("seconds").is_null()) record.seconds = json.at("seconds").get<double>();
        for (const auto& [unit, seconds] : json.at("unit_seconds").items()) {
            record.unit_seconds.emplace_back(unit, seconds.get<double>());
        }
        if (!record.restored && record.failures.empty()) throw Error("neither restored nor failed");
        if (!record.details.is_object()) throw Error("its details are no object");
        const Json extras = json.value("extras", Json::object());
        if (!extras.is_object()) throw Error("its extras are no object");
        for (const auto& [name, path] : extras.items()) record.extras.emplace_back(name, path.get<std::string>());
        record.features = json.value("features", Json::object());
        if (!record.features.is_object()) throw Error("its features are no object");
        return record;
    } catch (const Json::exception& error) {
        throw Error(fmt::format("is not a record: {}", error.what()));
    }
}

std::string input_fingerprint(const SampleFiles& sample, const std::string& degraded_sha256,
                              const std::string& reference_sha256) {
    Json all = {sample.id, sample.group, sample.label, degraded_sha256, reference_sha256};
    all.push_back(sample.points ? Json(*sample.points) : Json());
    return sha256(std::string_view(all.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

uint64_t read_records(const fs::path& file, const std::function<void(Record&&)>& use) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        if (!fs::exists(file)) return 0;
        throw Error(fmt::format("{}: can't be read: {}", printable(file), reason()));
    }
    uint64_t whole = 0;
    std::string line;
    for (uint64_t number = 1; std::getline(stream, line); number++) {
        if (stream.eof()) break;  // no newline behind it: torn
        std::optional<Record> record;
        try {
            record = record_from_json(parse_json(line, printable(file)));
        } catch (const std::exception& error) {
            // A machine that went down may leave the file's new end as zeros: only what has something behind it is
            // damage.
            if (stream.peek() == std::ifstream::traits_type::eof()) break;
            throw Error(fmt::format(
                "{}: line {} is damaged ({}); remove that line and its sample is done again, or choose another "
                "output folder",
                printable(file), number, error.what()));
        }
        whole += line.size() + 1;
        use(std::move(*record));
    }
    if (stream.bad()) throw Error(fmt::format("{}: can't be read: {}", printable(file), reason()));
    return whole;
}

RecordLog::RecordLog(fs::path file, uint64_t keep) : file_(std::move(file)), size_(keep) {
    fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw Error(fmt::format("{}: can't be written: {}", printable(file_), reason()));
    if (::ftruncate(fd_, static_cast<off_t>(keep)) != 0) {
        const std::string why = reason();
        ::close(fd_);
        throw Error(fmt::format("{}: can't be cut to its last whole line: {}", printable(file_), why));
    }
}

RecordLog::~RecordLog() {
    if (fd_ >= 0) ::close(fd_);
}

void RecordLog::append(std::span<const Record> records) {
    std::string text;
    for (const auto& record : records) text += line_of(record);
    size_t done = 0;
    bool good = true;
    while (done < text.size() && good) {
        const ssize_t n = ::pwrite(fd_, text.data() + done, text.size() - done, static_cast<off_t>(size_ + done));
        if (n > 0) done += static_cast<size_t>(n);
        good = n > 0 || (n < 0 && errno == EINTR);
    }
    if (!good || ::fsync(fd_) != 0) {
        const std::string why = reason();
        const bool cut = ::ftruncate(fd_, static_cast<off_t>(size_)) == 0;
        throw Error(fmt::format(
            "{}: can't be written: {}{}; what was recorded before is kept, and the same command goes on from there",
            printable(file_), why, cut ? "" : " (its last line may be torn)"));
    }
    size_ += text.size();
}

}  // namespace bfr
