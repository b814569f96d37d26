#include "weights/formats/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/weights/bytes.h"
#include "weights/formats/checkpoint.h"
#include "weights/formats/known_objects.h"

namespace bfr {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

PickleTree resolved(const std::string& pickle) {
    const FileBytes file = file_of(pickle);
    PickleTree tree = parse_pickle(file, file.bytes());
    resolve_objects(tree, [](const StorageId&) { return nullptr; });
    return tree;
}
std::string shown(const std::string& pickle) { return describe(*resolved(pickle).root, 2000); }
std::string refusal(const std::string& pickle) {
    return refusal_of([&] { resolved(pickle); });
}

std::string text(std::string_view content) {
    return "X" + number(static_cast<uint32_t>(content.size())) + std::string(content);
}
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }

TEST(Pickle, PlainValuesOfEveryProtocol) {
    EXPECT_EQ(shown("\x80\2N."), "None");
    EXPECT_EQ(shown("\x80\2\x88\x89\x86."), "(True, False)");
    EXPECT_EQ(shown("\x80\2K\xFFM\xFF\xFFJ\xFF\xFF\xFF\xFF\x87."), "(255, 65535, -1)");
    EXPECT_EQ(shown("\x80\2\x8a\0\x8a\2\0\xFF\x8a\x8\0\0\0\0\0\0\0\x80\x87."s), "(0, -256, -9223372036854775808)");
    EXPECT_EQ(shown("\x80\2\x8a\x9" + std::string(9, '\1') + "."), "<integer of 9 bytes>");
    EXPECT_EQ(shown("\x80\2\x8b\2\0\0\0\1\1."s), "257");
    EXPECT_EQ(shown("\x80\2G\x3F\xF8\0\0\0\0\0\0."s), "1.5");
    EXPECT_EQ(shown("\x80\2(" + text("it's") + "U\2py" + "T\2\0\0\0py"s + "l."), "['it's', 'py', 'py']");
    EXPECT_EQ(shown("\x80\3C\3abcB\1\0\0\0x\x86."s), "(<3 bytes>, <1 bytes>)");
    EXPECT_EQ(shown("\x80\4\x95\x10\0\0\0\0\0\0\0\x8c\1k\x94h\0\x8f\x94(K\1K\2\x90\x87......"s), "('k', 'k', {1, 2})");
    EXPECT_EQ(shown("\x80\5\x96\2\0\0\0\0\0\0\0ab."s), "<2 bytes>");
    EXPECT_EQ(shown("\x80\2}(K\1K\2" + text("b") + "]q\5K\7aK\x8" + "a" + "K\3h\5u."),
              "{1: 2, 'b': [7, 8], 3: [7, 8]}");
    EXPECT_EQ(shown("\x80\2)" + text("x") + "0."), "()");
    EXPECT_EQ(shown("\x80\2(K\1K\2d."), "{1: 2}");
}

TEST(Pickle, KnownObjects) {
    const std::string ordered = global("collections", "OrderedDict");
    EXPECT_EQ(shown("\x80\2" + ordered + ")R(K\1K\2u."), "{1: 2}");
    EXPECT_EQ(shown("\x80\2" + ordered + "](](K\1K\2e](K\3K\4ee\x85R."), "{1: 2, 3: 4}");
    EXPECT_EQ(shown("\x80\2" + ordered + ")R(K\1K\2u}" + text("_metadata") + "Nsb."), "{1: 2}");
    EXPECT_EQ(shown("\x80\2" + global("__builtin__", "set") + "](K\1K\2e\x85R."), "{1, 2}");
    EXPECT_EQ(shown("\x80\2" + global("torch", "Size") + "K\1K\2\x86\x85R."), "(1, 2)");
    const auto tree =
        resolved("\x80\2" + global("_codecs", "encode") + text("a\xC3\xBF\xC2\x80") + text("latin1") + "\x86R.");
    EXPECT_EQ(tree.root->kind, PickleValue::Kind::kBytes);
    EXPECT_EQ(tree.root->text, "a\xFF\x80");
    EXPECT_EQ(shown("\x80\2" + global("argparse", "Namespace") + ")\x81}" + text("size") + "M\0\2sb."s),
              "<argparse.Namespace 'size'=512>");
}

TEST(Pickle, NumpyScalarsAndArrays) {
    const std::string dtype = global("numpy", "dtype") + text("f8") + "\x89\x88\x87R(K\3" + text("<") +
                              "NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\0tb"s;
    for (const std::string module : {"numpy.core.multiarray", "numpy._core.multiarray"}) {
        EXPECT_EQ(shown("\x80\3" + global(module, "scalar") + dtype + "C\x8" + number(2.5) + "\x86R."), "2.5");
        const std::string array = "\x80\3" + global(module, "_reconstruct") + global("numpy", "ndarray") + "K\0\x85"s +
                                  "C\1b\x87R(K\1K\2K\1\x86"s + dtype + "\x89" + "C\x10" + number(1.0) + number(-3.0) +
                                  "tb.";
        const auto tree = resolved(array);
        ASSERT_EQ(tree.root->kind, PickleValue::Kind::kTensor);
        EXPECT_EQ(describe(*tree.root), "F64 [2, 1]");
        EXPECT_THAT(to_doubles(materialise(*tree.root->tensor, "t").view), ElementsAre(1.0, -3.0));
        std::string wrong = array;
        wrong[wrong.find("K\2K\1\x86") + 1] = '\3';
        EXPECT_THAT(refusal(wrong), HasSubstr("has 16 bytes"));
    }
}

// Whatever a pickle asks to be called stays a name with arguments.
TEST(Pickle, UnknownClassesAreData) {
    EXPECT_EQ(shown("\x80\2" + global("posix", "system") + text("touch bfr-was-here") + "\x85R."),
              "<posix.system('touch bfr-was-here')>");
    EXPECT_EQ(shown("\x80\4" + text("builtins") + text("eval") + "\x93" + text("1/0") + "\x85R."),
              "<builtins.eval('1/0')>");
    EXPECT_EQ(shown("\x80\4" + global("a.b", "C") + "K\1\x85}\x92."), "<a.b.C(1)>");
}

TEST(Pickle, BrokenPrograms) {
    EXPECT_THAT(refusal(""), HasSubstr("cut short"));
    EXPECT_THAT(refusal("\x80\1."), HasSubstr("protocol 1"));
    EXPECT_THAT(refusal("\x80\6."), HasSubstr("protocol 6"));
    EXPECT_THAT(refusal("\x80\2."), HasSubstr("stack"));
    EXPECT_THAT(refusal("\x80\2NN."), HasSubstr("stack"));
    EXPECT_THAT(refusal("\x80\2(N."), HasSubstr("stack"));
    EXPECT_THAT(refusal("\x80\2N(\x85."), HasSubstr("empty stack"));
    EXPECT_THAT(refusal("\x80\2t."), HasSubstr("mark"));
    EXPECT_THAT(refusal("\x80\2h\1."), HasSubstr("never stored"));
    EXPECT_THAT(refusal("\x80\2NNa."), HasSubstr("no list"));
    EXPECT_THAT(refusal("\x80\2NNNs."), HasSubstr("no dict"));
    EXPECT_THAT(refusal("\x80\2}(Nu."), HasSubstr("key without a value"));
    EXPECT_THAT(refusal("\x80\2}Nb."), HasSubstr("no object"));
    EXPECT_THAT(refusal("\x80\2NNR."), HasSubstr("no tuple"));
    EXPECT_THAT(refusal("\x80\2K\1K\1\x93."), HasSubstr("no text"));
    EXPECT_THAT(refusal("\x80\2X\xFF\xFF\xFF\xFF"), HasSubstr("cut short"));
    EXPECT_THAT(refusal("\x80\4\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), HasSubstr("cut short"));
    EXPECT_THAT(refusal("\x80\2T\xFF\xFF\xFF\xFF"), HasSubstr("negative length"));
    EXPECT_THAT(refusal("\x80\2\x82\1."), HasSubstr("number that only"));
    EXPECT_THAT(refusal("\x80\5\x97."), HasSubstr("second file"));
    EXPECT_THAT(refusal("\x80\2I1\n."), HasSubstr("protocol 0 or 1"));
    EXPECT_THAT(refusal("\x80\2\xFF."), HasSubstr("doesn't exist"));
}

std::string checkpoint_refusal(const std::string& pickle) {
    return refusal_of([&] { parse_checkpoint(file_of(pickle)); });
}

// Each level holds the one before twice: 2^100 paths from a few hundred bytes.
TEST(Pickle, ValuesThatShareEachOtherEndTheWalk) {
    std::string pickle = "\x80\2]q\0010";
    for (int level = 0; level < 100; level++) pickle += "]q\2(h\1h\1e0h\2q\1" + (level == 99 ? "."s : "0"s);
    EXPECT_THAT(checkpoint_refusal(pickle), HasSubstr("share each other"));
}

TEST(Pickle, DeepAndEndlessNesting) {
    std::string deep = "\x80\2N";
    for (int i = 0; i < 1'000'000; i++) deep += "\x85";
    EXPECT_THAT(checkpoint_refusal(deep + "."), HasSubstr("nested deeper"));
    const auto loop = parse_checkpoint(file_of("\x80\2]q\1h\1ah\1a."));
    EXPECT_TRUE(loop.tensors().empty());
    EXPECT_LT(describe(*loop.root()).size(), 1000u);
    const auto object = parse_checkpoint(file_of("\x80\2" + global("a", "B") + ")\x81q\1}" + text("me") + "h\1sb."));
    EXPECT_TRUE(object.tensors().empty());
    EXPECT_LT(describe(*object.root()).size(), 1000u);
}

TEST(Pickle, AListThatManyObjectsAreMadeFrom) {
    std::string pickle = "\x80\2](";
    for (int i = 0; i < 100'000; i++) pickle += "K\1";
    pickle += "eq\1" + global("builtins", "set") + "q\2]";
    for (int i = 0; i < 1000; i++) pickle += "h\2h\1\x85R"s + "a";
    EXPECT_THAT(refusal(pickle + "\x87."), HasSubstr("repeats lists"));
}

TEST(Pickle, ChangedBytesAreAnErrorOrValues) {
    const std::string whole = "\x80\2}(" + text("state_dict") + global("collections", "OrderedDict") + ")Rq\1(" +
                              text("a") + "K\1" + text("b") + "](K\1K\2e" + "u" + text("args") +
                              global("argparse", "Namespace") + ")\x81}" + text("x") + "h\1sbu.";
    ASSERT_EQ(refusal(whole), "accepted");
    int accepted = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        const Draw draw(1, "pickle", "changes", 0, round);
        auto changed = whole;
        for (uint64_t k = 0; k <= draw.integer(0, 3); k++)
            changed[draw.integer(1 + 2 * k, changed.size())] = static_cast<char>(draw.integer(2 + 2 * k, 256));
        accepted += checkpoint_refusal(changed) == "accepted";
    }
    EXPECT_GT(accepted, 1000);
    EXPECT_LT(accepted, 19000);
}

}  // namespace
}  // namespace bfr
