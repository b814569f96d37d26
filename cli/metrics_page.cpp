#include "cli/metrics_page.h"

namespace bfr {

std::string metrics_page_on(const std::string& name) {
    const std::string page = "\n" + std::string(metrics_page()), heading = "\n## " + name + "\n";
    const size_t at = page.find(heading);
    if (at == std::string::npos) return "";
    const size_t first = page.find_first_not_of('\n', at + heading.size());
    const size_t next = page.find("\n## ", at + heading.size());
    if (first == std::string::npos || first > next) return "";
    std::string text = page.substr(first, next == std::string::npos ? next : next - first);
    while (text.ends_with('\n')) text.pop_back();
    return text + "\n";
}

}  // namespace bfr
