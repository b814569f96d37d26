#include "downstream/task.h"
#include "downstream/units.h"

namespace bfr {

const TaskRegistry& tasks() {
    static const OptionInfo find{"find", "crop",
                                 "how the face is found: crop (where it lies on an FFHQ-aligned picture), whole (the "
                                 "picture is its box), hog or mmod "
                                 "(dlib's detectors)"};
    static const OptionInfo frame{
        "frame", "points",
        "what the network is shown: box (the face's box as found) or points (the box of dlib's 68 "
        "points x 1.2, as the package does it)"};
    static const TaskRegistry registry(
        "task", {
                    {"landmarks",
                     "dlib's 68 points on the restored face against those on the reference, or annotated ones",
                     {find},
                     make_landmarks},
                    {"emotion",
                     "face-api's seven expressions on the restored face against the reference's, or a label",
                     {find, frame},
                     make_emotion},
                    {"size", "width and height of the restored picture; looks for no face", {}, make_size},
                });
    return registry;
}

}  // namespace bfr
