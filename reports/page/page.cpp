#include "reports/page/page.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

#include "base/base64.h"

namespace bfr {

namespace {

// How a Content-Security-Policy names an element's text: 'sha256-...'.
std::string policy_hash(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return "'sha256-" + base64(digest) + "'";
}

}  // namespace

std::string script_json(const Json& data) {
    std::string text;
    for (const char c : data.dump(-1, ' ', true, Json::error_handler_t::replace)) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

std::string self_contained_page(const PageParts& parts) {
    const auto& [script, style] = parts.bundle;
    std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src {}; script-src {}; "
        "style-src {}; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>",
        parts.files_beside ? "data: 'self'" : "data:", policy_hash(script), policy_hash(style), escape_html(parts.title));
    page += style;
    page += "</style></head>\n<body><main>\n" + parts.main.str() + "</main>\n";
    page += "<script type=\"application/json\" id=\"data\">" + script_json(parts.data) + "</script>\n<script>";
    page += script;
    page += "</script></body></html>\n";
    return page;
}

}  // namespace bfr
