#include "nets/flop.h"

namespace bfr::nets {

namespace {

int64_t linear(int64_t in, int64_t out) { return 2 * in * out; }

// `side`: of the result, of the input where the convolution is transposed.
int64_t conv(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    return 2 * in * out * kernel * kernel * side * side;
}

int64_t modulated(int64_t in, int64_t out, int64_t kernel, int64_t side, int64_t style) {
    return linear(style, in) + conv(in, out, kernel, side);
}

int64_t to_rgb(int64_t in, int64_t side, int64_t style) { return modulated(in, 3, 1, side, style); }

// The branches have all outputs between them.
int64_t smart(int64_t in, int64_t out, int64_t side, int64_t style) {
    return modulated(in, out, 3, side, style) + conv(out, out, 3, side);
}

int64_t large(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    return conv(in, out, kernel, side) + conv(out, out, 1, side);
}

int64_t trunk(const IrSeOptions& options, int64_t side) {
    int64_t in = options.widths[0], sum = conv(3, in, 3, side);
    for (size_t stage = 0; stage < options.widths.size(); stage++) {
        const int64_t out = options.widths[stage];
        for (int unit = 0; unit < options.units[stage]; unit++) {
            sum += conv(in, out, 3, side);
            if (unit == 0) side /= 2;
            if (in != out) sum += conv(in, out, 1, side);
            sum += conv(out, out, 3, side) + 2 * linear(out, out / options.reduction);
            in = out;
        }
    }
    return sum;
}

int64_t style_block(int64_t in, int64_t out, int64_t side) {
    int64_t sum = linear(out, out);
    for (; side > 1; in = out) {
        side /= 2;
        sum += conv(in, out, 3, side);
    }
    return sum;
}

}  // namespace

int64_t flop_of(const StyleEncoderOptions& options) {
    const auto& widths = options.trunk.widths;
    int64_t sum = trunk(options.trunk, options.input) + conv(widths[2], widths[3], 1, options.input / 8) +
                  conv(widths[1], widths[3], 1, options.input / 4);
    for (int64_t code = 0; code < options.codes; code++) {
        const int64_t side = options.input / (code < options.coarse ? 16 : code < options.middle ? 8 : 4);
        sum += style_block(widths[3], options.style_width, side);
    }
    return sum;
}

int64_t flop_of(const CompactStyleEncoderOptions& options) {
    const auto& widths = options.widths;
    int64_t side = options.input, sum = conv(3, widths[0], 3, side);
    for (size_t block = 0; block + 1 < widths.size(); block++) {
        const int64_t in = widths[block], out = widths[block + 1];
        sum += conv(in, in, 3, side) + conv(in, out, 3, side / 2) + conv(in, out, 1, side / 2);
        side /= 2;
    }
    constexpr int64_t kScales = 3;
    for (int64_t head = 0; head < kScales; head++, side *= 2) {
        const int64_t in = widths[widths.size() - 1 - static_cast<size_t>(head)];
        const int64_t codes = options.codes * (head + 1) / kScales - options.codes * head / kScales;
        sum += 2 * in * options.features + linear(options.features, options.rank) +
               linear(options.rank, codes * options.style_width);
    }
    return sum;
}

int64_t flop_of_scores(const StyleGan2Options& options) {
    return linear(3 * LinearPath::kSide * LinearPath::kSide, options.linear);
}

int64_t flop_of(const CodeDiffuserOptions& options, int64_t codes) {
    const int64_t width = options.width, timed = width + 1;  // a code with the time appended
    const int64_t perceptron = linear(timed, width) + linear(width, width);
    const int64_t over_codes = linear(timed, width) + 2 * linear(width, width);  // queries, keys and values
    const int64_t over_numbers = over_codes;
    const int64_t scores_of_codes = 2 * linear(codes, width), scores_of_numbers = 2 * linear(width, width);
    return options.blocks * codes * (over_codes + over_numbers + 2 * perceptron + scores_of_codes + scores_of_numbers);
}

int64_t flop_of(const StyleGan2Options& options, int features, bool image) {
    const auto& channels = options.channels;
    const int64_t style = options.style_width;
    int64_t sum = modulated(channels.at(4), channels.at(4), 3, 4, style);
    if (image) sum += to_rgb(channels.at(4), 4, style);
    if (options.linear > 0) sum += flop_of_scores(options);  // and back: as many
    int made = 1;
    for (int64_t side = 8; side <= options.size && (image || made < features); side *= 2) {
        const int64_t in = channels.at(side / 2), out = channels.at(side);
        sum += modulated(in, out, 3, side / 2, style);
        if (options.linear > 0 && side == 8) sum += conv(48, out, 1, side);
        if (options.linear > 0 && side == LinearPath::kSide) sum += conv(3, out, 1, side);
        made++;
        if (image || made < features) sum += modulated(out, out, 3, side, style);
        if (image) sum += to_rgb(out, side, style);
    }
    return sum;
}

int64_t flop_of(const RestorationOptions& options) {
    const auto& channels = options.channels;
    const int64_t first = channels.at(4), encoder = 2 * options.style_width, decoder = encoder + 2 * first;
    int64_t sum = large(3, channels.at(options.size), 1, options.size) + large(first, first, 3, 4) +
                  2 * linear(16 * first, 2 * first) + smart(first, first, 4, decoder) + to_rgb(first, 4, decoder);
    for (int64_t side = 8; side <= options.size; side *= 2) {
        const int64_t fine = channels.at(side), coarse = channels.at(side / 2);
        sum += smart(fine, fine, side, encoder) + modulated(fine, coarse, 3, side / 2, encoder);
        sum += modulated(coarse, fine, 3, side / 2, decoder) + smart(fine, fine, side, decoder) +
               to_rgb(fine, side, decoder);
    }
    return sum;
}

int64_t flop_of_mapping(int64_t style_width, int layers) { return layers * linear(style_width, style_width); }

int64_t flop_of(const UNetOptions& options, int64_t side) {
    const auto& widths = options.widths;
    int64_t sum = conv(3, widths[0], 3, side) + conv(widths[0], widths[0], 3, side) + conv(widths[0], 3, 3, side);
    for (size_t level = 1; level < widths.size(); level++) {
        const int64_t fine = widths[level - 1], coarse = widths[level];
        sum += conv(coarse + fine, fine, 3, side) + conv(fine, fine, 3, side);  // up
        side /= 2;
        sum += conv(fine, coarse, 3, side) + conv(coarse, coarse, 3, side);  // down
    }
    return sum;
}

}  // namespace bfr::nets
