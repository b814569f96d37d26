#include "reports/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "reports/text.h"

namespace bfr {
namespace {

using Clock = std::chrono::steady_clock;

std::string as_time(double seconds) {
    const auto whole = static_cast<uint64_t>(std::ceil(std::max(0.0, seconds)));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

int columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

class TerminalProgress : public Progress {
  public:
    explicit TerminalProgress(ProgressUnit unit)
        : unit_(unit), bar_(::isatty(STDERR_FILENO) != 0), every_(bar_ ? 0.1 : 5.0) {}
    ~TerminalProgress() override {
        if (running_) end();
    }

    void begin(std::string what, uint64_t total, uint64_t done_before) override {
        what_ = std::move(what);
        total_ = total;
        before_ = done_ = unit_ == ProgressUnit::kBytes ? done_before : std::min(done_before, total);
        start_ = Clock::now();
        shown_.reset();
        running_ = true;
        if (bar_) show();
    }

    void advance(uint64_t n) override {
        done_ += n;
        const auto now = Clock::now();
        if (std::chrono::duration<double>(now - shown_.value_or(start_)).count() >= every_) show();
    }

    void note(std::string line) override {
        if (bar_ && running_) fmt::print(stderr, "\r\033[K");
        fmt::print(stderr, "{}\n", visible(line));  // it may hold a file's name
        if (bar_ && running_) show();
    }

    void end() override {
        if (bar_ || !shown_ || shown_done_ != done_) show();
        if (bar_) fmt::print(stderr, "\n");
        running_ = false;
    }

  private:
    std::string amount() const {
        if (unit_ == ProgressUnit::kCount) return fmt::format("{}/{}", done_, total_);
        return total_ == 0 ? bytes_text(done_) : fmt::format("{} of {}", bytes_text(done_), bytes_text(total_));
    }

    void show() {
        shown_ = Clock::now();
        shown_done_ = done_;
        const double seconds = std::chrono::duration<double>(*shown_ - start_).count();
        const double rate = seconds > 0 ? static_cast<double>(done_ - before_) / seconds : 0;
        std::string numbers = amount();
        if (rate > 0) {
            numbers += unit_ == ProgressUnit::kBytes ? fmt::format("  {}/s", bytes_text(static_cast<uint64_t>(rate)))
                                                     : fmt::format("  {:.2f}/s", rate);
            numbers += done_ < total_ ? fmt::format("  {} left", as_time(static_cast<double>(total_ - done_) / rate))
                                      : fmt::format("  in {}", as_time(seconds));
        }
        if (!bar_) {
            fmt::print(stderr, "{}: {}\n", what_, numbers);
            return;
        }
        const int room = columns() - static_cast<int>(what_.size() + numbers.size()) - 6;
        std::string bar;
        if (room >= 10 && (total_ > 0 || unit_ == ProgressUnit::kCount)) {
            const int width = std::min(room, 40);
            const int full =
                total_ ? static_cast<int>(static_cast<uint64_t>(width) * std::min(done_, total_) / total_) : width;
            bar = "[" + std::string(static_cast<size_t>(full), '#') +
                  std::string(static_cast<size_t>(width - full), '.') + "] ";
        }
        fmt::print(stderr, "\r\033[K{} {}{}", what_, bar, numbers);
        std::fflush(stderr);
    }

    const ProgressUnit unit_;
    const bool bar_;
    const double every_;
    bool running_ = false;
    std::string what_;
    uint64_t total_ = 0, done_ = 0, before_ = 0;
    Clock::time_point start_;
    std::optional<Clock::time_point> shown_;
    uint64_t shown_done_ = 0;
};

class SilentProgress : public Progress {
  public:
    void begin(std::string, uint64_t, uint64_t) override {}
    void advance(uint64_t) override {}
    void note(std::string) override {}
    void end() override {}
};

}  // namespace

std::unique_ptr<Progress> terminal_progress(ProgressUnit unit) { return std::make_unique<TerminalProgress>(unit); }
std::unique_ptr<Progress> silent_progress() { return std::make_unique<SilentProgress>(); }

}  // namespace bfr
