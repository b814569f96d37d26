// Folders of a compact VSPBFR in which one file is wrong.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "base/error.h"
#include "restore/restorer.h"
#include "tests/restore/compact_vspbfr.h"
#include "tests/support/support.h"
#include "tests/weights/torch_zip.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::testing {

namespace fs = std::filesystem;

inline const char* const kFiles[] = {kStyleFile, kDiffuserFile, kRestorationFile};
inline std::unique_ptr<Restorer> make_vspbfr_of(const fs::path& folder,
                                                const std::map<std::string, std::string>& options = {}) {
    Spec spec("vspbfr");
    spec.set("files", folder.string());
    for (const auto& [key, value] : options) spec.set(key, value);
    return restorers().make(spec, UnitContext());
}

// What that throws, which must be an Error; "accepted" where it throws nothing.
inline std::string refusal(const fs::path& folder) {
    try {
        make_vspbfr_of(folder);
    } catch (const Error& error) {
        return error.what();
    } catch (const std::exception& error) {
        ADD_FAILURE() << "not an Error: " << error.what();
        return "";
    }
    return "accepted";
}

class VspbfrBadFiles : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { good_ = new VspbfrTensors(compact_vspbfr_tensors()); }
    static void TearDownTestSuite() {
        delete good_;
        good_ = nullptr;
    }
    VspbfrBadFiles() { write_vspbfr(folder_.path(), *good_); }

    static std::vector<CheckpointTensor> tensors(const std::string& file) {
        return file == kStyleFile ? good_->style : file == kDiffuserFile ? good_->diffuser : good_->restoration;
    }
    fs::path path(const std::string& file) const { return folder_ / file; }
    void put(const std::string& file, const std::string& content) const {
        std::ofstream(path(file), std::ios::binary) << content;
    }
    void put(const std::string& file, const std::vector<CheckpointTensor>& tensors) const {
        put(file, torch_zip(tensors));
    }
    void restore_all() const { write_vspbfr(folder_.path(), *good_); }
    std::string refused() const { return refusal(folder_.path()); }
    // That the file of these tensors is refused so; the right one is put back.
    template <class Matcher>
    void expect_refused(const std::string& file, const std::vector<CheckpointTensor>& tensors, const Matcher& matcher) {
        put(file, tensors);
        EXPECT_THAT(refused(), ::testing::AllOf(::testing::HasSubstr(path(file).string()), matcher));
        put(file, this->tensors(file));
    }

    static inline VspbfrTensors* good_ = nullptr;
    Scratch folder_;
};

inline CheckpointTensor& tensor_of(std::vector<CheckpointTensor>& tensors, const std::string& path) {
    for (auto& tensor : tensors) {
        if (tensor.path == path) return tensor;
    }
    throw std::logic_error("the compact file has no tensor " + path);
}

inline at::Tensor values_of(const CheckpointTensor& tensor) {
    const auto bytes = materialise(tensor.stored, tensor.path);
    return to_tensor(bytes.view, bytes.owner).clone();
}

inline void change(std::vector<CheckpointTensor>& tensors, const std::string& path, const at::Tensor& values) {
    tensor_of(tensors, path) = stored(path, values);
}

}  // namespace bfr::testing
