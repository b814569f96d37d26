// A test set that is a grid: which picture gets which combination.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

TEST(TestGrid, AFullSetHasEveryCombinationOnce) {
    std::set<size_t> met;
    for (size_t i = 0; i < 4000; i++) {
        EXPECT_EQ(grid_combination({i, 4000}, 4000), i);
        EXPECT_EQ(grid_combination({i, 5000}, 4000), i);
    }
    EXPECT_EQ(grid_combination({4001, 5000}, 4000), 1u);
    for (size_t i = 0; i < 3999; i++) met.insert(grid_combination({i, 3999}, 4000));
    EXPECT_EQ(met.size(), 3999u);
}

// Each axis' values come as often as the others, within one tenth of the pictures.
TEST(TestGrid, ASmallSetIsSpreadOverEachAxis) {
    const auto& preset = find_degradation_preset("difface-test");
    for (const size_t count : {20u, 100u, 300u, 1000u}) {
        std::map<double, int> quality, scale, noise, sigma_x, rotation;
        for (size_t i = 0; i < count; i++) {
            DrawOptions options;
            options.place = PlaceInSet{i, count};
            const auto drawn = draw_parameters(preset, 1, "any", 512, 512, options);
            const auto& blur = std::get<Blur>(drawn.steps[0]);
            quality[std::get<Jpeg>(drawn.steps[3]).quality]++;
            scale[std::get<Downsample>(drawn.steps[1]).scale]++;
            noise[std::get<Noise>(drawn.steps[2]).sigma]++;
            sigma_x[blur.sigma_x]++;
            rotation[blur.rotation]++;
        }
        const std::pair<std::map<double, int>*, size_t> axes[] = {
            {&quality, 5}, {&scale, 10}, {&noise, 5}, {&sigma_x, 4}, {&rotation, 4}};
        for (const auto& [values, size] : axes) {
            EXPECT_EQ(values->size(), size) << count;
            for (const auto& [value, times] : *values) {
                EXPECT_NEAR(times, static_cast<double>(count) / static_cast<double>(size),
                            static_cast<double>(count) / 10)
                    << value;
            }
        }
    }
}

// The grid decides its values; the seed and the id decide the noise alone.
TEST(TestGrid, NeitherSeedNorIdMoveTheGrid) {
    const auto& preset = find_degradation_preset("difface-test");
    DrawOptions options;
    options.place = PlaceInSet{1234, 4000};
    const auto a = draw_parameters(preset, 1, "a", 512, 512, options),
               b = draw_parameters(preset, 2, "b", 512, 512, options);
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_THROW(draw_parameters(preset, 1, "a", 512, 512), UsageError);
    const auto half = draw_parameters(preset, 1, "a", 256, 256, options);
    EXPECT_EQ(std::get<Blur>(half.steps[0]).sigma_x, std::get<Blur>(a.steps[0]).sigma_x / 2);
}

}  // namespace
}  // namespace bfr
