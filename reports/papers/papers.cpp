#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "reports/papers/embedded.h"
#include "reports/papers/paper.h"

namespace bfr {

namespace {

constexpr uint64_t kMostBytes = uint64_t{4} << 20;

PaperTable read_own(const std::filesystem::path& file) {
    std::string text;
    try {
        text = read_text(file, kMostBytes);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    return read_paper(text, printable(file));
}

}  // namespace

std::string_view to_string(Agreement agreement) {
    switch (agreement) {
        case Agreement::kSame:
            return "same";
        case Agreement::kGuess:
            return "guess";
        case Agreement::kNone:
            break;
    }
    return "none";
}

Papers::Papers(const std::vector<std::filesystem::path>& own) {
    for (const auto& [name, text] : embedded_papers()) tables_.push_back(read_paper(text, std::string(name)));
    std::ranges::sort(tables_, {}, &PaperTable::id);
    for (const auto& file : own) {
        PaperTable table = read_own(file);
        if (find(table.id)) {
            throw UsageError(
                fmt::format("{}: there is a table '{}' already; give this one another", printable(file), table.id));
        }
        tables_.push_back(std::move(table));
    }
}

const PaperTable* Papers::find(std::string_view id) const {
    const auto found = std::ranges::find(tables_, id, &PaperTable::id);
    return found == tables_.end() ? nullptr : &*found;
}

Papers::Named Papers::named(const std::string& name) const {
    const size_t slash = name.find('/');
    const PaperTable* table = find(name.substr(0, slash));
    if (!table) {
        std::vector<std::string> known;
        for (const auto& one : tables_) known.push_back(one.id);
        throw UsageError(unknown_name("table", name.substr(0, slash), known));
    }
    if (slash == std::string::npos) return {table, nullptr};
    const std::string wanted = name.substr(slash + 1);
    std::vector<std::string> known;
    for (const auto& data : table->data) {
        if (data.name == wanted) return {table, &data};
        known.push_back(table->id + "/" + data.name);
    }
    throw UsageError(unknown_name("data of a table", name, known));
}

}  // namespace bfr
