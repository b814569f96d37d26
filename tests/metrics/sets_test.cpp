// The arithmetic of set metrics: the goldens (float64), known answers, and what must not change a value.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "metrics/sets/gaussian.h"
#include "metrics/sets/infinity.h"
#include "metrics/sets/kernel_distance.h"
#include "metrics/sets/neighbours.h"
#include "tests/support/support.h"
#include "weights/formats/safetensors.h"

namespace bfr::testing {
namespace {

using at::Tensor;

Tensor hashed_rows(const std::string& name, int64_t rows, int64_t columns, double lo, double hi) {
    const auto values =
        hash_fill(name, static_cast<size_t>(rows * columns), static_cast<float>(lo), static_cast<float>(hi));
    Tensor all = at::empty({rows, columns}, at::kDouble);
    std::copy(values.begin(), values.end(), all.data_ptr<double>());
    return all;
}

// A part without a network: inputs by name and outputs whole.
class Golden {
  public:
    Golden(const std::filesystem::path& folder, const std::string& part)
        : file_(SafetensorsFile::open(folder / (part + ".safetensors"))),
          inputs_(Json::parse(file_.metadata().at("inputs"))) {}

    Tensor input(const std::string& name) const {
        const Json& one = inputs_.at(name);
        const auto shape = one.at("shape").get<std::vector<int64_t>>();
        return hashed_rows(one.at("name"), shape.at(0), shape.at(1), one.at("lo"), one.at("hi"));
    }
    std::vector<double> output(const std::string& name) {
        compared_.insert(name);
        return to_doubles(file_.at(name));
    }
    std::vector<std::vector<int64_t>> rows(const std::string& name, size_t count) {
        const auto values = output(name);
        std::vector<std::vector<int64_t>> all(count);
        for (size_t i = 0; i < values.size(); i++)
            all[i / (values.size() / count)].push_back(static_cast<int64_t>(values[i]));
        return all;
    }
    void expect(const std::string& name, const Tensor& actual) {
        const auto wanted = output(name);
        const Tensor values = actual.contiguous().flatten();
        ASSERT_EQ(static_cast<size_t>(values.numel()), wanted.size()) << name;
        double largest = 0;
        for (const double value : wanted) largest = std::max(largest, std::abs(value));
        for (size_t i = 0; i < wanted.size(); i++)
            ASSERT_NEAR(values.data_ptr<double>()[i], wanted[i], 1e-9 * largest) << name << " " << i;
    }
    void expect(const std::string& name, double actual, double relative = 1e-9) {
        const auto wanted = output(name);
        ASSERT_EQ(wanted.size(), 1U) << name;
        EXPECT_NEAR(actual, wanted[0], relative * std::abs(wanted[0])) << name;
    }
    void expect_all_compared() const {
        for (const auto& tensor : file_.tensors()) EXPECT_TRUE(compared_.contains(tensor.name)) << tensor.name;
    }

  private:
    SafetensorsFile file_;
    Json inputs_;
    std::set<std::string> compared_;
};

TEST(FrechetParity, FullAndSingular) {
    const auto folder = goldens("nets", "frechet.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets/frechet", folder);
    Golden golden(*folder, "frechet");
    for (const std::string set : {"full", "singular"}) {
        const Tensor a = golden.input(set + "_a").mm(golden.input(set + "_mix_a")) / 8,
                     b = golden.input(set + "_b").mm(golden.input(set + "_mix_b")) / 8 + 0.1;
        const Gaussian ga = gaussian_of(rows_of(a)), gb = gaussian_of(rows_of(b));
        golden.expect(set + "_mu_a", ga.mean);
        golden.expect(set + "_mu_b", gb.mean);
        golden.expect(set + "_sigma_a", ga.covariance_matrix());
        golden.expect(set + "_sigma_b", gb.covariance_matrix());
        const double distance = frechet_distance(ga, gb).value;
        golden.expect(set + "_fid_exact", distance);
        golden.expect(set + "_fid_pytorch_fid", distance, 1e-6);  // scipy's root of a singular product
        golden.expect(set + "_fid_with_offset", distance, 1e-2);  // 1e-6 on the diagonals makes another distance
        // from the covariances alone, as a statistics file gives them
        const auto matrix_only = [](const Gaussian& from) {
            return Gaussian{from.n, from.mean, {}, from.covariance_matrix()};
        };
        EXPECT_NEAR(frechet_distance(matrix_only(ga), matrix_only(gb)).value, distance, 1e-6 * distance) << set;
        EXPECT_NEAR(frechet_distance(ga, matrix_only(gb)).value, distance, 1e-6 * distance) << set;
    }
    golden.expect_all_compared();
}

TEST(KidAndPrParity, SubsetsNeighboursAndTheLine) {
    const auto folder = goldens("nets", "kid_pr.safetensors");
    BFR_SKIP_WITHOUT("goldens/nets/kid_pr", folder);
    Golden golden(*folder, "kid_pr");
    const Tensor mix = golden.input("mix");
    for (const std::string set : {"full", "small"}) {
        const Rows a = rows_of((golden.input(set + "_a") - 0.5).mm(mix) * 0.25 + 0.02),
                   b = rows_of((golden.input(set + "_b") - 0.5).mm(mix) * 0.22);
        const auto of_subsets = golden.output(set + "_subset_kid");
        const auto rows_a = golden.rows(set + "_rows_a", of_subsets.size()),
                   rows_b = golden.rows(set + "_rows_b", of_subsets.size());
        const auto drawn = numpy_subsets(2020, a.count, b.count, static_cast<int64_t>(rows_a[0].size()),
                                         static_cast<int64_t>(of_subsets.size()));
        for (size_t i = 0; i < drawn.size(); i++) {
            EXPECT_EQ(drawn[i].restored, rows_a[i]) << set << " " << i;
            EXPECT_EQ(drawn[i].reference, rows_b[i]) << set << " " << i;
        }
        constexpr double kClose = 1e-11;  // differences of kernel values, which lie about 1
        const KernelDistance kid = kernel_distance(a, b, drawn);
        for (size_t i = 0; i < of_subsets.size(); i++) EXPECT_NEAR(kid.of_subsets[i], of_subsets[i], kClose);
        EXPECT_NEAR(kid.mean, golden.output(set + "_kid_mean")[0], kClose);
        EXPECT_NEAR(kid.deviation, golden.output(set + "_kid_std")[0], kClose);
        EXPECT_NEAR(kernel_distance(a, b), golden.output(set + "_kid_whole")[0], kClose);
        for (const int k : {3, 5}) {
            const std::string name = fmt::format("_k{}", k);
            if (k == 3) {
                golden.expect(set + "_radius_a" + name, at::tensor(neighbour_radii(a, k), at::kDouble));
                golden.expect(set + "_radius_b" + name, at::tensor(neighbour_radii(b, k), at::kDouble));
            }
            const auto margins = golden.output(set + "_margin" + name);
            const auto wanted = golden.output(set + "_precision_recall" + name);
            const auto found = precision_recall(a, b, k);
            // one decision that hangs on rounding may fall either way
            EXPECT_NEAR(found.precision, wanted[0], margins[0] > 1e-9 ? 1e-12 : 1.5 / static_cast<double>(a.count));
            EXPECT_NEAR(found.recall, wanted[1], margins[1] > 1e-9 ? 1e-12 : 1.5 / static_cast<double>(b.count));
        }
        if (set != "full") continue;
        const auto sizes = golden.output("infinity_n"), distances = golden.output("infinity_fids"),
                   line = golden.output("infinity_slope_intercept"), residuals = golden.output("infinity_residual");
        const Gaussian all_b = gaussian_of(b);
        std::vector<SizedDistance> points;
        double largest = 0;
        for (size_t i = 0; i < sizes.size(); i++) {
            const auto n = static_cast<int64_t>(sizes[i]);
            points.push_back({n, frechet_distance(gaussian_of({n, a.size, a.read}), all_b).value});
            EXPECT_NEAR(points[i].distance, distances[i], 1e-8 * distances[i]) << n;
            largest = std::max(largest, std::abs(residuals[i]));
        }
        const InfinityLine found = infinity_line(points);
        EXPECT_NEAR(found.slope, line[0], 1e-7 * std::abs(line[0]));
        EXPECT_NEAR(found.intercept, line[1], 1e-7 * std::abs(line[1]));
        EXPECT_NEAR(found.residual, largest, 1e-7 * std::abs(line[1]));
    }
    golden.expect_all_compared();
}

TEST(Frechet, OfTwoGaussiansThatAreKnown) {
    // diagonal covariances: |mu|^2 + sum of (sqrt(a) - sqrt(b))^2
    const Tensor a = at::tensor({4.0, 1.0, 0.0}, at::kDouble), b = at::tensor({1.0, 9.0, 0.0}, at::kDouble);
    const Gaussian ga{100, at::tensor({1.0, 0.0, 2.0}, at::kDouble), {}, at::diag(a)},
        gb{100, at::tensor({0.0, 0.0, 0.0}, at::kDouble), {}, at::diag(b)};
    const auto distance = frechet_distance(ga, gb);
    EXPECT_NEAR(distance.mean, 5, 1e-12);
    EXPECT_NEAR(distance.traces, 1 + 4, 1e-12);
    EXPECT_NEAR(distance.value, 10, 1e-12);
}

TEST(Frechet, IsNothingForEqualSetsAndTheSameSwapped) {
    for (const int64_t n : {5, 30, 31, 90, 600}) {  // of 30 numbers each
        const Tensor x = hashed_rows("frechet/x", n, 30, 0, 1), y = hashed_rows("frechet/y", n + 3, 30, 0, 1.5);
        const Gaussian a = gaussian_of(rows_of(x)), b = gaussian_of(rows_of(y));
        EXPECT_NEAR(frechet_distance(a, a).value, 0, 1e-12) << n;
        const double there = frechet_distance(a, b).value;
        EXPECT_GT(there, 0.01);
        EXPECT_NEAR(frechet_distance(b, a).value, there, 1e-12 * there) << n;
        EXPECT_EQ(a.largest_rank(), std::min<int64_t>(n - 1, 30));
    }
}

TEST(Frechet, RowsAndCovarianceMeetWhereOneTakesOverFromTheOther) {
    const Tensor x = hashed_rows("frechet/x", 31, 30, 0, 1);
    const Gaussian rows = gaussian_of(rows_of(x.narrow(0, 0, 30))), matrix = gaussian_of(rows_of(x));
    EXPECT_TRUE(rows.rows.defined());
    EXPECT_TRUE(matrix.covariance.defined());
    EXPECT_NEAR(rows.trace(), rows.covariance_matrix().trace().item<double>(), 1e-12);
}

TEST(Frechet, TwoPicturesAreTheLeast) {
    const Tensor x = hashed_rows("frechet/x", 2, 30, 0, 1);
    EXPECT_THROW(gaussian_of(rows_of(x.narrow(0, 0, 1))), Error);
    EXPECT_GE(frechet_distance(gaussian_of(rows_of(x)), gaussian_of(rows_of(x))).value, -1e-12);
}

TEST(Frechet, AFeatureThatIsAlwaysZeroIsNothingSpecial) {
    Tensor x = hashed_rows("frechet/x", 300, 20, 0, 1), y = hashed_rows("frechet/y", 300, 20, 0, 2);
    const double without = frechet_distance(gaussian_of(rows_of(x)), gaussian_of(rows_of(y))).value;
    const Tensor zeros = at::zeros({300, 5}, at::kDouble);
    x = at::cat({x, zeros}, 1);
    y = at::cat({y, zeros}, 1);
    EXPECT_NEAR(frechet_distance(gaussian_of(rows_of(x)), gaussian_of(rows_of(y))).value, without, 1e-9 * without);
}

TEST(Frechet, BasicSrsMeanIsInSinglePrecision) {
    const Tensor x = hashed_rows("frechet/x", 3000, 4, 0, 1);
    float sum = 0;
    for (int64_t i = 0; i < 3000; i++) sum += static_cast<float>(x[i][1].item<double>());
    const Gaussian single = gaussian_of(rows_of(x), MeanPrecision::kSingle), full = gaussian_of(rows_of(x));
    EXPECT_EQ(single.mean[1].item<double>(), static_cast<double>(sum / 3000.0F));
    EXPECT_NE(single.mean[1].item<double>(), full.mean[1].item<double>());
    EXPECT_TRUE(single.covariance.equal(full.covariance));
}

TEST(KernelDistance, IsTheSameAllAtOnceAndSubsetBySubset) {
    // more than 2^26 kernel values in the second case
    const Tensor x = hashed_rows("kid/x", 60, 8, 0, 1), y = hashed_rows("kid/y", 50, 8, 0, 1.2);
    const auto subsets = numpy_subsets(7, 60, 50, 20, 3);
    const auto wanted = kernel_distance(rows_of(x), rows_of(y), subsets);
    Rows many = rows_of(x);
    many.count = 10000;  // what lies behind the 60 is in no subset
    const auto found = kernel_distance(many, rows_of(y), subsets);
    for (size_t i = 0; i < subsets.size(); i++) EXPECT_NEAR(found.of_subsets[i], wanted.of_subsets[i], 1e-13);
}

TEST(Neighbours, EqualPicturesCoverEachOther) {
    Tensor x = hashed_rows("pr/x", 1500, 6, 0, 1);  // more than one block
    x[3] = x[4] = x[5] = x[6] = x[7] = x[1200];     // a radius of 0
    const auto same = precision_recall(rows_of(x), rows_of(x), 3);
    EXPECT_EQ(same.precision, 1);
    EXPECT_EQ(same.recall, 1);
    EXPECT_EQ(neighbour_radii(rows_of(x), 3)[4], 0);
    const auto apart = precision_recall(rows_of(x), rows_of(x + 100), 3);
    EXPECT_EQ(apart.precision, 0);
    EXPECT_EQ(apart.recall, 0);
}

}  // namespace
}  // namespace bfr::testing
