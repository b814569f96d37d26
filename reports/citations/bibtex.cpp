#include "reports/citations/bibtex.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/spec.h"
#include "datasets/known_sets.h"
#include "reports/citations/entries.h"
#include "reports/citations/uses.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {
namespace {

std::string comment(const std::string& text) {
    std::string line = "% ";
    for (const char c : visible(text)) line += c == '@' ? std::string("(at)") : std::string(1, c);
    return line + "\n";
}

std::string field(const std::string& text) {
    std::string escaped;
    for (const char c : visible(text)) {
        if (std::string_view("{}\\\"@~^").find(c) != std::string_view::npos) {
            escaped += '?';
        } else {
            if (std::string_view("#$%&_").find(c) != std::string_view::npos) escaped += '\\';
            escaped += c;
        }
    }
    return escaped;
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string with_source(std::string text, const std::string& source) {
    return source.empty() ? text : text + "; source: " + source;
}

Cited kind_of(const Json& unit) { return text_of(unit, "kind") == "task" ? Cited::kTask : Cited::kMetric; }

class Bibliography {
  public:
    explicit Bibliography(const Json& report) : report_(report) {}

    std::string text() {
        if (text_of(member(member(report_, "context"), "program"), "version").empty())
            leave_out(
                "program: the report doesn't say which version made it (a run that isn't finished has no report.json)");
        for (const Json& method : member(report_, "methods")) add_unit(Cited::kMethod, method);
        for (const Cited kind : {Cited::kMetric, Cited::kTask}) {
            for (const Json& unit : member(report_, "units"))
                if (kind_of(unit) == kind) add_unit(kind, unit);
        }
        for (const Json& preset : member(report_, "presets")) add_preset(preset);
        for (const Json& table : member(report_, "published")) add_table(table);
        add_data();
        for_each_unit([&](const Json& unit) { add_files(unit); });
        for_each_unit([&](const Json& unit) { add_training_data(unit); });

        std::string out =
            comment(
                "The works behind the numbers of a report of bfr. What is behind other programs' pictures, files of") +
            comment("your own and data that no list here knows, only you know: the end names them.") + "\n" + program();
        for (const Work& work : works_) {
            out += "\n";
            for (const auto& use : work.uses) out += comment("for " + use.text());
            out += fmt::format("{}\n", work.entry->text);
        }
        if (!without_.empty()) out += "\n" + comment("Without an entry:");
        for (const auto& one : without_) out += comment("* " + one);
        return out;
    }

  private:
    // What of the report a work is for: "file F" of a unit "A", which others may have too.
    struct Use {
        std::string what, owner, rest;
        std::set<std::string> others = {};

        bool same_but_owner(const Use& other) const {
            return what == other.what && rest == other.rest && owner.empty() == other.owner.empty();
        }
        std::string text() const {
            std::string of = owner.empty() ? "" : " of " + owner;
            if (!others.empty()) of += fmt::format(" and {} more", others.size());
            return what + of + rest;
        }
    };
    struct Work {
        const BibEntry* entry;
        std::vector<Use> uses;
    };

    template <class Do>
    void for_each_unit(Do&& what) {
        for (const char* part : {"methods", "units"}) {
            for (const Json& unit : member(report_, part))
                if (flag_of(unit, "available", false)) what(unit);
        }
    }

    void cite(const std::string& key, const Use& use) {
        const BibEntry* entry = bib_entry(key);
        BFR_CHECK(entry, "entries.bib has no {}", key);
        auto work = std::ranges::find(works_, entry, &Work::entry);
        if (work == works_.end()) work = works_.insert(works_.end(), {entry, {}});
        const auto same = std::ranges::find_if(work->uses, [&](const Use& one) { return one.same_but_owner(use); });
        if (same == work->uses.end()) {
            work->uses.push_back(use);
        } else if (use.owner != same->owner) {
            same->others.insert(use.owner);
        }
    }

    void leave_out(const std::string& text) {
        if (told_.insert(text).second) without_.push_back(text);
    }

    // `about`: what of the report it is, of which unit.
    void cite_all(const std::vector<const CitedUse*>& uses, const Use& about, const std::string& source) {
        bool cited = false;
        for (const CitedUse* use : uses) {
            const std::string rest = about.rest + (use->what.empty() ? "" : ": " + use->what);
            for (const auto& key : use->keys) cite(key, {about.what, about.owner, rest});
            cited = cited || !use->keys.empty();
        }
        if (cited) return;
        const auto why = std::ranges::find_if(uses, [](const CitedUse* use) { return !use->none.empty(); });
        leave_out(
            with_source(fmt::format("{}: {}", about.text(), why == uses.end() ? "not known here" : (*why)->none), source));
    }

    void add_unit(Cited kind, const Json& unit) {
        const std::string label = text_of(unit, "label"), about = fmt::format("{} {}", to_string(kind), label);
        if (!flag_of(unit, "available", false)) {
            leave_out(fmt::format("{}: not available in this report, it gave no number: {}", about,
                                  or_unknown(text_of(unit, "reason"))));
            return;
        }
        Spec spec;
        try {
            spec = Spec::parse(label);
        } catch (const UsageError&) {  // of another version, or another hand: known by no name
        }
        cite_all(uses_of(kind, spec.name(), spec.options()), {about, "", ""}, text_of(unit, "source"));
    }

    void add_preset(const Json& preset) {
        const std::string name = text_of(preset, "name"), about = "protocol " + name;
        const Json& values = member(preset, "values");
        if (std::ranges::any_of(values, [](const Json& one) { return flag_of(one, "available", false); })) {
            cite_all(uses_of(Cited::kPreset, name), {about, "", ""}, text_of(preset, "paper"));
        } else {
            leave_out(about + ": none of its values is available in this report");
        }
    }

    void add_table(const Json& table) {
        const std::string name = text_of(table, "table");
        cite_all(uses_of(Cited::kPaperTable, name), {"published table " + name, "", ""},
                 with_source(text_of(table, "title"), text_of(table, "source")));
    }

    void add_data() {
        const Json& sets = member(member(report_, "data"), "sets");
        if (sets.empty()) leave_out("data: the report doesn't say what its pictures look like");
        for (const Json& role : sets) {
            const std::string folder = text_of(role, "role");
            const Json& recognised = member(role, "recognised");
            if (recognised.empty()) {
                leave_out(
                    fmt::format("data: the {} pictures ({}) look like no set known here: cite where they are from",
                                folder, count_of(role, "n")));
            }
            for (const Json& one : recognised) add_set(folder, one, recognised.size());
        }
    }

    void add_set(const std::string& folder, const Json& recognised, size_t candidates) {
        const std::string name = text_of(recognised, "name"), certainty = text_of(recognised, "certainty"),
                          differences = text_of(recognised, "differences");
        std::string about = fmt::format("data: the {} folder {} {}{}", folder, certainty, name,
                                        differences.empty() ? "" : " (" + differences + ")");
        if (candidates > 1) about += fmt::format(", one of {} that fit: keep the one that it is", candidates);
        const auto known = std::ranges::find(known_sets(), name, &KnownSet::name);
        if (certainty == words_of(SetMatch::kCount)) {  // as other folders may: no ground to cite anyone
            const std::string citation = known == known_sets().end() ? "" : known->citation;
            leave_out(with_source(about + "; cite it if it is", citation));
        } else {
            cite_all(uses_of(Cited::kDataSet, name), {about, "", ""}, known == known_sets().end() ? "" : known->source);
        }
    }

    static bool is_own(const Json& weights) {
        return flag_of(weights, "own", false) && text_of(weights, "name_digits").empty();
    }

    void add_files(const Json& unit) {
        const std::string label = text_of(unit, "label"), source = text_of(unit, "source");
        for (const Json& weights : member(unit, "weights")) {
            const std::string file = text_of(weights, "file");
            const Use about{"file " + file, label, ""};
            if (is_own(weights)) {
                leave_out(about.text() + ": a file of your own, compared with nothing: cite who made it");
            } else {
                cite_all(uses_of(Cited::kFile, file), about, source);
            }
        }
    }

    void add_training_data(const Json& unit) {
        std::vector<std::string> sets;
        for (const Json& set : member(unit, "trained_on"))
            if (set.is_string()) sets.push_back(set.get<std::string>());
        for (const Json& weights : member(unit, "weights")) {
            if (is_own(weights)) continue;
            for (const CitedUse* use : uses_of(Cited::kFile, text_of(weights, "file")))
                sets.insert(sets.end(), use->trained_on.begin(), use->trained_on.end());
        }
        for (const auto& set : sets) {
            cite_all(uses_of(Cited::kDataSet, set), {"training data", text_of(unit, "label"), ": " + set}, "");
        }
    }

    std::string program() const {
        const Json& context = member(report_, "context");
        const Json& one = member(context, "program");
        const std::string run = text_of(context, "started");
        return comment("for the program") +
               fmt::format(
                   "@software{{bfr,\n  key = {{bfr}},\n  title = {{{{bfr}}: Measuring Blind Face Restoration}},\n  "
                   "version = {{{}}},\n  note = {{source commit {}{}}}\n}}\n",
                   field(or_unknown(text_of(one, "version"))), field(or_unknown(text_of(one, "commit"))),
                   run.empty() ? "" : ", run of " + field(run));
    }

    const Json& report_;
    std::vector<Work> works_;
    std::vector<std::string> without_;
    std::set<std::string> told_;
};

}  // namespace

std::string bibtex(const Json& report) { return Bibliography(report).text(); }

}  // namespace bfr
