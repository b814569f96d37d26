#include "reports/training/training.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "reports/read.h"
#include "reports/text.h"
#include "reports/training/words.h"
#include "weights/formats/checkpoint.h"
#include "weights/formats/system_metadata.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kLog = "log.jsonl";

bool is_stage(const fs::path& folder) {
    std::error_code code;
    return fs::is_regular_file(folder / kLog, code);
}

std::vector<fs::path> stage_folders(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code code;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
        if (is_stage(at->path())) found.push_back(at->path());
    }
    std::ranges::sort(found);
    return found;
}

// What train/snapshot.h writes beside the tensors; null where the file isn't there.
Json metadata_of(const fs::path& file) {
    std::error_code code;
    if (!fs::exists(file, code)) return nullptr;
    const Checkpoint checkpoint = open_checkpoint(file);
    const auto found = checkpoint.metadata().find(system_metadata::kTraining);
    if (found == checkpoint.metadata().end())
        throw Error(fmt::format("{}: says nothing of a training", printable(file)));
    try {
        return parse_json(found->second, printable(file));
    } catch (const Json::exception& error) {
        throw Error(fmt::format("{}: {}", printable(file), error.what()));
    }
}

// Settings are texts, as they were given, or numbers.
std::string plain(const Json& value) {
    return visible(value.is_string() ? value.get<std::string>()
                                     : value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<double> number_setting(const Json& settings, const std::string& name) {
    if (const auto number = number_of(settings, name)) return number;
    const std::string text = text_of(settings, name);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

int64_t whole_setting(const Json& settings, const std::string& name) {
    const double value = number_setting(settings, name).value_or(0);
    return value >= 1 && value <= 1e9 ? static_cast<int64_t>(value) : 0;
}

void read_rows(TrainingStage& stage) {
    constexpr size_t kMost = 16;
    const Json& rows = member(stage.log.session, "rows");
    if (!rows.is_array() || rows.size() > kMost) return;
    for (const Json& row : rows) {
        if (row.is_string()) stage.rows.push_back(visible(row.get<std::string>()));
    }
    if (stage.rows.size() != rows.size()) stage.rows.clear();
}

void read_settings(const fs::path& folder, TrainingStage& stage) {
    Json settings = member(stage.log.session, "settings");
    for (const char* name : {"snapshot.safetensors", "best.safetensors"}) {  // of logs without sessions
        if (settings.is_object()) break;
        try {
            settings = member(metadata_of(folder / name), "settings");
        } catch (const Error& error) {
            stage.remarks.emplace_back(error.what());
        }
    }
    if (!settings.is_object()) {
        stage.remarks.emplace_back("its settings are written neither in its log nor in its snapshot");
        return;
    }
    stage.kind = visible(text_of(settings, "stage"));
    stage.iterations = whole_setting(settings, "iterations");
    stage.batch = whole_setting(settings, "batch");
    stage.rate = number_setting(settings, "rate");
    for (const auto& [name, value] : settings.items()) stage.settings.emplace_back(visible(name), plain(value));
    std::ranges::sort(stage.settings);
    if (const std::string commit = text_of(stage.log.session, "commit"); !commit.empty())
        stage.settings.emplace_back("bfr's commit", visible(commit));
}

void read_failure(const fs::path& folder, TrainingStage& stage) {
    try {
        const Json batch = metadata_of(folder / "bad-batch.safetensors");
        if (batch.is_null() || count_of(batch, "iteration") < static_cast<uint64_t>(stage.log.iteration())) return;
        stage.failure =
            fmt::format("{} was no finite number at iteration {}; bad-batch.safetensors holds the batch",
                        visible(text_of(batch, "value")), grouped(static_cast<int64_t>(count_of(batch, "iteration"))));
    } catch (const Error& error) {
        stage.remarks.emplace_back(error.what());
    }
}

void read_grids(const fs::path& folder, TrainingStage& stage) {
    std::error_code code;
    for (fs::directory_iterator at(folder / "grids", code), end; !code && at != end; at.increment(code)) {
        const std::string stem = at->path().stem().string();
        int64_t iteration = 0;
        const auto [rest, error] = std::from_chars(stem.data(), stem.data() + stem.size(), iteration);
        if (at->path().extension() != ".png" || error != std::errc() || rest != stem.data() + stem.size()) continue;
        if (iteration >= 0) stage.grids.emplace_back(iteration, at->path());
    }
    std::ranges::sort(stage.grids);
}

std::string written_at(const fs::path& file) {
    std::error_code code;
    const auto time = fs::last_write_time(file, code);
    if (code) return "";
    const auto system = std::chrono::file_clock::to_sys(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(
                           std::chrono::time_point_cast<std::chrono::system_clock::duration>(system))));
}

TrainingStage read_stage(const fs::path& folder) {
    TrainingStage stage;
    stage.name = visible(printable(folder.filename()));
    stage.log = read_stage_log(read_text(folder / kLog));
    stage.written = written_at(folder / kLog);
    if (const uint64_t lines = stage.log.unreadable; lines > 0)
        stage.remarks.push_back(fmt::format("{} of {} can't be read and {} left out", count_text(lines, "line"), kLog,
                                            lines == 1 ? "is" : "are"));
    if (stage.log.left_out > 0)
        stage.remarks.push_back(fmt::format("{} holds more names of values than are shown", kLog));
    read_settings(folder, stage);
    read_rows(stage);
    read_failure(folder, stage);
    read_grids(folder, stage);
    return stage;
}

}  // namespace

bool is_training(const fs::path& folder) { return !stage_folders(folder).empty(); }

Training read_training(const fs::path& folder, const std::vector<std::string>& order) {
    std::error_code code;
    const fs::path whole = fs::weakly_canonical(folder, code);
    Training training{visible(printable((code ? folder : whole).filename())), folder, {}};
    for (const fs::path& stage : stage_folders(folder)) training.stages.push_back(read_stage(stage));
    std::ranges::stable_sort(training.stages, {}, [&](const TrainingStage& stage) {
        return std::ranges::find(order, stage.kind) - order.begin();
    });
    return training;
}

std::optional<double> TrainingStage::seconds_left() const {
    const auto speed = log.speed();
    if (!speed || *speed <= 0 || iterations <= log.iteration()) return std::nullopt;
    const double left = static_cast<double>(iterations - log.iteration()) / *speed;
    return std::isfinite(left) ? std::optional(left) : std::nullopt;
}

std::string TrainingStage::state() const {
    const std::string so_far = iterations > 0
                                   ? fmt::format("{} of {} iterations", grouped(log.iteration()), grouped(iterations))
                                   : fmt::format("{} iterations", grouped(log.iteration()));
    if (!failure.empty()) return fmt::format("stopped, {}: {}", so_far, failure);
    return finished() ? "finished, " + so_far : so_far;
}

std::string training_text(const Training& training) {
    std::string text;
    for (const TrainingStage& stage : training.stages) {
        text += fmt::format("{}: {}", stage.name, stage.state());
        if (!stage.log.seconds.empty()) text += ", " + duration(stage.log.seconds.back().second);
        if (const auto speed = stage.log.speed(); speed && stage.batch > 0)
            text += fmt::format(", {:.1f} pictures/s", *speed * static_cast<double>(stage.batch));
        if (const auto left = stage.seconds_left()) text += fmt::format(", {} left", duration(*left));
        text += '\n';
        if (const LogLine* best = stage.log.best()) {
            text += fmt::format("  best validation at {}:", grouped(best->iteration));
            for (const auto& [name, value] : best->values) text += fmt::format("  {} {:.4f}", name, value);
            text += '\n';
        }
        for (const std::string& remark : stage.remarks) text += "  " + visible(remark) + '\n';
    }
    return text;
}

}  // namespace bfr
