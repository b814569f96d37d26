#pragma once

#include <string>

#include "weights/catalogue/catalogue.h"
#include "weights/fetch/fetch.h"
#include "weights/fetch/part_file.h"

namespace bfr {

// Brings what `url` has into the part file: goes on where that came from the same place (or, where the catalogue's
// SHA-256 will tell, from another one that serves the same form), and tries again after what may pass. Returns whether
// it went on from bytes of an earlier answer. Throws TransferError, also where the answer can't be the file: a web
// page, another size. Error of the disk.
bool download(const KnownFile& file, const std::string& url, PartFile& part, const FetchOptions& options,
              FetchProgress& progress);

}  // namespace bfr
