// A training's state as a file, and its log.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::train {

// In the folder of a training: all that the next step depends on, and what the program restores with.
inline constexpr const char *kSnapshotFile = "snapshot.safetensors", *kBestFile = "best.safetensors";

struct Snapshot {
    StateDict state;
    Json meta;  // {"iteration", "settings", ...}
};

// Atomically; float32.
void write_snapshot(const std::filesystem::path& file, const StateDict& state, const Json& meta);
// None where there is no file. Throws Error naming it where it isn't one of ours.
std::optional<Snapshot> read_snapshot(const std::filesystem::path& file);

// A JSON object a line.
class Log {
  public:
    // Drops the lines of later iterations, which will be done again.
    Log(std::filesystem::path file, int64_t iteration);
    void add(const Json& line);

  private:
    std::filesystem::path file_;
};

}  // namespace bfr::train
