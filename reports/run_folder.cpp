#include "reports/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/ablation.h"
#include "reports/differences.h"
#include "restore/restorer.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kRunSchema = "bfr-run/1";

std::string reason() { return std::generic_category().message(errno); }

std::string read_pid(int fd) {
    char text[32] = {};
    const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
    const std::string digits(text, n > 0 ? static_cast<size_t>(n) : 0);
    const auto end = digits.find_first_not_of("0123456789");
    return end == 0 || digits.empty() ? "unknown" : digits.substr(0, end);
}

// What of the configuration can change a number, or which samples there are.
Json deciding(const RunConfig& config) {
    Json json = to_json(config);
    for (const char* key : {"jobs", "out", "weights", "save_images", "allow_commands"}) json.erase(key);
    for (const char* key : {"limit", "restored"}) json["data"].erase(key);
    json.erase("ablation");  // its arms are methods
    json.erase("presets");   // their values are units'
    json.erase("against");   // made from the same records
    for (const char* key : {"methods", "metrics", "tasks"})
        json.erase(key);  // compared as units, with versions and weights
    return json;
}

// What a unit's options come to, defaults included, but for those that decide nothing: what it is called, files that
// are compared by their content, and what else is written. Null where nobody knows the unit.
template <class Unit>
Json deciding_options(const Registry<Unit, UnitContext>& registry, const Spec& spec) {
    const auto* entry = registry.find(spec.name());
    if (!entry) return {};
    Json options = Json::object();
    try {
        options = registry.read_options(spec);
    } catch (const UsageError&) {  // another program's run: its text is what there is
        options = spec.options();
    }
    options.erase("name");
    for (const auto& option : entry->options) {
        if (option.is_path || option.aside) options.erase(option.key);
    }
    return options;
}

template <class Unit>
void add_options(const Registry<Unit, UnitContext>& registry, const std::vector<Spec>& specs, std::vector<Json>& all) {
    for (const auto& spec : specs) all.push_back(deciding_options(registry, spec));
}

// The identity of a unit: label, version, options, weights' hashes, whether it is there. A label with a name of the
// user's doesn't tell the options.
Json identities(const Json& units, const std::vector<Json>& options) {
    Json all = Json::object();
    for (size_t i = 0; i < units.size(); i++) {
        const Json& unit = units[i];
        Json weights = Json::array();
        for (const auto& file : unit.at("weights")) weights.push_back({file.at("file"), file.at("sha256")});
        const std::string kind = unit.value("kind", "method");
        all[kind + " " + unit.at("label").get<std::string>()] = {{"version", unit.at("version")},
                                                                 {"options", i < options.size() ? options[i] : Json()},
                                                                 {"weights", weights},
                                                                 {"available", unit.at("available")}};
    }
    return all;
}

// What a run may gain: units that it didn't have, or that weren't available. Their values are computed for what was
// recorded without them.
void forget_gained(Json& there, Json& now) {
    for (auto at = now.begin(); at != now.end();) {
        const bool known = there.contains(at.key());
        const bool gained = !known || (!there[at.key()].at("available").get<bool>() && at->at("available").get<bool>());
        if (gained && known) there.erase(at.key());
        at = gained ? now.erase(at) : std::next(at);
    }
}

Json whole_identity(const RunDescription& description) {
    Json identity = deciding(description.config);
    const RunConfig& config = description.config;
    std::vector<Json> of_methods, of_units;
    add_options(restorers(), methods_of(config), of_methods);
    add_options(metrics(), config.metrics, of_units);
    add_options(tasks(), config.tasks, of_units);
    Json units = identities(description.methods, of_methods);
    units.update(identities(description.units, of_units));
    identity["units"] = std::move(units);
    return identity;
}

}  // namespace

std::string method_slug(const std::string& label) { return file_slug(label); }

fs::path RunFolder::image(const std::string& method_label, const std::string& id) const {
    return path_of_id(root / "images" / method_slug(method_label), id, ".png");
}

fs::path RunFolder::extra(const std::string& method_label, const std::string& id, const std::string& name) const {
    return path_of_id(root / "extras" / method_slug(method_label), id, "." + name);
}

std::string features_file_name(const std::string& key) { return file_slug(key) + ".bin"; }

fs::path RunFolder::features(const std::string& key) const { return root / "features" / features_file_name(key); }

std::string RunFolder::relative(const fs::path& path) const { return path.lexically_relative(root).generic_string(); }

std::optional<std::string> process_at_work(const RunFolder& folder) {
    const int fd = ::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    // Shared, so that two who ask at once don't see each other; freed at once where nobody holds it.
    const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::string pid = held ? read_pid(fd) : "";
    ::close(fd);
    return held ? std::optional(std::move(pid)) : std::nullopt;
}

RunLock::RunLock(const RunFolder& folder) {
    std::error_code code;
    fs::create_directories(folder.root, code);
    if (code)
        throw UsageError(
            fmt::format("{}: the output folder can't be made: {}", printable(folder.root), code.message()));
    const std::string name = printable(folder.lock());
    fd_ = ::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw UsageError(fmt::format("{}: the output folder can't be written: {}", name, reason()));
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        const bool held = errno == EWOULDBLOCK;
        const std::string why = reason(), pid = read_pid(fd_);
        ::close(fd_);
        if (!held) throw UsageError(fmt::format("{}: can't be locked: {}", name, why));
        throw UsageError(fmt::format(
            "{}: another run (process {}) is at work in this folder; wait for it, or choose another with --out",
            printable(folder.root), pid));
    }
    // The number is for the message above only: a full disk must not stop a run here.
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, pid.data(), pid.size(), 0) < 0) return;
}

RunLock::~RunLock() {
    if (fd_ >= 0) ::close(fd_);
}

Json to_json(const RunDescription& description) {
    Json left_out = Json::array();
    for (const auto& one : description.left_out) left_out.push_back({{"path", one.path}, {"reason", one.reason}});
    Json json = {{"schema", kRunSchema},
                 {"report_schema", kReportSchema},
                 {"config", to_json(description.config)},
                 {"methods", description.methods},
                 {"units", description.units},
                 {"ids", description.ids},
                 {"left_out", left_out}};
    if (!description.ablation.empty()) json["ablation"] = description.ablation;
    return json;
}

RunDescription read_description(const fs::path& file) {
    const std::string text = read_text(file);
    try {
        const Json json = parse_json(text, printable(file));
        for (const auto& [key, wanted] : {std::pair{"schema", kRunSchema}, std::pair{"report_schema", kReportSchema}}) {
            const std::string found = json.at(key).get<std::string>();
            if (found != wanted) throw Error(fmt::format("its {} is {}, this program's {}", key, found, wanted));
        }
        RunDescription description;
        description.config = config_from_json(json.at("config"), "");
        description.methods = json.at("methods");
        description.units = json.at("units");
        description.ids = json.at("ids").get<std::vector<std::string>>();
        for (const auto& one : json.at("left_out")) {
            description.left_out.push_back({one.at("path").get<std::string>(), one.at("reason").get<std::string>()});
        }
        description.ablation = json.value("ablation", Json::array());
        return description;
    } catch (const std::exception& error) {
        throw Error(fmt::format(
            "{}: is not this program's description of a run ({}); choose another output folder, or delete this one",
            printable(file), error.what()));
    }
}

void enter_run(const RunFolder& folder, const RunDescription& description) {
    const fs::path file = folder.run_file();
    const std::string text = to_json(description).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (!fs::exists(file)) {
        if (fs::exists(folder.records()) && fs::file_size(folder.records()) > 0) {
            throw UsageError(
                fmt::format("{}: has records but no run.json, so nobody knows of which run; choose another folder with "
                            "--out, or delete it",
                            printable(folder.root)));
        }
        write_text(file, text);
        return;
    }
    RunDescription there;
    try {
        there = read_description(file);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    // Through text, as the other one came: numbers then compare as they will be read again.
    Json identity_there = whole_identity(there), identity_now = Json::parse(whole_identity(description).dump());
    forget_gained(identity_there["units"], identity_now["units"]);
    const std::string differences = difference_list(identity_there, identity_now);
    if (!differences.empty()) {
        throw UsageError(fmt::format("{}: holds another run:{}\n  Choose another folder with --out, or delete this one",
                                     printable(folder.root), differences));
    }
    if (read_text(file) != text) write_text(file, text);
}

}  // namespace bfr
