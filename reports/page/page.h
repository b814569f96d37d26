// A page that is one file: what it shows, the data and the script that draws from them, and a policy that lets it load
// nothing else and run nothing else.
#pragma once

#include <string>

#include "base/json.h"
#include "reports/markup.h"
#include "web/bundles.h"

namespace bfr {

struct PageParts {
    std::string title;
    Bundle bundle;
    Markup main;  // inside <main>; without attributes `style` and `on...`, which the policy forbids
    Json data;    // what pageData() of web/src/dom.ts gives the script
    bool files_beside = false;  // it may load pictures that lie beside it too
};

std::string self_contained_page(const PageParts& parts);

// JSON for a <script type="application/json">: ASCII, and nothing in it can end the element.
std::string script_json(const Json& data);

}  // namespace bfr
