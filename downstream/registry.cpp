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
                    {"verification",
                     "whether dlib's face descriptor still tells one person from two, on pairs from a CSV",
                     {{"pairs", "required",
                       "CSV with the columns fold,first,second,same; first and second are samples' ids, or paths with "
                       "a picture's extension",
                       true},
                      find,
                      {"measure", "distance", "distance (Euclidean) or cosine (1 - cosine) of the descriptors"},
                      {"people", "folder",
                       "folder (an id's folder is the person) or pairs (who is one person, the pairs say)"}},
                     make_verification},
                    {"size", "width and height of the restored picture; looks for no face", {}, make_size},
                });
    return registry;
}

}  // namespace bfr
