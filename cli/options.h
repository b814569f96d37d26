// The words of the command line: one vocabulary of options for all commands, each command's page of help, and parsing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/spec.h"

namespace bfr {

// What `bfr COMMAND --help` shows, and what the command takes.
struct CommandPage {
    std::string usage;                                 // behind "bfr ": "restore --in DIR --method SPEC --out DIR"
    std::string text;                                  // what it does, for somebody who has never seen it
    std::vector<std::string> options;                  // names of the vocabulary, in the order of the page
    std::vector<std::string> examples;                 // whole command lines
    size_t most_operands = 0;                          // words without dashes: CONFIG.json, REPORT.json
    std::vector<std::string> words = {};               // what the first operand may be, where it is one of a few
    std::map<std::string, std::string> meanings = {};  // help of options that mean something of their own here
};

struct OptionHelp {
    std::string name;                  // "out"
    std::string value;                 // "DIR"; empty for a flag
    std::string summary;               // one line
    std::vector<std::string> choices;  // what the value may be, where it is one of a few
};
std::vector<OptionHelp> options_of(const CommandPage& page);  // with --help

std::string help_text(const CommandPage& page);

// A command's words, checked against its page: UsageError for an unknown option (with near ones), one that lacks its
// value or has one that it doesn't take, one that is given twice where once is meant, and for too many operands.
class Arguments {
  public:
    Arguments(const std::string& name, const CommandPage& page, const std::vector<std::string>& words);

    bool has(const std::string& option) const { return values_.contains(option); }
    const std::vector<std::string>& operands() const { return operands_; }

    // Each throws UsageError naming the option where the value is not of the kind. `fallback` where it wasn't given.
    std::string text(const std::string& option, const std::string& fallback = "") const;
    std::vector<std::string> texts(const std::string& option) const;
    std::vector<std::filesystem::path> paths(const std::string& option) const;
    uint64_t whole_number(const std::string& option, uint64_t fallback, uint64_t least, uint64_t most) const;
    std::vector<Spec> specs(const std::string& option) const;
    // UsageError where it wasn't given, or is empty.
    std::string required(const std::string& option) const;

  private:
    std::string name_;
    std::map<std::string, std::vector<std::string>> values_;  // a flag that was given: no value
    std::vector<std::string> operands_;
};

}  // namespace bfr
