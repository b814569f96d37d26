#include "datasets/degradations/object_reader.h"

#include <algorithm>
#include <limits>

namespace bfr {

ObjectReader::ObjectReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail("an object is expected");
}

bool ObjectReader::is_known(const std::string& key) const {
    return std::find(known_.begin(), known_.end(), key) != known_.end();
}

void ObjectReader::know(const char* key) {
    if (!is_known(key)) known_.emplace_back(key);
}

bool ObjectReader::has(const char* key) {
    know(key);
    return json_.contains(key);
}

const Json& ObjectReader::member(const char* key) {
    know(key);
    const auto found = json_.find(key);
    if (found == json_.end()) {
        fail_if_misspelt(key);
        fail(fmt::format("\"{}\" is missing", key));
    }
    return *found;
}

double ObjectReader::number(const char* key) {
    const Json& value = member(key);
    if (!value.is_number()) fail(fmt::format("\"{}\" must be a number", key));
    return value.get<double>();
}

uint64_t ObjectReader::natural(const char* key, uint64_t most) {
    const Json& value = member(key);
    // A number made in memory may be signed where a parsed one is unsigned.
    const bool natural = value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
    if (!natural || value.get<uint64_t>() > most) {
        fail(fmt::format("\"{}\" must be a whole number from 0 to {}", key, most));
    }
    return value.get<uint64_t>();
}

int ObjectReader::integer(const char* key) { return static_cast<int>(natural(key, std::numeric_limits<int>::max())); }

int ObjectReader::signed_integer(const char* key) {
    const Json& value = member(key);
    constexpr int kMost = std::numeric_limits<int>::max();
    if (!value.is_number_integer() || !(std::abs(value.get<double>()) <= kMost)) {
        fail(fmt::format("\"{}\" must be a whole number from {} to {}", key, -kMost, kMost));
    }
    return value.get<int>();
}

bool ObjectReader::flag(const char* key) {
    const Json& value = member(key);
    if (!value.is_boolean()) fail(fmt::format("\"{}\" must be true or false", key));
    return value.get<bool>();
}

std::string ObjectReader::text(const char* key) {
    const Json& value = member(key);
    if (!value.is_string()) fail(fmt::format("\"{}\" must be a text", key));
    return value.get<std::string>();
}

const Json& ObjectReader::array(const char* key) {
    const Json& value = member(key);
    if (!value.is_array()) fail(fmt::format("\"{}\" must be a list", key));
    return value;
}

void ObjectReader::finish() const {
    for (const auto& [key, value] : json_.items()) {
        if (is_known(key)) continue;
        if (known_.size() == 1) fail(fmt::format("unknown key '{}'; there is none but \"{}\"", key, known_[0]));
        fail(unknown_name("key", key, known_));
    }
}

void ObjectReader::fail_if_misspelt(const char* missing) const {
    const std::vector<std::string> names{missing};
    for (const auto& [key, value] : json_.items()) {
        if (!is_known(key) && !near_names(key, names).empty()) fail(unknown_name("key", key, names));
    }
}

}  // namespace bfr
