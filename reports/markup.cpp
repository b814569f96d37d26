#include "reports/markup.h"

#include "reports/text.h"

namespace bfr {

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : visible(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

Markup arrow(Direction direction) {
    switch (direction) {
        case Direction::kHigherIsBetter:
            return html(" <span role=\"img\" aria-label=\"higher is better\">↑</span>");
        case Direction::kLowerIsBetter:
            return html(" <span role=\"img\" aria-label=\"lower is better\">↓</span>");
        case Direction::kNone:
            break;
    }
    return {};
}

std::string typeset_number(std::string number) {
    if (number.starts_with('-')) number.replace(0, 1, "−");
    return number;
}

}  // namespace bfr
