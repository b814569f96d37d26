// HTML that is safe by construction: text is escaped when it enters, and only literals of this program are markup.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/unit.h"

namespace bfr {

namespace markup {
template <class>
struct Text {
    using type = std::string;
};
template <class Value>
using AsText = typename Text<Value>::type;
}  // namespace markup

class Markup {
  public:
    Markup() = default;
    const std::string& str() const { return text_; }
    bool empty() const { return text_.empty(); }
    Markup& operator+=(const Markup& more) {
        text_ += more.text_;
        return *this;
    }

  private:
    explicit Markup(std::string text) : text_(std::move(text)) {}
    template <class... Values>
    friend Markup html(fmt::format_string<markup::AsText<Values>...>, const Values&...);
    std::string text_;
};

// Made visible (reports/text.h), and & < > " ' as entities: for text and for quoted attributes.
std::string escape_html(std::string_view text);

namespace markup {
inline const std::string& piece(const Markup& value) { return value.str(); }
inline std::string piece(std::string_view value) { return escape_html(value); }
inline std::string piece(std::integral auto value) { return std::to_string(value); }
}  // namespace markup

// html("<td title=\"{}\">{}</td>", summary, cell): the format is a literal, checked by the compiler.
template <class... Values>
Markup html(fmt::format_string<markup::AsText<Values>...> format, const Values&... values) {
    return Markup(fmt::format(format, std::string(markup::piece(values))...));
}

// ↑ or ↓ with its meaning for those who can't see it; nothing for kNone.
Markup arrow(Direction direction);

// A number, or "low to high", with the minus sign of typography.
std::string typeset_number(std::string number);

// The path of a file below a page's folder, "images/a b/c.png", as the url of a link there: "images/a%20b/c.png".
std::string relative_url(std::string_view path);

}  // namespace bfr
