#include "cli/stop.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace bfr {
namespace {

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void handle(int) {
    g_stop = true;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
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
    return g_stop;
}

}  // namespace bfr
