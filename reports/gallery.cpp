#include "reports/gallery.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "reports/gallery_pictures.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

struct ValueLine {
    std::string name, title;
    Direction direction;
    int decimals;
};

std::vector<ValueLine> value_lines(const Json& report, const std::string& kind) {
    std::vector<ValueLine> lines;
    for (const Json& unit : member(report, "units")) {
        if (text_of(unit, "kind") != kind || !flag_of(unit, "available", true)) continue;
        for (const Json& info : member(unit, "values")) {
            const std::string measure = text_of(info, "unit");
            lines.push_back({text_of(info, "name"),
                             text_of(info, "name") + (measure.empty() ? "" : " (" + measure + ")"), direction_of(info),
                             decimals_of(info)});
        }
    }
    return lines;
}

Markup picture_cell(const Picture& picture, const std::string& what, const std::string& id) {
    if (picture.absent.empty()) {
        const Markup image =
            html("<img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}, {}\">", picture.thumbnail.data_uri,
                 picture.thumbnail.width, picture.thumbnail.height, id, what);
        if (picture.file.empty()) return html("<td>{}</td>", image);
        return html("<td><a href=\"{}\" title=\"full size\">{}</a></td>", relative_url(picture.file), image);
    }
    return html("<td><div class=\"{}\">{}</div></td>", picture.failed ? "absent failed" : "absent", picture.absent);
}

Markup value_cell(const Json& result, const ValueLine& line) {
    if (const auto number = number_of(member(result, "values"), line.name)) {
        return html("<td>{}</td>", typeset_number(rounded(*number, line.decimals)));
    }
    const std::string reason = text_of(member(result, "missing"), line.name);
    if (reason.empty()) return html("<td></td>");
    return html("<td><abbr title=\"{}\">n/a</abbr></td>", reason);
}

// One column a picture; `degraded` and `reference` have no values.
class Grid {
  public:
    Grid(const Json& report, const std::vector<Shown>& shown)
        : metrics_(value_lines(report, "metric")), tasks_(value_lines(report, "task")) {
        for (const Json& method : member(report, "methods")) methods_.push_back(text_of(method, "label"));
        const auto any = [&](Picture Shown::*which) {
            return std::ranges::any_of(shown, [&](const Shown& one) { return (one.*which).absent != "none"; });
        };
        has_reference_ = any(&Shown::reference);
        has_degraded_ = any(&Shown::degraded) && !some_method_gives_back_the_input(shown);
    }

    Markup sample(const Shown& shown) const {
        Markup out = html("<section class=\"sample\"><h3><bdi>{}</bdi>{}</h3><div class=\"scroll\" tabindex=\"0\">",
                          shown.id, about(*shown.sample));
        out += table(shown, metrics_, true);
        if (!tasks_.empty()) out += html("<details><summary>Tasks</summary>{}</details>", table(shown, tasks_, false));
        if (!shown.beside.empty()) out += beside(shown);
        out += html("</div></section>\n");
        return out;
    }

  private:
    // A method such as the one that restores nothing shows the input already, with its values.
    bool some_method_gives_back_the_input(const std::vector<Shown>& shown) const {
        for (size_t i = 0; i < methods_.size(); i++) {
            size_t pictures = 0, equal = 0;
            for (const Shown& one : shown) {
                pictures += one.restored[i].absent.empty() ? 1 : 0;
                equal += one.restored[i].is_input ? 1 : 0;
            }
            if (pictures == shown.size() && equal == pictures && pictures > 0) return true;
        }
        return false;
    }

    static Markup about(const Json& sample) {
        std::vector<std::string> parts;
        const uint64_t width = count_of(sample, "width"), height = count_of(sample, "height");
        if (width > 0 && height > 0) parts.push_back(fmt::format("{} × {}", width, height));
        for (const char* key : {"group", "label"}) {
            if (const std::string text = text_of(sample, key); !text.empty())
                parts.push_back(fmt::format("{} {}", key, text));
        }
        return parts.empty() ? Markup() : html(" <small>{}</small>", fmt::format("{}", fmt::join(parts, " · ")));
    }

    static Markup beside(const Shown& shown) {
        Markup head = html("<td></td>"), row = head;
        for (const auto& one : shown.beside) {
            head += html("<th scope=\"col\"><bdi>{}</bdi><br><small>{}</small></th>", one.method, one.name);
            row += picture_cell(one.picture, one.name + " of " + one.method, shown.id);
        }
        return html(
            "<details><summary>Files beside the pictures</summary><table class=\"grid\" style=\"--columns:{}\">"
            "<thead><tr>{}</tr></thead><tbody><tr class=\"pictures\">{}</tr></tbody></table></details>",
            shown.beside.size(), head, row);
    }

    Markup table(const Shown& shown, const std::vector<ValueLine>& lines, bool pictures) const {
        Markup head, row;
        const auto add = [&](const std::string& title, const Picture& picture, const std::string& what) {
            head += html("<th scope=\"col\"><bdi>{}</bdi></th>", title);
            row += picture_cell(picture, what, shown.id);
        };
        const bool taken = std::ranges::find(methods_, "degraded") != methods_.end();
        if (has_degraded_) add(taken ? "degraded, as it is" : "degraded", shown.degraded, "degraded");
        for (size_t i = 0; i < methods_.size(); i++) add(methods_[i], shown.restored[i], "restored by " + methods_[i]);
        if (has_reference_) add("reference", shown.reference, "reference");
        const size_t columns = methods_.size() + (has_degraded_ ? 1 : 0) + (has_reference_ ? 1 : 0);
        Markup out = html("<table class=\"grid\" style=\"--columns:{}\"><thead><tr><td></td>{}</tr></thead><tbody>",
                          columns, head);
        if (pictures) out += html("<tr class=\"pictures\"><td></td>{}</tr>", row);
        for (const ValueLine& line : lines) out += value_row(shown, line);
        out += html("</tbody></table>");
        return out;
    }

    Markup value_row(const Shown& shown, const ValueLine& line) const {
        Markup out = html("<tr><th scope=\"row\">{}{}</th>", line.title, arrow(line.direction));
        if (has_degraded_) out += html("<td></td>");
        for (const std::string& method : methods_)
            out += value_cell(member(member(*shown.sample, "results"), method), line);
        if (has_reference_) out += html("<td></td>");
        out += html("</tr>");
        return out;
    }

    std::vector<ValueLine> metrics_, tasks_;
    std::vector<std::string> methods_;
    bool has_degraded_ = false, has_reference_ = false;
};

bool some_method_failed(const Json& sample) {
    const Json& results = member(sample, "results");
    return std::ranges::any_of(results, [](const Json& result) { return text_of(result, "status") == "failed"; });
}

}  // namespace

std::vector<size_t> gallery_samples(const Json& report, const GalleryOptions& options) {
    const Json& samples = member(report, "samples");
    const size_t count = samples.is_array() ? samples.size() : 0, even = std::min(count, options.samples);
    std::set<size_t> chosen;
    for (size_t i = 0; i < even; i++) chosen.insert(i * count / even);
    size_t failed = 0;
    for (size_t i = 0; i < count && failed < options.failed; i++) {
        if (!some_method_failed(samples[i])) continue;
        chosen.insert(i);
        failed++;
    }
    return {chosen.begin(), chosen.end()};
}

Markup gallery(const Json& report, const std::filesystem::path& run_folder, const GalleryOptions& options) {
    const Json& samples = member(report, "samples");
    const std::vector<size_t> chosen = gallery_samples(report, options);
    if (chosen.empty()) return {};
    const GalleryReader reader(report, run_folder, options);
    std::vector<Shown> shown;
    for (const size_t i : chosen) shown.push_back(reader.read(samples[i]));
    Markup out = html("<section id=\"pictures\"><h2>Pictures</h2>\n<p class=\"quiet\">{} of {} shown{}</p>\n",
                      chosen.size(), count_text(samples.size(), "sample"),
                      chosen.size() < samples.size()
                          ? ", chosen evenly in the order of their names, with those where a method failed."
                          : ".");
    const Grid grid(report, shown);
    for (const Shown& one : shown) out += grid.sample(one);
    out += html("</section>\n");
    return out;
}

}  // namespace bfr
