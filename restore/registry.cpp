#include "restore/restorer.h"
#include "restore/units.h"

namespace bfr {

const RestorerRegistry& restorers() {
    static const RestorerRegistry registry("restorer", {
                                                           degraded_entry(),
                                                           opencv_denoise_entry(),
                                                           opencv_bilateral_entry(),
                                                           outputs_entry(),
                                                       });
    return registry;
}

}  // namespace bfr
