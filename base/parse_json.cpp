#include "base/parse_json.h"

#include "base/error.h"

namespace bfr {
namespace {

constexpr int kDeepest = 100;  // a report has 8 levels

// Brackets within texts don't count.
bool too_deep(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepest) return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
    if (too_deep(text)) throw UsageError(fmt::format("{}: its JSON nests more than {} levels deep", name, kDeepest));
    return Json::parse(text);
}

}  // namespace bfr
