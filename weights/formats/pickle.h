// Python's pickles of the protocols 2 to 5 (CPython, Lib/pickletools.py describes the opcodes).
#pragma once

#include "weights/formats/pickle_value.h"

namespace bfr {

// Reads the pickle that `bytes` (a part of `file`) begin with. Nothing is called, whatever the pickle asks for: an
// object becomes a kObject that holds the name of its class and its arguments, a persistent id a kPersistent. What may
// follow the pickle is the caller's: see PickleTree::end. Memory and time are bounded by the number of bytes, and by 32
// million steps and 8 million values. Throws Error naming the file: cut off, an opcode of another protocol, a broken
// stack.
PickleTree parse_pickle(const FileBytes& file, std::span<const std::byte> bytes);

}  // namespace bfr
