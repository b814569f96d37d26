#include "base/error.h"
#include "cli/command.h"
#include "cli/run_config.h"
#include "cli/scoring.h"
#include "reports/ablation.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "ablate CONFIG.json --vary OPTION=VALUE,VALUE,... [OPTIONS]",
        "Sweeps options of a method: in the configuration's run (see: bfr run --help) the method is replaced by one "
        "arm\n"
        "for each value, the other methods stay. Several --vary give all combinations. It is an ordinary run else: it\n"
        "resumes, and prints and writes the same report, which then has a table of the arms: each value, and the "
        "paired\n"
        "difference from the arm with the configuration's own value (or the first), with its interval.\n"
        "\n"
        "All arms start from the same random numbers. What doesn't depend on the varied options (weights, a face's\n"
        "style codes, the references' features) is loaded and computed once; the time of an arm is still what it "
        "would\n"
        "have taken alone.\n"
        "\n"
        "An OPTION is one of those that `bfr list methods NAME` shows. A value that it doesn't take is refused before\n"
        "anything is done. The same can stand in the configuration:\n"
        "  \"ablation\": [{\"method\": \"vspbfr\", \"vary\": {\"steps\": [1, 2, 4, 8]}}]",
        {"vary",      "method",  "degraded",  "reference", "manifest", "pattern",       "reference-pattern",
         "recursive", "limit",   "metric",    "task",      "against",  "out",           "seed",
         "jobs",      "threads", "no-images", "weights",   "device",   "allow-commands"},
        {"bfr ablate config.json --vary steps=1,2,4,8 --out runs/steps",
         "bfr ablate config.json --method vspbfr --vary steps=1,4 --vary noise=seeded,zero --out runs/grid"},
        1,
        {},
        {{"method", "the configuration's method to vary, by its name or spec; where several have the option"}}};
    return page;
}

int ablate(const Arguments& arguments, const std::vector<std::string>& line) {
    if (arguments.operands().empty())
        throw UsageError("there is no configuration: bfr ablate CONFIG.json --vary OPTION=VALUE,VALUE,...");
    RunConfig config = read_run_config(arguments, std::nullopt);
    std::vector<OptionValues> vary;
    for (const auto& text : arguments.texts("vary")) {
        try {
            vary.push_back(OptionValues::parse(text));
        } catch (const UsageError& error) {
            throw UsageError(std::string("--vary ") + error.what());
        }
    }
    if (vary.empty() && (arguments.has("method") || config.ablations.empty()))
        throw UsageError("nothing is varied: name an option and its values, such as --vary steps=1,2,4,8");
    if (!vary.empty()) config.ablations = find_ablations(config.methods, vary, arguments.texts("method"));
    check_ablations(config);
    return run_and_report(config, line);
}

}  // namespace

Command ablate_command() { return {"ablate", "sweep options of a method: one arm for each value", page(), ablate}; }

}  // namespace bfr
