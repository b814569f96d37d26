// What torch.save writes: since 1.6 a zip archive (NAME/data.pkl, NAME/data/KEY), before that pickles and raw storages
// one after another. Facts: torch/serialization.py and caffe2/serialize/inline_container.cc of PyTorch 1.13 and 2.x.
#pragma once

#include "weights/formats/pickle_value.h"
#include "weights/formats/zip.h"

namespace bfr {

bool looks_like_torch_zip(const ZipArchive& archive);
bool looks_like_torch_legacy(std::span<const std::byte> bytes);

// The saved object, its tensors resolved. Storages stay in the file's memory until they are asked for; those that the
// archive stores aren't compared with its checksums (newer writers may leave them out, and 2 GB take a second): the
// catalogue's sha256 covers the whole file. Throws Error naming the file.
PickleTree read_torch_zip(const ZipArchive& archive);
PickleTree read_torch_legacy(const FileBytes& file);
// A pickle that stands alone: persistent ids stay what they are.
PickleTree read_plain_pickle(const FileBytes& file);

}  // namespace bfr
