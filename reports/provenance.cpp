#include "reports/provenance.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/text.h"

namespace bfr {

namespace {

std::string dumped(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string command_text(const Json& command) {
    std::string text;
    for (const Json& word : command) {
        if (word.is_string()) text += (text.empty() ? "" : " ") + shell_word(word.get<std::string>());
    }
    return text;
}

// "key value, key value" of an object of plain values.
std::string plain_text(const Json& json) {
    if (json.is_string()) return json.get<std::string>();
    if (!json.is_object()) return json.is_null() ? "" : dumped(json, -1);
    std::string text;
    for (const auto& [key, value] : json.items()) {
        const std::string shown = value.is_string() ? value.get<std::string>()
                                  : value.is_null() ? ""
                                                    : dumped(value, -1);
        if (!shown.empty()) text += (text.empty() ? "" : ", ") + key + " " + shown;
    }
    return text;
}

std::string title_of(std::string key) {
    std::ranges::replace(key, '_', ' ');
    if (key == "cpu" || key == "blas")
        std::ranges::transform(key, key.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    if (!key.empty() && key.front() >= 'a' && key.front() <= 'z')
        key.front() = static_cast<char>(key.front() - 'a' + 'A');
    return key;
}

Markup files_table(const Json& report) {
    std::map<std::pair<std::string, std::string>, const Json*> files;  // by name and hash: two may share a name
    for (const char* kind : {"methods", "units"}) {
        for (const Json& unit : member(report, kind)) {
            for (const Json& weights : member(unit, "weights"))
                files[{text_of(weights, "file"), text_of(weights, "sha256")}] = &weights;
        }
    }
    if (files.empty()) return {};
    Markup lines;
    for (const auto& [file, weights] : files) {
        const std::string trust = trust_text(*weights);
        lines += html("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td><code>{}</code>{}</td></tr>\n",
                      file.first, count_of(*weights, "bytes"), file.second,
                      trust.empty() ? std::string() : " (" + trust + ")");
    }
    return html(
        "<details><summary>Weights and other files used</summary><div class=\"scroll\" tabindex=\"0\"><table "
        "class=\"results\"><thead><tr><th scope=\"col\">file</th>"
        "<th scope=\"col\" class=\"number\">bytes</th><th "
        "scope=\"col\">sha256</th></tr></thead><tbody>\n{}</tbody></table></div></details>\n",
        lines);
}

Markup left_out_list(const Json& report) {
    const Json& left_out = member(member(report, "data"), "left_out");
    Markup lines;
    for (const Json& file : left_out)
        lines += html("<li><bdi>{}</bdi>: {}</li>\n", text_of(file, "path"), text_of(file, "reason"));
    if (lines.empty()) return {};
    return html("<details><summary>{} left out</summary><ul>\n{}</ul></details>\n", count_text(left_out.size(), "file"),
                lines);
}

Markup machine_list(const Json& context) {
    if (!context.is_object()) return {};
    Markup items;
    for (const auto& [key, value] : context.items()) {
        if (key == "command" || key == "config") continue;
        if (const std::string text = plain_text(value); !text.empty())
            items += html("<dt>{}</dt><dd>{}</dd>\n", title_of(key), text);
    }
    return html("<details><summary>Libraries and machine</summary><dl class=\"remarks\">\n{}</dl></details>\n", items);
}

Markup configuration(const Json& config) {
    std::istringstream text(dumped(config, 2));
    Markup lines;
    for (std::string line; std::getline(text, line);) lines += html("{}\n", line);
    return html("<details><summary>Configuration</summary><pre><code>{}</code></pre></details>\n", lines);
}

}  // namespace

Markup provenance_section(const Json& report, const std::vector<Remark>& facts) {
    const Json& context = member(report, "context");
    Markup out = html("<section><h2>Run</h2>\n");
    const std::string command = command_text(member(context, "command"));
    if (!command.empty()) out += html("<pre class=\"command\"><code>{}</code></pre>\n", command);
    Markup items;
    for (const Remark& fact : facts) items += html("<dt>{}</dt><dd>{}</dd>\n", fact.about, fact.text);
    out += html("<dl class=\"remarks\">\n{}</dl>\n", items);
    out += left_out_list(report);
    out += files_table(report);
    out += machine_list(context);
    if (const Json& config = member(context, "config"); config.is_object()) out += configuration(config);
    out += html("</section>\n");
    return out;
}

}  // namespace bfr
