#include "nets/torchscript.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "nets/device.h"
#include "nets/torchscript_state.h"
#include "weights/formats/zip.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

// The cause alone: LibTorch's messages come with a back-trace of its own source, TorchScript's with one of the
// module's.
std::string message_of(const std::exception& error) {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    std::string text = torch_error ? torch_error->what_without_backtrace() : error.what();
    constexpr std::string_view kCause = "RuntimeError: ";
    const size_t cause = text.rfind(kCause);
    const bool traced = text.find("most recent call last") != std::string::npos;
    if (cause != std::string::npos) text.erase(0, cause + kCause.size());
    text.erase(0, text.find_first_not_of(" \n"));
    text.erase(text.find_last_not_of(" \n") + 1);
    const size_t line = cause == std::string::npos && traced ? text.rfind('\n') + 1 : 0;
    constexpr size_t kLongest = 400;
    return printable(text.substr(line, std::min(kLongest, text.find('\n', line) - line)));
}

// What the file is, where LibTorch can't load it.
std::string what_it_is(const fs::path& file) {
    try {
        const ZipArchive zip = ZipArchive::parse(FileBytes::map(file));
        bool code = false, data = false;
        for (const auto& entry : zip.entries()) {
            code = code || entry.name.find("/code/") != std::string::npos;
            data = data || entry.name.ends_with("data.pkl");
        }
        if (code) return "";
        if (data) {
            return "is a checkpoint (tensors without a network), not a TorchScript module: export one from Python by "
                   "torch.jit.trace(model, example) or torch.jit.script(model), then its save()";
        }
        return "is a zip archive, but no TorchScript module";
    } catch (const Error& error) {
        return fmt::format("is no TorchScript module, which is a whole zip archive ({})", error.what());
    }
}

torch::jit::Module load(const fs::path& file) {
    std::error_code code;
    if (!fs::is_regular_file(file, code))
        throw NotAvailable(fmt::format("{}: there is no such file", printable(file)), "");
    try {
        return torch::jit::load(file.string(), torch::kCPU);
    } catch (const std::exception& error) {
        if (const std::string wrong = what_it_is(file); !wrong.empty())
            throw UsageError(fmt::format("{}: {}", printable(file), wrong));
        throw UsageError(fmt::format("{}: LibTorch {} can't load this TorchScript module: {}", printable(file),
                                     TORCH_VERSION, message_of(error)));
    }
}

const char* kind_of(const c10::IValue& value) {
    return value.isTuple()         ? "a tuple"
           : value.isList()        ? "a list"
           : value.isGenericDict() ? "a dictionary"
                                   : "no tensor";
}

}  // namespace

struct TorchScript::Impl {
    TorchScriptOptions options;
    torch::Device device{torch::kCPU};
    mutable torch::jit::Module module;
    bool draws = false;
    std::vector<std::pair<std::string, at::Tensor>> tensors;  // all that it keeps
    std::vector<int64_t> versions;                            // of these, when it was loaded

    std::string name() const { return printable(options.file); }

    void check_signature(const c10::FunctionSchema& schema) const {
        size_t required = 0, tensors = 0;
        const auto& arguments = schema.arguments();
        for (size_t i = 1; i < arguments.size(); i++) {  // the first is the module
            required += !arguments[i].default_value().has_value();
            const bool tensor = arguments[i].type()->isSubtypeOf(*c10::TensorType::get());
            if (tensor && tensors == i - 1) tensors++;
        }
        const auto wanted = static_cast<size_t>(options.inputs);
        if (required <= wanted && tensors >= wanted) return;
        throw UsageError(
            fmt::format("{}: its {} can't be called with {} alone: wrap it in a module whose forward takes just that",
                        name(), signature(schema), wanted == 1 ? "one tensor" : fmt::format("{} tensors", wanted)));
    }

    static std::string signature(const c10::FunctionSchema& schema) {
        std::string text = "forward(";
        for (size_t i = 1; i < schema.arguments().size(); i++) {
            const auto& argument = schema.arguments()[i];
            text += fmt::format("{}{} {}{}", i > 1 ? ", " : "", argument.type()->annotation_str(), argument.name(),
                                argument.default_value().has_value() ? "=..." : "");
        }
        text += ")";
        if (!schema.returns().empty()) text += " -> " + schema.returns()[0].type()->annotation_str();
        return text;
    }

    c10::IValue chosen(c10::IValue value) const {
        const std::string& wanted = options.output;
        if (wanted.empty()) return value;
        size_t index = 0;
        const auto [end, code] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
        const bool number = code == std::errc{} && end == wanted.data() + wanted.size();
        if (value.isGenericDict()) {
            for (const auto& item : value.toGenericDict()) {
                if (item.key().isString() && item.key().toStringRef() == wanted) return item.value();
            }
            throw Error(fmt::format("{}: gives a dictionary without the key output={}", name(), wanted));
        }
        if (value.isTensor())
            throw Error(fmt::format("{}: gives one tensor, so there is no output={}", name(), wanted));
        if (!value.isTuple() && !value.isList()) throw Error(fmt::format("{}: gives {}", name(), kind_of(value)));
        const size_t size = value.isTuple() ? value.toTupleRef().elements().size() : value.toListRef().size();
        if (!number || index >= size) {
            throw Error(fmt::format("{}: gives {} of {}, so there is no output={}; they are counted from 0", name(),
                                    kind_of(value), size, wanted));
        }
        return value.isTuple() ? value.toTupleRef().elements()[index] : value.toListRef()[index];
    }

    at::Tensor checked(const c10::IValue& value) const {
        if (!value.isTensor()) {
            throw Error(fmt::format(
                "{}: gives {}{}", name(), kind_of(value),
                options.output.empty() && !value.isNone() ? ": choose its part with output=INDEX or output=KEY" : ""));
        }
        const at::Tensor& tensor = value.toTensor();
        if (!tensor.defined() || !tensor.is_floating_point()) {
            throw Error(fmt::format("{}: gives a tensor of {}, not of floating-point numbers", name(),
                                    tensor.defined() ? c10::toString(tensor.scalar_type()) : "nothing"));
        }
        at::Tensor result = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
        if (!at::isfinite(result).all().item<bool>()) {
            throw Error(fmt::format("{}: gives numbers that are not finite (NaN or infinity)", name()));
        }
        return result;
    }

    at::Tensor run(std::span<const at::Tensor> inputs) const {
        const c10::InferenceMode inference;
        const torch::jit::GraphOptimizerEnabledGuard unoptimised(false);
        std::vector<c10::IValue> stack;
        for (const auto& input : inputs) stack.emplace_back(input.to(device));
        c10::IValue value;
        try {
            value = module.forward(std::move(stack));
        } catch (const std::exception& error) {
            throw Error(fmt::format("{}: its forward failed: {}", name(), message_of(error)));
        }
        at::Tensor result = checked(chosen(std::move(value)));
        for (size_t i = 0; i < tensors.size(); i++) {
            if (tensors[i].second._version() != versions[i]) throw Error(changes(tensors[i].first));
        }
        return result;
    }

    std::string changes(const std::string& attribute) const {
        return fmt::format(
            "{}: changes its own {} while it works, so that a result depends on the pictures before: export it in eval "
            "mode, and as a module whose forward keeps nothing",
            name(), printable(attribute));
    }
};

TorchScript::TorchScript(TorchScriptOptions options) : impl_(std::make_unique<Impl>()) {
    Impl& it = *impl_;
    it.options = std::move(options);
    it.device = device_of(it.options.device);
    it.module = load(it.options.file);
    const auto forward = it.module.find_method("forward");
    if (!forward) throw UsageError(fmt::format("{}: a TorchScript module without a forward", it.name()));
    it.check_signature(forward->function().getSchema());
    it.module.eval();
    it.module.to(it.device);
    TorchScriptState state = state_of(it.module);
    if (!state.changed.empty()) throw UsageError(it.changes(state.changed));
    it.draws = state.draws;
    it.tensors = std::move(state.tensors);
    for (const auto& tensor : it.tensors) it.versions.push_back(tensor.second._version());
}

TorchScript::~TorchScript() = default;
TorchScript::TorchScript(TorchScript&&) noexcept = default;
TorchScript& TorchScript::operator=(TorchScript&&) noexcept = default;

at::Tensor TorchScript::forward(std::span<const at::Tensor> inputs, uint64_t seed) const {
    BFR_CHECK(inputs.size() == static_cast<size_t>(impl_->options.inputs), "{} inputs, not {}", inputs.size(),
              impl_->options.inputs);
    if (!impl_->draws) return impl_->run(inputs);
    static std::mutex drawing;  // the generator is one for the whole process
    const std::lock_guard one_at_a_time(drawing);
    torch::manual_seed(seed);
    return impl_->run(inputs);
}

bool TorchScript::draws() const { return impl_->draws; }

double TorchScript::parameters() const {
    double count = 0;
    for (const auto& parameter : impl_->module.parameters()) count += static_cast<double>(parameter.numel());
    return count;
}

std::string TorchScript::signature() const {
    return Impl::signature(impl_->module.get_method("forward").function().getSchema());
}

}  // namespace bfr
