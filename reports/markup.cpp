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
    for (size_t at = 0; (at = number.find('-', at)) != std::string::npos; at++) {
        if (at == 0 || number[at - 1] == ' ') number.replace(at, 1, "−");
    }
    return number;
}

std::string relative_url(std::string_view path) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    std::string url;
    for (const char c : path) {
        url += kPlain.find(c) == std::string_view::npos ? fmt::format("%{:02X}", static_cast<unsigned char>(c))
                                                        : std::string(1, c);
    }
    return url;
}

}  // namespace bfr
