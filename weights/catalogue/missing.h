// Model files that aren't here, all at once: whoever fetches them wants one command.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/registry.h"
#include "base/spec.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// The files that a unit or command needs. What enables "identity" is needed by "identity:find=mmod" too; options that
// stand at their defaults must be in the spec.
std::vector<KnownFile> files_for(const Spec& unit, const Catalogue& catalogue);

// Throws NotAvailable that names all of these files that are in no searched folder; nothing where all are here.
void require_weights(const WeightsLocator& weights, const std::vector<std::string>& names);

// Where `error` tells of one missing file of `unit`, with its defaults: throws as require_weights() for all of its
// files.
void tell_all_missing(const WeightsLocator& weights, const Spec& unit, const NotAvailable& error);

// As registry.make(), which ends at the first file that is missing; this names all that the unit lacks. A unit that was
// given a file of the user's own may need fewer than the catalogue says: it is left with its one.
template <class Unit>
std::unique_ptr<Unit> make_unit(const Registry<Unit, UnitContext>& registry, const Spec& spec,
                                const UnitContext& context) {
    try {
        return registry.make(spec, context);
    } catch (const NotAvailable& error) {
        for (const auto& option : registry.find(spec.name())->options) {
            if (option.is_path && spec.options().contains(option.key)) throw;
        }
        Spec whole = spec;
        for (const auto& [key, value] : registry.read_options(spec)) whole.set(key, value);
        tell_all_missing(context.weights, whole, error);
        throw;
    }
}

}  // namespace bfr
