// What the page's gallery shows of a sample: its pictures, small, or why there is none.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/image.h"
#include "datasets/sample.h"
#include "reports/run_folder.h"
#include "reports/run_page/gallery.h"
#include "reports/thumbnail.h"

namespace bfr {

struct Picture {
    Thumbnail thumbnail = {};
    std::string absent = {};  // why there is none; empty where there is one
    bool failed = false;
    bool is_input = false;      // its pixels are the degraded picture's
    std::string file = {};      // below the run's folder; empty where it lies elsewhere
    int width = 0, height = 0;  // in full size
};

// A picture that a method left beside the restored one.
struct Beside {
    std::string method, name;
    Picture picture;
};

struct Shown {
    const Json* sample;
    std::string id;
    Picture degraded, reference;
    std::vector<Picture> restored;  // one a method
    std::vector<Beside> beside = {};
};

class GalleryReader {
  public:
    // `rows`: the labels whose pictures are shown. The report must outlive it.
    GalleryReader(const Json& report, std::vector<std::string> rows, const std::filesystem::path& run_folder,
                  const GalleryOptions& options);

    Shown read(const Json& sample) const;

  private:
    Picture own_picture(const SampleFiles* files, const std::optional<std::filesystem::path>& path,
                        ImagePtr* keep) const;
    Picture restored_picture(const Json& sample, const std::string& id, const std::string& method,
                             const Image* input) const;
    void add_beside(Shown& shown, const Json& result, const std::string& method, const std::string& name) const;
    Picture small(const Image& image, bool is_input) const;
    Picture linked(Picture picture, const std::filesystem::path& path) const;
    Picture load(const std::filesystem::path& path, const Image* input, ImagePtr* keep) const;

    const Json& report_;
    std::vector<std::string> rows_;
    RunFolder folder_;
    GalleryOptions options_;
    std::map<std::string, SampleFiles> files_;
};

}  // namespace bfr
