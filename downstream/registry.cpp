#include "downstream/task.h"
#include "downstream/units.h"

namespace bfr {

const TaskRegistry& tasks() {
    static const OptionInfo find{"find", "crop",
                                 "how the face is found: crop (where it lies on an FFHQ-aligned picture), whole (the "
                                 "picture is its box), hog or mmod "
                                 "(dlib's detectors)"};
    static const OptionInfo frame{
        "frame", "points (hsemotion: box)",
        "what the network is shown: box (the face's box as found) or points (the box of dlib's 68 "
        "points x 1.2, as the package does it)"};
    static const TaskRegistry registry(
        "task",
        {
            {"landmarks",
             "68 points on the restored face, by dlib or FAN, against those on the reference, or annotated ones",
             {{"net", "dlib", "dlib, or fan68 (face_alignment's 2D FAN)"},
              find,
              {"points", "68",
               "how many the means are over: 68, or 72 as face_recognition lists them, the mouth's corners twice"},
              {"archive", "torchscript",
               "fan68: torchscript (the package's archive up to 1.4.1, as LibTorch runs it) or state-dict (the "
               "file of its other versions, on this program's own network)"},
              {"decoding", "package", "fan68: package (truncated to whole pixels) or exact"},
              {"weights", "the published file", "fan68: another file of tensors (archive=state-dict)", true}},
             make_landmarks},
            {"emotion",
             "the expression on the restored face, by face-api or HSEmotion, against the reference's, or a label",
             {{"net", "face-api", "face-api (seven expressions) or hsemotion (EfficientNet-B0, eight or seven)"},
              find,
              frame,
              {"model", "enet_b0_8_best_vgaf",
               "hsemotion: enet_b0_8_best_vgaf, enet_b0_8_best_afew (eight) or enet_b0_7 (seven)"},
              {"weights", "the published file", "hsemotion: another file of such a network", true}},
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
