#include "reports/batches.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "reports/pipeline.h"
#include "reports/sample_run.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

class FailedBatch : public Restorer {
  public:
    FailedBatch(const RestorerInfo& info, std::string reason) : info_(info), reason_(std::move(reason)) {}
    const RestorerInfo& info() const override { return info_; }
    Restored restore(const RestoreInput&) const override { throw Error(reason_); }

  private:
    const RestorerInfo& info_;
    std::string reason_;
};

// A picture that nobody can read must not take the rest of its batch with it.
bool is_picture(const std::optional<fs::path>& file) {
    try {
        return file && Image::load(*file);
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

Batches::Batches(std::vector<const Restorer*> methods, RunFolder folder, uint64_t seed, int jobs,
                 const std::atomic<bool>& stop)
    : methods_(std::move(methods)), folder_(std::move(folder)), seed_(seed), jobs_(jobs), stop_(stop) {}

Batches::~Batches() { clear(); }

void Batches::clear() {
    if (prepared_.empty()) return;
    ready_.clear();
    prepared_.clear();
    std::error_code ignored;
    fs::remove_all(folder_.scratch(), ignored);
}

size_t Batches::chunk(size_t left) const {
    uint64_t largest = 0;
    for (const Restorer* method : methods_) {
        const auto& batch = method->info().batch;
        if (batch == 0) return left;
        largest = std::max(largest, batch.value_or(0));
    }
    return largest == 0 ? left : std::min<size_t>(left, largest);
}

bool Batches::prepare(std::span<const Wanted> chunk) {
    clear();
    const auto batched = [](const Restorer* method) { return method->info().batch.has_value(); };
    if (std::none_of(methods_.begin(), methods_.end(), batched)) return true;
    std::vector<char> readable(chunk.size());
    run_pipeline(
        chunk.size(), jobs_,
        [&](uint64_t i) {
            readable[i] = is_picture(chunk[i].degraded);
            return std::function<void()>();
        },
        stop_);
    for (size_t m = 0; m < methods_.size(); m++) {
        if (!batched(methods_[m])) continue;
        std::vector<RestoreBatch::Item> items;
        for (size_t i = 0; i < chunk.size(); i++) {
            const auto& wanted = chunk[i].methods;
            if (readable[i] && std::find(wanted.begin(), wanted.end(), m) != wanted.end())
                items.push_back({chunk[i].id, *chunk[i].degraded});
        }
        const uint64_t size = *methods_[m]->info().batch;
        for (size_t begin = 0; begin < items.size();) {
            const size_t end = size == 0 ? items.size() : std::min<size_t>(items.size(), begin + size);
            if (stop_ || !prepare(m, {items.begin() + static_cast<std::ptrdiff_t>(begin),
                                      items.begin() + static_cast<std::ptrdiff_t>(end)}))
                return false;
            begin = end;
        }
    }
    return !stop_;
}

bool Batches::prepare(size_t method, const std::vector<RestoreBatch::Item>& items) {
    const RestorerInfo& info = methods_[method]->info();
    const fs::path scratch = folder_.scratch() / std::to_string(prepared_.size());
    std::error_code code;
    fs::remove_all(scratch, code);  // of a start that was killed
    fs::create_directories(scratch, code);
    if (code) throw Error(fmt::format("{}: can't be made: {}", printable(scratch), code.message()));
    std::unique_ptr<const Restorer> ready;
    try {
        ready = methods_[method]->prepare(
            {items, seed_, fs::absolute(scratch), folder_.root,
             fs::path("logs") / file_slug(info.label) / (file_slug(items.front().sample_id) + ".txt"), stop_});
    } catch (...) {
        ready = std::make_unique<FailedBatch>(info, current_exception_text());
    }
    if (!ready) {
        BFR_CHECK(stop_, "{} prepared nothing", info.label);
        fs::remove_all(folder_.scratch(), code);
        return false;
    }
    for (const auto& item : items) ready_[{method, item.sample_id}] = ready.get();
    prepared_.push_back(std::move(ready));
    return true;
}

const Restorer& Batches::method(size_t index, const std::string& id) const {
    const auto found = ready_.find({index, id});
    return found == ready_.end() ? *methods_[index] : *found->second;
}

}  // namespace bfr
