#include "nets/psfrgan.h"

#include <ATen/ATen.h>

#include "nets/device.h"
#include "nets/parsenet.h"
#include "restore/face_net.h"
#include "restore/published_net.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

class PsfrGanMethod : public FaceNetRestorer {
  public:
    using Generator = PublishedNet<nets::PsfrGan>;
    using Parser = PublishedNet<nets::ParseNet>;

    PsfrGanMethod(const Spec& spec, const FaceNetOptions& options, const std::vector<FoundFile>& files,
                  std::shared_ptr<const Generator> generator, std::shared_ptr<const Parser> parser)
        : FaceNetRestorer(spec, options, files[0].use, {}),
          generator_(std::move(generator)),
          parser_(std::move(parser)) {
        info_.summary = "PSFRGAN: a face grows from a constant, guided by the degraded one and the map of its parts";
        info_.convention +=
            "; the parts by ParseNet of the same picture, 1 for the class with a pixel's largest value (for all that "
            "are equally large), resized with the picture to each level bicubically without antialiasing";
        if (generator_->unused > 0)
            info_.convention += fmt::format("; {} tensors of the file aren't the network's", generator_->unused);
        info_.convention += reduced_note("the generator's file", generator_->reduced) +
                            reduced_note("ParseNet's file", parser_->reduced);
        info_.source =
            "Chen et al., \"Progressive Semantic-Aware Style Transformation for Blind Face Restoration\", CVPR 2021; "
            "chaofengc/PSFRGAN ab853cd, test_enhance_dir_align.py";
        info_.weights.push_back(files[1].use);
        info_.parameters = generator_->parameters + parser_->parameters;
        info_.gflop = static_cast<double>(generator_->net->flop() + parser_->net->flop()) / 1e9;
    }

  private:
    at::Tensor forward(const at::Tensor& rgb, const RestoreInput&) const override {
        const at::Tensor classes = parser_->net->forward(rgb);
        require_finite(classes, parser_->file);  // a map of such numbers would be one of no parts at all, or of all
        return generator_->net->forward(rgb, nets::ParseNet::one_hot(classes));
    }

    std::shared_ptr<const Generator> generator_;
    std::shared_ptr<const Parser> parser_;
};

template <class Net>
auto load(const FoundFile& file, const PublishedForm& form, at::Device device) {
    return load_published<Net>(file.path, form, device, [](Net& net, const auto& after_each) {
        nets::prepare(net, after_each);
    });
}

}  // namespace

std::unique_ptr<Restorer> make_psfrgan(SpecReader& reader, const UnitContext& context) {
    FaceNetOptions options = read_face_net_options(reader, kPsfrGanResizes);
    UnitFile generator{"file", std::nullopt, "psfrgan_epoch15_net_G.pth"},
        parser{"parser", std::nullopt, "parse_multi_iter_90000.pth"};
    for (UnitFile* const file : {&generator, &parser}) {
        const std::string own = reader.text(file->option, "");
        if (!own.empty()) file->own = own;
        options.own_file |= !own.empty();
    }
    reader.finish();
    options.device = device_of(context.device);
    options.levels = AuthorsLevels::kTruncated;
    const auto files = find_unit_files(context.weights, "method psfrgan", {generator, parser});
    // the authors load it with strict=False
    auto net = load<nets::PsfrGan>(files[0], {.network = "PSFRGAN", .paths = {""}, .others = true}, options.device);
    auto parts = load<nets::ParseNet>(files[1], {.network = "ParseNet", .paths = {""}}, options.device);
    return std::make_unique<PsfrGanMethod>(reader.spec(), options, files, std::move(net), std::move(parts));
}

}  // namespace bfr
