// reports/schema/report.schema.json against reports as they are written, by Python's jsonschema.
#include <gtest/gtest.h>

#include "base/files.h"
#include "reports/report.h"
#include "tests/reports/fakes.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

constexpr const char* kValidate =
    "import json, sys, jsonschema\n"
    "schema = json.load(open(sys.argv[1], encoding='utf-8'))\n"
    "jsonschema.Draft7Validator.check_schema(schema)\n"
    "errors = list(jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2], encoding='utf-8'))))\n"
    "for error in errors[:10]: print('/'.join(map(str, error.absolute_path)), error.message[:300])\n"
    "sys.exit(1 if errors else 0)\n";

bool has_validator() { return run({"python3", "-c", "import jsonschema"}).code == 0; }

// Errors of the report; empty where it follows the schema.
std::string errors_of(const Json& report) {
    const Scratch scratch;
    write_text(scratch / "report.json", report_text(report));
    const auto ran = run({"python3", "-c", kValidate, (source_dir() / "reports/schema/report.schema.json").native(),
                          (scratch / "report.json").native()});
    return ran.code == 0 ? "" : ran.out + ran.err;
}

Json report_with_everything(const Scratch& scratch) {
    auto samples = write_samples(scratch.path(), 8, 3);
    samples.left_out = {{"lq/x.png", "no partner in hq"}};
    samples.samples[3].reference.reset();
    write_text(*samples.samples[4].degraded, "no picture");
    samples.samples[5].degraded = scratch / "gone.png";
    RunUnits units = usual_units();
    units.methods.push_back(fake_restorer({.label = "breaks", .throws_on = {"s001"}}));
    units.methods.push_back(fake_restorer({.label = "more", .extras = {"preview.png", "codes.txt"}}));
    units.methods.push_back(missing_unit<Restorer>("big"));
    units.metrics.push_back(
        fake_metric({.label = "odd", .throws_on = {"s001"}, .nan_on = {"s002"}, .excluded_on = {"s006"}}));
    units.tasks.push_back(fake_task({.label = "never", .none_on = {"s000", "s001", "s002", "s006", "s007"}}));
    units.tasks.push_back(missing_unit<Task>("verify"));
    RunConfig config = config_for(scratch / "out");
    for (const auto& method : units.methods) config.methods.push_back(Spec::parse(method.spec));
    config.ablations = {{config.methods[0], {{"by", {"20", "5"}}}}};  // the usual two are its arms
    config.methods.erase(config.methods.begin() + 1);
    config.against = {"breaks"};
    return run_all(config, units, samples).report;
}

#define SKIP_WITHOUT_VALIDATOR()                                                \
    if (!has_validator())                                                       \
    GTEST_SKIP() << "SKIPPED: python3 has no jsonschema here (apt-get install " \
                    "python3-jsonschema)"

TEST(Schema, AReportWithEveryKindOfTroubleFollowsIt) {
    SKIP_WITHOUT_VALIDATOR();
    const Scratch scratch;
    EXPECT_EQ(errors_of(report_with_everything(scratch)), "");
}

TEST(Schema, ItRefusesWhatIsNoReport) {
    SKIP_WITHOUT_VALIDATOR();
    const Scratch scratch;
    const Json good = report_with_everything(scratch);
    const std::vector<std::function<void(Json&)>> damages = {
        [](Json& r) { r["extra"] = 1; },
        [](Json& r) { r["schema"] = "bfr-report/2"; },
        [](Json& r) { r.erase("seed"); },
        [](Json& r) { r["rows"][0]["values"]["difference"]["mean"] = "1"; },
        [](Json& r) {
            r["rows"][0]["failures"] = {{{"sample", "s"}, {"stage", "think"}, {"unit", nullptr}, {"reason", "r"}}};
        },
        [](Json& r) { r["methods"][0]["version"] = ""; },
        [](Json& r) { r["samples"][0]["results"]["shift"]["output_sha256"] = nullptr; },
        [](Json& r) { r["methods"][3]["extras"] = Json::array(); },
        [](Json& r) { r["samples"][0]["results"]["more"]["extras"]["codes.txt"] = ""; },
        [](Json& r) { r["ablation"] = Json::array(); },
        [](Json& r) { r["ablation"][0].erase("baseline"); },
        [](Json& r) { r["ablation"][0]["arms"][0]["options"]["by"] = 20; },
        [](Json& r) { r["ablation"][0]["arms"][1]["values"]["difference"]["difference"].erase("interval"); },
        [](Json& r) { r["context"]["config"]["ablation"][0]["vary"] = Json::object(); },
        [](Json& r) { r["units"][0]["values"][0]["direction"] = "up"; },
        [](Json& r) { r["rows"][0]["set_values"]["judge.high"]["reason"] = "both a value and a reason"; },
        [](Json& r) { r["rows"][0]["set_values"]["judge.high"].erase("n"); },
        [](Json& r) { r["rows"][0]["values"]["difference"]["samples_sha256"] = "3 samples"; }};
    for (size_t i = 0; i < damages.size(); i++) {
        Json bad = good;
        damages[i](bad);
        EXPECT_NE(errors_of(bad), "") << i;
    }
}

}  // namespace
}  // namespace bfr::testing
