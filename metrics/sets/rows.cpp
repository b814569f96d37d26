#include "metrics/sets/rows.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace bfr {

Rows rows_of(const FeatureRows& features, int64_t limit, const std::atomic<bool>* stop) {
    const int64_t size = features.size();
    return {std::min(limit, features.count()), size, [&features, size, stop](int64_t first, int64_t n) {
                if (stop && *stop) throw Stopped();
                at::Tensor rows = at::empty({n, size});
                features.read(first, n, rows.data_ptr<float>());
                return rows.to(at::kDouble);
            }};
}

Rows rows_of(const at::Tensor& values) {
    return {values.size(0), values.size(1), [values](int64_t first, int64_t n) { return values.narrow(0, first, n); }};
}

Rows chosen_rows(const Rows& rows, std::vector<int64_t> which) {
    const auto count = static_cast<int64_t>(which.size());
    return {count, rows.size, [rows, which = std::move(which)](int64_t first, int64_t n) {
                at::Tensor some = at::empty({n, rows.size}, at::kDouble);
                for (int64_t i = 0; i < n; i++) some[i].copy_(rows.read(which[static_cast<size_t>(first + i)], 1)[0]);
                return some;
            }};
}

at::Tensor all_rows(const Rows& rows) {
    at::Tensor all = at::empty({rows.count, rows.size}, at::kDouble);
    for (int64_t first = 0; first < rows.count; first += kRowsAtOnce) {
        const int64_t n = std::min(kRowsAtOnce, rows.count - first);
        all.narrow(0, first, n).copy_(rows.read(first, n));
    }
    return all;
}

}  // namespace bfr
