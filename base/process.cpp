#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/error.h"
#include "base/files.h"

extern char** environ;

namespace bfr {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

std::string message_of(int code) { return std::generic_category().message(code); }

// The read end is ours, the write end the program's.
class Pipe {
  public:
    Pipe() {
        if (::pipe2(fds_.data(), O_CLOEXEC) != 0) throw Error("no pipe for a program's output: " + message_of(errno));
        ::fcntl(fds_[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe() {
        close_read();
        close_write();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int read_end() const { return fds_[0]; }
    int write_end() const { return fds_[1]; }
    void close_read() { close(fds_[0]); }
    void close_write() { close(fds_[1]); }

  private:
    static void close(int& fd) {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
    std::array<int, 2> fds_{-1, -1};
};

class Stream {
  public:
    explicit Stream(uint64_t keep) : keep_(keep) {}
    Pipe pipe;

    // What there is to read now; closes the pipe at its end.
    void drain() {
        std::array<char, 65536> block;
        // A program that writes faster than we read must not keep us from looking at the clock.
        for (int blocks = 0; blocks < 64 && pipe.read_end() >= 0; blocks++) {
            const ssize_t n = ::read(pipe.read_end(), block.data(), block.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && errno == EAGAIN) return;
            if (n <= 0) {
                pipe.close_read();
                return;
            }
            add({block.data(), static_cast<size_t>(n)});
        }
    }

    StreamText take() {
        if (text_.tail.size() > keep_) cut_tail();
        return std::move(text_);
    }

  private:
    void add(std::string_view bytes) {
        const size_t to_head = std::min<size_t>(bytes.size(), keep_ - text_.head.size());
        text_.head.append(bytes.substr(0, to_head));
        text_.tail.append(bytes.substr(to_head));
        if (text_.tail.size() > 2 * keep_) cut_tail();
    }
    void cut_tail() {
        const size_t over = text_.tail.size() - keep_;
        text_.tail.erase(0, over);
        text_.left_out += over;
    }

    uint64_t keep_;
    StreamText text_;
};

class Spawn {
  public:
    Spawn() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
    }
    ~Spawn() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;

    pid_t start(const ProcessOptions& options, int out, int err) {
        posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, out, 1);
        posix_spawn_file_actions_adddup2(&actions_, err, 2);
        if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, options.folder.c_str());
        posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        // Nothing of how we take signals is handed down: neither what we ignore nor what is blocked in this thread.
        sigset_t all, none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        const fs::path program = fs::absolute(options.program);  // it may be started in another folder
        std::vector<char*> argv;
        for (const auto& word : options.argv) argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(nullptr);
        pid_t child = 0;
        const int code = ::posix_spawn(&child, program.c_str(), &actions_, &attributes_, argv.data(), environ);
        if (code == 0) return child;
        throw Error(fmt::format("{}: can't be started{}: {}", printable(options.program),
                                options.folder.empty() ? "" : " in " + printable(options.folder), message_of(code)));
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads them");
std::array<std::atomic<pid_t>, 64> g_running{};  // 0: a free place

// The group's number where a signal handler finds it. It has to go before the child is waited for: another process may
// have the number then.
class Running {
  public:
    explicit Running(pid_t child) {
        for (auto& place : g_running) {
            pid_t free = 0;
            if (!place.compare_exchange_strong(free, child)) continue;
            place_ = &place;
            return;
        }
    }
    ~Running() {
        if (place_) *place_ = 0;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

  private:
    std::atomic<pid_t>* place_ = nullptr;
};

std::atomic<int> g_starting{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler reads it");

// While a child may run whose number isn't among g_running yet. No signal handler runs in this thread meanwhile, so
// that one in another thread may wait for the end of it.
class Starting {
  public:
    Starting() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
        g_starting++;
    }
    ~Starting() {
        g_starting--;
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    Starting(const Starting&) = delete;
    Starting& operator=(const Starting&) = delete;

  private:
    sigset_t before_{};
};

// Whether the child has ended. It stays a zombie, so that its number still means its group.
bool has_ended(pid_t child) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    std::optional<std::string> word;  // the one that is being read
    char quote = 0;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '\\' && quote != '\'') {
            if (i + 1 == text.size()) throw UsageError("a command ends with a backslash");
            word = word.value_or("") + text[++i];
        } else if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                *word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            word = word.value_or("");
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (word) words.push_back(std::move(*word));
            word.reset();
        } else {
            word = word.value_or("") + c;
        }
    }
    if (quote != 0) throw UsageError(fmt::format("a command opens {} and never closes it", quote));
    if (word) words.push_back(std::move(*word));
    return words;
}

std::optional<fs::path> find_program(const std::string& program, const fs::path& folder) {
    const auto runs = [](const fs::path& file) {
        std::error_code code;
        return fs::is_regular_file(file, code) && ::access(file.c_str(), X_OK) == 0;
    };
    if (program.empty()) return std::nullopt;
    if (program.find('/') != std::string::npos) {
        const fs::path file = folder / program;
        return runs(file) ? std::optional(file) : std::nullopt;
    }
    const char* const path = std::getenv("PATH");
    std::string_view left = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (true) {
        const size_t end = std::min(left.find(':'), left.size());
        const fs::path place(left.substr(0, end));
        if (!place.empty() && runs(place / program)) return place / program;
        if (end == left.size()) return std::nullopt;
        left.remove_prefix(end + 1);
    }
}

std::string StreamText::whole() const {
    if (left_out == 0) return head + tail;
    return head + fmt::format("\n[... {} bytes left out ...]\n", left_out) + tail;
}

std::vector<std::string> StreamText::last_lines(size_t most) const {
    const std::string text = tail.size() < 65536 && left_out == 0 ? head + tail : tail;
    std::vector<std::string> lines;
    size_t end = text.size();
    while (lines.size() < most) {
        // A carriage return begins a line anew: progress bars are written so.
        end = text.find_last_not_of("\r\n \t", end == 0 ? 0 : end - 1);
        if (end == std::string::npos) break;
        const size_t before = text.find_last_of("\r\n", end);
        const size_t begin = before == std::string::npos ? 0 : before + 1;
        lines.insert(lines.begin(), text.substr(begin, end + 1 - begin));
        if (begin == 0) break;
        end = begin;
    }
    return lines;
}

std::string describe_end(const ProcessResult& result, const ProcessOptions& options) {
    switch (result.end) {
        case ProcessResult::End::kExit:
            return fmt::format("exit status {}", result.status);
        case ProcessResult::End::kSignal:
            return fmt::format("signal {} ({})", result.status, ::strsignal(result.status));
        case ProcessResult::End::kTimeout:
            return fmt::format("no end after {:g} s", options.timeout.count());
        case ProcessResult::End::kStopped:
            break;
    }
    return "stopped";
}

ProcessResult run_process(const ProcessOptions& options) {
    BFR_CHECK(!options.argv.empty(), "a program without its own name");
    Stream out(options.keep_bytes), err(options.keep_bytes);
    const auto start = Clock::now();
    pid_t child = 0;
    std::optional<Running> running;
    {
        const Starting starting;
        child = Spawn().start(options, out.pipe.write_end(), err.pipe.write_end());
        running.emplace(child);
    }
    out.pipe.close_write();
    err.pipe.close_write();

    ProcessResult result;
    std::optional<Clock::time_point> ending;
    bool killed = false;
    const auto since = [](Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from); };
    while (!has_ended(child)) {
        std::array<pollfd, 2> fds = {{{out.pipe.read_end(), POLLIN, 0}, {err.pipe.read_end(), POLLIN, 0}}};
        constexpr int kLookAgain = 20;  // ms
        ::poll(fds.data(), fds.size(), kLookAgain);
        out.drain();
        err.drain();
        const bool stopped = options.stop && *options.stop;
        if (!ending && (stopped || since(start) > options.timeout)) {
            result.end = stopped ? ProcessResult::End::kStopped : ProcessResult::End::kTimeout;
            ending = Clock::now();
            ::kill(-child, SIGTERM);
        } else if (ending && !killed && since(*ending) > options.grace) {
            killed = true;
            ::kill(-child, SIGKILL);
        }
    }
    ::kill(-child, SIGKILL);  // whatever it left behind
    running.reset();
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    out.drain();  // nobody waits for a process that left the group and still holds the pipe
    err.drain();
    result.seconds = since(start).count();
    result.out = out.take();
    result.err = err.take();
    if (ending) return result;
    result.end = WIFEXITED(status) ? ProcessResult::End::kExit : ProcessResult::End::kSignal;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    return result;
}

void kill_running_processes() {
    const int kept = errno;
    constexpr int kPatience = 1000;  // ms: a program on a dead network drive may never start
    for (int i = 0; i < kPatience && g_starting > 0; i++) ::poll(nullptr, 0, 1);
    for (const auto& place : g_running) {
        if (const pid_t child = place; child > 0) ::kill(-child, SIGKILL);
    }
    errno = kept;
}

}  // namespace bfr
