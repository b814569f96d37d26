// The kernels against their definitions, written out the slow way.
#include <gtest/gtest.h>

#include <cmath>

#include "base/vectors.h"
#include "metrics/kernels/colour.h"
#include "metrics/kernels/gradient.h"
#include "metrics/kernels/niqe.h"
#include "metrics/kernels/phase_congruency.h"
#include "metrics/kernels/squared_error.h"
#include "metrics/kernels/ssim.h"
#include "tests/metrics/portable_kernels.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

Plane random_plane(const std::string& name, int width, int height, float lo = 0, float hi = 255) {
    Plane plane(width, height);
    plane.values = testing::hash_fill(name, plane.values.size(), lo, hi);
    return plane;
}

std::vector<uint8_t> random_bytes(const std::string& name, size_t count) {
    std::vector<uint8_t> bytes;
    for (const float value : testing::hash_fill(name, count, 0, 256))
        bytes.push_back(static_cast<uint8_t>(std::min(value, 255.0F)));
    return bytes;
}

Bgr8View view_of(const std::vector<uint8_t>& bytes, int width, int height) {
    return {bytes.data(), width, height, 3 * width};
}

// Window by window, with all its weights at once.
double similarity_by_definition(const Plane& a, const Plane& b, const SsimWindow& window, SsimTerm term, bool cut) {
    const double c1 = 6.5025, c2 = 58.5225;
    const int r = window.radius;
    double total = 0;
    int places = 0;
    for (int y = r; y + r < a.height; y++) {
        for (int x = r; x + r < a.width; x++) {
            double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
            for (int dy = -r; dy <= r; dy++) {
                for (int dx = -r; dx <= r; dx++) {
                    const double w = window.weights[static_cast<size_t>(std::abs(dy))] *
                                     window.weights[static_cast<size_t>(std::abs(dx))];
                    const double va = a.row(y + dy)[x + dx], vb = b.row(y + dy)[x + dx];
                    ma += w * va, mb += w * vb, aa += w * va * va, bb += w * vb * vb, ab += w * va * vb;
                }
            }
            const double s = window.covariance_scale;
            double structure = (2 * s * (ab - ma * mb) + c2) / (s * (aa - ma * ma) + s * (bb - mb * mb) + c2);
            if (cut) structure = std::max(structure, 0.0);
            total += term == SsimTerm::kFull ? structure * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1) : structure;
            places++;
        }
    }
    return total / places;
}

const std::pair<const char*, SsimWindow> kWindows[] = {{"gaussian", SsimWindow::gaussian()},
                                                       {"gaussian_of_single_sum", SsimWindow::gaussian_of_single_sum()},
                                                       {"gaussian_single", SsimWindow::gaussian_single()},
                                                       {"uniform", SsimWindow::uniform()}};

TEST(SsimKernel, IsTheDefinition) {
    for (const auto& [name, window] : kWindows) {
        for (const auto& [width, height] : {std::pair{11, 11}, {12, 40}, {67, 23}}) {
            const Plane a = random_plane("a", width, height), noise = random_plane("n", width, height, -40, 40);
            Plane b = a, negative = a;
            for (size_t i = 0; i < b.values.size(); i++)
                b.values[i] += noise.values[i], negative.values[i] = 255 - a.values[i];
            for (const Plane* other : {&b, &negative}) {
                const LocalMeans means = local_means(*other, window);
                for (const SsimTerm term : {SsimTerm::kFull, SsimTerm::kContrastStructure}) {
                    for (const bool cut : {false, true}) {
                        EXPECT_NEAR(mean_similarity(a, *other, means, window, term, cut),
                                    similarity_by_definition(a, *other, window, term, cut), 1e-12)
                            << name << " " << width << "x" << height << " cut " << cut;
                    }
                }
            }
            const LocalMeans means = local_means(negative, window);
            EXPECT_LT(mean_similarity(a, negative, means, window, SsimTerm::kFull, false), -0.05)
                << "a negative picture is unlike";
            EXPECT_GE(mean_similarity(a, negative, means, window, SsimTerm::kFull, true), 0);
        }
    }
}

TEST(SsimKernel, WindowsSumToOne) {
    for (const auto& [name, window] : kWindows) {
        double sum = window.weights[0];
        for (size_t k = 1; k <= static_cast<size_t>(window.radius); k++) sum += 2 * window.weights[k];
        EXPECT_NEAR(sum, 1, 1e-7) << name;
        // Single precision leaves a rest, and SSIM shows it in its sixth digit: pytorch-msssim's own values need this
        // one.
        if (name == std::string("gaussian_single")) {
            EXPECT_NEAR(sum - 1, -3.07e-8, 1e-10);
        }
    }
    // fspecial('gaussian', 11, 1.5)'s centre and corner.
    EXPECT_NEAR(std::pow(SsimWindow::gaussian().weights[0], 2), 0.07076223776394698, 1e-15);
    EXPECT_NEAR(std::pow(SsimWindow::gaussian().weights[5], 2), 1.0575655981532617e-06, 1e-18);
}

TEST(SsimKernel, SamePictureAndConstants) {
    for (const auto& [name, window] : kWindows) {
        const Plane a = random_plane("a", 40, 30);
        EXPECT_NEAR(mean_similarity(a, a, local_means(a, window), window, SsimTerm::kFull, false), 1, 1e-12) << name;
        Plane black(40, 30), white(40, 30);
        std::fill(white.values.begin(), white.values.end(), 255.0F);
        EXPECT_NEAR(mean_similarity(black, white, local_means(white, window), window, SsimTerm::kFull, false),
                    6.5025 / (255 * 255 + 6.5025), 1e-8);
        // Weights in single precision sum to 1 + 6e-8, so white has a variance of -0.006 against C2 = 58.5.
        EXPECT_NEAR(
            mean_similarity(black, white, local_means(white, window), window, SsimTerm::kContrastStructure, true), 1,
            2e-4);
    }
}

TEST(Kernels, SameBitsOnEveryInstructionSet) {
    const portable_kernels::Size size{133, 71};
    const Plane a = random_plane("a", size.width, size.height), b = random_plane("b", size.width, size.height);
    for (const auto& [name, window] : kWindows) {
        const LocalMeans means = local_means(b, window);
        for (const bool full : {false, true}) {
            for (const bool cut : {false, true}) {
                const SsimTerm term = full ? SsimTerm::kFull : SsimTerm::kContrastStructure;
                EXPECT_EQ(mean_similarity(a, b, means, window, term, cut),
                          portable_kernels::similarity(a.values, b.values, size, name, full, cut))
                    << name;
            }
        }
    }
    EXPECT_EQ(mean_squared_error(a, b), portable_kernels::squared_error(a.values, b.values));
    const auto bytes = random_bytes("p", 3 * 133 * 71);
    EXPECT_EQ(yiq_y_rounded(view_of(bytes, 133, 71)).values, portable_kernels::yiq_y_rounded(bytes, size));
    Plane matched = a;
    ASSERT_TRUE(match_mean_and_deviation(matched, b));
    EXPECT_EQ(matched.values, portable_kernels::matched(a.values, b.values, size));
    EXPECT_EQ(prewitt_magnitudes(a).values, portable_kernels::gradients(a.values, size));
    const auto responses = testing::hash_fill("responses", 9 * a.values.size(), -1, 1);
    const auto gabors = make_log_gabors(size.width, size.height);
    PhaseCongruency congruency(gabors);
    for (int o = 0; o < kGaborOrientations; o++) congruency.add(o, responses.data() + o);
    EXPECT_EQ(congruency.result().values, portable_kernels::phase_congruency(responses, size));
    const Plane blocks = random_plane("blocks", 200, 110);
    for (const bool single : {true, false}) {
        std::vector<double> features;
        for (const auto& block : niqe_features(blocks, single ? NiqeArithmetic::basicsr() : NiqeArithmetic::pyiqa()))
            features.insert(features.end(), block.begin(), block.end());
        EXPECT_EQ(features, portable_kernels::niqe_features(blocks.values, {blocks.width, blocks.height}, single));
    }
}

TEST(SquaredError, IsExactOverBlocks) {
    const int width = 30000;  // 90,000 bytes a row: more than one block of 32-bit sums
    std::vector<uint8_t> black(3 * static_cast<size_t>(width) * 2, 0), white(black.size(), 255);
    EXPECT_EQ(mean_squared_error(view_of(black, width, 2), view_of(white, width, 2)), 65025);
    const auto a = random_bytes("a", black.size()), b = random_bytes("b", black.size());
    double sum = 0;
    for (size_t i = 0; i < a.size(); i++)
        sum += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    EXPECT_EQ(mean_squared_error(view_of(a, width, 2), view_of(b, width, 2)), sum / static_cast<double>(a.size()));
}

TEST(SquaredError, CropLeavesTheBorderOut) {
    auto a = random_bytes("a", 3 * 10 * 8);
    auto b = a;
    b[0] ^= 1;                 // a corner
    b[3 * (4 * 10 + 5)] ^= 2;  // inside: a difference of 2
    EXPECT_EQ(mean_squared_error(view_of(a, 10, 8).cropped(1), view_of(b, 10, 8).cropped(1)), 4.0 / (3 * 8 * 6));
    EXPECT_EQ(mean_squared_error(view_of(a, 10, 8).cropped(3), view_of(b, 10, 8).cropped(3)), 4.0 / (3 * 4 * 2));
}

TEST(Planes, ReflectBlocksHalve) {
    Plane plane(3, 2);
    plane.values = {1, 2, 3, 4, 5, 6};
    const Plane wide = reflected(plane, 1);
    EXPECT_EQ(wide.values, (std::vector<float>{5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2}));
    EXPECT_EQ(block_means(plane, 2).values, (std::vector<float>{3}));
    const Plane half = halved_after_zeros(plane);
    EXPECT_EQ(half.width, 2);
    EXPECT_EQ(half.values, (std::vector<float>{1.25F, 4}));
    Plane odd(1, 3);
    odd.values = {4, 8, 12};
    EXPECT_EQ(halved_after_zeros(odd).values, (std::vector<float>{1, 5}));
    EXPECT_EQ(cropped(wide, 1).values, plane.values);
}

TEST(Colours, LumaOfKnownColours) {
    const std::vector<uint8_t> bytes = {0,   0, 0,   255, 255, 255, 0, 0,
                                        255, 0, 255, 0,   255, 0,   0};  // black, white, red, green, blue
    const auto picture = view_of(bytes, 5, 1);
    const float bt601[] = {16, 235, 81.481F, 144.553F, 40.966F}, yiq[] = {0, 255, 76.245F, 149.685F, 29.07F};
    for (int x = 0; x < 5; x++) {
        EXPECT_NEAR(bt601_y(picture).row(0)[x], bt601[x], 1e-4);
        EXPECT_NEAR(yiq_y(picture).row(0)[x], yiq[x], 1e-4);
        EXPECT_EQ(yiq_y_rounded(picture).row(0)[x], std::nearbyint(yiq[x]));
    }
    const auto rgb = rgb_planes(picture);
    EXPECT_EQ(rgb[0].values, (std::vector<float>{0, 255, 255, 0, 0}));
    EXPECT_EQ(rgb[2].values, (std::vector<float>{0, 255, 0, 0, 255}));
}

TEST(Matching, GivesTheReferencesMeanAndDeviation) {
    const Plane reference = random_plane("reference", 64, 48, 0.2F, 0.9F);
    Plane restored = random_plane("restored", 64, 48, 0.0F, 0.4F);
    ASSERT_TRUE(match_mean_and_deviation(restored, reference));
    const auto spread = [](const Plane& plane) {
        double sum = 0, squares = 0;
        for (const float v : plane.values) sum += v;
        const double mean = sum / static_cast<double>(plane.values.size());
        for (const float v : plane.values) squares += (v - mean) * (v - mean);
        return std::pair{mean, std::sqrt(squares / static_cast<double>(plane.values.size()))};
    };
    EXPECT_NEAR(spread(restored).second, spread(reference).second, 1e-6);
    EXPECT_NEAR(spread(restored).first, spread(reference).first, 1e-5)
        << "the second scaling moves the mean by its own factor, near 1";
}

TEST(Matching, RefusesWhatHasNoContrast) {
    const Plane reference = random_plane("reference", 16, 16, 0, 1);
    Plane flat(16, 16);
    std::fill(flat.values.begin(), flat.values.end(), 0.1F);
    const Plane before = flat;
    EXPECT_FALSE(match_mean_and_deviation(flat, reference));
    EXPECT_EQ(flat.values, before.values);
    Plane other = reference;
    EXPECT_FALSE(match_mean_and_deviation(other, flat));
}

TEST(Vectors, CosineAndDistance) {
    const std::vector<float> a = {3, 4}, b = {-4, 3}, c = {6, 8}, zero = {0, 0};
    EXPECT_DOUBLE_EQ(cosine(a, c), 1);
    EXPECT_DOUBLE_EQ(cosine(a, b), 0);
    EXPECT_DOUBLE_EQ(cosine(a, zero), 0);
    EXPECT_DOUBLE_EQ(euclidean_distance(a, c), 5);
    EXPECT_DOUBLE_EQ(euclidean_distance(a, a), 0);
}

}  // namespace
}  // namespace bfr
