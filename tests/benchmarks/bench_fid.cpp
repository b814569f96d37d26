// FID's two costs, as one JSON line, for compare_fid.py.
//
//     bench_fid inception WEIGHTS RGB WIDTH HEIGHT THREADS BATCH OUT    RGB: BATCH pictures, 8 bits, rows of R, G, B
//     bench_fid distance A B SIZE THREADS                               A, B: rows of SIZE float32
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/inception_input.h"
#include "metrics/sets/gaussian.h"
#include "nets/inception_fid.h"
#include "nets/prepare.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace {

double least_seconds(int repeats, const std::function<void()>& work) {
    double least = 1e9;
    for (int i = 0; i < repeats; i++) {
        const auto start = std::chrono::steady_clock::now();
        work();
        least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return least;
}

std::vector<char> bytes_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw Error(file + ": can't be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

void set_threads(int threads) {
    at::set_num_threads(threads);
    if (auto* const set = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
        set(threads);
}

void inception(const std::vector<std::string>& words) {
    const int width = std::stoi(words.at(2)), height = std::stoi(words.at(3)), batch = std::stoi(words.at(5));
    set_threads(std::stoi(words.at(4)));
    const at::NoGradGuard no_grad;
    nets::InceptionFid net;
    load_strictly(net, tensors_below(open_checkpoint(words.at(0)), ""), words.at(0));
    nets::prepare_for_inference(net);
    auto bytes = bytes_of(words.at(1));
    std::vector<ImagePtr> images;
    for (int i = 0; i < batch; i++) {
        cv::Mat bgr(height, width, CV_8UC3);
        const char* const rgb = bytes.data() + static_cast<ptrdiff_t>(i) * width * height * 3;
        for (int k = 0; k < width * height * 3; k++)
            bgr.data[k / 3 * 3 + 2 - k % 3] = static_cast<unsigned char>(rgb[k]);
        images.push_back(Image::from_bgr8(bgr, std::to_string(i)));
    }
    at::Tensor features;
    const double seconds = least_seconds(3, [&] {
        std::vector<at::Tensor> inputs(images.size());
        at::parallel_for(0, batch, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; i++) inputs[i] = inception_input(*images[i], {});
        });
        features = net.forward(at::cat(inputs)).contiguous();
    });
    std::ofstream(words.at(6), std::ios::binary)
        .write(static_cast<const char*>(features.data_ptr()), static_cast<std::streamsize>(features.nbytes()));
    std::printf("{\"seconds\": %.6f}\n", seconds);
}

void distance(const std::vector<std::string>& words) {
    set_threads(std::stoi(words.at(3)));
    const int64_t size = std::stoll(words.at(2));
    const auto gaussian = [&](const std::string& file) {
        auto bytes = bytes_of(file);
        const int64_t rows = static_cast<int64_t>(bytes.size() / sizeof(float)) / size;
        return gaussian_of(rows_of(at::from_blob(bytes.data(), {rows, size}, at::kFloat).to(at::kDouble)));
    };
    Gaussian a, b;
    const double statistics = least_seconds(1, [&] { a = gaussian(words.at(0)), b = gaussian(words.at(1)); });
    FrechetDistance found;
    const double seconds = least_seconds(2, [&] { found = frechet_distance(a, b); });
    std::printf("{\"seconds\": %.6f, \"statistics_seconds\": %.6f, \"value\": %.17g}\n", seconds, statistics,
                found.value);
}

}  // namespace
}  // namespace bfr

int main(int count, char** values) {
    const std::vector<std::string> words(values + 1, values + count);
    try {
        const std::vector<std::string> rest(words.begin() + !words.empty(), words.end());
        if (!words.empty() && words[0] == "inception" && rest.size() == 7) return bfr::inception(rest), 0;
        if (!words.empty() && words[0] == "distance" && rest.size() == 4) return bfr::distance(rest), 0;
        std::fprintf(stderr, "see the first lines of bench_fid.cpp\n");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
    return 2;
}
