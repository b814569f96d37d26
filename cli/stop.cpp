#include "cli/stop.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

#include "base/process.h"

namespace bfr {
namespace {

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void handle(int number) {
    if (g_stop.exchange(true)) {
        // Programs that we run have their own groups, which a terminal's signals don't reach.
        kill_running_processes();
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    constexpr std::string_view kText = "\nbfr: ending after the pictures in hand; Ctrl-C again to end at once\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kText.data(), kText.size());
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    struct sigaction hang_up {};
    sigaction(SIGHUP, nullptr, &hang_up);
    if (hang_up.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup's wish stands
    return g_stop;
}

}  // namespace bfr
