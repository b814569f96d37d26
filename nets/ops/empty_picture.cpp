#include "nets/ops/empty_picture.h"

#include <ATen/ATen.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace bfr::nets {

at::Tensor empty_picture(int64_t batch, int64_t channels, int64_t height, int64_t width) {
    at::Tensor picture = at::empty({batch, channels, height, width},
                                   at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
#ifdef __linux__
    constexpr uintptr_t kPage = uintptr_t{2} << 20;
    const auto begin = reinterpret_cast<uintptr_t>(picture.data_ptr()), end = begin + picture.nbytes();
    const uintptr_t first = (begin + kPage - 1) / kPage * kPage, last = end / kPage * kPage;
    // a wish: where it isn't granted, nothing is lost
    if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
    return picture;
}

}  // namespace bfr::nets
