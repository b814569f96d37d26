#include "tests/weights/bytes.h"

#include <zlib.h>

#include "base/error.h"

namespace bfr::testing {

std::string deflated(std::string_view content) {
    z_stream stream{};
    BFR_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
    std::string out(deflateBound(&stream, content.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    BFR_CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string make_zip(const std::vector<ZipPart>& parts, bool wide_end) {
    std::string file, directory;
    for (const auto& part : parts) {
        const std::string data = part.deflate ? deflated(part.content) : part.content;
        const auto crc = static_cast<uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(part.content.data()), static_cast<uInt>(part.content.size())));
        const uint64_t size = part.claimed_size ? part.claimed_size : part.content.size();
        const auto flags = static_cast<uint16_t>(part.flags | (part.descriptor ? 8 : 0));
        const uint16_t method = part.deflate ? 8 : 0;
        const uint64_t offset = file.size();
        const auto narrow = [&](uint64_t value) { return number<uint32_t>(part.wide ? 0xFFFFFFFF : value); };
        const std::string sizes = number<uint64_t>(size) + number<uint64_t>(data.size());

        const std::string& local_name = part.local_name.empty() ? part.name : part.local_name;
        const std::string local_extra = part.wide ? number<uint16_t>(1) + number<uint16_t>(16) + sizes : std::string();
        file +=
            number<uint32_t>(0x04034b50) + number<uint16_t>(20) + number(flags) + number(method) + number<uint32_t>(0);
        file += part.descriptor ? std::string(12, '\0') : number(crc) + narrow(data.size()) + narrow(size);
        const std::string extra = part.descriptor ? std::string() : local_extra;
        file += number(static_cast<uint16_t>(local_name.size())) + number(static_cast<uint16_t>(extra.size()));
        file += local_name + extra + data;
        if (part.descriptor) {
            file += number<uint32_t>(0x08074b50) + number(crc);
            file += part.wide ? number<uint64_t>(data.size()) + number<uint64_t>(size)
                              : number(static_cast<uint32_t>(data.size())) + number(static_cast<uint32_t>(size));
        }

        const uint64_t claimed_offset = offset + part.moved_by;
        const std::string central_extra =
            part.wide ? number<uint16_t>(1) + number<uint16_t>(24) + sizes + number(claimed_offset) : std::string();
        directory += number<uint32_t>(0x02014b50) + number<uint16_t>(20) + number<uint16_t>(20) + number(flags) +
                     number(method) + number<uint32_t>(0) + number(crc) + narrow(data.size()) + narrow(size) +
                     number(static_cast<uint16_t>(part.name.size())) +
                     number(static_cast<uint16_t>(central_extra.size())) + std::string(10, '\0') +
                     narrow(claimed_offset) + part.name + central_extra;
    }
    const uint64_t begin = file.size();
    file += directory;
    if (wide_end) {
        const uint64_t at = file.size();
        file += number<uint32_t>(0x06064b50) + number<uint64_t>(44) + number<uint16_t>(45) + number<uint16_t>(45) +
                std::string(8, '\0') + number<uint64_t>(parts.size()) + number<uint64_t>(parts.size()) +
                number<uint64_t>(directory.size()) + number(begin);
        file += number<uint32_t>(0x07064b50) + number<uint32_t>(0) + number(at) + number<uint32_t>(1);
    }
    const auto count = static_cast<uint16_t>(wide_end ? 0xFFFF : parts.size());
    file += number<uint32_t>(0x06054b50) + std::string(4, '\0') + number(count) + number(count) +
            number(static_cast<uint32_t>(wide_end ? 0xFFFFFFFF : directory.size())) +
            number(static_cast<uint32_t>(wide_end ? 0xFFFFFFFF : begin)) + number<uint16_t>(0);
    return file;
}

}  // namespace bfr::testing
