#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "base/names.h"
#include "cli/command.h"
#include "datasets/degradations/presets.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "metrics/presets.h"
#include "reports/papers/paper.h"
#include "reports/text.h"
#include "restore/restorer.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "completion bash|zsh|fish",
        "Prints a script by which the shell completes bfr's commands, options, methods, metrics, tasks and presets.\n"
        "An installed bfr has it in place.",
        {},
        {"bfr completion bash > ~/.local/share/bash-completion/completions/bfr",
         "bfr completion zsh > ~/.zfunc/_bfr      # a folder of $fpath",
         "bfr completion fish > ~/.config/fish/completions/bfr.fish"},
        1,
        {"bash", "zsh", "fish"}};
    return page;
}

template <class Unit>
std::vector<std::string> names_of(const Registry<Unit, UnitContext>& registry) {
    std::vector<std::string> names;
    for (const auto& entry : registry.entries()) names.push_back(entry.name);
    return names;
}

// "steps=", for each option of any method.
std::vector<std::string> method_options() {
    std::set<std::string> options;
    for (const auto& entry : restorers().entries()) {
        for (const auto& option : entry.options) options.insert(option.key + "=");
    }
    options.erase("name=");  // calls a row, changes nothing
    return {options.begin(), options.end()};
}

// ID, and ID/DATA where a table is of several data sets; those that are one word to a shell.
std::vector<std::string> table_names() {
    std::vector<std::string> names;
    const Papers papers;
    for (const auto& table : papers.tables()) {
        names.push_back(table.id);
        if (table.data.size() == 1) continue;
        for (const auto& data : table.data) names.push_back(table.id + "/" + data.name);
    }
    std::erase_if(names, [](const std::string& name) { return shell_word(name) != name; });
    return names;
}

std::vector<std::string> degradation_names() {
    std::vector<std::string> names;
    for (const auto& preset : degradation_presets()) names.push_back(preset.name);
    return names;
}

// What a command's first operand may be.
std::vector<std::string> words_of(const Command& command) {
    return command.name == "reproduce" ? table_names() : command.page.words;
}

// What `bfr list KIND` may name, where bfr knows it by heart.
std::map<std::string, std::vector<std::string>> listed_names() {
    std::vector<std::string> protocols;
    for (const auto& preset : presets()) protocols.push_back(preset.name);
    return {{"methods", names_of(restorers())},    {"metrics", names_of(metrics())}, {"tasks", names_of(tasks())},
            {"degradations", degradation_names()}, {"presets", protocols},           {"papers", table_names()}};
}

// What an option's value may be, or begins with, where it is one of a few. Of `report` --against may be a published
// table.
std::vector<std::string> values_of(const OptionHelp& option, const std::string& command) {
    if (option.name == "against") return command == "report" ? table_names() : std::vector<std::string>{};
    if (option.name == "method") return names_of(restorers());
    if (option.name == "metric") return names_of(metrics());
    if (option.name == "task") return names_of(tasks());
    if (option.name == "vary") return method_options();
    if (option.name != "preset") return option.choices;
    std::set<std::string> names = {"all"};
    for (const auto& name : degradation_names()) names.insert(name);
    for (const auto& preset : presets()) names.insert(preset.name);
    return {names.begin(), names.end()};
}

bool is_folder(const OptionHelp& option) { return option.value.ends_with("DIR"); }
bool is_file(const OptionHelp& option) { return option.value.ends_with("FILE"); }

std::map<std::string, OptionHelp> all_options() {
    std::map<std::string, OptionHelp> all;
    for (const auto& command : commands()) {
        for (const auto& option : options_of(command.page)) all.emplace(option.name, option);
    }
    return all;
}

std::string bash_script() {
    std::string values, options, words, listed;
    for (const auto& [name, option] : all_options()) {
        if (name == "against") {
            values += fmt::format("        --against) [ \"$command\" = report ] || return; words='{}' ;;\n",
                                  fmt::join(values_of(option, "report"), " "));
        } else if (const auto known = values_of(option, ""); !known.empty()) {
            values += fmt::format("        --{}) words='{}' ;;\n", name, fmt::join(known, " "));
        } else if (is_folder(option)) {
            values += fmt::format("        --{}) kind=-d ;;\n", name);
        } else if (is_file(option)) {
            values += fmt::format("        --{}) kind=-f ;;\n", name);
        } else if (!option.value.empty()) {
            values += fmt::format("        --{}) return ;;\n", name);
        }
    }
    std::vector<std::string> names;
    for (const auto& command : commands()) {
        names.push_back(command.name);
        options += fmt::format("            {}) words='", command.name);
        for (const auto& option : options_of(command.page)) options += fmt::format("--{} ", option.name);
        options.back() = '\'';
        options += " ;;\n";
        if (const auto first = words_of(command); !first.empty())
            words += fmt::format("            {}) words='{}' ;;\n", command.name, fmt::join(first, " "));
    }
    for (const auto& [kind, known] : listed_names())
        listed += fmt::format("            {}) words='{}' ;;\n", kind, fmt::join(known, " "));
    return fmt::format(R"(# bash completion for bfr, made by: bfr completion bash
_bfr() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}
    local words= kind=
    COMPREPLY=()
    case $previous in
{values}    esac
    if [ -z "$words$kind" ]; then
        if [ "$COMP_CWORD" -eq 1 ]; then
            words='{names} --help --version'
        elif [ "${{current:0:1}}" = - ]; then
            case $command in
{options}            esac
        elif [ "$COMP_CWORD" -eq 2 ]; then
            case $command in
{words}            esac
        elif [ "$COMP_CWORD" -eq 3 ] && [ "$command" = list ]; then
            case $previous in
{listed}            esac
        fi
    fi
    if [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace 2>/dev/null
    else
        local IFS=$'\n'
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen ${{kind:--f}} -- "$current"))
    fi
}}
complete -F _bfr bfr
)",
                       fmt::arg("values", values), fmt::arg("names", fmt::join(names, " ")),
                       fmt::arg("options", options), fmt::arg("words", words), fmt::arg("listed", listed));
}

std::string escaped(const std::string& text, const std::string& special) {
    std::string result;
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
            continue;
        }
        if (special.find(c) != std::string::npos) result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_value(const OptionHelp& option, const std::string& command) {
    if (option.value.empty()) return "";
    const std::string label = escaped(option.value, ":[]");
    if (const auto known = values_of(option, command); !known.empty()) {
        return fmt::format(":{}:({})", label, fmt::join(known, " "));
    }
    return fmt::format(":{}:{}", label, is_folder(option) ? "_files -/" : is_file(option) ? "_files" : "");
}

std::string zsh_script() {
    std::string names, cases;
    for (const auto& command : commands()) {
        names += fmt::format("        '{}:{}'\n", command.name, escaped(command.summary, ":"));
        cases += fmt::format("        {})\n            _arguments \\\n", command.name);
        for (const auto& option : options_of(command.page)) {
            cases += fmt::format("                '*--{}[{}]{}' \\\n", option.name, escaped(option.summary, "[]:"),
                                 zsh_value(option, command.name));
        }
        if (const auto first = words_of(command); !first.empty())
            cases += fmt::format("                '1:what:({})' \\\n", fmt::join(first, " "));
        if (command.name == "list") {
            std::set<std::string> known;
            for (const auto& [kind, names] : listed_names()) known.insert(names.begin(), names.end());
            cases += fmt::format("                '2:name:({})' \\\n", fmt::join(known, " "));
        }
        cases += "                '*:file:_files' ;;\n";
    }
    return fmt::format(R"(#compdef bfr
# zsh completion for bfr, made by: bfr completion zsh
_bfr() {{
    local -a commands=(
{}    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
{}    esac
}}
# Read by compinit, the file is the function's own first call; sourced, it isn't.
if [ "$funcstack[1]" = _bfr ]; then _bfr "$@"; else compdef _bfr bfr; fi
)",
                       names, cases);
}

std::string fish_script() {
    std::string text = "# fish completion for bfr, made by: bfr completion fish\n";
    for (const auto& command : commands()) {
        text += fmt::format("complete -c bfr -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name,
                            escaped(command.summary, ""));
        const std::string seen = fmt::format("-n '__fish_seen_subcommand_from {}'", command.name);
        if (const auto first = words_of(command); !first.empty())
            text += fmt::format("complete -c bfr {} -f -a '{}'\n", seen, fmt::join(first, " "));
        if (command.name == "list") {
            for (const auto& [kind, names] : listed_names())
                text += fmt::format(
                    "complete -c bfr -n '__fish_seen_subcommand_from list; and __fish_seen_subcommand_from "
                    "{}' -f -a '{}'\n",
                    kind, fmt::join(names, " "));
        }
        for (const auto& option : options_of(command.page)) {
            const auto known = values_of(option, command.name);
            text += fmt::format("complete -c bfr {} -l {} -d '{}'{}", seen, option.name, escaped(option.summary, ""),
                                option.value.empty() ? "" : " -r");
            if (!known.empty()) text += fmt::format(" -f -a '{}'", fmt::join(known, " "));
            text += is_folder(option) ? " -f -a '(__fish_complete_directories)'\n" : "\n";
        }
    }
    return text;
}

int completion(const Arguments& arguments, const std::vector<std::string>&) {
    const auto& operands = arguments.operands();
    if (operands.empty()) throw UsageError("completion for which shell? One of bash, zsh, fish");
    if (operands[0] == "bash") {
        fmt::print("{}", bash_script());
    } else if (operands[0] == "zsh") {
        fmt::print("{}", zsh_script());
    } else if (operands[0] == "fish") {
        fmt::print("{}", fish_script());
    } else {
        throw UsageError(unknown_name("shell", operands[0], page().words));
    }
    return kDone;
}

}  // namespace

Command completion_command() {
    return {"completion", "the script by which bash, zsh or fish completes bfr's words", page(), completion};
}

}  // namespace bfr
