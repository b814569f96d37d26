#include "nets/torchscript_state.h"

#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <memory>

namespace bfr {
namespace {

// What the module does when it is used, with everything that it calls in one graph.
std::shared_ptr<torch::jit::Graph> graph_in_use(const torch::jit::Module& module) {
    try {
        // With its attributes as constants, a dropout that is off is known to be off, and what only training does is
        // gone.
        return torch::jit::freeze_module(module).get_method("forward").graph();
    } catch (const std::exception&) {
        const auto graph = module.get_method("forward").graph()->copy();
        torch::jit::Inline(*graph);
        return graph;
    }
}

// The first node that `wanted` holds for, in inner blocks and forked graphs too; null: none.
template <class Wanted>
const torch::jit::Node* find_node(const torch::jit::Block& block, const Wanted& wanted) {
    for (const auto* node : block.nodes()) {
        if (wanted(*node)) return node;
        for (const auto* inner : node->blocks()) {
            if (const auto* found = find_node(*inner, wanted)) return found;
        }
        if (node->hasAttribute(torch::jit::attr::Subgraph)) {
            if (const auto* found = find_node(*node->g(torch::jit::attr::Subgraph)->block(), wanted)) return found;
        }
    }
    return nullptr;
}

// The attribute that this node changes for later calls too; "" where it changes none. Writes into tensors leave it to
// their version counters.
std::string changed_attribute(const torch::jit::Node& node) {
    using torch::jit::Node;
    if (node.kind() == torch::jit::prim::SetAttr) {
        const bool made_here = node.input(0)->node()->kind() == torch::jit::prim::CreateObject;
        return made_here ? "" : node.s(torch::jit::attr::name);
    }
    const auto* schema = node.maybeSchema();
    if (!schema) return "";
    const size_t count = std::min(schema->arguments().size(), node.inputs().size());
    for (size_t i = 0; i < count; i++) {
        const auto* alias = schema->arguments()[i].alias_info();
        const auto kind = node.input(i)->type()->kind();
        if (!alias || !alias->isWrite()) continue;
        if (kind != c10::TypeKind::ListType && kind != c10::TypeKind::DictType) continue;
        const Node* from = node.input(i)->node();
        if (from->kind() == torch::jit::prim::GetAttr) return from->s(torch::jit::attr::name);
    }
    return "";
}

void collect_tensors(const std::string& name, const c10::IValue& value,
                     std::vector<std::pair<std::string, at::Tensor>>& all) {
    if (value.isTensor()) {
        if (value.toTensor().defined()) all.emplace_back(name, value.toTensor());
    } else if (value.isObject()) {
        const auto& object = value.toObjectRef();
        for (size_t i = 0; i < object.slots().size(); i++) {
            const std::string& slot = object.type()->getAttributeName(i);
            collect_tensors(name.empty() ? slot : name + "." + slot, object.slots()[i], all);
        }
    } else if (value.isTuple()) {
        for (const auto& item : value.toTupleRef().elements()) collect_tensors(name, item, all);
    } else if (value.isList()) {
        for (const c10::IValue& item : value.toListRef()) collect_tensors(name, item, all);
    } else if (value.isGenericDict()) {
        for (const auto& item : value.toGenericDict()) collect_tensors(name, item.value(), all);
    }
}

}  // namespace

TorchScriptState state_of(const torch::jit::Module& module) {
    TorchScriptState state;
    const auto graph = graph_in_use(module);
    state.draws = find_node(*graph->block(), [](const auto& node) { return node.isNondeterministic(); });
    find_node(*graph->block(), [&](const auto& node) { return !(state.changed = changed_attribute(node)).empty(); });
    collect_tensors("", module._ivalue(), state.tensors);
    return state;
}

}  // namespace bfr
