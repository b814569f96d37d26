#include "reports/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "datasets/image.h"
#include "reports/markup.h"
#include "reports/run_page/gallery.h"
#include "reports/sample_run.h"
#include "reports/thumbnail.h"
#include "tests/reports/html_fixture.h"

namespace bfr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

size_t count(const std::string& text, std::string_view part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) found++;
    return found;
}

// What the program writes as markup: without the style sheet, the data and the script.
std::string markup_of(std::string page) {
    for (const auto& [open, close] : {std::pair("<style>", "</style>"), {"<script", "</script>"}}) {
        for (size_t at = page.find(open); at != std::string::npos; at = page.find(open))
            page.erase(at, page.find(close, at) + std::string_view(close).size() - at);
    }
    return page;
}

// Reads the page's tags, as a strict reader would: every one closed in order, only the elements and attributes that
// this program writes, every attribute quoted. Returns what is wrong, or nothing.
std::string wrong_in(const std::string& whole) {
    const std::string page = markup_of(whole);
    const std::set<std::string> elements = {"html",    "head", "meta", "title", "body",  "main",  "header",  "section",
                                            "h1",      "h2",   "h3",   "p",     "div",   "table", "caption", "thead",
                                            "tbody",   "tr",   "th",   "td",    "small", "b",     "span",    "sup",
                                            "a",       "ol",   "ul",   "li",    "dl",    "dt",    "dd",      "details",
                                            "summary", "abbr", "bdi",  "br",    "code",  "pre",   "noscript"};
    const std::set<std::string> attributes = {
        "lang",  "charset", "http-equiv", "content",    "name",     "class",       "id",        "scope",
        "title", "href",    "role",       "aria-label", "tabindex", "data-number", "data-best", "data-share"};
    std::vector<std::string> open;
    for (size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at)) {
        if (page.compare(at, 2, "<!") == 0) {
            at++;
            continue;
        }
        size_t i = at + 1;
        const bool closing = page[i] == '/';
        if (closing) i++;
        std::string name;
        while (i < page.size() && std::isalnum(static_cast<unsigned char>(page[i]))) name += page[i++];
        if (!elements.contains(name)) return "element <" + name + "> at " + page.substr(at, 60);
        while (page[i] == ' ') {
            i++;
            std::string attribute;
            while (std::isalpha(static_cast<unsigned char>(page[i])) || page[i] == '-') attribute += page[i++];
            if (!attributes.contains(attribute)) return "attribute " + attribute + " at " + page.substr(at, 60);
            if (page.compare(i, 2, "=\"") != 0) return "no quote at " + page.substr(at, 60);
            i = page.find('"', i + 2) + 1;
        }
        if (page[i] != '>') return "no end of " + page.substr(at, 60);
        if (closing) {
            if (open.empty() || open.back() != name) return "unexpected </" + name + ">";
            open.pop_back();
        } else if (name != "meta" && name != "br") {
            open.push_back(name);
        }
        at = i;
    }
    return open.empty() ? "" : "open at the end: " + open.back();
}

TEST_F(HtmlTest, IsWellFormedAndHasNothingFromOutside) {
    for (const Json& report : {report_, hand_made()}) {
        const std::string page = html_page(report, run_.root), markup = markup_of(page);
        EXPECT_EQ(wrong_in(page), "");
        for (const char* outside : {"src=\"", "href=\"h", "href=\"/", "url(", "@import", "<link", "style=\""}) {
            EXPECT_THAT(markup, Not(HasSubstr(outside)));
        }
        EXPECT_EQ(count(page, "<script"), 2u);  // the data and what reads them
        EXPECT_THAT(page, HasSubstr("default-src 'none'; img-src data:; script-src 'sha256-"));
        EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
    }
}

TEST_F(HtmlTest, NamesAreText) {
    const std::string whole = html_page(hand_made(), run_.root), page = markup_of(whole);
    EXPECT_THAT(page, HasSubstr("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;.png"));
    EXPECT_THAT(page, HasSubstr("a|b &lt;script&gt;alert(2)&lt;/script&gt; next"));
    EXPECT_THAT(page, HasSubstr("&lt;d&gt;.png"));
    EXPECT_THAT(whole, HasSubstr(R"("\u00c6ther/\u00f1and\u00fa")"));  // of the data
    EXPECT_THAT(page, HasSubstr("&#39;it&#39;\\&#39;&#39;s &lt;here&gt;.json&#39;"));
}

// How many pictures lie in what the gallery shows.
size_t pictures_in(const Json& gallery) { return count(gallery.dump(), "data:image/jpeg;base64,"); }

TEST_F(HtmlTest, HoldsEveryPictureOnceAndFailuresAsText) {
    const Json gallery = gallery_data(report_, run_.root);
    // The first method gives back the input: no column repeats it. 3 references, 3 + 3 + 2 restored.
    EXPECT_EQ(pictures_in(gallery), 11u);
    const Json& first = gallery["shown"][0];
    EXPECT_TRUE(first["degraded"].is_null());
    EXPECT_EQ(first["restored"][2]["absent"], "failed: restore: no picture | for this sample");
    EXPECT_EQ(first["restored"][2]["failed"], true);
    EXPECT_EQ(first["reference"]["width"], 64);
    EXPECT_EQ(count(html_page(report_, run_.root), "data:image/jpeg;base64,"), 11u);
}

TEST_F(HtmlTest, PicturesBesideTheRestoredOnesAreThere) {
    report_["methods"][1]["extras"] = {"step1.png", "step2.png", "codes.safetensors"};
    auto& result = report_["samples"][1]["results"][label(1)];
    for (const char* name : {"step1.png", "step2.png", "codes.safetensors"})
        result["extras"][name] = run_.relative(run_.extra(label(1), "b", name));
    save(run_.extra(label(1), "b", "step1.png"), 70);
    const Json gallery = gallery_data(report_, run_.root);
    EXPECT_EQ(pictures_in(gallery), 12u);
    const Json& beside = gallery["shown"][1]["beside"];
    ASSERT_EQ(beside.size(), 2u);
    EXPECT_EQ(beside[0]["name"], "step1.png");
    EXPECT_EQ(beside[0]["method"], label(1));
    // It is not there, and that is said in its place.
    EXPECT_THAT(beside[1]["picture"]["absent"].get<std::string>(), HasSubstr("step2.png: can't be"));
}

TEST_F(HtmlTest, TheInputHasAColumnWhereNoMethodGivesItBack) {
    save(run_.image(label(0), "b"), 11);
    EXPECT_EQ(pictures_in(gallery_data(report_, run_.root)), 14u);
}

TEST_F(HtmlTest, APictureThatIsNotThereOrBrokenIsATextInItsPlace) {
    std::filesystem::remove(run_.image(label(1), "a"));
    write_text(run_.image(label(1), "b"), "not a picture");
    std::filesystem::resize_file(data_ / "reference" / "a.png", 60);
    const Json gallery = gallery_data(report_, run_.root);
    EXPECT_EQ(pictures_in(gallery), 8u);
    EXPECT_EQ(gallery["shown"][0]["restored"][1]["absent"], "the picture was not saved");
    EXPECT_EQ(wrong_in(html_page(report_, run_.root)), "");
}

TEST_F(HtmlTest, DataThatWereMovedLeaveTheRestoredPictures) {
    std::filesystem::remove_all(data_);
    const Json gallery = gallery_data(report_, run_.root);
    EXPECT_EQ(pictures_in(gallery), 8u);
    EXPECT_EQ(gallery["shown"][0]["reference"]["absent"], "the data are no longer where the report found them");
}

TEST_F(HtmlTest, SavedPicturesAreNamedInFullSize) {
    const Json gallery = gallery_data(report_, run_.root);
    EXPECT_EQ(count(gallery.dump(), "\"file\":\"images/"), 8u);
    const std::string file = gallery["shown"][2]["restored"][1]["file"];
    EXPECT_TRUE(file.ends_with("/c%3Ci%3E.png")) << file;
    EXPECT_EQ(relative_url("a b/\"'&<\xC3\xA9%?#:.png"), "a%20b/%22%27%26%3C%C3%A9%25%3F%23%3A.png");
}

TEST_F(HtmlTest, WhatGivesBackTheInputNeedsNoSavedPicture) {
    std::filesystem::remove_all(run_.root / "images");
    for (auto& sample : report_["samples"]) {
        const auto input = Image::load(data_ / "degraded" / (sample["id"].get<std::string>() + ".png"));
        sample["results"][label(0)]["output_sha256"] = pixel_sha256(*input);
    }
    const Json gallery = gallery_data(report_, run_.root);
    EXPECT_TRUE(gallery["shown"][0]["degraded"].is_null());
    EXPECT_EQ(pictures_in(gallery), 6u);
    EXPECT_EQ(gallery.dump().find("\"file\""), std::string::npos);
}

TEST_F(HtmlTest, ManyPicturesAreSmaller) {
    const auto widest = [&](size_t most_large) {
        const Json gallery = gallery_data(report_, run_.root, {.side = 40, .most_large = most_large});
        return gallery["about"].get<std::string>();
    };
    EXPECT_THAT(widest(15), HasSubstr("At most 40 pixels"));
    EXPECT_THAT(widest(14), HasSubstr("At most 20 pixels"));
}

TEST_F(HtmlTest, PicturesOfAllOtherSamplesLieBesideThePageWhereAsked) {
    const GalleryOptions options = {.samples = 1, .failed = 0, .apart = 0, .side = 40, .beside_page = true};
    write_text(run_.thumbnails() / "000009-0.jpg", "of an earlier page");
    write_text(run_.thumbnails() / "mine.jpg", "somebody's");
    const Json gallery = gallery_data(report_, run_.root, options);
    EXPECT_EQ(pictures_in(gallery), 3u);  // of the first sample, as one method failed there
    ASSERT_EQ(gallery["shown"].size(), 3u);
    std::set<std::string> named, there;
    for (size_t i = 1; i < 3; i++) {
        const Json& one = gallery["shown"][i];
        EXPECT_EQ(one["sample"], i);
        for (const Json& picture : {one["restored"][0], one["restored"][1], one["restored"][2], one["reference"]})
            named.insert(picture["src"]);
        EXPECT_THAT(one["restored"][1]["file"].get<std::string>(), HasSubstr("images/"));
        EXPECT_EQ(one["restored"][1]["width"], 64);
    }
    EXPECT_TRUE(std::filesystem::remove(run_.thumbnails() / "mine.jpg"));
    for (const auto& file : std::filesystem::directory_iterator(run_.thumbnails())) {
        there.insert("thumbnails/" + file.path().filename().string());
        EXPECT_EQ(Image::load(file.path())->width(), 20);
    }
    EXPECT_EQ(named, there);
    EXPECT_EQ(there.size(), 8u);
    EXPECT_THAT(gallery["about"].get<std::string>(), HasSubstr("lie in thumbnails beside it, at most 20 pixels"));
    // All have a place in the page: those of the page before are gone.
    EXPECT_THAT(html_page(report_, run_.root, PageFiles::kThumbnails), HasSubstr("img-src data: 'self'; script-src"));
    EXPECT_TRUE(std::filesystem::is_empty(run_.thumbnails()));
    for (const char* name : {"000012-3.jpg", "1-2.jpg"}) EXPECT_TRUE(is_thumbnail_name(name)) << name;
    for (const char* name : {"-3.jpg", "12-.jpg", "a-3.jpg", "1-2.png", "1-2-3.jpg", ".jpg", ""})
        EXPECT_FALSE(is_thumbnail_name(name)) << name;
}

TEST_F(HtmlTest, PicturesThatCantBeWrittenEndInAnError) {
    std::filesystem::create_directories(run_.root);
    write_text(run_.root / "file", "");
    const RunFolder nowhere{run_.root / "file"};
    EXPECT_THROW(gallery_data(report_, nowhere.root, {.samples = 1, .failed = 0, .apart = 0, .beside_page = true}), Error);
}

TEST_F(HtmlTest, TheGallerySaysWhichSamplesItHas) {
    const auto about = [&](const GalleryOptions& options) {
        return gallery_data(report_, run_.root, options)["about"].get<std::string>();
    };
    EXPECT_THAT(about({}), Not(HasSubstr("in this page:")));
    EXPECT_THAT(
        about({.samples = 1, .failed = 0, .apart = 0}),
        HasSubstr("The pictures of 1 of 3 samples are in this page: 1 chosen evenly in the order of the names. "));
    EXPECT_THAT(about({.samples = 1, .failed = 12, .apart = 1}),
                HasSubstr("; the one where a method failed; the 1 where the methods differ most in psnr"));
}

TEST_F(HtmlTest, OneKindOfMinus) {
    report_["rows"][0]["set_values"]["landmarks.auc_0.08"]["interval"] = {
        {"low", -0.3}, {"high", 0.969}, {"level", 0.95}};
    EXPECT_THAT(html_page(report_, run_.root), HasSubstr("(−0.300 to 0.969)"));
    EXPECT_EQ(typeset_number("-1.2 to -0.5"), "−1.2 to −0.5");
    EXPECT_EQ(typeset_number("1e-09"), "1e-09");
}

TEST_F(HtmlTest, TablesAndFootnotes) {
    const std::string page = html_page(report_, run_.root);
    EXPECT_THAT(page, HasSubstr("<b>0.7500</b> <span class=\"spread\">± 0.0500</span>"));
    EXPECT_THAT(page, HasSubstr("24.13 <span class=\"spread\">± 0.70</span><sup><a href=\"#note-1\">1</a></sup>"));
    EXPECT_THAT(page, HasSubstr("<li id=\"note-1\">over 2 of 3: infinite: the pictures are equal (1)</li>"));
    EXPECT_THAT(page, HasSubstr("To mend it: <code>bfr weights fetch lpips-alex</code>"));
    EXPECT_THAT(page, HasSubstr(std::string("<code>") + "0123456789abcdef0123456789abcdef"));
    EXPECT_THAT(page, HasSubstr("emotion: reference to restored"));
    EXPECT_THAT(page, HasSubstr("<th scope=\"row\">&lt;b&gt;</th><td data-share=\"1.000\">1</td>"));
    EXPECT_THAT(page, Not(HasSubstr("Not complete")));
}

TEST_F(HtmlTest, ASetValueHasItsWholeInterval) {
    report_["rows"][0]["set_values"]["landmarks.auc_0.08"]["interval"] = {
        {"low", 0.3}, {"high", 0.969}, {"level", 0.95}};
    const std::string page = html_page(report_, run_.root);
    EXPECT_THAT(page, HasSubstr("0.412 <span class=\"spread\">(0.300 to 0.969)</span>"));
    EXPECT_EQ(wrong_in(page), "");
}

TEST_F(HtmlTest, SaysThatARunWasStopped) {
    report_["complete"] = false;
    EXPECT_THAT(html_page(report_, run_.root), HasSubstr("Not complete"));
}

TEST_F(HtmlTest, ABrokenReportDoesNotCrash) {
    Json report = hand_made();
    break_each(report, 6, [&] {
        try {
            EXPECT_EQ(wrong_in(html_page(report, run_.root)), "");
        } catch (const Error&) {
            EXPECT_NE(report["schema"], "bfr-report/1");
        }
    });
    EXPECT_THROW(html_page(Json::object(), run_.root), Error);
}

TEST(Gallery, ChoosesEvenlyAndWhereAMethodFailed) {
    Json report = {{"samples", Json::array()}};
    for (int i = 0; i < 10; i++) {
        const char* status = i == 3 || i == 8 || i == 9 ? "failed" : "ok";
        report["samples"].push_back({{"id", std::to_string(i)}, {"results", {{"m", {{"status", status}}}}}});
    }
    EXPECT_THAT(gallery_samples(report, {.samples = 2, .failed = 2}), ElementsAre(0, 3, 5, 8));
    EXPECT_THAT(gallery_samples(report, {.samples = 0, .failed = 1}), ElementsAre(3));
    EXPECT_EQ(gallery_samples(report, {}).size(), 10u);
    // The greatest difference between methods in the first value that says what is better.
    report["units"] = {
        {{"values", {{{"name", "size"}, {"direction", "none"}}, {{"name", "v"}, {"direction", "lower"}}}}}};
    const auto value = [&](int sample, const char* method, double number) {
        report["samples"][sample]["results"][method]["values"]["v"] = number;
    };
    value(4, "m", 1);
    value(4, "k", 1);
    value(6, "m", 1);
    value(6, "k", 1.5);
    value(7, "m", 3);
    value(7, "k", 1);
    EXPECT_THAT(gallery_samples(report, {.samples = 0, .failed = 0, .apart = 1}), ElementsAre(7));
    EXPECT_THAT(gallery_samples(report, {.samples = 0, .failed = 0, .apart = 9}), ElementsAre(6, 7));
    EXPECT_TRUE(gallery_samples(Json::object(), {}).empty());
}

TEST(Thumbnail, KeepsTheShapeWithinItsSide) {
    const auto made = [](int width, int height) {
        const Thumbnail thumbnail =
            make_thumbnail(*Image::from_bgr8(cv::Mat(height, width, CV_8UC3, cv::Scalar(1, 2, 3)), "test"), 256, 85);
        EXPECT_TRUE(data_uri(thumbnail).starts_with("data:image/jpeg;base64,/9j/"));
        return std::pair(thumbnail.width, thumbnail.height);
    };
    EXPECT_EQ(made(1024, 512), std::pair(256, 128));
    EXPECT_EQ(made(64, 48), std::pair(64, 48));
    EXPECT_EQ(made(4000, 1), std::pair(256, 1));
}

TEST(Markup, EscapesTextAndKeepsMarkup) {
    const Markup inner = html("<b>{}</b>", "a & 'b' <c> \"d\"\n");
    EXPECT_EQ(html("<p title=\"{}\">{}{}</p>", "\"", inner, 3).str(),
              "<p title=\"&quot;\"><b>a &amp; &#39;b&#39; &lt;c&gt; &quot;d&quot; </b>3</p>");
}

}  // namespace
}  // namespace bfr
