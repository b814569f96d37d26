#include "reports/page/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "datasets/image.h"
#include "reports/context.h"
#include "reports/text.h"
#include "reports/thumbnail.h"
#include "reports/training/curves.h"
#include "reports/training/training.h"
#include "reports/training/words.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr size_t kMostPictures = 24;               // of a stage, chosen evenly, with the best one
constexpr size_t kMostRows = 200;                  // of a table of validations, chosen likewise
constexpr int kPictureSide = 2048, kQuality = 90;  // larger ones are made smaller

std::string about_pictures(const TrainingStage& stage, size_t shown) {
    std::string text = stage.rows.empty() ? "Faces of people held out."
                                          : fmt::format("From top to bottom: {}.", fmt::join(stage.rows, "; "));
    if (shown < stage.grids.size())
        text += fmt::format(" {} of {} are in this page; the others lie in {}/grids.", shown, stage.grids.size(),
                            stage.name);
    return text;
}

std::string minutes_of(const std::string& utc) {
    return utc.size() == 20 ? utc.substr(0, 10) + " " + utc.substr(11, 5) + " UTC" : utc;
}

Json pictures_of(const TrainingStage& stage, const fs::path& folder, std::vector<std::string>& remarks) {
    std::optional<size_t> best;
    if (const LogLine* line = stage.log.best()) {
        for (size_t i = 0; i < stage.grids.size(); i++)
            if (stage.grids[i].first == line->iteration) best = i;
    }
    Json pictures = Json::array();
    for (const size_t i : spread(stage.grids.size(), kMostPictures, best)) {
        const auto& [iteration, file] = stage.grids[i];
        try {
            const Thumbnail picture = make_thumbnail(*Image::load(file), kPictureSide, kQuality);
            pictures.push_back({{"iteration", iteration},
                                {"src", data_uri(picture)},
                                {"href", relative_url(file.lexically_relative(folder).generic_string())},
                                {"width", picture.width},
                                {"height", picture.height}});
        } catch (const Error& error) {  // one that is being written, say
            remarks.emplace_back(error.what());
        }
    }
    return pictures;
}

Markup summary_row(const TrainingStage& stage, size_t index) {
    const auto speed = stage.log.speed();
    const auto left = stage.seconds_left();
    const LogLine* best = stage.log.best();
    const auto number = [](const std::string& text) { return html("<td class=\"number\">{}</td>", text); };
    Markup row = html("<tr><th scope=\"row\"><a href=\"#stage-{}\"><bdi>{}</bdi></a></th>", index, stage.name);
    row += number(grouped(stage.log.iteration()));
    row += number(stage.iterations > 0 ? grouped(stage.iterations) : "");
    row += number(stage.log.seconds.empty() ? "" : duration(stage.log.seconds.back().second));
    row += number(speed && stage.batch > 0 ? rounded(*speed * static_cast<double>(stage.batch), 1) : "");
    row += number(stage.finished() ? "finished" : !stage.failure.empty() ? "stopped" : left ? duration(*left) : "");
    row += number(best ? typeset_number(rounded(best->values.at("score"), 4)) : "");
    row += number(best ? grouped(best->iteration) : "");
    row += html("<td class=\"word\">{}</td></tr>\n", minutes_of(stage.written));
    return row;
}

Markup summary(const Training& training) {
    Markup rows;
    for (size_t i = 0; i < training.stages.size(); i++) rows += summary_row(training.stages[i], i);
    return html(
        "<section><h2>Stages</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Stages\">"
        "<table class=\"results\"><thead><tr><th scope=\"col\">stage</th><th scope=\"col\" "
        "class=\"number\">iterations</th>"
        "<th scope=\"col\" class=\"number\">planned</th><th scope=\"col\" class=\"number\">time</th>"
        "<th scope=\"col\" class=\"number\">pictures/s</th><th scope=\"col\" class=\"number\">left</th>"
        "<th scope=\"col\" class=\"number\">best score {}</th><th scope=\"col\" class=\"number\">at iteration</th>"
        "<th scope=\"col\">last line written</th></tr></thead>\n<tbody>{}</tbody></table></div>\n"
        "<p class=\"quiet\">Time is that of training, validation included, over all sessions; speed and time left are "
        "of "
        "the last 500 iterations, or of the last two validations in logs that note no other time.</p></section>\n",
        arrow(Direction::kLowerIsBetter), rows);
}

Markup validations(const StageLog& log) {
    if (log.validation.empty()) return {};
    std::set<std::string> names;
    for (const LogLine& line : log.validation)
        for (const auto& [name, value] : line.values) names.insert(name);
    Markup head, body;
    for (const std::string& name : names) head += html("<th scope=\"col\" class=\"number\">{}</th>", name);
    const auto best = log.best_place();
    const std::vector<size_t> shown = spread(log.validation.size(), kMostRows, best);
    for (const size_t i : shown) {
        const LogLine& line = log.validation[i];
        body += html("<tr><th scope=\"row\">{}{}</th>", grouped(line.iteration),
                     i == best ? html(" <b>best</b>") : Markup());
        for (const std::string& name : names) {
            const auto found = line.values.find(name);
            const std::string text = found == line.values.end() ? "" : typeset_number(rounded(found->second, 4));
            body += html("<td class=\"number\">{}</td>", text);
        }
        body += html("</tr>\n");
    }
    const bool all = shown.size() == log.validation.size();
    const Markup left_out =
        all ? Markup()
            : html("<p class=\"quiet\">{} of {} rows are left out, evenly; log.jsonl holds them.</p>\n",
                   grouped(static_cast<int64_t>(log.validation.size() - shown.size())),
                   grouped(static_cast<int64_t>(log.validation.size())));
    return html(
        "<details><summary>{}</summary>{}<div class=\"scroll\" tabindex=\"0\">"
        "<table class=\"results\"><thead><tr><th scope=\"col\">iteration</th>{}</tr></thead>\n<tbody>{}</tbody></table>"
        "</div></details>\n",
        all ? "Values of each validation" : "Values of validations", left_out, head, body);
}

Markup settings_of(const TrainingStage& stage) {
    Markup items;
    for (const auto& [name, value] : stage.settings) {
        if (!value.empty()) items += html("<dt>{}</dt><dd><bdi>{}</bdi></dd>\n", name, value);
    }
    if (items.empty()) return {};
    return html("<details><summary>Settings</summary><dl class=\"facts\">\n{}</dl></details>\n", items);
}

Markup stage_section(const TrainingStage& stage, size_t index, const std::vector<std::string>& remarks) {
    Markup out = html("<section class=\"stage\" id=\"stage-{}\"><h2><bdi>{}</bdi></h2>\n", index, stage.name);
    std::vector<std::string> facts;
    if (!stage.kind.empty() && stage.kind != stage.name) facts.push_back("stage " + stage.kind);
    facts.push_back(stage.state());
    if (const auto left = stage.seconds_left(); left && stage.failure.empty())
        facts.push_back(duration(*left) + " left");
    out += html("<p class=\"quiet\">{}</p>\n", fmt::format("{}", fmt::join(facts, " · ")));
    Markup items;
    for (const std::string& remark : remarks) items += html("<li>{}</li>\n", remark);
    if (!items.empty()) out += html("<div class=\"box\"><ul>\n{}</ul></div>\n", items);
    out += html("<div data-stage=\"{}\"></div>\n", index);
    out += validations(stage.log);
    out += settings_of(stage);
    out += html("</section>\n");
    return out;
}

}  // namespace

std::string training_page(const Training& training) {
    Json stages = Json::array();
    Markup sections;
    for (size_t i = 0; i < training.stages.size(); i++) {
        const TrainingStage& stage = training.stages[i];
        std::vector<std::string> remarks = stage.remarks;
        Json data = curves_of(stage);
        if (const uint64_t left_out = data["left_out"]; left_out > 0)
            remarks.push_back(fmt::format("{} of the curves came out as no finite number and {} left out",
                                          count_text(left_out, "point"), left_out == 1 ? "is" : "are"));
        data["pictures"] = pictures_of(stage, training.folder, remarks);
        data["pictures_about"] = about_pictures(stage, data["pictures"].size());
        stages.push_back(std::move(data));
        sections += stage_section(stage, i, remarks);
    }
    Markup main = html(
        "<header><h1>Training: <bdi>{}</bdi></h1>\n<p class=\"quiet\">{}</p></header>\n"
        "<noscript><p class=\"box\">The curves and the pictures are drawn by this page's own script, which is switched "
        "off "
        "here.</p></noscript>\n",
        training.name,
        fmt::format("{} · as of {} · bfr {}", count_text(training.stages.size(), "stage"), minutes_of(utc_now()),
                    program_version()));
    main += summary(training);
    main += sections;
    return self_contained_page(
        {"Training: " + training.name, training_bundle(), main, {{"stages", std::move(stages)}}});
}

}  // namespace bfr
