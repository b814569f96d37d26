#include "train/snapshot.h"

#include <ATen/ATen.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "weights/formats/safetensors_writer.h"
#include "weights/formats/system_metadata.h"

namespace bfr::train {
namespace fs = std::filesystem;

void write_snapshot(const fs::path& file, const StateDict& state, const Json& meta) {
    std::vector<CheckpointTensor> tensors;
    for (const auto& [name, tensor] : state) tensors.push_back(to_checkpoint(name, tensor.detach()));
    write_safetensors(file, tensors, std::nullopt, {{system_metadata::kTraining, meta.dump()}});
}

std::optional<Snapshot> read_snapshot(const fs::path& file) {
    if (!fs::exists(file)) return std::nullopt;
    const Checkpoint checkpoint = open_checkpoint(file);
    const auto found = checkpoint.metadata().find(system_metadata::kTraining);
    if (found == checkpoint.metadata().end())
        throw Error(fmt::format("{}: is no training's snapshot", printable(file)));
    Snapshot snapshot{tensors_below(checkpoint, ""), parse_json(found->second, printable(file))};
    if (!snapshot.meta.is_object() || !snapshot.meta.value("iteration", Json()).is_number_integer())
        throw Error(fmt::format("{}: doesn't say its iteration", printable(file)));
    return snapshot;
}

Log::Log(fs::path file, int64_t iteration) : file_(std::move(file)) {
    std::string kept;
    if (fs::exists(file_)) {
        std::ifstream lines(file_);
        for (std::string line; std::getline(lines, line);) {
            const Json json = Json::parse(line, nullptr, false);  // a torn line is no JSON
            if (json.is_object() && json.value("iteration", int64_t{0}) <= iteration) kept += line + "\n";
        }
    }
    write_text(file_, kept);
}

void Log::add(const Json& line) {
    std::ofstream out(file_, std::ios::app);
    out << line.dump() << "\n";
    if (!out.flush()) throw Error(fmt::format("{}: can't be written", printable(file_)));
}

}  // namespace bfr::train
