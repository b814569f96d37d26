// The published tables of papers/, and the reader of a person's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "base/spec.h"
#include "datasets/manifest.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/papers/paper.h"
#include "restore/restorer.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kHead = "table,mine\ntitle,Mine\nsource,here\n";
const std::string kMetrics =
    "metric,PSNR,higher,same,psnr,,,basicsr,ground truth,\n"
    "metric,KID,lower,guess,kid,,1000,KID x 1000,FFHQ,which tool is not said\n"
    "metric,MUSIQ,higher,none,,,,pyiqa,,bfr has none\n";
const std::string kData = "data,LFW-Test,LFW-Test,the published package,1711\nvalues,PSNR,KID\n";
const std::string kRows = "row,\"GFPGAN, v1\",25.08,\nrow,Input,23.35,1.5e1\n";
const std::string kWhole = kHead + kMetrics + kData + kRows;

std::string error_of(const std::string& text) {
    try {
        read_paper(text, "mine.csv");
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

TEST(ReadPaper, ReadsWhatTheFormHas) {
    const PaperTable table = read_paper(kWhole + "note,odd\nmethod,Input,degraded\n# table, row\n", "mine.csv");
    EXPECT_EQ(table.id, "mine");
    EXPECT_EQ(table.title, "Mine");
    EXPECT_EQ(table.source, "here");
    ASSERT_EQ(table.notes, std::vector<std::string>{"odd"});
    ASSERT_EQ(table.methods.size(), 1U);
    EXPECT_EQ(table.methods[0].unit, "degraded");
    ASSERT_EQ(table.metrics.size(), 3U);
    EXPECT_EQ(table.metrics[0].agreement, Agreement::kSame);
    EXPECT_EQ(table.metrics[0].scale, 1);
    EXPECT_EQ(table.metrics[1].scale, 1000);
    EXPECT_EQ(table.metrics[1].direction, Direction::kLowerIsBetter);
    EXPECT_EQ(table.metrics[2].unit, "");
    ASSERT_EQ(table.data.size(), 1U);
    EXPECT_EQ(table.data[0].n, 1711U);
    EXPECT_EQ(table.data[0].metrics, (std::vector<size_t>{0, 1}));
    ASSERT_EQ(table.data[0].rows.size(), 2U);
    EXPECT_EQ(table.data[0].rows[0].method, "GFPGAN, v1");
    EXPECT_EQ(table.data[0].rows[0].numbers[0]->text, "25.08");
    EXPECT_EQ(table.data[0].rows[0].numbers[0]->number, 25.08);
    EXPECT_FALSE(table.data[0].rows[0].numbers[1]);
    EXPECT_EQ(table.data[0].rows[1].numbers[1]->number, 15);
}

TEST(ReadPaper, TakesWhatSpreadsheetsWrite) {
    std::string text = "\xEF\xBB\xBF";
    for (const char c : kWhole) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    const PaperTable table = read_paper(text, "mine.csv");
    EXPECT_EQ(table.data[0].rows[1].method, "Input");
}

TEST(ReadPaper, NamesFileAndLineOfWhatIsWrong) {
    struct Case {
        std::string text, said;
    };
    const std::vector<Case> cases = {
        {"", "mine.csv:1: there is no line 'table,ID'"},
        {"table,mine\n", "there is no line 'title"},
        {kHead, "there is no line 'data"},
        {"table,Mine!\n", "mine.csv:1: an ID has small letters"},
        {"table,a,b\n", "mine.csv:1: 3 cells where 2 are expected"},
        {kHead + "table,other\n", "mine.csv:4: a second line 'table'"},
        {kHead + "metrik,a\n", "mine.csv:4: unknown kind of line 'metrik'; did you mean metric?"},
        {kHead + "title,\"a\nb\"\n", "mine.csv:4: cell 2 holds a line end"},
        {kHead + "note,\xFF\n", "mine.csv:4: cell 2 is not UTF-8"},
        {kHead + "note,\"a\n", "mine.csv:4: a quote is opened and never closed"},
        {kHead + "note," + std::string(3000, 'x') + "\n", "mine.csv:4: cell 2 has over"},
        {kHead + "metric,a,higher,same,psnr\n", "mine.csv:4: 5 cells where 10 are expected"},
        {kHead + "metric,a,up,same,psnr,,,c,,\n", "'up'"},
        {kHead + "metric,a,higher,perhaps,psnr,,,c,,\n", "unknown agreement 'perhaps'"},
        {kHead + "metric,a,higher,same,psnrr,,,c,,\n", "mine.csv:4: unknown metric 'psnrr'; did you mean psnr?"},
        {kHead + "metric,a,higher,same,psnr:space=x,,,c,,\n", "mine.csv:4: "},
        {kHead + "metric,a,higher,same,\"psnr:=\",,,c,,\n", "mine.csv:4: "},
        {kHead + "metric,a,higher,same,,,,c,,\n", "no unit is named"},
        {kHead + "metric,a,higher,none,psnr,,,c,,r\n", "a unit is named where the agreement is 'none'"},
        {kHead + "metric,a,higher,none,,,,c,,\n", "'none' needs a reason"},
        {kHead + "metric,a,higher,same,psnr,,,c,,r\n", "a reason is given"},
        {kHead + "metric,a,higher,same,psnr,,0,c,,\n", "the scale must be over 0"},
        {kHead + "metric,a,higher,same,psnr,,many,c,,\n", "the scale must be a number"},
        {kHead + "metric,a,higher,same,psnr,,,,,\n", "the convention is empty"},
        {kHead + kMetrics + "metric,PSNR,higher,same,psnr,,,c,,\n", "mine.csv:7: a second metric 'PSNR'"},
        {kHead + "method,a,vspbfrr\n", "unknown method 'vspbfrr'"},
        {kHead + "method,a,\"command:argv=\"\"touch,x\"\"\"\n", "which no table may name"},
        {kHead + "metric,a,higher,same,torchscript:file=a.pt,,,c,,\n", "which no table may name"},
        {kWhole + "method,Nobody,degraded\n", "the method 'Nobody' has no row"},
        {kHead + "row,a,1\n", "mine.csv:4: 'row' comes before the first line 'data'"},
        {kHead + kMetrics + "data,a,,,\nrow,a,1\n", "mine.csv:8: 'row' comes before the line 'values'"},
        {kHead + kMetrics + "data,a,LFW-Tset,,\n", "did you mean LFW-Test"},
        {kHead + kMetrics + "data,a/b,,,\n", "has no '/'"},
        {kHead + kMetrics + "data,a,,,-3\n", "n must be a whole number"},
        {kHead + kMetrics + "data,a,,,\nvalues,PSRN\n", "unknown metric 'PSRN'; did you mean PSNR?"},
        {kHead + kMetrics + "data,a,,,\nvalues,PSNR,PSNR\n", "is named twice"},
        {kHead + kMetrics + "data,a,,,\nvalues\n", "'values' names no metric"},
        {kHead + kMetrics + kData + "row,a,1\n", "mine.csv:9: 1 numbers where 'values' names 2"},
        {kHead + kMetrics + kData + "row,a,1,2,3\n", "3 numbers where 'values' names 2"},
        {kHead + kMetrics + kData + "row,a,,\n", "has no number"},
        {kWhole + "row,input,1,2\n", "mine.csv:11: a second row of 'input'"},
        {kHead + kMetrics + kData, "has no row"},
    };
    for (const auto& [text, said] : cases) {
        const std::string error = error_of(text);
        EXPECT_THAT(error, HasSubstr(said)) << text.substr(0, 300);
        EXPECT_THAT(error, StartsWith("mine.csv:")) << text.substr(0, 300);
    }
    for (const char* number : {"25,08", "nan", "inf", "-inf", "0x10", "1e999", "12 ", "+5", "~25", "25.08%"}) {
        const std::string cell = '"' + std::string(number) + '"';
        EXPECT_THAT(error_of(kHead + kMetrics + kData + "row,a," + cell + ",\n"),
                    HasSubstr("mine.csv:9: PSNR must be a number"))
            << number;
    }
}

// Whatever is cut off, doubled or replaced: a table, or a message with file and line.
TEST(ReadPaper, NoDamageDoesMoreThanAMessage) {
    std::mt19937 random(1);
    const std::string whole = kWhole + "method,Input,degraded\nnote,\"a \"\"quoted\"\" word\"\n";
    const std::string_view bytes =
        ",\"\n\r#\xFF\x01"
        "0a-";
    size_t refused = 0;
    for (int i = 0; i < 3000; i++) {
        std::string text = whole;
        for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; changes--) {
            const size_t at = random() % text.size();
            switch (random() % 4) {
                case 0:
                    text[at] = bytes[random() % bytes.size()];
                    break;
                case 1:
                    text.erase(at, 1 + random() % 20);
                    break;
                case 2:
                    text.insert(at, 1, bytes[random() % bytes.size()]);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), 30));
            }
            if (text.empty()) text = ",";
        }
        const std::string error = error_of(text);  // nothing else may be thrown
        if (error.empty()) continue;
        refused++;
        EXPECT_THAT(error, StartsWith("mine.csv:")) << text;
    }
    EXPECT_GT(refused, 1000U);
}

TEST(ReadPaper, AHugeFileIsRefusedUnread) {
    const Scratch scratch;
    write_text(scratch / "huge.csv", kWhole + std::string(5 << 20, '\n'));
    EXPECT_THROW(Papers({scratch / "huge.csv"}), UsageError);
    EXPECT_THROW(Papers({scratch / "absent.csv"}), UsageError);
    EXPECT_THROW(Papers({scratch.path()}), UsageError);
}

TEST(Papers, OnesOwnStandBesideTheProgramsUnderAnotherName) {
    const Scratch scratch;
    write_text(scratch / "mine.csv", kWhole);
    const Papers papers({scratch / "mine.csv"});
    EXPECT_EQ(papers.tables().size(), Papers().tables().size() + 1);
    EXPECT_EQ(papers.named("mine/LFW-Test").data, &papers.find("mine")->data[0]);
    EXPECT_EQ(papers.named("mine").data, nullptr);
    EXPECT_THROW(papers.named("mime"), UsageError);
    EXPECT_THROW(papers.named("mine/LFW"), UsageError);
    EXPECT_THROW(Papers({scratch / "mine.csv", scratch / "mine.csv"}), UsageError);
    write_text(scratch / "theirs.csv", "table,pmrf-celeba\n" + kWhole.substr(kWhole.find('\n') + 1));
    EXPECT_THROW(Papers({scratch / "theirs.csv"}), UsageError);
}

// Every metric of every table has a unit that is there and gives the value, or says why not.
TEST(Papers, EveryMetricIsMappedOrSaysWhyNot) {
    size_t same = 0;
    const Papers papers;
    for (const auto& table : papers.tables()) {
        for (const auto& metric : table.metrics) {
            SCOPED_TRACE(table.id + " " + metric.name);
            EXPECT_EQ(metric.reason.empty(), metric.agreement == Agreement::kSame);
            EXPECT_NE(metric.direction, Direction::kNone);
            EXPECT_FALSE(metric.convention.empty());
            if (metric.agreement == Agreement::kNone) continue;
            const Spec spec = Spec::parse(metric.unit);
            EXPECT_EQ(spec.canonical(), metric.unit);
            EXPECT_TRUE(metric.task ? tasks().find(spec.name()) != nullptr : metrics().find(spec.name()) != nullptr);
            same += metric.agreement == Agreement::kSame ? 1 : 0;
        }
        for (const auto& data : table.data) EXPECT_FALSE(data.set.empty()) << table.id;
    }
    EXPECT_GT(same, 20U);
}

// A number of published.csv, and where this program has it.
TEST(Papers, HoldThePublishedValuesAsTheyWereHandedOver) {
    const auto shared = shared_dir();
    BFR_SKIP_WITHOUT("../shared/papers", shared);
    const auto records = parse_csv(read_text(*shared / "papers" / "published.csv"), "published.csv");
    const Papers papers;
    size_t found = 0, held = 0;
    for (size_t i = 1; i < records.size(); i++) {
        const auto& cells = records[i].cells;  // table, source, dataset, method, metric, value
        ASSERT_EQ(cells.size(), 6U);
        const auto [table, data] = papers.named(cells[0] + "/" + cells[2]);
        for (const auto& row : data->rows) {
            if (row.method != cells[3]) continue;
            for (size_t m = 0; m < data->metrics.size(); m++) {
                if (table->metrics[data->metrics[m]].name != cells[4]) continue;
                ASSERT_TRUE(row.numbers[m]) << cells[0] << cells[3];
                EXPECT_EQ(row.numbers[m]->text, cells[5]);
                found++;
            }
        }
    }
    EXPECT_EQ(found, records.size() - 1);
    for (const auto& table : papers.tables())
        for (const auto& data : table.data)
            for (const auto& row : data.rows)
                held += static_cast<size_t>(
                    std::ranges::count_if(row.numbers, [](const auto& one) { return one.has_value(); }));
    EXPECT_EQ(held, found) << "nothing but these";
}

// What tables.csv says of inputs and n stands in the tables.
TEST(Papers, HoldInputsAndCounts) {
    const Papers papers;
    const auto data = [&](const char* name) { return *papers.named(name).data; };
    EXPECT_EQ(data("pmrf-celeba/CelebA-Test").inputs, "GFPGAN's package");
    EXPECT_EQ(data("pmrf-celeba/CelebA-Test").n, 3000U);
    EXPECT_EQ(data("vspbfr-table5/CelebA-Test").inputs, "RestoreFormer's package");
    EXPECT_EQ(data("osdface-table1/CelebA-Test (DAEFR)").set, "CelebA-Test (DAEFR, OSDFace)");
    EXPECT_EQ(data("osdface-table2/WIDER-Test").n, 970U);
    EXPECT_EQ(data("osdface-table2/WebPhoto-Test").n, 407U);
    EXPECT_FALSE(data("survey-table7/WebPhoto-Test").n);
}

}  // namespace
}  // namespace bfr::testing
