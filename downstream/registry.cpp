#include "downstream/task.h"
#include "downstream/units.h"

namespace bfr {

const TaskRegistry& tasks() {
    static const OptionInfo find{
        "find", "whole", "how the face is found: whole (the picture is its box), hog or mmod (dlib's detectors)"};
    static const TaskRegistry registry(
        "task", {
                    {"landmarks",
                     "dlib's 68 points on the restored face against those on the reference, or annotated ones",
                     {find},
                     make_landmarks},
                    {"emotion",
                     "face-api's seven expressions on the restored face against the reference's, or a label",
                     {find},
                     make_emotion},
                    {"size", "width and height of the restored picture; looks for no face", {}, make_size},
                });
    return registry;
}

}  // namespace bfr
