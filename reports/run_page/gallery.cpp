#include "reports/run_page/gallery.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "reports/markup.h"
#include "reports/read.h"
#include "reports/run_page/gallery_pictures.h"
#include "reports/text.h"

namespace bfr {

namespace {

bool some_method_failed(const Json& sample) {
    const Json& results = member(sample, "results");
    return std::ranges::any_of(results, [](const Json& result) { return text_of(result, "status") == "failed"; });
}

// The first value of single samples that says what is better; empty where there is none.
std::string leading_value(const Json& report) {
    for (const Json& unit : member(report, "units")) {
        if (!flag_of(unit, "available", true)) continue;
        for (const Json& value : member(unit, "values"))
            if (direction_of(value) != Direction::kNone) return text_of(value, "name");
    }
    return "";
}

// The greatest difference between two methods.
std::optional<double> spread_of(const Json& sample, const std::string& value) {
    std::optional<double> low, high;
    for (const Json& result : member(sample, "results")) {
        const auto number = number_of(member(result, "values"), value);
        if (!number) continue;
        low = std::min(low.value_or(*number), *number);
        high = std::max(high.value_or(*number), *number);
    }
    if (!low || *low == *high) return std::nullopt;
    return *high - *low;
}

// The samples where two methods differ in the value: the largest difference first; of equal ones the first sample.
std::vector<size_t> samples_apart(const Json& report, const std::string& value) {
    if (value.empty()) return {};
    std::vector<std::pair<double, size_t>> spreads;
    size_t place = 0;
    for (const Json& sample : member(report, "samples")) {
        if (const auto spread = spread_of(sample, value)) spreads.emplace_back(-*spread, place);
        place++;
    }
    std::ranges::sort(spreads);
    std::vector<size_t> places;
    for (const auto& [spread, sample] : spreads) places.push_back(sample);
    return places;
}

// Which samples' pictures are there, and why those.
std::string chosen_text(const Json& report, const GalleryOptions& options, size_t chosen) {
    const Json& samples = member(report, "samples");
    std::vector<std::string> kinds = {
        fmt::format("{} chosen evenly in the order of the names", std::min<size_t>(samples.size(), options.samples))};
    const auto failed = static_cast<size_t>(std::ranges::count_if(samples, some_method_failed));
    if (failed > options.failed && options.failed > 0) {
        kinds.push_back(fmt::format("the first {} of {} where a method failed", options.failed, failed));
    } else if (failed > 0 && options.failed > 0) {
        kinds.push_back(failed == 1 ? "the one where a method failed"
                                    : fmt::format("all {} where a method failed", failed));
    }
    const std::string leading = leading_value(report);
    const size_t apart = samples_apart(report, leading).size();
    if (apart > 0 && options.apart > 0)
        kinds.push_back(fmt::format("the {} where the methods differ most in {}", std::min(apart, options.apart),
                                    visible(leading)));
    return fmt::format("The pictures of {} of {} are in this page: {}{}. ", chosen,
                       count_text(samples.size(), "sample"), fmt::join(kinds, "; "),
                       kinds.size() > 1 ? " (some may be so for several reasons)" : "");
}

// What a picture's `src` is.
using Place = std::function<std::string(const Thumbnail&)>;

Json picture_json(const Picture& picture, const Place& place) {
    if (!picture.absent.empty()) return {{"absent", visible(picture.absent)}, {"failed", picture.failed}};
    Json json = {{"src", place(picture.thumbnail)}, {"width", picture.width}, {"height", picture.height}};
    if (!picture.file.empty()) json["file"] = relative_url(picture.file);
    return json;
}

// What the tasks found on a picture: points as x, y, x, y ..., the class of its expression; null where neither.
Json face_of(const Json& details, const std::string& which) {
    Json face = Json::object();
    for (const Json& task : details) {
        if (const std::string name = text_of(task, which + "_class"); !name.empty()) face["class"] = visible(name);
        const Json& points = member(task, which + "_points");
        const auto is_number = [](const Json& one) { return one.is_number(); };
        if (points.is_array() && points.size() % 2 == 0 && std::ranges::all_of(points, is_number))
            face["points"] = points;
    }
    return face.empty() ? Json() : face;
}

Json faces_of(const Json& sample, const std::vector<std::string>& rows) {
    Json restored = Json::array(), reference;
    for (const std::string& row : rows) {
        const Json& details = member(member(member(sample, "results"), row), "details");
        restored.push_back(face_of(details, "restored"));
        if (reference.is_null()) reference = face_of(details, "reference");
    }
    return {{"restored", std::move(restored)}, {"reference", std::move(reference)}};
}

std::vector<std::string> labels_of(const Json& report) {
    std::vector<std::string> labels;
    for (const Json& row : member(report, "rows")) labels.push_back(text_of(row, "method"));
    return labels;
}

// A method such as the one that restores nothing shows the input already, with its values.
bool some_row_gives_back_the_input(const std::vector<Shown>& shown, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        size_t pictures = 0, equal = 0;
        for (const Shown& one : shown) {
            pictures += one.restored[i].absent.empty() ? 1 : 0;
            equal += one.restored[i].is_input ? 1 : 0;
        }
        if (pictures == shown.size() && equal == pictures && pictures > 0) return true;
    }
    return false;
}

// Which columns the gallery has beside the methods' own.
struct Columns {
    bool degraded = false, reference = false;
};

Columns columns_of(const std::vector<Shown>& shown, size_t rows) {
    const auto any = [&](Picture Shown::*which) {
        return std::ranges::any_of(shown, [&](const Shown& one) { return (one.*which).absent != "none"; });
    };
    return {any(&Shown::degraded) && !some_row_gives_back_the_input(shown, rows), any(&Shown::reference)};
}

Json shown_json(const Shown& shown, size_t sample, const std::vector<std::string>& rows, const Columns& columns,
                const Place& place) {
    Json restored = Json::array(), beside = Json::array();
    for (const Picture& picture : shown.restored) restored.push_back(picture_json(picture, place));
    for (const Beside& other : shown.beside) {
        beside.push_back({{"method", visible(other.method)},
                          {"name", visible(other.name)},
                          {"picture", picture_json(other.picture, place)}});
    }
    return {{"sample", sample},
            {"degraded", columns.degraded ? picture_json(shown.degraded, place) : Json()},
            {"restored", std::move(restored)},
            {"reference", columns.reference ? picture_json(shown.reference, place) : Json()},
            {"beside", std::move(beside)},
            {"faces", faces_of(*shown.sample, rows)}};
}

// Those of an earlier page; what somebody else put there stays.
void remove_thumbnails(const std::filesystem::path& folder) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
        std::error_code code;
        if (is_thumbnail_name(entry.path().filename().string()) && !std::filesystem::remove(entry.path(), code) && code)
            throw Error(fmt::format("{}: can't be removed: {}", printable(entry.path()), code.message()));
    }
}

// The pictures of these samples as files, one sample at a time on each core.
std::vector<Json> beside_page(const Json& samples, const std::vector<size_t>& places, const std::vector<std::string>& rows,
                              const Columns& columns, const GalleryReader& reader, const RunFolder& folder) {
    std::vector<Json> made(places.size());
    std::atomic<size_t> next = 0;
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        try {
            for (size_t i = next++; i < places.size(); i = next++) {
                int picture = 0;
                const auto place = [&](const Thumbnail& thumbnail) {
                    const std::string name = fmt::format("{:06}-{}.jpg", places[i], picture++);
                    write_file(folder.thumbnails() / name, thumbnail.jpeg);
                    return folder.thumbnails().filename().string() + "/" + name;
                };
                made[i] = shown_json(reader.read(samples[places[i]]), places[i], rows, columns, place);
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
            next = places.size();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); i++) threads.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
    return made;
}

}  // namespace

bool is_thumbnail_name(std::string_view name) {
    const auto digits = [](std::string_view text) {
        return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    };
    const size_t dash = name.find('-');
    return name.ends_with(".jpg") && dash != std::string_view::npos && dash + 5 < name.size() &&
           digits(name.substr(0, dash)) && digits(name.substr(dash + 1, name.size() - dash - 5));
}

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
    const std::vector<size_t> apart = samples_apart(report, leading_value(report));
    chosen.insert(apart.begin(), apart.begin() + static_cast<std::ptrdiff_t>(std::min(apart.size(), options.apart)));
    return {chosen.begin(), chosen.end()};
}

Json gallery_data(const Json& report, const std::filesystem::path& run_folder, const GalleryOptions& options) {
    const Json& samples = member(report, "samples");
    const std::vector<size_t> chosen = gallery_samples(report, options);
    const std::vector<std::string> rows = labels_of(report);
    GalleryOptions sized = options;
    if (chosen.size() * (rows.size() + 2) > options.most_large) sized.side = options.side / 2;
    const GalleryReader reader(report, rows, run_folder, sized);
    std::vector<Shown> shown;
    for (const size_t i : chosen) shown.push_back(reader.read(samples[i]));
    const Columns columns = columns_of(shown, rows.size());
    Json list = Json::array();
    for (size_t i = 0; i < shown.size(); i++)
        list.push_back(shown_json(shown[i], chosen[i], rows, columns, data_uri));
    std::string about = chosen.size() < samples.size() ? chosen_text(report, options, chosen.size()) : "";
    about += fmt::format(
        "At most {} pixels wide and high here, as JPEG; those that the run saved are linked in full size.", sized.side);
    const RunFolder folder{run_folder};
    if (options.beside_page) remove_thumbnails(folder.thumbnails());
    if (options.beside_page && chosen.size() < samples.size()) {
        sized.side = options.side / 2;
        std::vector<size_t> others;
        for (size_t i = 0; i < samples.size(); i++)
            if (!std::ranges::binary_search(chosen, i)) others.push_back(i);
        const GalleryReader small(report, rows, run_folder, sized);
        for (Json& one : beside_page(samples, others, rows, columns, small, folder)) list.push_back(std::move(one));
        about += fmt::format(" Those of the other samples lie in {} beside it, at most {} pixels wide and high.",
                             folder.thumbnails().filename().string(), sized.side);
    }
    return {{"about", std::move(about)}, {"shown", std::move(list)}};
}

}  // namespace bfr
