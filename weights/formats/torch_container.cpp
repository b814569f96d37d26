#include "weights/formats/torch_container.h"

#include <charconv>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/byte_reader.h"
#include "weights/formats/known_objects.h"
#include "weights/formats/pickle.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
constexpr std::string_view kPickleEntry = "/data.pkl";
// 0x1950a86a20f9469cfc6c, the first pickle of the old container
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kLegacyProtocol = 1001;
constexpr uint64_t kNewestZipVersion = 10;

using Storages = std::map<std::string_view, std::shared_ptr<const TensorStorage>>;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
    throw Error(fmt::format("{}: {}", file, what));
}

// "NAME" of the one entry NAME/data.pkl; empty where there is none.
std::string_view archive_name(const ZipArchive& archive) {
    std::string_view found;
    for (const auto& entry : archive.entries()) {
        const std::string_view name = entry.name;
        if (!name.ends_with(kPickleEntry)) continue;
        const auto folder = name.substr(0, name.size() - kPickleEntry.size());
        if (folder.find('/') != std::string_view::npos) continue;
        if (!found.empty())
            fail(archive.file().name(), fmt::format("holds two checkpoints, '{}' and '{}'", found, folder));
        found = folder;
    }
    return found;
}

// The text of a small entry, without white space at its end; none where there is no such entry.
std::optional<std::string> small_text(const ZipArchive& archive, const std::string& name) {
    const ZipEntry* entry = archive.find(name);
    if (!entry) return std::nullopt;
    if (entry->size > 64) fail(archive.file().name(), fmt::format("'{}' is longer than it can be", printable(name)));
    const FileBytes content = archive.read(*entry, false);
    std::string text(reinterpret_cast<const char*>(content.bytes().data()), content.bytes().size());
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    return text;
}

bool big_endian(const std::string& file, const std::optional<std::string>& order) {
    if (order && *order != "little" && *order != "big")
        fail(file, fmt::format("its byte order is '{}', neither little nor big", printable(*order)));
    return order == "big";
}

void check_zip_version(const std::string& file, const std::optional<std::string>& version) {
    if (!version) return;
    uint64_t number = 0;
    const auto [end, code] = std::from_chars(version->data(), version->data() + version->size(), number);
    if (code != std::errc() || end != version->data() + version->size() || number > kNewestZipVersion)
        fail(file, fmt::format("its container is of version '{}'; this program reads up to {}", printable(*version),
                               kNewestZipVersion));
}

// The old container's pickles and storages, in the order in which they lie.
class LegacyReader {
  public:
    explicit LegacyReader(const FileBytes& file) : file_(file), rest_(file.bytes()) {}

    PickleTree read() {
        next();  // the magic number, which looks_like_torch_legacy() has seen
        const PickleTree protocol = next();
        if (!protocol.root->is(Kind::kInt) || protocol.root->integer != kLegacyProtocol)
            fail(file_.name(), fmt::format("its container is not of protocol {}", kLegacyProtocol));
        const PickleTree system = next();
        const PickleValue* little = lookup(*system.root, "little_endian");
        if (!little || !little->is(Kind::kBool)) fail(file_.name(), "doesn't say which byte order it has");
        PickleTree object = next();
        const PickleTree keys = next();
        if (!keys.root->is(Kind::kList)) fail(file_.name(), "has no list of storages");
        const auto ids = storages_of(object);
        Storages storages;
        for (const auto* key : keys.root->items) {
            if (!key->is(Kind::kText)) fail(file_.name(), "has a storage whose key is no text");
            storages[key->text] = storage(key->text, ids, little->integer == 0);
        }
        if (!rest_.empty()) fail(file_.name(), fmt::format("{} bytes after its last storage", rest_.size()));
        resolve_objects(object, [&](const StorageId& id) { return part(id, storages); });
        return object;
    }

  private:
    PickleTree next() {
        PickleTree tree = parse_pickle(file_, rest_);
        rest_ = rest_.subspan(tree.end);
        return tree;
    }

    std::map<std::string_view, StorageId> storages_of(const PickleTree& object) const {
        std::map<std::string_view, StorageId> ids;
        for (const auto& value : object.values) {
            const auto id = storage_id(value);
            if (!id) continue;
            const auto [known, is_new] = ids.emplace(id->key, *id);
            if (!is_new && (known->second.count != id->count || known->second.element_bytes != id->element_bytes))
                fail(file_.name(), fmt::format("names the storage '{}' with two sizes", printable(id->key)));
        }
        return ids;
    }

    std::shared_ptr<const TensorStorage> storage(std::string_view key, const std::map<std::string_view, StorageId>& ids,
                                                 bool big) {
        const auto id = ids.find(key);
        if (id == ids.end())
            fail(file_.name(), fmt::format("holds a storage '{}' that nothing says the kind of", printable(key)));
        ByteReader in(rest_, 0, file_.name());
        uint64_t count = in.u64();
        if (big) count = __builtin_bswap64(count);
        uint64_t bytes = 0;
        if (count != id->second.count || __builtin_mul_overflow(count, id->second.element_bytes, &bytes)) {
            fail(file_.name(),
                 fmt::format("its storage '{}' has {} elements, not {}", printable(key), count, id->second.count));
        }
        const auto content = in.take(bytes);
        rest_ = rest_.subspan(in.at());
        return std::make_shared<const TensorStorage>(TensorStorage{file_.part(content), big});
    }

    std::shared_ptr<const TensorStorage> part(const StorageId& id, const Storages& storages) const {
        const auto found = storages.find(id.key);
        if (found == storages.end()) fail(file_.name(), fmt::format("lacks the storage '{}'", printable(id.key)));
        if (!id.view) return found->second;
        if (id.view->offset > id.count || id.view->count > id.count - id.view->offset)
            fail(file_.name(), fmt::format("a part of the storage '{}' leaves it", printable(id.key)));
        const FileBytes& whole = found->second->content;
        return std::make_shared<const TensorStorage>(TensorStorage{
            whole.part(whole.bytes().subspan(id.view->offset * id.element_bytes, id.view->count * id.element_bytes)),
            found->second->big_endian});
    }

    const FileBytes& file_;
    std::span<const std::byte> rest_;
};

}  // namespace

bool looks_like_torch_zip(const ZipArchive& archive) { return !archive_name(archive).empty(); }

bool looks_like_torch_legacy(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.starts_with("\x80") && text.substr(0, 24).find(kLegacyMagic) != std::string_view::npos;
}

PickleTree read_torch_zip(const ZipArchive& archive) {
    const std::string& file = archive.file().name();
    const std::string folder(archive_name(archive));
    check_zip_version(file, small_text(archive, folder + "/version"));
    const bool big = big_endian(file, small_text(archive, folder + "/byteorder"));
    const FileBytes pickle = archive.read(*archive.find(folder + std::string(kPickleEntry)), false);
    PickleTree tree = parse_pickle(pickle, pickle.bytes());
    if (tree.end != pickle.bytes().size()) fail(file, "its pickle ends before its entry does");

    std::map<std::string_view, const ZipEntry*> entries;
    for (const auto& entry : archive.entries()) entries.emplace(entry.name, &entry);
    Storages storages;
    resolve_objects(tree, [&](const StorageId& id) {
        auto& storage = storages[id.key];
        if (!storage) {
            const auto found = entries.find(fmt::format("{}/data/{}", folder, id.key));
            if (found == entries.end()) fail(file, fmt::format("lacks the storage '{}'", printable(id.key)));
            storage = std::make_shared<const TensorStorage>(TensorStorage{archive.read(*found->second, false), big});
        }
        const uint64_t bytes = storage->content.bytes().size();
        if (id.count != bytes / id.element_bytes) {
            fail(file, fmt::format("its storage '{}' has {} bytes, not the {} elements of {} that it should have",
                                   printable(id.key), bytes, id.count, id.element_bytes));
        }
        return storage;
    });
    return tree;
}

PickleTree read_torch_legacy(const FileBytes& file) { return LegacyReader(file).read(); }

PickleTree read_plain_pickle(const FileBytes& file) {
    PickleTree tree = parse_pickle(file, file.bytes());
    if (tree.end != file.bytes().size())
        fail(file.name(), fmt::format("{} bytes after its pickle", file.bytes().size() - tree.end));
    resolve_objects(tree, [](const StorageId&) { return nullptr; });
    return tree;
}

}  // namespace bfr
