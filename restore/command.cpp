// Any program as a method: it gets a folder of pictures and leaves a folder of pictures.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/files.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "base/process.h"
#include "base/random.h"
#include "base/sha256.h"
#include "datasets/sample.h"
#include "datasets/sample_ids.h"
#include "restore/device_names.h"
#include "restore/units.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

struct CommandOptions {
    std::vector<std::string> argv;
    std::string folder;            // where the program runs; empty: where this one does
    uint64_t batch = 64;           // pictures of one start; 0: all
    double timeout = 21600;        // seconds, of one start
    std::string pattern = "{id}";  // of the restored pictures, perhaps with folders in front
    std::string size = "any";      // what a restored picture must have: any, input, or pixels a side
    std::string name;              // what the row is called instead of by its options
};

// "{in}" and its like within an argument. What a value holds is not looked at again.
std::string filled(const std::string& text, const std::map<std::string, std::string>& values) {
    std::string result;
    for (size_t at = 0; at < text.size();) {
        auto found = values.end();  // the longest that fits: a folder's name begins that of a folder in it
        for (auto one = values.begin(); one != values.end(); ++one) {
            const bool fits = text.compare(at, one->first.size(), one->first) == 0;
            if (fits && (found == values.end() || one->first.size() > found->first.size())) found = one;
        }
        if (found == values.end()) {
            result += text[at++];
        } else {
            result += found->second;
            at += found->first.size();
        }
    }
    return result;
}

bool mentions(const std::vector<std::string>& argv, const std::string& place) {
    return std::any_of(argv.begin(), argv.end(),
                       [&](const std::string& word) { return word.find(place) != std::string::npos; });
}

// One batch on the disk: what the program was given, where its answers lie.
struct Files {
    fs::path in, out, manifest;
    std::map<std::string, std::string> stems;  // of the inputs, by sample id
};

class Ready : public Restorer {
  public:
    Ready(const RestorerInfo& info, const CommandOptions& options, Files files, FolderListing outputs, double seconds,
          std::string said)
        : info_(info),
          options_(options),
          files_(std::move(files)),
          outputs_(std::move(outputs)),
          seconds_(seconds),
          said_(std::move(said)) {}

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        const std::string& stem = files_.stems.at(input.sample_id);
        const auto found = outputs_.files.find(stem);
        if (found == outputs_.files.end()) throw Error(missing(stem));
        const std::string name = "{out}/" + found->second.lexically_relative(files_.out).string();
        ImagePtr image;
        try {
            // its pixels alone: a run scores what `bfr restore` writes
            image = Image::from_bgr8(
                Image::decode(read_file(found->second, DecodeLimits{}.max_file_bytes), name)->bgr8(), name);
        } catch (const Error& error) {
            throw Error(filled(error.what(), {{files_.out.string(), "{out}"}}));
        }
        check_size(*image, input.degraded, name);
        return {image, Json::object(), seconds_};
    }

  private:
    std::string missing(const std::string& stem) const {
        std::string text =
            fmt::format("the program left this picture out: no {} in its output folder, which has {} of {}",
                        filled(options_.pattern, {{"{id}", stem}}), outputs_.files.size(), files_.stems.size());
        for (const auto& left : outputs_.left_out) {
            const std::string name = fs::path(left.path).filename().string();
            if (name.starts_with(stem)) text += fmt::format(" (left out: {}: {})", name, left.reason);
        }
        return text + said_;
    }

    void check_size(const Image& image, const Image& input, const std::string& name) const {
        if (options_.size == "any") return;
        const bool as_input = options_.size == "input";
        const int width = as_input ? input.width() : std::stoi(options_.size);
        const int height = as_input ? input.height() : width;
        if (image.width() == width && image.height() == height) return;
        throw Error(fmt::format("{}: is {}x{}, not {}x{} as size={} asks", name, image.width(), image.height(), width,
                                height, options_.size));
    }

    const RestorerInfo info_;
    const CommandOptions options_;
    const Files files_;
    const FolderListing outputs_;
    const double seconds_;  // of one picture
    const std::string said_;
};

class Command : public Restorer {
  public:
    Command(const Spec& spec, CommandOptions options) : options_(std::move(options)) {
        const auto program = find_program(options_.argv[0], options_.folder);
        if (!program) {
            throw NotAvailable(fmt::format("{}: is no program that can be run here ({})", printable(options_.argv[0]),
                                           options_.argv[0].find('/') == std::string::npos
                                               ? "looked for in $PATH"
                                               : "it must be an executable file (chmod +x); a path with '/' is "
                                                 "relative to dir=, or to where bfr is started"),
                               "");
        }
        program_ = *program;
        Spec named("command");
        named.set("name", options_.name);
        info_.label = options_.name.empty() ? spec.canonical() : named.canonical();
        info_.version = "1+" + sha256(std::string_view(spec.canonical())).substr(0, 12);
        info_.summary = "another program, run on folders of pictures";
        info_.convention = fmt::format(
            "the program {}; it is given copies of the samples' own files, {} a start; its pictures are those of the "
            "form {}, decoded and not resized{}; the time of a picture is the start's, divided by its pictures",
            Json(options_.argv).dump(-1, ' ', false, Json::error_handler_t::replace),
            options_.batch == 0 ? "all" : fmt::format("{}", options_.batch), options_.pattern,
            options_.size == "any" ? "" : fmt::format(" (size {})", options_.size));
        info_.source = printable(program_);
        info_.device = kProgramsDevice;
        info_.draws = mentions(options_.argv, "{seed}") || mentions(options_.argv, "{manifest}");
        info_.batch = options_.batch;
        add_files();
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput&) const override {
        throw Error("its picture could not be read when the program was started");
    }

    std::unique_ptr<const Restorer> prepare(const RestoreBatch& batch) const override {
        Files files = lay_out(batch);
        const std::map<std::string, std::string> places = {{"{in}", files.in.string()},
                                                           {"{out}", files.out.string()},
                                                           {"{manifest}", files.manifest.string()},
                                                           {"{seed}", std::to_string(batch.run_seed)}};
        ProcessOptions process;
        process.program = program_;
        for (const auto& word : options_.argv) process.argv.push_back(filled(word, places));
        process.folder = options_.folder;
        process.timeout = std::chrono::duration<double>(options_.timeout);
        process.stop = &batch.stop;
        const ProcessResult result = run_process(process);
        if (result.end == ProcessResult::End::kStopped) return nullptr;
        FolderListing outputs = result.ok() ? list_outputs(files) : FolderListing{};
        const bool whole = std::all_of(files.stems.begin(), files.stems.end(),
                                       [&](const auto& stem) { return outputs.files.contains(stem.second); });
        if (!whole) write_log(batch, process, result);
        if (!result.ok()) throw Error("the program failed: " + describe_end(result, process) + said(batch, result));
        const double seconds = result.seconds / static_cast<double>(batch.items.size());
        return std::make_unique<Ready>(info_, options_, std::move(files), std::move(outputs), seconds,
                                       said(batch, result));
    }

  private:
    // The program and every argument that names a file (a script, a file of weights) belong to what is run.
    void add_files() {
        const auto add = [&](const std::string& name, const fs::path& file) {
            std::error_code code;
            if (!fs::is_regular_file(file, code)) return;
            info_.weights.push_back({printable(name), sha256_of_file(file), fs::file_size(file)});
            info_.weights.back().own = true;
        };
        add(options_.argv[0], program_);
        for (size_t i = 1; i < options_.argv.size(); i++)
            add(options_.argv[i], options_.folder / fs::path(options_.argv[i]));
    }

    static Files lay_out(const RestoreBatch& batch) {
        Files files{batch.scratch / "in", batch.scratch / "out", batch.scratch / "manifest.jsonl", {}};
        fs::create_directories(files.in);
        fs::create_directories(files.out);
        std::string manifest;
        std::set<std::string> used;
        for (const auto& item : batch.items) {
            std::string stem = file_slug(item.sample_id);
            if (!used.insert(stem).second) used.insert(stem = sha256(std::string_view(item.sample_id)));
            const bool usual = is_picture_name(item.degraded.filename().native());
            const fs::path input = files.in / (stem + (usual ? item.degraded.extension().string() : ".png"));
            fs::copy_file(item.degraded, input);
            fs::permissions(input, fs::perms::owner_write | fs::perms::owner_read, fs::perm_options::add);
            const Draw draw(batch.run_seed, item.sample_id, "command/seed");
            const Json line = {{"id", item.sample_id},
                               {"input", input.string()},
                               {"output", (files.out / (stem + ".png")).string()},
                               {"seed", draw.integer(0, uint64_t{1} << 31)}};
            manifest += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
            files.stems[item.sample_id] = stem;
        }
        write_text(files.manifest, manifest);
        return files;
    }

    FolderListing list_outputs(const Files& files) const {
        const size_t name = options_.pattern.rfind('/') + 1;  // 0 where there is none
        try {
            return list_folder(files.out / options_.pattern.substr(0, name), options_.pattern.substr(name));
        } catch (const UsageError&) {
            return {};  // not one picture
        }
    }

    static void write_log(const RestoreBatch& batch, const ProcessOptions& process, const ProcessResult& result) {
        std::string text = fmt::format("command: {}\nend: {} after {:.3f} s\n",
                                       Json(process.argv).dump(-1, ' ', false, Json::error_handler_t::replace),
                                       describe_end(result, process), result.seconds);
        for (const auto& item : batch.items) text += fmt::format("picture: {}\n", printable(item.sample_id));
        write_text(batch.folder / batch.log,
                   text + "\n--- stdout\n" + result.out.whole() + "\n--- stderr\n" + result.err.whole());
    }

    // What it said last, without the names of folders that change from run to run.
    static std::string said(const RestoreBatch& batch, const ProcessResult& result) {
        constexpr size_t kLines = 5, kLongest = 300;
        auto lines = result.err.last_lines(kLines);
        const bool error = !lines.empty();
        if (!error) lines = result.out.last_lines(kLines);
        for (auto& line : lines) {
            line = printable(filled(line, {{(batch.scratch / "in").string(), "{in}"},
                                           {(batch.scratch / "out").string(), "{out}"},
                                           {batch.scratch.string(), "{scratch}"}}));
            if (line.size() > kLongest) line = "..." + line.substr(line.size() - kLongest);
        }
        return fmt::format(
            "; {}; all of it is in {}",
            lines.empty() ? "it said nothing"
                          : fmt::format("the end of its {}: {}", error ? "stderr" : "stdout", fmt::join(lines, " | ")),
            batch.log.string());
    }

    CommandOptions options_;
    fs::path program_;
    RestorerInfo info_;
};

std::vector<std::string> read_argv(const std::string& text) {
    if (!text.starts_with('[')) return split_words(text);
    try {
        return parse_json(text, "method command: argv").get<std::vector<std::string>>();
    } catch (const Json::exception& error) {
        throw UsageError(fmt::format("method command: argv is no list of texts: {}", error.what()));
    }
}

}  // namespace

std::unique_ptr<Restorer> make_command(SpecReader& reader, const UnitContext&) {
    CommandOptions options;
    options.argv = read_argv(reader.text("argv", ""));
    options.folder = reader.text("dir", "");
    options.batch = static_cast<uint64_t>(reader.integer("batch", static_cast<int64_t>(options.batch), 0, 1'000'000));
    options.timeout = reader.number("timeout", options.timeout, 0.001, 1e8);
    options.pattern = reader.text("pattern", options.pattern);
    options.size = reader.text("size", options.size);
    if (options.size != "any" && options.size != "input")
        options.size = std::to_string(reader.integer("size", 0, 1, 65535));
    options.name = reader.text("name", options.name);
    reader.finish();  // before anything is looked for: a misspelt option is the likelier mistake
    if (options.argv.empty() || options.argv[0].empty()) {
        throw UsageError(
            "method command: argv= is missing; an example is command:argv=\"python3 restore.py -i {in} -o {out}\"");
    }
    for (const auto& word : options.argv) {
        if (word.find('\0') != std::string::npos) throw UsageError("method command: argv holds a zero character");
    }
    if (!mentions(options.argv, "{manifest}") && !(mentions(options.argv, "{in}") && mentions(options.argv, "{out}"))) {
        throw UsageError(
            "method command: argv must say where the program finds its pictures and leaves them: {in} and {out}, or "
            "{manifest}");
    }
    const size_t name = options.pattern.rfind('/') + 1;
    const IdPattern checked(options.pattern.substr(name));
    if (fs::path(options.pattern).is_absolute() || options.pattern.find("..") != std::string::npos)
        throw UsageError(fmt::format("method command: pattern={} leaves the output folder", options.pattern));
    std::error_code code;
    if (!options.folder.empty() && !fs::is_directory(options.folder, code))
        throw UsageError(fmt::format("method command: dir={}: there is no such folder", printable(options.folder)));
    return std::make_unique<Command>(reader.spec(), std::move(options));
}

}  // namespace bfr
