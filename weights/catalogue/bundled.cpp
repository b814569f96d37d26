#include "weights/catalogue/bundled.h"

namespace bfr {
namespace fs = std::filesystem;

std::vector<fs::path> bundled_weights_folders() {
    std::error_code code;
    const fs::path program = fs::read_symlink("/proc/self/exe", code);
    if (code) return {};
    const fs::path below = fs::path("share") / "bfr" / "weights", beside = program.parent_path();
    std::vector<fs::path> found;
    for (const fs::path& folder : {beside / below, beside.parent_path() / below}) {
        if (fs::is_directory(folder, code)) found.push_back(folder);
    }
    return found;
}

std::string mend_of_bundled() {
    return "take a whole checkout or package of bfr, whose share/bfr/weights has it; or train your own by bfr train "
           "vspbfr "
           "(docs/training.md) and name it by vspbfr:files=DIR; or run the published files by vspbfr:weights=official";
}

}  // namespace bfr
