// `bfr restore --align`: every face of whole photographs is found, aligned, restored, and with --paste put back.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/folder_job.h"
#include "cli/options.h"
#include "datasets/faces/align.h"
#include "reports/batches.h"
#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

struct PhotographOptions {
    AlignOptions align;          // all faces, unless --face says otherwise
    bool size_is_given = false;  // else the crops have the method's own size where it has one
    bool paste = false;          // photographs come out; else the restored faces, one file each
    int upscale = 1;             // of the photograph around the faces
    bool copy_faceless = false;  // a photograph without a face comes out as it is; else it has failed
};
// --align and those that have a meaning with it alone.
const std::vector<std::string>& photograph_option_names();
// Throws UsageError for one of them that isn't accompanied by the one that it needs.
PhotographOptions read_photograph_options(const Arguments& arguments);

// One photograph or many at once, as the folder job and the method's batches want it. A face is a sample of its own,
// "ID.face1", "ID.face2" ..., best first.
class Photographs {
  public:
    // All that is referred to must outlive it.
    struct Parts {
        const FaceModels& models;
        const Restorer& restorer;
        Batches& batches;
        RunFolder folder;  // what it writes
        uint64_t seed = 0;
        int jobs = 1;
        const std::atomic<bool>& stop;
    };
    Photographs(PhotographOptions options, Parts parts);
    ~Photographs();
    Photographs(const Photographs&) = delete;
    Photographs& operator=(const Photographs&) = delete;

    // Its FolderJob::job has the options of photographs alone.
    FolderJob job();

  private:
    struct Found {
        std::vector<AlignedFace> faces;     // without crops where those lie in files
        std::vector<std::string> failures;  // why there are not more
    };
    struct Face {
        Json line;
        Restored restored;    // its image is null where it failed
        std::string failure;  // else empty
    };

    Found find(const Image& photo) const;
    bool prepare(std::span<const std::pair<std::string, std::filesystem::path>> pictures);
    PictureOutcome work(const std::string& id, const std::filesystem::path& file) const;
    Face restore_face(const std::string& id, const AlignedFace& face) const;
    PictureOutcome write_faces(const std::string& id, const std::filesystem::path& file, const Found& found,
                               std::vector<Face>& faces) const;
    PictureOutcome paste_all(const std::string& id, const std::filesystem::path& file, const Image& photo,
                             const Found& found, std::vector<Face>& faces, double seconds) const;
    // What a face leaves in the folder, and of an earlier start all from face `first` on.
    std::vector<std::filesystem::path> files_of(const std::string& face_id) const;
    std::vector<std::filesystem::path> older_files(const std::string& id, size_t first) const;
    const RestorerInfo& info() const { return parts_.restorer.info(); }
    std::filesystem::path crops() const { return parts_.folder.root / ".faces"; }
    void remove_crops() const;

    PhotographOptions options_;
    Parts parts_;
    bool made_crops_ = false;
    std::map<std::string, size_t> older_faces_;  // of earlier starts: the last one's number, by the photograph's id
    std::map<std::string, Found> found_;         // of the chunk that was prepared, by the photograph's id
};

}  // namespace bfr
