#include "weights/formats/tensor_listing.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
constexpr int kMaxDepth = 500;
constexpr uint64_t kMaxWork = 30'000'000;  // values seen and characters of paths, of which a checkpoint has a million

// torch.nn.Module's own attributes; each a dict.
struct Module {
    const PickleValue *parameters, *buffers, *modules;
    const PickleValue* not_persistent;  // a set, or null in older files
};

std::optional<Module> as_module(const PickleValue& value) {
    const PickleValue* state = attributes(value);
    if (!state) return std::nullopt;
    Module module{lookup(*state, "_parameters"), lookup(*state, "_buffers"), lookup(*state, "_modules"),
                  lookup(*state, "_non_persistent_buffers_set")};
    for (const auto* part : {module.parameters, module.buffers, module.modules}) {
        if (!part || !part->is(Kind::kDict)) return std::nullopt;
    }
    return module;
}

class Lister {
  public:
    using Use = std::function<void(const std::string&, const StoredTensor&)>;
    Lister(const std::string& file, const Use& use) : file_(file), use_(use) {}

    void visit(const PickleValue& value, int depth = 0) {
        work(1);
        if (value.is(Kind::kTensor)) {
            work(path_.size());
            return use_(path_, *value.tensor);
        }
        const bool sequence = value.is(Kind::kList) || value.is(Kind::kTuple) || value.is(Kind::kSet);
        if (!sequence && !value.is(Kind::kDict) && !value.is(Kind::kObject)) return;
        if (!open_.insert(&value).second) return;  // it contains itself
        if (depth == kMaxDepth) throw Error(fmt::format("{}: its values are nested deeper than {}", file_, kMaxDepth));
        if (sequence) {
            visit_sequence(value.items, depth);
        } else if (value.is(Kind::kDict)) {
            visit_dict(value, depth);
        } else {
            visit_object(value, depth);
        }
        open_.erase(&value);
    }

  private:
    void work(uint64_t amount) {
        work_ += amount;
        if (work_ > kMaxWork) throw Error(fmt::format("{}: its values share each other beyond all bounds", file_));
    }

    void visit_below(const std::string& key, const PickleValue& value, int depth) {
        work(key.size());
        const size_t length = path_.size();
        if (depth > 0) path_ += '.';
        path_ += key;
        visit(value, depth + 1);
        path_.resize(length);
    }

    void visit_sequence(std::span<const PickleValue* const> items, int depth) {
        for (size_t i = 0; i < items.size(); i++) {
            if (holds_nothing(*items[i])) continue;
            visit_below(fmt::format("{}", i), *items[i], depth);
        }
    }

    void visit_dict(const PickleValue& dict, int depth) {
        visit_entries(dict.items, depth, [](const PickleValue&) { return true; });
    }

    template <class Wanted>
    void visit_entries(std::span<const PickleValue* const> items, int depth, Wanted wanted) {
        std::unordered_set<std::string_view> keys;
        for (size_t i = 0; i + 1 < items.size(); i += 2) {
            work(1);
            if (items[i]->is(Kind::kText) && !keys.insert(items[i]->text).second) {
                throw Error(fmt::format("{}: a dict in it has the key '{}' twice", file_, printable(items[i]->text)));
            }
            if (wanted(*items[i]) && !holds_nothing(*items[i + 1]))
                visit_below(key_text(*items[i]), *items[i + 1], depth);
        }
    }

    static bool holds_nothing(const PickleValue& value) {
        return value.kind < Kind::kList || value.is(Kind::kGlobal) || value.is(Kind::kPersistent);
    }

    void visit_object(const PickleValue& value, int depth) {
        const PickleValue* state = attributes(value);
        if (state) work(state->items.size());
        if (const auto module = as_module(value)) {
            visit_dict(*module->parameters, depth);
            std::unordered_set<std::string_view> skipped;
            if (module->not_persistent && module->not_persistent->is(Kind::kSet)) {
                for (const auto* name : module->not_persistent->items) {
                    if (name->is(Kind::kText)) skipped.insert(name->text);
                }
            }
            work(skipped.size());
            visit_entries(module->buffers->items, depth,
                          [&](const PickleValue& key) { return !key.is(Kind::kText) || !skipped.contains(key.text); });
            return visit_dict(*module->modules, depth);
        }
        if (!objects_.insert(&value).second) return;
        if (state) visit_dict(*state, depth);
        visit_entries(value.object->key_values, depth, [](const PickleValue&) { return true; });
        visit_sequence(value.object->appended, depth);
    }

    const std::string& file_;
    const Use& use_;
    std::string path_;
    std::unordered_set<const PickleValue*> open_;     // those that the walk is inside of
    std::unordered_set<const PickleValue*> objects_;  // of unknown classes, seen before
    uint64_t work_ = 0;
};

const PickleValue* entry_at(std::span<const PickleValue* const> items, std::string_view path) {
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
        const std::string key = key_text(*items[i]);
        if (!path.starts_with(key)) continue;
        if (path.size() == key.size()) return items[i + 1];
        if (path[key.size()] != '.') continue;
        if (const auto* found = value_at(*items[i + 1], path.substr(key.size() + 1))) return found;
    }
    return nullptr;
}

}  // namespace

void list_tensors(const PickleTree& tree,
                  const std::function<void(const std::string& path, const StoredTensor& tensor)>& use) {
    Lister(tree.file.name(), use).visit(*tree.root);
}

const PickleValue* value_at(const PickleValue& root, std::string_view path) {
    if (path.empty()) return &root;
    switch (root.kind) {
        case Kind::kDict:
            return entry_at(root.items, path);
        case Kind::kList:
        case Kind::kTuple: {
            size_t index = 0;
            const auto [end, code] = std::from_chars(path.data(), path.data() + path.size(), index);
            path.remove_prefix(static_cast<size_t>(end - path.data()));
            if (code != std::errc() || index >= root.items.size() || (!path.empty() && path.front() != '.'))
                return nullptr;
            return value_at(*root.items[index], path.substr(path.empty() ? 0 : 1));
        }
        case Kind::kObject: {
            const PickleValue* state = attributes(root);
            const PickleValue* found = state ? entry_at(state->items, path) : nullptr;
            return found ? found : entry_at(root.object->key_values, path);
        }
        default:
            return nullptr;
    }
}

}  // namespace bfr
