#include "weights/formats/pickle.h"

#include <array>
#include <bit>
#include <unordered_map>

#include "base/error.h"
#include "weights/formats/byte_reader.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
constexpr uint64_t kMaxSteps = 32'000'000, kMaxValues = 8'000'000;
constexpr int kNewestProtocol = 5;

// The stack machine that a pickle is a program for. Its values are made and linked, never evaluated.
class Machine {
  public:
    Machine(const FileBytes& file, std::span<const std::byte> bytes) : name_(file.name()), in_(bytes, 0, name_) {
        tree_.file = file;
    }

    PickleTree run() {
        for (uint64_t steps = 0;; steps++) {
            if (steps == kMaxSteps) fail("is longer than any checkpoint's pickle");
            opcode_ = in_.u8();
            if (opcode_ == '.') break;
            step();
        }
        if (!marks_.empty() || stack_.size() != 1) fail("ends with a stack that is not its result alone");
        tree_.root = stack_.back();
        tree_.end = in_.at();
        return std::move(tree_);
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(fmt::format("{}: its pickle {} (opcode 0x{:02x} before byte {})", name_, what, opcode_, in_.at()));
    }

    void step() {
        switch (opcode_) {
            case 0x80:  // PROTO
                if (const int protocol = in_.u8(); protocol < 2 || protocol > kNewestProtocol)
                    fail(fmt::format("is of protocol {}; this program reads 2 to {}", protocol, kNewestProtocol));
                return;
            case 0x95:  // FRAME
                if (in_.u64() > in_.left()) fail("has a frame that is longer than the file");
                return;

            case 'N':
                return push(constant(0, Kind::kNone, 0));
            case 0x88:
                return push(constant(1, Kind::kBool, 1));
            case 0x89:
                return push(constant(2, Kind::kBool, 0));
            case 'J':
                return integer(in_.number<int32_t>());
            case 'K':
                return integer(in_.u8());
            case 'M':
                return integer(in_.u16());
            case 0x8a:  // LONG1
                return long_integer(in_.u8());
            case 0x8b:  // LONG4
                return long_integer(length32());
            case 'G':  // BINFLOAT, highest byte first
                return push_real(std::bit_cast<double>(__builtin_bswap64(in_.u64())));

            case 'X':
                return text(Kind::kText, in_.u32());
            case 0x8c:
                return text(Kind::kText, in_.u8());
            case 0x8d:
                return text(Kind::kText, in_.u64());
            case 'T':  // BINSTRING and SHORT_BINSTRING: Python 2's texts
                return text(Kind::kText, length32());
            case 'U':
                return text(Kind::kText, in_.u8());
            case 'B':
                return text(Kind::kBytes, in_.u32());
            case 'C':
                return text(Kind::kBytes, in_.u8());
            case 0x8e:  // BINBYTES8 and BYTEARRAY8
            case 0x96:
                return text(Kind::kBytes, in_.u64());

            case ')':
                return push(&add(Kind::kTuple));
            case ']':
                return push(&add(Kind::kList));
            case '}':
                return push(&add(Kind::kDict));
            case 0x8f:
                return push(&add(Kind::kSet));
            case 't':
                return collect(Kind::kTuple);
            case 'l':
                return collect(Kind::kList);
            case 0x91:
                return collect(Kind::kSet);
            case 'd':
                return collect(Kind::kDict);
            case 0x85:
            case 0x86:
            case 0x87:
                return tuple(opcode_ - 0x84u);

            case 'a':
                return append(pop_last(1));
            case 'e':
                return append(pop_to_mark());
            case 0x90:
                return append(pop_to_mark());
            case 's':
                return set_items(pop_last(2));
            case 'u':
                return set_items(pop_to_mark());

            case '(':
                marks_.push_back(stack_.size());
                return;
            case '0':
                pop_or_unmark();
                return;
            case '1':
                pop_to_mark();
                return;
            case '2':
                return push(top());

            case 'q':
                memo_[in_.u8()] = top();
                return;
            case 'r':
                memo_[in_.u32()] = top();
                return;
            case 0x94:  // MEMOIZE
                memo_[static_cast<uint32_t>(memo_.size())] = top();
                return;
            case 'h':
                return recall(in_.u8());
            case 'j':
                return recall(in_.u32());

            case 'c':
                return global();
            case 0x93:
                return stack_global();
            case 'R':   // REDUCE
            case 0x81:  // NEWOBJ
                return object(pop_last(2));
            case 0x92:  // NEWOBJ_EX
                return object(pop_last(3));
            case 'b':
                return build();
            case 'Q':
                return persistent();
            default:
                return refuse();
        }
    }

    [[noreturn]] void refuse() const {
        if (opcode_ >= 0x82 && opcode_ <= 0x84) fail("names a class by a number that only its own program knows");
        if (opcode_ == 0x97 || opcode_ == 0x98) fail("leaves its data to a second file");
        if (std::string_view("FILPSVgiop").find(static_cast<char>(opcode_)) != std::string_view::npos)
            fail("is of protocol 0 or 1; this program reads 2 to 5");
        fail("has an opcode that doesn't exist");
    }

    PickleValue& add(Kind kind) {
        if (tree_.values.size() == kMaxValues) fail("holds more values than any checkpoint");
        return tree_.add(kind);
    }

    // Values that can't change are made once.
    PickleValue* constant(size_t which, Kind kind, int64_t value) {
        if (!constants_[which]) {
            constants_[which] = &add(kind);
            constants_[which]->integer = value;
        }
        return constants_[which];
    }

    void push(PickleValue* value) { stack_.push_back(value); }
    void integer(int64_t value) {
        PickleValue& made = add(Kind::kInt);
        made.integer = value;
        push(&made);
    }
    void push_real(double value) {
        PickleValue& made = add(Kind::kFloat);
        made.real = value;
        push(&made);
    }
    void long_integer(uint64_t length) {
        const std::string_view digits = in_.text(length);
        if (length > 8) return text(Kind::kBigInt, digits);
        uint64_t value = length && (static_cast<uint8_t>(digits.back()) & 0x80) ? ~uint64_t{0} : 0;
        for (uint64_t i = length; i-- > 0;) value = value << 8 | static_cast<uint8_t>(digits[i]);
        integer(static_cast<int64_t>(value));
    }
    uint64_t length32() {
        const auto length = in_.number<int32_t>();
        if (length < 0) fail("has a text of negative length");
        return static_cast<uint64_t>(length);
    }
    void text(Kind kind, uint64_t length) { text(kind, in_.text(length)); }
    void text(Kind kind, std::string_view content) {
        PickleValue& made = add(kind);
        made.text = content;
        push(&made);
    }
    std::string_view line() {
        ByteReader ahead = in_;
        uint64_t length = 0;
        while (ahead.u8() != '\n') length++;
        const auto content = in_.text(length);
        in_.skip(1);
        return content;
    }

    size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
    PickleValue* top() const {
        if (stack_.size() <= floor()) fail("takes from an empty stack");
        return stack_.back();
    }
    std::vector<PickleValue*> pop_from(size_t height) {
        const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(height);
        std::vector<PickleValue*> popped(first, stack_.end());
        stack_.erase(first, stack_.end());
        return popped;
    }
    std::vector<PickleValue*> pop_last(size_t count) {
        if (stack_.size() - floor() < count) fail("takes from an empty stack");
        return pop_from(stack_.size() - count);
    }
    std::vector<PickleValue*> pop_to_mark() {
        if (marks_.empty()) fail("goes back to a mark that isn't there");
        const size_t height = marks_.back();
        marks_.pop_back();
        return pop_from(height);
    }
    void pop_or_unmark() {  // CPython's POP takes a mark where nothing lies above it
        if (!marks_.empty() && marks_.back() == stack_.size()) {
            marks_.pop_back();
        } else {
            pop_last(1);
        }
    }

    void collect(Kind kind) {
        const auto items = pop_to_mark();
        if (kind == Kind::kDict && items.size() % 2) fail("has a key without a value");
        PickleValue& made = add(kind);
        made.items.assign(items.begin(), items.end());
        push(&made);
    }
    void tuple(size_t length) {
        const auto items = pop_last(length);
        PickleValue& made = add(Kind::kTuple);
        made.items.assign(items.begin(), items.end());
        push(&made);
    }
    void append(const std::vector<PickleValue*>& items) {
        PickleValue* target = top();
        const bool plain = target->is(Kind::kList) || target->is(Kind::kSet);
        if (!plain && !target->is(Kind::kObject)) fail("appends to what is no list");
        auto& into = plain ? target->items : target->object->appended;
        into.insert(into.end(), items.begin(), items.end());
    }
    void set_items(const std::vector<PickleValue*>& items) {
        PickleValue* target = top();
        if (items.size() % 2) fail("has a key without a value");
        if (!target->is(Kind::kDict) && !target->is(Kind::kObject)) fail("sets a key in what is no dict");
        auto& into = target->is(Kind::kDict) ? target->items : target->object->key_values;
        into.insert(into.end(), items.begin(), items.end());
    }
    void recall(uint32_t slot) {
        const auto found = memo_.find(slot);
        if (found == memo_.end()) fail("recalls what it never stored");
        push(found->second);
    }

    void global() {
        PickleValue &module = add(Kind::kText), &name = add(Kind::kText);
        module.text = line();
        name.text = line();
        named(&module, &name);
    }
    void stack_global() {
        const auto names = pop_last(2);
        if (!names[0]->is(Kind::kText) || !names[1]->is(Kind::kText))
            fail("names a class by something that is no text");
        named(names[0], names[1]);
    }
    void named(const PickleValue* module, const PickleValue* name) {
        PickleValue& made = add(Kind::kGlobal);
        made.items = {module, name};
        push(&made);
    }
    void object(const std::vector<PickleValue*>& parts) {
        if (!parts[1]->is(Kind::kTuple)) fail("makes an object from arguments that are no tuple");
        PickleValue& made = add(Kind::kObject);
        made.object = std::make_unique<PickledObject>();
        made.object->callable = parts[0];
        made.object->arguments = parts[1];
        if (parts.size() > 2) made.object->keywords = parts[2];
        push(&made);
    }
    void build() {
        const PickleValue* state = pop_last(1).front();
        PickleValue* target = top();
        if (!target->is(Kind::kObject)) fail("sets the state of what is no object");
        if (target->object->state) fail("sets an object's state twice");
        target->object->state = state;
    }
    void persistent() {
        const PickleValue* id = pop_last(1).front();
        PickleValue& made = add(Kind::kPersistent);
        made.items = {id};
        push(&made);
    }

    const std::string name_;
    ByteReader in_;
    PickleTree tree_;
    std::vector<PickleValue*> stack_;
    std::vector<size_t> marks_;
    std::unordered_map<uint32_t, PickleValue*> memo_;
    std::array<PickleValue*, 3> constants_{};
    uint8_t opcode_ = 0;
};

}  // namespace

PickleTree parse_pickle(const FileBytes& file, std::span<const std::byte> bytes) { return Machine(file, bytes).run(); }

}  // namespace bfr
