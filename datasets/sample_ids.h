// How a file's name becomes a sample's id, and which ids may be names of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bfr {

// png jpg jpeg webp tif tiff bmp, in any case.
bool is_picture_name(std::string_view file_name);
extern const std::string_view kPictureExtensions;  // for messages: "*.png, *.jpg ..."

// The name without its last extension; the whole name where it has none.
std::string_view stem_of(std::string_view file_name);

// Why a text can't be an id, or empty: it must be UTF-8, of parts separated by '/', none of them empty or begun by a
// dot (hidden files are not read back), without a zero byte.
std::string id_problem(std::string_view id);

// What stands before and after the id in a stem: "{id}_00". With a picture's extension, "{id}_00.png", it asks for that
// too.
class IdPattern {
  public:
    // Throws UsageError where `text` doesn't hold {id} exactly once, or names a folder.
    explicit IdPattern(const std::string& text);
    // The id in a file's name (without folders); nothing where the name isn't of this form.
    std::optional<std::string> id_in(std::string_view file_name) const;
    const std::string& text() const { return text_; }

  private:
    std::string text_, before_, after_, extension_;
};

}  // namespace bfr
