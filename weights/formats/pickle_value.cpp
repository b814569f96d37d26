#include "weights/formats/pickle_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
constexpr int kMaxShownDepth = 8;

class Describer {
  public:
    explicit Describer(size_t max_chars) : max_chars_(max_chars) {}

    std::string take() && { return std::move(out_); }

    void add(const PickleValue& value, int depth = 0) {
        if (full()) return;
        if (depth > kMaxShownDepth) {
            out_ += "...";
            return;
        }
        switch (value.kind) {
            case Kind::kNone:
                out_ += "None";
                return;
            case Kind::kBool:
                out_ += value.integer ? "True" : "False";
                return;
            case Kind::kInt:
                out_ += fmt::format("{}", value.integer);
                return;
            case Kind::kBigInt:
                out_ += fmt::format("<integer of {} bytes>", value.text.size());
                return;
            case Kind::kFloat:
                out_ += fmt::format("{}", value.real);
                return;
            case Kind::kText:
                return quoted(value.text);
            case Kind::kBytes:
                out_ += fmt::format("<{} bytes>", value.text.size());
                return;
            case Kind::kList:
                return sequence("[", value.items, "]", depth);
            case Kind::kTuple:
                return sequence("(", value.items, value.items.size() == 1 ? ",)" : ")", depth);
            case Kind::kSet:
                return sequence("{", value.items, "}", depth);
            case Kind::kDict:
                return mapping("{", value.items, ": ", "}", depth);
            case Kind::kGlobal:
                out_ += key_text(value);
                return;
            case Kind::kObject:
                return object(value, depth);
            case Kind::kPersistent:
                out_ += "<storage>";
                return;
            case Kind::kTensor:
                out_ += fmt::format("{} {}", to_string(value.tensor->dtype), shape_text(value.tensor->shape));
                return;
        }
    }

  private:
    bool full() const { return out_.size() >= max_chars_; }

    void quoted(std::string_view text) {
        const size_t room = max_chars_ - out_.size();
        out_ += "'" + printable(text.substr(0, room)) + (text.size() > room ? "...'" : "'");
    }

    void sequence(const char* open, std::span<const PickleValue* const> items, const char* close, int depth) {
        out_ += open;
        for (size_t i = 0; i < items.size(); i++) {
            if (i) out_ += ", ";
            if (full()) {
                out_ += fmt::format("... {} in all", items.size());
                break;
            }
            add(*items[i], depth + 1);
        }
        out_ += close;
    }

    void mapping(const char* open, std::span<const PickleValue* const> items, const char* between, const char* close,
                 int depth) {
        out_ += open;
        for (size_t i = 0; i + 1 < items.size(); i += 2) {
            if (i) out_ += ", ";
            if (full()) {
                out_ += fmt::format("... {} in all", items.size() / 2);
                break;
            }
            add(*items[i], depth + 1);
            out_ += between;
            add(*items[i + 1], depth + 1);
        }
        out_ += close;
    }

    void object(const PickleValue& value, int depth) {
        out_ += "<";
        add(*value.object->callable, depth + 1);
        if (const PickleValue* named = attributes(value)) {
            mapping(" ", named->items, "=", "", depth);
        } else if (!value.object->arguments->items.empty()) {
            sequence("(", value.object->arguments->items, ")", depth);
        }
        out_ += ">";
    }

    size_t max_chars_;
    std::string out_;
};

}  // namespace

const PickleValue* lookup(const PickleValue& dict, std::string_view key) {
    if (dict.kind != Kind::kDict) return nullptr;
    for (size_t i = dict.items.size(); i >= 2; i -= 2) {
        if (dict.items[i - 2]->is(Kind::kText) && dict.items[i - 2]->text == key) return dict.items[i - 1];
    }
    return nullptr;
}

const PickleValue* attributes(const PickleValue& object) {
    if (object.kind != Kind::kObject || !object.object->state) return nullptr;
    const PickleValue* state = object.object->state;
    if (state->is(Kind::kTuple) && state->items.size() == 2) state = state->items[0];
    return state->is(Kind::kDict) ? state : nullptr;
}

std::string describe(const PickleValue& value, size_t max_chars) {
    Describer describer(max_chars);
    describer.add(value);
    return std::move(describer).take();
}

std::string key_text(const PickleValue& key) {
    if (key.is(Kind::kText)) return std::string(key.text);
    if (key.is(Kind::kGlobal))
        return fmt::format("{}.{}", printable(key.items[0]->text), printable(key.items[1]->text));
    return describe(key);
}

}  // namespace bfr
