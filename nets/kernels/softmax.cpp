#include "nets/kernels/softmax.h"

#include <algorithm>
#include <cstring>

#include "nets/kernels/exponential.h"

namespace bfr::nets {

BFR_TARGET_CLONES float softmax_weights(float* scores, int64_t count, float scale) {
    Lanes most, sum = {};
    load(most, scores, 1);
    most = Lanes{} + most[0];
    for (int64_t i = 0; i < count; i += kLanes) {
        const int64_t some = std::min(kLanes, count - i);
        Lanes v = most;
        std::memcpy(&v, scores + i, static_cast<size_t>(some) * sizeof(float));
        most = v > most ? v : most;
    }
    float largest = most[0];
    for (int64_t i = 1; i < kLanes; i++) largest = std::max(largest, most[i]);
    for (int64_t i = 0; i < count; i += kLanes) {
        const int64_t some = std::min(kLanes, count - i);
        Lanes v;
        load(v, scores + i, some);
        v = (v - largest) * scale;
        exponential(v);
        for (int64_t rest = some; rest < kLanes; rest++) v[rest] = 0;
        sum += v;
        store(scores + i, v, some);
    }
    float total = 0;
    for (int64_t i = 0; i < kLanes; i++) total += sum[i];
    return 1 / total;
}

}  // namespace bfr::nets
