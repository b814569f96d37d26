// A program for the tests to kill: slow_run DATA OUT runs the usual fakes on 20 samples, some 10 ms each.
#include <chrono>
#include <thread>

#include "tests/reports/fakes.h"

int main(int argc, char** argv) {
    using namespace bfr::testing;
    if (argc != 3) return 2;
    bfr::RunUnits units = usual_units();
    units.methods[0] =
        fake_restorer({.hook = [](const std::string&) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }});
    return run_all(config_for(argv[2]), units, sample_files(argv[1], 20, 4)).complete ? 0 : 1;
}
