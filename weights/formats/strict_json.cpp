#include "weights/formats/strict_json.h"

#include <set>
#include <vector>

#include "base/error.h"

namespace bfr {

Json parse_strict_json(std::string_view text, const std::string& file) {
    std::vector<std::set<std::string>> keys;  // of the objects that are open, outermost first
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) {
            keys.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            keys.pop_back();
        } else if (event == Json::parse_event_t::key) {
            const auto key = parsed.get<std::string>();
            if (!keys.back().insert(key).second)
                throw Error(fmt::format("{}: its JSON has the key '{}' twice", file, key));
        }
        return true;
    };
    try {
        return Json::parse(text.begin(), text.end(), watch);
    } catch (const Json::parse_error& error) {
        throw Error(fmt::format("{}: its JSON is broken at byte {}", file, error.byte));
    } catch (const Json::exception&) {
        throw Error(fmt::format("{}: its JSON holds a number beyond all bounds", file));
    }
}

}  // namespace bfr
