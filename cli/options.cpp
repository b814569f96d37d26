#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>

#include "base/error.h"
#include "base/names.h"

namespace bfr {
namespace po = boost::program_options;

namespace {

enum Kind { kOnce, kRepeatable, kFlag };

struct Option {
    std::string name, value;  // "out", "DIR"
    Kind kind;
    std::string fallback;  // as the help shows it; empty: none
    std::string help;
    std::vector<std::string> choices = {};  // where the value is one of a few
};

const std::vector<Option>& vocabulary() {
    static const std::vector<Option> options = {
        {"in", "DIR", kOnce, "", "folder of the pictures to work on"},
        {"out", "DIR", kOnce, "", "folder for what is made; it is created where it doesn't exist"},
        {"degraded", "DIR", kOnce, "", "folder of degraded pictures: what the methods restore"},
        {"reference", "DIR", kOnce, "",
         "folder of clean pictures, paired with the others by file name without extension"},
        {"from", "REPORT", kOnce, "",
         "repeat the run of this report.json (or run's folder): its configuration, and what has changed since"},
        {"restored", "[NAME=]DIR", kRepeatable, "",
         "folder of pictures that some method restored; with NAME its row is called outputs:name=NAME"},
        {"manifest", "FILE", kOnce, "",
         "list of samples (.jsonl or .csv) instead of folders: id, degraded, reference, group, label"},
        {"pattern", "TEXT", kOnce, "{id}",
         "how files are named after their sample: {id}_00 pairs a_00.png with the reference a.png"},
        {"reference-pattern", "TEXT", kOnce, "{id}", "the same for the files of --reference"},
        {"recursive", "", kFlag, "", "search the folders below too; ids are then paths relative to the folder"},
        {"limit", "N", kOnce, "0", "only the first N samples in the order of their ids; 0: all"},
        {"method", "SPEC", kRepeatable, "", "restoration method, such as opencv-denoise:h=5 (bfr list methods)"},
        {"vary", "OPTION=VALUES", kRepeatable, "",
         "values of an option of the method, one arm each, such as steps=1,2,4,8; a value with , = : or \" is quoted"},
        {"metric", "SPEC", kRepeatable, "", "metric, such as psnr or psnr:space=y (bfr list metrics)"},
        {"task", "SPEC", kRepeatable, "", "downstream task, such as landmarks (bfr list tasks)"},
        {"against", "ROW", kRepeatable, "",
         "row that all others are compared with, sample by sample: its label, or what name= calls it"},
        {"results", "DIR", kOnce, "",
         "folder with a folder of finished pictures for each method of the table, called as the method is"},
        {"stats", "FILE", kOnce, "", "statistics that FID is against, in place of those that the table names"},
        {"run", "", kFlag, "", "run it, and print the published table beside what was measured"},
        {"as", "ROW=METHOD", kRepeatable, "",
         "which method of a published table a row is, where its name doesn't say: vspbfr=VSPBFR"},
        {"same-data", "", kFlag, "",
         "vouch that the run's pictures are the published table's, whose degraded ones no program can tell"},
        {"seed", "N", kOnce, "1", "what all random numbers are drawn from; equal seeds give equal results"},
        {"data", "PACK", kOnce, "", "faces to train on: a folder that bfr pack made"},
        {"held-out", "N", kOnce, "128", "people of the pack who are kept for validation"},
        {"to", "DIR", kOnce, "", "folder of the exported files"},
        {"stage-name", "STAGE=NAME", kRepeatable, "",
         "export the training that name=NAME called so, where it isn't the one of the stage's own name"},
        {"minutes", "N", kOnce, "0", "stop after so many; the same command goes on. 0: no limit"},
        {"jobs", "N", kOnce, "0", "pictures at work at once; 0: as many as cores. Results don't depend on it"},
        {"threads", "N", kOnce, "1", "threads within one picture; with --jobs 1 it shortens the wait for each"},
        {"precision", "TYPE", kOnce, "fp32",
         "what networks compute with while they learn: fp32 or bf16; weights stay float32"},
        {"weights", "DIR", kRepeatable, "", "folder of model files, searched before $BFR_WEIGHTS and the user's cache"},
        {"no-images", "", kFlag, "", "don't keep the restored pictures; the HTML page is then without them"},
        {"device", "NAME", kOnce, "cpu",
         "where vspbfr and TorchScript modules run: cpu, cuda or cuda:N; all else runs on the CPU"},
        {"allow-commands", "", kFlag, "",
         "let units of the configuration run programs and load code; those typed here may without it"},
        {"align", "", kFlag, "", "the pictures are whole photographs: find, align and restore every face"},
        {"paste", "", kFlag, "", "put the restored faces back into their photographs"},
        {"upscale", "N", kOnce, "1", "make the photograph around pasted faces N times larger (bicubic), up to 8"},
        {"faceless",
         "WHAT",
         kOnce,
         "fail",
         "what becomes of a photograph without a face: fail (no picture, a failure), copy (it comes out as it is)",
         {"fail", "copy"}},
        {"size", "PIXELS", kOnce, "512; in pack 128, in restore the method's own", "side of the aligned face"},
        {"alignment",
         "NAME",
         kOnce,
         "five-points",
         "how the face is moved: five-points (onto the template), quad (FFHQ's own square from 68 points)",
         {"five-points", "quad"}},
        {"template", "NAME|FILE", kOnce, "ffhq",
         "where the five points go: ffhq, or a .json file with \"frame\" and \"points\""},
        {"detector",
         "NAME",
         kOnce,
         "mmod",
         "who finds the face: mmod (a CNN; any pose), hog (fast; frontal), whole (the picture is a face), "
         "crop (the picture is an aligned crop)",
         {"mmod", "hog", "whole", "crop"}},
        {"face",
         "WHICH",
         kOnce,
         "largest; in restore all",
         "which face of a photo: largest, best, centre, all (in align ID_00, ID_01, ...)",
         {"largest", "best", "centre", "all"}},
        {"up", "N", kOnce, "mmod 0, hog 1", "double the photo N times before the search, to find smaller faces"},
        {"max-side", "PIXELS", kOnce, "1024", "search a larger photo on a copy reduced to this side; 0: never"},
        {"min-face", "PIXELS", kOnce, "0", "leave out faces narrower than this in the photo"},
        {"groups", "FILE", kOnce, "",
         "only pictures of these groups (people): a name a line, or in a line's first column"},
        {"without-groups", "FILE", kOnce, "", "no pictures of these groups"},
        {"per-group", "N", kOnce, "", "only the first N pictures of each group in the order of their ids"},
        {"quality", "N", kOnce, "95", "of the packed JPEGs, 91 to 100; their chroma is never halved"},
        {"shard-size", "MIB", kOnce, "256", "the most that one file of the pack holds"},
        {"preset", "NAME|FILE", kRepeatable, "",
         "published degradation to draw from (bfr list degradations), or a .json file with your own chain of steps"},
        {"known", "FILE", kOnce, "", "data sets of your own, by the hash of their lists (.json)"},
        {"papers", "FILE", kRepeatable, "",
         "a published table of your own (.csv, docs/papers.md), beside the program's"},
        {"params", "FILE", kOnce, "", "parameters.jsonl of an earlier degrade: apply those instead of drawing"},
        {"reference-out", "DIR", kOnce, "",
         "folder for the references, which some presets turn gray or move together with the picture"},
        {"reference-size", "PIXELS", kOnce, "512, a chain's own",
         "side of the pictures that the preset's pixels (blur, moves, patches) are meant for: they are scaled to each "
         "picture's size; 0 takes them as they are"},
        {"subtree", "PATH", kOnce, "", "only what lies below this path, such as g_ema; the path is taken off"},
        {"strip", "TEXT", kOnce, "", "taken off the beginning of the tensors' names that have it, such as module."},
        {"dtype",
         "NAME",
         kOnce,
         "keep",
         "how numbers with fractions are written: keep, fp16 or fp32",
         {"keep", "fp16", "fp32"}},
        {"catalogue", "FILE", kRepeatable, "",
         "catalogue of more weights files (docs/weights.md), beside the program's own and $BFR_CATALOGUE"},
        {"for", "UNIT", kRepeatable, "", "the files that a method, metric, task or align needs, such as identity"},
        {"all", "", kFlag, "", "every file"},
        {"mirror", "URL|DIR", kOnce, "", "take NAME from there, and from nowhere else"},
        {"force", "", kFlag, "", "replace a file that has another content"},
        {"json", "", kFlag, "", "print JSON"},
        {"format",
         "NAME",
         kOnce,
         "text",
         "text, markdown, latex, csv, html, json, table-json or bibtex",
         {"text", "markdown", "latex", "csv", "html", "json", "table-json", "bibtex"}},
        {"column", "NAME", kRepeatable, "",
         "value or unit that the table has, such as psnr or landmarks.nme_px, in the order given; n, failed, seconds, "
         "parameters, gflop too; \"psnr as PSNR\" gives it a title"},
        {"row", "NAME", kRepeatable, "", "method that the table has, in the order given; \"vspbfr as Ours\" too"},
        {"baseline", "ROW", kOnce, "", "row that the others are compared with; without it the first"},
        {"value", "NAME", kRepeatable, "",
         "value that is compared, such as psnr or landmarks.nme_px, or a unit for all of its values"},
        {"pictures", "N", kOnce, "3", "how many pictures with the largest gain and loss are named"},
        {"fail-if", "CONDITION", kRepeatable, "", "end with exit code 1 where it holds: \"lpips > baseline + 0.005\""},
        {"by",
         "FIELD",
         kOnce,
         "",
         "the rows again for each group of samples: by group (the person), label, folder (of the id), size, or what a "
         "file "
         "with a column id says: FILE.csv:COLUMN, FILE.jsonl:KEY",
         {"group", "label", "folder", "size"}},
        {"at-least", "N", kOnce, "1", "only groups of so many samples"},
        {"intervals", "", kFlag, "", "in LaTeX: numbers with their intervals"},
        {"siunitx", "", kFlag, "", "in LaTeX: numbers aligned at the point, by the package siunitx"},
        {"decimals", "NAME=N", kRepeatable, "",
         "digits after the point of a value, or of all values of a unit, in tables and the page: lpips=3"},
        {"thumbnails", "", kFlag, "", "write RUN/report.html with small pictures of every sample in RUN/thumbnails"},
        {"watch", "", kFlag, "", "follow a run in progress: again whenever a picture is done, until it is complete"},
        {"convention",
         "NAME",
         kOnce,
         "pytorch-fid",
         "whose resizer and sums: pytorch-fid, basicsr, clean, torch-fidelity or torchmetrics",
         {"pytorch-fid", "basicsr", "clean", "torch-fidelity", "torchmetrics"}},
        {"order",
         "rgb|bgr",
         kOnce,
         "rgb",
         "the order of the channels that Inception is shown; bgr: for fid:order=bgr (BFRBench's script)",
         {"rgb", "bgr"}},
        {"inception", "FILE", kOnce, "", "a file of FID's Inception of your own instead of the catalogue's"},
        {"help", "", kFlag, "", "this page"},
    };
    return options;
}

const Option& find_option(const std::string& name) {
    for (const auto& option : vocabulary()) {
        if (option.name == name) return option;
    }
    BFR_CHECK(false, "option {} is not in the vocabulary", name);
}

std::vector<Option> vocabulary_of(const CommandPage& page) {
    std::vector<Option> options;
    for (const auto& name : page.options) {
        options.push_back(find_option(name));
        if (const auto own = page.meanings.find(name); own != page.meanings.end()) options.back().help = own->second;
    }
    options.push_back(find_option("help"));
    return options;
}

// Lines of at most `width` characters, the second and later ones behind `indent` blanks.
std::string wrapped(const std::string& text, size_t indent, size_t width) {
    std::string result;
    size_t column = indent;
    for (size_t i = 0; i < text.size();) {
        const size_t end = std::min(text.find(' ', i), text.size());
        if (column > indent && column + 1 + (end - i) > width) {
            result += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            result += ' ';
            column++;
        }
        result.append(text, i, end - i);
        column += end - i;
        i = end + 1;
    }
    return result;
}

[[noreturn]] void refuse(const std::string& command, const std::string& what) {
    throw UsageError(fmt::format("{} (see: bfr {} --help)", what, command));
}

// What Boost.Program_options makes of the words; its exceptions become ours. No abbreviations and no single dashes: a
// script that uses them would change its meaning with the next option.
po::parsed_options parse(const std::string& command, const std::vector<Option>& options,
                         const std::vector<std::string>& words) {
    po::options_description description;
    std::vector<std::string> known;
    for (const auto& option : options) {
        known.push_back("--" + option.name);
        if (option.kind == kFlag) {
            description.add_options()(option.name.c_str(), "");
        } else {
            description.add_options()(option.name.c_str(), po::value<std::string>(), "");
        }
    }
    const int style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                      po::command_line_style::long_allow_next;
    try {
        return po::command_line_parser(words).options(description).style(style).run();
    } catch (const po::unknown_option& error) {
        refuse(command, unknown_name("option", error.get_option_name(), known));
    } catch (const po::error& error) {
        refuse(command, error.what());
    }
}

}  // namespace

std::vector<OptionHelp> options_of(const CommandPage& page) {
    std::vector<OptionHelp> options;
    for (const auto& option : vocabulary_of(page)) {
        options.push_back({option.name, option.value, option.help, option.choices});
    }
    return options;
}

std::string help_text(const CommandPage& page) {
    constexpr size_t kWidth = 100, kIndent = 28;
    std::string text = fmt::format("Usage: bfr {}\n\n{}\n\nOptions:\n", page.usage, page.text);
    for (const auto& option : vocabulary_of(page)) {
        std::string left = fmt::format("  --{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
        left =
            left.size() < kIndent - 1 ? fmt::format("{:{}}", left, kIndent) : left + '\n' + std::string(kIndent, ' ');
        std::string right = option.help;
        if (option.kind == kRepeatable) right += " (may be given again)";
        if (!option.fallback.empty()) right += fmt::format(" [default: {}]", option.fallback);
        text += left + wrapped(right, kIndent, kWidth) + '\n';
    }
    text += page.examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
    for (const auto& example : page.examples) text += "  " + example + '\n';
    return text;
}

Arguments::Arguments(const std::string& name, const CommandPage& page, const std::vector<std::string>& words)
    : name_(name) {
    const auto options = vocabulary_of(page);
    for (const auto& parsed : parse(name, options, words).options) {
        if (parsed.position_key >= 0) {
            for (const auto& word : parsed.value) {
                if (word.size() > 1 && word[0] == '-' && parsed.original_tokens.front() != "--") {
                    refuse(name, fmt::format("unknown option '{}': options begin with two dashes", word));
                }
                operands_.push_back(word);
            }
            continue;
        }
        const Option& option = find_option(parsed.string_key);
        // Boost takes the next option for this one's value; --out=--name says that it is meant.
        if (parsed.original_tokens.size() > 1 && parsed.value.front().starts_with("--")) {
            refuse(name, fmt::format("--{} {} is expected, not '{}'", option.name, option.value, parsed.value.front()));
        }
        auto& values = values_[option.name];
        if (option.kind == kOnce && !values.empty()) refuse(name, fmt::format("--{} is given twice", option.name));
        values.insert(values.end(), parsed.value.begin(), parsed.value.end());
    }
    if (operands_.size() > page.most_operands) {
        refuse(name, fmt::format("'{}' is not expected here", operands_[page.most_operands]));
    }
}

std::string Arguments::text(const std::string& option, const std::string& fallback) const {
    const auto found = values_.find(option);
    return found == values_.end() ? fallback : found->second.front();
}

std::vector<std::string> Arguments::texts(const std::string& option) const {
    const auto found = values_.find(option);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::filesystem::path> Arguments::paths(const std::string& option) const {
    const auto values = texts(option);
    return {values.begin(), values.end()};
}

uint64_t Arguments::whole_number(const std::string& option, uint64_t fallback, uint64_t least, uint64_t most) const {
    if (!has(option)) return fallback;
    const std::string value = text(option);
    uint64_t number = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (code != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
        refuse(name_, fmt::format("--{} must be a whole number from {} to {}, not '{}'", option, least, most, value));
    }
    return number;
}

std::vector<Spec> Arguments::specs(const std::string& option) const {
    std::vector<Spec> specs;
    for (const auto& value : texts(option)) {
        try {
            specs.push_back(Spec::parse(value));
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("--{} {}", option, error.what()));
        }
    }
    return specs;
}

std::string Arguments::required(const std::string& option) const {
    if (text(option).empty()) refuse(name_, fmt::format("--{} {} is missing", option, find_option(option).value));
    return text(option);
}

}  // namespace bfr
