#include "train/losses/judges.h"

namespace bfr::train {

const std::vector<std::string>& lpips_names() {
    static const std::vector<std::string> names = {"none", "alex", "squeeze", "vgg"};
    return names;
}

const std::vector<std::string>& recogniser_names() {
    static const std::vector<std::string> names = {"none", "mobilefacenet", "resnet101"};
    return names;
}

Judges load_judges(const JudgeOptions& options, const FindFile& find, at::Device device) {
    const auto open = [&](const std::string& own, const std::string& published) {
        return open_checkpoint(own.empty() ? find(published) : std::filesystem::path(own));
    };
    Judges judges;
    if (options.lpips != "none") {
        const auto net = options.lpips == "alex"  ? nets::TrunkNet::kAlexNet
                         : options.lpips == "vgg" ? nets::TrunkNet::kVgg16
                                                  : nets::TrunkNet::kSqueezeNet;
        judges.perceptual =
            std::make_shared<PerceptualLoss>(net, open(options.trunk_file, nets::published_file(net)),
                                             open(options.heads_file, "lpips-v0.1-" + options.lpips + ".pth"));
        judges.perceptual->to(device, at::kFloat);
    }
    const auto recogniser = [&](auto make, const std::string& published) {
        const Checkpoint file = open(options.recogniser_file, published);
        judges.identity = make(tensors_below(file, ""), file.name());
        judges.identity->to(device, at::kFloat);
    };
    if (options.recogniser == "mobilefacenet") recogniser(mobile_face_net, "mobilefacenet.pt");
    if (options.recogniser == "resnet101") recogniser(arcface_resnet101, "Arcface.pth");
    return judges;
}

}  // namespace bfr::train
