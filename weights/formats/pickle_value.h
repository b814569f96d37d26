// The values that a pickled file holds: data, and names of classes. Nothing of it is ever called.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weights/formats/file_bytes.h"
#include "weights/formats/strided.h"

namespace bfr {

struct PickleValue;

// What a pickle says of an object whose class this program doesn't know: callable(*arguments, **keywords), then the
// state, then what is appended to it and set in it.
struct PickledObject {
    const PickleValue* callable = nullptr;
    const PickleValue* arguments = nullptr;
    const PickleValue* keywords = nullptr;       // null where there are none
    const PickleValue* state = nullptr;          // null where there is none
    std::vector<const PickleValue*> appended;    // as to a list or a set
    std::vector<const PickleValue*> key_values;  // as to a dict: key, value, key, value ...
};

// Values are shared where the file shares them, and a value may contain itself: whoever walks a tree counts its steps.
struct PickleValue {
    enum class Kind {
        kNone,
        kBool,        // integer
        kInt,         // integer
        kBigInt,      // text: two's complement, lowest byte first, more than 8 of them
        kFloat,       // real
        kText,        // text: UTF-8 where the writer was honest
        kBytes,       // text
        kList,        // items
        kTuple,       // items
        kSet,         // items
        kDict,        // items: key, value, key, value ... in the order of the file
        kGlobal,      // items: module and name, two texts
        kObject,      // object: a class that is unknown or only a bag of attributes (argparse.Namespace)
        kPersistent,  // items: the id of something outside the pickle (a storage that no tensor uses)
        kTensor,      // tensor
    };
    Kind kind = Kind::kNone;
    union {
        int64_t integer = 0;
        double real;
    };
    std::string_view text;
    std::vector<const PickleValue*> items;
    std::unique_ptr<PickledObject> object;
    const StoredTensor* tensor = nullptr;

    bool is(Kind wanted) const { return kind == wanted; }
    bool is_global(std::string_view module, std::string_view name) const {
        return kind == Kind::kGlobal && items[0]->text == module && items[1]->text == name;
    }
};

// Owns the values of one file. Moving it leaves every value where it is.
struct PickleTree {
    PickleTree() = default;
    PickleTree(PickleTree&&) = default;
    PickleTree& operator=(PickleTree&&) = default;

    PickleValue& add(PickleValue::Kind kind) {
        values.emplace_back().kind = kind;
        return values.back();
    }

    FileBytes file;                 // what the texts point into
    std::deque<FileBytes> decoded;  // and those that the file holds otherwise
    std::deque<PickleValue> values;
    std::deque<StoredTensor> tensors;
    const PickleValue* root = nullptr;
    uint64_t end = 0;  // where the pickle ended in its bytes
};

// The value of a dict's text key; null where there is none. The last of two, as a reader that runs pickles sees it.
const PickleValue* lookup(const PickleValue& dict, std::string_view key);
// The attributes of an object: its state where that is a dict, or the dict in the pair (dict, slots); else null.
const PickleValue* attributes(const PickleValue& object);

// One line: numbers, quoted texts, "F32 [3, 3]", "<argparse.Namespace size=512 ...>"; at most about `max_chars`.
std::string describe(const PickleValue& value, size_t max_chars = 120);
// A dict's key as a part of a path: a text as it is, the name of a class, anything else as describe() has it.
std::string key_text(const PickleValue& key);

}  // namespace bfr
