#include "weights/formats/known_objects.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/npy.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
using Items = std::vector<const PickleValue*>;
constexpr size_t kMaxDimensions = 64;
constexpr uint64_t kMaxCopiedItems = 32'000'000;  // a list that many objects are made from is copied for each

struct StorageClass {
    std::string_view name;
    uint64_t bytes;
    std::optional<DType> dtype;
};
constexpr StorageClass kStorageClasses[] = {{"FloatStorage", 4, DType::kF32},  {"DoubleStorage", 8, DType::kF64},
                                            {"HalfStorage", 2, DType::kF16},   {"BFloat16Storage", 2, DType::kBF16},
                                            {"LongStorage", 8, DType::kI64},   {"IntStorage", 4, DType::kI32},
                                            {"ShortStorage", 2, DType::kI16},  {"CharStorage", 1, DType::kI8},
                                            {"ByteStorage", 1, DType::kU8},    {"BoolStorage", 1, DType::kBool},
                                            {"UntypedStorage", 1, DType::kU8}, {"ComplexFloatStorage", 8, {}},
                                            {"ComplexDoubleStorage", 16, {}},  {"QInt8Storage", 1, {}},
                                            {"QUInt8Storage", 1, {}},          {"QInt32Storage", 4, {}},
                                            {"QUInt4x2Storage", 1, {}},        {"QUInt2x4Storage", 1, {}}};

constexpr std::pair<std::string_view, DType> kTorchTypes[] = {
    {"float32", DType::kF32}, {"float64", DType::kF64}, {"float16", DType::kF16}, {"bfloat16", DType::kBF16},
    {"int64", DType::kI64},   {"int32", DType::kI32},   {"int16", DType::kI16},   {"int8", DType::kI8},
    {"uint64", DType::kU64},  {"uint32", DType::kU32},  {"uint16", DType::kU16},  {"uint8", DType::kU8},
    {"bool", DType::kBool}};

bool is_count(const PickleValue& value) { return value.is(Kind::kInt) && value.integer >= 0; }

std::optional<std::vector<int64_t>> integers(const PickleValue& sequence) {
    if ((!sequence.is(Kind::kTuple) && !sequence.is(Kind::kList)) || sequence.items.size() > kMaxDimensions)
        return std::nullopt;
    std::vector<int64_t> numbers;
    for (const auto* item : sequence.items) {
        if (!item->is(Kind::kInt)) return std::nullopt;
        numbers.push_back(item->integer);
    }
    return numbers;
}

// numpy.dtype('f8', False, True) with the state (3, '<', ...)
std::optional<NumpyType> numpy_type(const PickleValue& value) {
    if (!value.is(Kind::kObject) || !value.object->callable->is_global("numpy", "dtype")) return std::nullopt;
    const Items& arguments = value.object->arguments->items;
    if (arguments.empty() || !arguments[0]->is(Kind::kText)) return std::nullopt;
    std::string text(arguments[0]->text.substr(0, 8));
    if (const PickleValue* state = value.object->state) {
        if (!state->is(Kind::kTuple) || state->items.size() < 2 || !state->items[1]->is(Kind::kText))
            return std::nullopt;
        text = std::string(state->items[1]->text.substr(0, 1)) + text;
    }
    return parse_numpy_type(text);
}

class Resolver {
  public:
    Resolver(PickleTree& tree, const StorageSource& storages) : tree_(tree), storages_(storages) {}

    void run() {
        // What others are made of first. Then an object's arguments are older than itself, so that one walk is enough.
        for (auto& value : tree_.values) {
            if (value.is(Kind::kPersistent)) name_module(value);
        }
        for (auto& value : tree_.values) visit(value, simple());
        for (auto& value : tree_.values) visit(value, built());
    }

  private:
    // One known class: how an object of it becomes a value; false leaves it opaque.
    struct Known {
        std::string_view module, name;
        bool (Resolver::*resolve)(PickleValue&);
    };
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(fmt::format("{}: {}", tree_.file.name(), what));
    }

    void visit(PickleValue& value, std::span<const Known> list) {
        if (!value.is(Kind::kObject) || !value.object->callable->is(Kind::kGlobal)) return;
        for (const auto& known : list) {
            if (!value.object->callable->is_global(known.module, known.name)) continue;
            if (value.object->keywords == nullptr) (this->*known.resolve)(value);
            return;
        }
    }

    static const Items& arguments(const PickleValue& value) { return value.object->arguments->items; }

    static void name_module(PickleValue& value) {
        const PickleValue& id = *value.items[0];
        if (!id.is(Kind::kTuple) || id.items.size() < 2 || !id.items[0]->is(Kind::kText) ||
            id.items[0]->text != "module" || !id.items[1]->is(Kind::kGlobal))
            return;
        value.items = Items(id.items[1]->items);
        value.kind = Kind::kGlobal;
    }

    void count_copied(size_t items) {
        copied_ += items;
        if (copied_ > kMaxCopiedItems) fail("its pickle repeats lists beyond all bounds");
    }
    void become(PickleValue& value, Kind kind, Items items) {
        count_copied(items.size());
        value.items = std::move(items);
        value.object.reset();
        value.kind = kind;
    }

    // _codecs.encode(text, 'latin1'): how protocol 2 writes bytes.
    bool encoded(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() != 2 || !given[0]->is(Kind::kText) || !given[1]->is(Kind::kText)) return false;
        if (given[1]->text != "latin1" && given[1]->text != "latin-1") return false;
        const std::string_view text = given[0]->text;
        auto [at, is_new] = decoded_.try_emplace(text.data());
        if (is_new) {
            auto bytes = latin1(text);
            if (!bytes) fail("its pickle holds bytes that are none");
            at->second = FileBytes::own(std::move(*bytes), tree_.file.name());
            tree_.decoded.push_back(at->second);
        }
        const auto content = at->second.bytes();
        value.text = {reinterpret_cast<const char*>(content.data()), content.size()};
        if (!content.empty()) owners_.emplace(value.text.data(), at->second);
        become(value, Kind::kBytes, {});
        return true;
    }
    static std::optional<std::vector<std::byte>> latin1(std::string_view utf8) {
        std::vector<std::byte> bytes;
        bytes.reserve(utf8.size());
        for (size_t i = 0; i < utf8.size(); i++) {
            auto byte = static_cast<uint8_t>(utf8[i]);
            if (byte >= 0x80) {  // C2 or C3, and a second byte
                if ((byte & 0xFE) != 0xC2 || ++i == utf8.size()) return std::nullopt;
                const auto low = static_cast<uint8_t>(utf8[i]);
                if ((low & 0xC0) != 0x80) return std::nullopt;
                byte = static_cast<uint8_t>((byte & 3) << 6 | (low & 0x3F));
            }
            bytes.push_back(static_cast<std::byte>(byte));
        }
        return bytes;
    }

    bool no_bytes(PickleValue& value) {
        if (!arguments(value).empty()) return false;
        become(value, Kind::kBytes, {});
        return true;
    }

    bool set(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() > 1 || (given.size() == 1 && !given[0]->is(Kind::kList) && !given[0]->is(Kind::kTuple)))
            return false;
        become(value, Kind::kSet, given.empty() ? Items() : Items(given[0]->items));
        return true;
    }
    bool size(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() != 1 || !integers(*given[0])) return false;
        become(value, Kind::kTuple, Items(given[0]->items));
        return true;
    }

    bool ordered_dict(PickleValue& value) {
        const Items& given = arguments(value);
        Items items;
        if (given.size() > 1) return false;
        if (given.size() == 1) {  // Python 2: a list of [key, value]
            if (!given[0]->is(Kind::kList)) return false;
            count_copied(given[0]->items.size());
            for (const auto* pair : given[0]->items) {
                if ((!pair->is(Kind::kList) && !pair->is(Kind::kTuple)) || pair->items.size() != 2) return false;
                items.insert(items.end(), pair->items.begin(), pair->items.end());
            }
        }
        const Items& set_later = value.object->key_values;
        items.insert(items.end(), set_later.begin(), set_later.end());
        become(value, Kind::kDict, std::move(items));
        return true;
    }

    bool give(PickleValue& value, StoredTensor tensor) {
        tree_.tensors.push_back(std::move(tensor));
        value.tensor = &tree_.tensors.back();
        become(value, Kind::kTensor, {});
        return true;
    }

    // (storage, offset, shape, strides, ...)
    bool view(PickleValue& value, const Items& given, const std::optional<DType>& declared) {
        if (given.size() < 4 || !given[1]->is(Kind::kInt)) return false;
        const auto shape = integers(*given[2]), strides = integers(*given[3]);
        const auto id = storage_id(*given[0]);
        if (!shape || !strides || !id) return false;
        const auto dtype = declared ? declared : id->dtype;
        if (!dtype) return false;
        auto storage = storages_(*id);
        if (!storage) return false;
        const std::string where = fmt::format("{}: storage '{}'", tree_.file.name(), printable(id->key));
        StoredTensor tensor{*dtype, *shape, *strides, given[1]->integer, std::move(storage)};
        check_view(tensor, where);
        return give(value, std::move(tensor));
    }
    bool tensor(PickleValue& value) { return view(value, arguments(value), std::nullopt); }
    // v3: (untyped storage, offset, shape, strides, requires_grad, hooks, dtype, ...)
    bool typed_tensor(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() < 7 || !given[6]->is(Kind::kGlobal)) return false;
        for (const auto& [name, dtype] : kTorchTypes) {
            if (given[6]->is_global("torch", name)) return view(value, given, dtype);
        }
        return false;
    }
    bool parameter(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.empty() || !given[0]->is(Kind::kTensor)) return false;
        return give(value, *given[0]->tensor);
    }
    // (function, class, arguments, state): a tensor with attributes
    bool subclass(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() < 3 || !given[0]->is_global("torch._utils", "_rebuild_tensor_v2") ||
            !given[2]->is(Kind::kTuple))
            return false;
        return view(value, given[2]->items, std::nullopt);
    }

    std::shared_ptr<const TensorStorage> array_storage(const PickleValue& bytes, bool big_endian) {
        const auto content = std::as_bytes(std::span(bytes.text));
        const auto owner = owners_.find(bytes.text.data());
        const FileBytes& whole = owner == owners_.end() ? tree_.file : owner->second;
        return std::make_shared<const TensorStorage>(TensorStorage{whole.part(content), big_endian});
    }
    bool dense(PickleValue& value, const PickleValue& shape, const PickleValue& type, const PickleValue& bytes,
               bool fortran) {
        const auto sizes = integers(shape);
        const auto kind = numpy_type(type);
        if (!sizes || !kind || (!bytes.is(Kind::kBytes) && !bytes.is(Kind::kText))) return false;
        const auto count = element_count(*sizes);
        const size_t stored = bytes.text.size();
        if (!count || static_cast<uint64_t>(*count) != stored / element_bytes(kind->dtype) ||
            stored % element_bytes(kind->dtype)) {
            fail(fmt::format("an array of shape {} and dtype {} has {} bytes", shape_text(*sizes),
                             to_string(kind->dtype), stored));
        }
        StoredTensor array{kind->dtype, *sizes, dense_strides(*sizes, fortran), 0,
                           array_storage(bytes, kind->big_endian)};
        check_view(array, tree_.file.name());
        return give(value, std::move(array));
    }
    // The state says it all: (version, shape, dtype, Fortran order, bytes)
    bool array(PickleValue& value) {
        const PickleValue* state = value.object->state;
        if (!state || !state->is(Kind::kTuple) || state->items.size() != 5) return false;
        const Items& of = state->items;
        return dense(value, *of[1], *of[2], *of[4],
                     of[3]->integer != 0 && (of[3]->is(Kind::kBool) || is_count(*of[3])));
    }
    // Protocol 5: (bytes, dtype, shape, order)
    bool buffer_array(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() != 4 || !given[3]->is(Kind::kText)) return false;
        return dense(value, *given[2], *given[1], *given[0], given[3]->text == "F");
    }
    // (dtype, bytes): a number
    bool scalar(PickleValue& value) {
        const Items& given = arguments(value);
        if (given.size() != 2 || (!given[1]->is(Kind::kBytes) && !given[1]->is(Kind::kText))) return false;
        const auto type = numpy_type(*given[0]);
        if (!type || given[1]->text.size() != element_bytes(type->dtype)) return false;
        const StoredTensor one{type->dtype, {}, {}, 0, array_storage(*given[1], type->big_endian)};
        const auto bytes = materialise(one, "scalar");
        const DType dtype = type->dtype;
        if (dtype == DType::kF16 || dtype == DType::kF32 || dtype == DType::kF64) {
            value.real = to_doubles(bytes.view)[0];
            become(value, Kind::kFloat, {});
        } else if (dtype == DType::kU64) {
            uint64_t number = 0;
            std::memcpy(&number, bytes.view.bytes.data(), sizeof number);
            if (number > static_cast<uint64_t>(INT64_MAX)) return false;
            value.integer = static_cast<int64_t>(number);
            become(value, Kind::kInt, {});
        } else {
            value.integer = to_integers(bytes.view)[0];
            become(value, dtype == DType::kBool ? Kind::kBool : Kind::kInt, {});
        }
        return true;
    }

    static std::span<const Known> simple() {
        static constexpr Known kList[] = {
            {"_codecs", "encode", &Resolver::encoded},
            {"builtins", "bytes", &Resolver::no_bytes},
            {"__builtin__", "bytes", &Resolver::no_bytes},
            {"builtins", "bytearray", &Resolver::no_bytes},
            {"__builtin__", "set", &Resolver::set},
            {"builtins", "set", &Resolver::set},
            {"__builtin__", "frozenset", &Resolver::set},
            {"builtins", "frozenset", &Resolver::set},
            {"torch", "Size", &Resolver::size},
            {"collections", "OrderedDict", &Resolver::ordered_dict},
        };
        return kList;
    }
    static std::span<const Known> built() {
        static constexpr Known kList[] = {
            {"torch._utils", "_rebuild_tensor", &Resolver::tensor},
            {"torch._utils", "_rebuild_tensor_v2", &Resolver::tensor},
            {"torch._utils", "_rebuild_tensor_v3", &Resolver::typed_tensor},
            {"torch._utils", "_rebuild_parameter", &Resolver::parameter},
            {"torch._utils", "_rebuild_parameter_with_state", &Resolver::parameter},
            {"torch._tensor", "_rebuild_from_type_v2", &Resolver::subclass},
            {"numpy.core.multiarray", "_reconstruct", &Resolver::array},
            {"numpy._core.multiarray", "_reconstruct", &Resolver::array},
            {"numpy.core.numeric", "_frombuffer", &Resolver::buffer_array},
            {"numpy._core.numeric", "_frombuffer", &Resolver::buffer_array},
            {"numpy.core.multiarray", "scalar", &Resolver::scalar},
            {"numpy._core.multiarray", "scalar", &Resolver::scalar},
        };
        return kList;
    }

    PickleTree& tree_;
    const StorageSource& storages_;
    std::unordered_map<const char*, FileBytes> decoded_;  // by the text as the file has it
    std::unordered_map<const char*, FileBytes> owners_;   // by the decoded bytes
    uint64_t copied_ = 0;
};

}  // namespace

std::optional<StorageId> storage_id(const PickleValue& persistent) {
    if (!persistent.is(Kind::kPersistent) || !persistent.items[0]->is(Kind::kTuple)) return std::nullopt;
    const Items& id = persistent.items[0]->items;
    if (id.size() < 5 || id.size() > 6 || !id[0]->is(Kind::kText) || id[0]->text != "storage" ||
        !id[1]->is(Kind::kGlobal) || !id[2]->is(Kind::kText) || !is_count(*id[4]))
        return std::nullopt;
    StorageId result;
    for (const auto& known : kStorageClasses) {
        for (const std::string_view module : {"torch", "torch.cuda", "torch.storage"}) {
            if (!id[1]->is_global(module, known.name)) continue;
            result.element_bytes = known.bytes;
            result.dtype = known.dtype;
        }
    }
    if (!result.element_bytes) return std::nullopt;
    result.key = id[2]->text;
    result.count = static_cast<uint64_t>(id[4]->integer);
    if (id.size() == 6 && !id[5]->is(Kind::kNone)) {
        const Items& view = id[5]->items;
        if (!id[5]->is(Kind::kTuple) || view.size() != 3 || !view[0]->is(Kind::kText) || !is_count(*view[1]) ||
            !is_count(*view[2]))
            return std::nullopt;
        result.view = StorageId::View{view[0]->text, static_cast<uint64_t>(view[1]->integer),
                                      static_cast<uint64_t>(view[2]->integer)};
    }
    return result;
}

void resolve_objects(PickleTree& tree, const StorageSource& storages) { Resolver(tree, storages).run(); }

}  // namespace bfr
