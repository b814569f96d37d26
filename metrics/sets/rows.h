// Features as the formulas of set metrics take them. Double throughout, in fixed blocks of rows: the same bits however
// the pictures came.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "metrics/set_metric.h"

namespace bfr {

struct Rows {
    int64_t count = 0, size = 0;
    // Rows [first, first + n) as (n, size), double.
    std::function<at::Tensor(int64_t first, int64_t n)> read;
};

inline constexpr int64_t kRowsAtOnce = 256;

// `features` must outlive it; the first `limit` of them. A read throws Stopped once `stop` is set.
Rows rows_of(const FeatureRows& features, int64_t limit, const std::atomic<bool>* stop = nullptr);
// (n, size), double.
Rows rows_of(const at::Tensor& values);
// Those of the given numbers, in that order, each read alone.
Rows chosen_rows(const Rows& rows, std::vector<int64_t> which);
// All of them in memory.
at::Tensor all_rows(const Rows& rows);

}  // namespace bfr
